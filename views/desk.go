package views

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"onderweg/internal/parcel"
)

// DeskFrame is what every page of the desk has around it.
type DeskFrame struct {
	Person string // name, or e-mail where there is no name
	Role   string // "owner", "editor", "support", "viewer"
	Shop   string // name of the shop
	Slug   string
	Shops  []DeskShop // the person's shops, by name
	Tab    string     // "orders" or "feeds"
	Odd    int        // requests put aside
	Said   string     // a key of what was just done, "" for nothing
	Count  int        // how many it was done to
	Today  parcel.Date
	Zone   *time.Location
}

// DeskShop is a shop one may switch to.
type DeskShop struct{ Name, Slug string }

// OrdersDesk is the newest orders of a shop and where their parcels stand.
type OrdersDesk struct {
	DeskFrame
	Days    int // how far back the figures look
	Orders  int64
	Figures []DeskFigure
	Rows    []DeskOrder
}

// DeskFigure is a number that filters the list.
type DeskFigure struct {
	Key     string // "all", "road", "door", "pickup", "delivered", "trouble"
	N       int64
	Current bool
}

// DeskOrder is one line of the list.
type DeskOrder struct {
	Number   string
	Placed   time.Time
	Country  string
	Currency string
	Total    int64
	Parcels  []DeskParcel
	Open     string // root-relative address of the shopper's page, "" when the person may not open it
}

// DeskParcel is where one parcel of the line is.
type DeskParcel struct {
	Carrier   string
	Milestone parcel.Milestone
	Expected  parcel.Window
	Promised  parcel.Date
	Trouble   []parcel.ExceptionKind
}

// FeedsDesk is how the sources of a shop are, and what they sent that could not be used.
type FeedsDesk struct {
	DeskFrame
	Feeds  []DeskFeed
	Odd    []DeskOdd
	Replay string // root-relative address that replays, "" when the person may not
	Now    time.Time
}

// DeskFeed is one source and its health.
type DeskFeed struct {
	Slug, Kind string
	Address    string // where it posts to
	Last       time.Time
	Events     int64 // in 24 hours
	Refused    int64
	Aside      int64
	Waiting    int64
}

// DeskOdd is one request put aside.
type DeskOdd struct {
	ID       string
	Feed     string
	Received time.Time
	Reason   string
	Size     int
}

// silence is how long a feed that has spoken may say nothing before the desk asks why.
const silence = 12 * time.Hour

// feedHealth gives tone and key of a feed's state.
func feedHealth(f DeskFeed, now time.Time) (tone, key string) {
	switch {
	case f.Last.IsZero() && f.Refused > 0:
		return "bad", "desk.feed.refused"
	case f.Last.IsZero():
		return "", "desk.feed.new"
	case now.Sub(f.Last) > silence:
		return "bad", "desk.feed.silent"
	case f.Aside > 0:
		return "warn", "desk.feed.odd"
	}
	return "good", "desk.feed.well"
}

// toneOf is how a parcel looks on the road: blue as it should be, red or amber in trouble, green at the door.
func (p DeskParcel) toneOf() string {
	for _, e := range p.Trouble {
		switch e {
		case parcel.ExLost, parcel.ExDamaged, parcel.ExStalled, parcel.ExReturning, parcel.ExNotCollected:
			return "bad"
		}
	}
	switch {
	case len(p.Trouble) > 0:
		return "warn"
	case p.Milestone == parcel.Delivered:
		return "good"
	}
	return ""
}

// words says where the parcel is: its trouble first, else its milestone.
func (p DeskParcel) words(w *Words) string {
	if len(p.Trouble) > 0 {
		return w.T("desk.trouble." + string(p.Trouble[0]))
	}
	return w.T("desk.where."+string(p.Milestone), "carrier", carrierOr(w, p.Carrier))
}

func carrierOr(w *Words, slug string) string {
	if slug == "" {
		return w.T("desk.carrier")
	}
	return parcel.CarrierName(slug)
}

// expected is the day it should come, "" when that no longer matters.
func (p DeskParcel) expected(w *Words) string {
	switch {
	case p.Milestone.Final() || p.Expected.IsZero():
		return ""
	case p.Expected.From != p.Expected.To:
		return w.T("desk.range", "from", w.ShortDay(p.Expected.From), "to", w.ShortDay(p.Expected.To))
	}
	return w.ShortDay(p.Expected.To)
}

// was is the day first promised, when another one is expected by now.
func (p DeskParcel) was(w *Words) string {
	if p.expected(w) == "" || p.Promised == (parcel.Date{}) || p.Promised == p.Expected.To {
		return ""
	}
	return w.T("desk.was", "day", w.ShortDay(p.Promised))
}

// when is a moment at the desk's own clock: the time today, the weekday this week, else the day.
func (f DeskFrame) when(w *Words, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(f.Zone)
	day, clock := parcel.DateOf(local), w.Time(local.Hour()*60+local.Minute())
	if day == f.Today {
		return clock
	}
	return w.ShortDay(day) + " " + clock
}

func (f DeskFrame) path(more string) string { return "/admin/" + f.Slug + more }

// initials are the first letters of a person's first and last name, for their round mark.
func initials(name string) string {
	name, _, _ = strings.Cut(name, "@")
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '.' })
	if len(parts) > 2 {
		parts = []string{parts[0], parts[len(parts)-1]}
	}
	var out []rune
	for _, part := range parts {
		first, _ := utf8.DecodeRuneInString(strings.ToUpper(part))
		out = append(out, first)
	}
	return string(out)
}

// deskMarks are where the five steps stand on the small road, in percent.
var deskMarks = [5]string{"3%", "26.5%", "50%", "73.5%", "97%"}

func itoa64(n int64) string { return strconv.FormatInt(n, 10) }

// grouped writes a number with the language's thousands sign.
func (w *Words) grouped(n int64) string { return w.cldr.FmtNumber(float64(n), 0) }

// deskSize is a length in bytes for people.
func deskSize(n int) string {
	if n < 1024 {
		return strconv.Itoa(n) + " B"
	}
	return strconv.FormatFloat(float64(n)/1024, 'f', 1, 64) + " kB"
}

// deskIcons are drawn on a grid of 16 with one stroke.
var deskIcons = map[string]string{
	"key":   "M5 13.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM7 8.5 13.2 2.5M10.5 5l1.8 1.8",
	"box":   "M2.5 5 8 2.2 13.5 5v6L8 13.8 2.5 11zM2.5 5 8 7.8 13.5 5M8 7.8v6",
	"feed":  "M6 2.5v3M10 2.5v3M4.5 5.5h7v2a3.5 3.5 0 0 1-7 0zM8 11v2.5",
	"check": "m3 8.5 3.5 3.5L13 5",
	"stop":  "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.5M8 11h.01",
	"warn":  "M8 2.5 14.5 13.5h-13zM8 6.5v3.2M8 11.6h.01",
	"undo":  "M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H7",
	"eye":   "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
	"menu":  "M2.5 4.500h11M2.5 8h11M2.5 11.500h11",
	"out":   "M6.5 2.500h-4v11h4M10 11l3-3-3-3M13 8H6",
	"pause": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.5 6v4M9.5 6v4",
}
