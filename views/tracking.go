package views

import (
	"time"

	"github.com/a-h/templ"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

// TrackingPage is the tracking page as anyone with the link may see it (level L0). It holds no name, address, city,
// pick-up place, phone, e-mail or whole tracking number: L0 leaves them out, so no template can show them.
//
// The caller fills Page, Live and Now from its route builders; without Live and Now the page is still, as it is for
// everyone without JavaScript.
type TrackingPage struct {
	Lang  string
	Brand brand.Brand
	Page  string // root-relative address of this page: "/kaap-noord/t/abc"
	Live  string // its event stream; event "parcel" carries TrackingMain, event "done" ends the stream
	Now   string // the same TrackingMain for polling, with an ETag

	Words   *Words
	Version int64
	Final   bool // nothing will change any more: no stream, no polling

	Hero    Hero
	Road    *Road // nil when there are several parcels, or none that travels
	Picture []shape
	Act     *Act
	Parcels []ParcelCard // of an order in several parcels
	Rest    *Contents    // what is not packed yet
	Log     Log
	Items   *Contents
	Facts   []Fact
	Help    []Topic
	Ask     []Link
}

// Hero is the answer: one sentence, one line with the day, one line of source.
type Hero struct {
	State string // hook and class: "way", "late", "pickup"
	Say   []string
	Was   string // the day first promised, when it is another one now
	Now   string
	When  string
	News  string
}

// Road is the drawn progress with its five names.
type Road struct {
	Scene templ.Component
	Label string
	Done  string // the word for "completed"
	Steps [5]RoadStep
}

// RoadStep is one mark.
type RoadStep struct {
	Name    string
	Done    bool
	Current bool
}

// Act is the one strongly coloured block: something can be done now. Quiet is a second one on the same page.
type Act struct {
	Heading string
	Lines   []string
	Points  []string
	Button  Link
	Quiet   bool
}

// Link is an address with its words. Icon is a name in the sprite.
type Link struct {
	Text, Detail, Href, Icon string
}

// Log is the timeline of one parcel, newest first. Rows is what stands open, Earlier what is folded away.
type Log struct {
	Rows, Earlier []LogRow
}

// LogRow is one event. Day is set on the first row of a day only.
type LogRow struct {
	Key      string // of the row, so that a swap keeps it
	Day      string
	Time     string
	Zone     string // "UTC+8" where the clock there differs from the one at the door
	Datetime string
	Text     string
	Place    string
	Raw      string // the carrier's own words, where they are a known phrase without names
	RawLang  string
	New      bool
}

// Contents lists articles, or only counts them when the shop keeps their names off the page.
type Contents struct {
	Heading string
	Lines   []Article
	Count   string
}

// Article is one line of an order.
type Article struct {
	Name, Detail string
	Picture      templ.Component
}

// Fact is one row of the delivery facts.
type Fact struct {
	Name, Value string
	Codes       bool // set in tabular figures
}

// Topic is a question of this moment with plain advice.
type Topic struct{ Title, Text string }

// ParcelCard is one parcel of an order in several.
type ParcelCard struct {
	Key     string
	Of      string
	State   string
	Heading string
	Was     string
	When    string
	Road    *Road
	Act     *Act
	News    string
	Items   *Contents
	Log     Log
}

// L0 makes the page of an order for anyone who holds its link. lang is one of the brand's languages, see Pick.
func L0(t parcel.Tracking, b brand.Brand, lang string, now time.Time) TrackingPage {
	w := Speak(lang, b.Informal)
	v := viewer{w: w, b: b, t: t, zone: zoneOf(t.Country), country: t.Country}
	v.today = parcel.DateOf(now.In(v.zone))
	v.now = now

	p := TrackingPage{Lang: w.Tag, Brand: b, Words: w, Version: t.Version}
	switch len(t.Parcels) {
	case 0:
		v.waiting(&p)
	case 1:
		v.single(&p)
	default:
		v.several(&p)
	}
	p.Facts = v.facts()
	p.Ask = v.ask()
	return p
}

// viewer is the state of one L0 call.
type viewer struct {
	w       *Words
	b       brand.Brand
	t       parcel.Tracking
	zone    *time.Location
	country string
	today   parcel.Date
	now     time.Time
}

// waiting is an order without a parcel yet.
func (v viewer) waiting(p *TrackingPage) {
	p.Hero = Hero{
		State: string(ordered),
		Say:   sentences(v.w.text("say.ordered")),
		When:  v.w.text("line.waiting"),
		News:  v.w.T("news.ordered", "when", v.w.Near(parcel.DateOf(v.t.PlacedAt.In(v.zone)), v.today)),
	}
	p.Road = v.road(parcel.Parcel{Milestone: parcel.OrderPlaced}, ordered)
	p.Log = fold(v.log(parcel.Parcel{PlacedAt: v.t.PlacedAt}))
	p.Items = v.contents("items.order", wholeOrder(v.t.Lines))
	p.Help = v.help(ordered)
}

func (v viewer) single(p *TrackingPage) {
	one := v.t.Parcels[0]
	s := v.look(one)
	p.Hero = Hero{State: string(s.state), Say: s.say, Was: s.was, Now: s.now, When: s.when, News: s.news}
	p.Final = one.Milestone == parcel.Delivered || one.Milestone == parcel.ReturnedToSender || one.Milestone == parcel.Cancelled
	if s.state == cancelled {
		p.Picture = illustration("empty", float64(corner(v.b.Theme)))
	} else {
		p.Road = v.road(one, s.state)
	}
	p.Act = v.act(one, s.state)
	p.Log = fold(v.log(one))
	p.Items = v.contents("items.parcel", packed(one, v.t.Lines))
	p.Rest = v.rest()
	p.Help = v.help(s.state)
}

func (v viewer) several(p *TrackingPage) {
	looks := make([]look, len(v.t.Parcels))
	p.Final = true
	worst := 0
	for i, one := range v.t.Parcels {
		looks[i] = v.look(one)
		p.Final = p.Final && one.Milestone.Final()
		if looks[i].state.urgency() > looks[worst].state.urgency() {
			worst = i
		}
	}
	p.Hero = v.together(looks)
	p.Parcels = make([]ParcelCard, len(v.t.Parcels))
	loud := false
	for i, one := range v.t.Parcels {
		p.Parcels[i] = v.card(i, one, looks[i])
		if a := p.Parcels[i].Act; a != nil {
			a.Quiet, loud = loud, true
		}
	}
	p.Rest = v.rest()
	p.Help = v.help(looks[worst].state)
}

func (v viewer) card(i int, one parcel.Parcel, s look) ParcelCard {
	c := ParcelCard{
		Key: "p" + itoa(i+1), Of: v.w.T("parcel.of", "i", i+1, "n", len(v.t.Parcels)),
		State: string(s.state), Heading: join(s.say), Was: s.was, When: s.when, News: s.news,
		Act: v.act(one, s.state), Log: Log{Earlier: v.log(one)},
		Items: v.contents("", packed(one, v.t.Lines)),
	}
	for j := range c.Log.Earlier {
		c.Log.Earlier[j].Key = c.Key + "-" + c.Log.Earlier[j].Key
	}
	if s.now != "" {
		c.When = s.now + ". " + s.when
	}
	if s.state != cancelled {
		c.Road = v.road(one, s.state)
	}
	return c
}
