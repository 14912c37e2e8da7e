package views

import (
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

func itoa(n int) string { return strconv.Itoa(n) }

// carrier is the name of a parcel's carrier, or "the carrier".
func (v viewer) carrier(p parcel.Parcel) string {
	if p.Carrier == "" {
		return v.w.text("carrier")
	}
	return parcel.CarrierName(p.Carrier)
}

// act is what can be done now, nil when there is nothing.
func (v viewer) act(p parcel.Parcel, s state) *Act {
	w, carrier := v.w, v.carrier(p)
	switch s {
	case pickup:
		return &Act{
			Heading: w.text("act.pickup"), Lines: []string{w.T("act.pickup.where", "carrier", carrier)},
			Points: []string{w.text("act.pickup.id"), w.text("act.pickup.code"), w.text("act.pickup.other")},
		}
	case failed:
		a := &Act{Heading: w.text("act.failed"), Lines: []string{w.T("act.failed.next", "carrier", carrier)}}
		if r := reasonOf(p); r == parcel.ReasonAddress || r == parcel.ReasonRefused {
			a.Lines = []string{w.T("act.failed.ask", "shop", v.b.Name)}
			a.Button = v.write(w.T("ask.shop", "shop", v.b.Name))
		}
		return a
	case held:
		return v.release(p)
	case trouble, lost, returned:
		key := map[state]string{trouble: "act.problem", lost: "act.lost", returned: "act.returned"}[s]
		a := &Act{
			Heading: w.text(key), Lines: []string{w.T(key+".line", "shop", v.b.Name)},
			Button: v.write(w.T("ask.shop", "shop", v.b.Name)),
		}
		if a.Button.Href == "" {
			return nil
		}
		return a
	}
	return nil
}

// release is about a parcel that somebody keeps until something is done.
func (v viewer) release(p parcel.Parcel) *Act {
	w, carrier := v.w, v.carrier(p)
	switch reasonOf(p) {
	case parcel.ReasonCustoms, parcel.ReasonDocuments, parcel.ReasonPayment:
		return &Act{
			Heading: w.text("act.held"),
			Lines:   []string{w.T("act.held.mail", "carrier", carrier), w.T("act.held.safe", "carrier", carrier)},
		}
	}
	button := v.write(w.T("ask.shop", "shop", v.b.Name))
	if button.Href == "" {
		return nil
	}
	return &Act{Heading: w.text("act.held.other"), Lines: []string{w.T("act.held.ask", "shop", v.b.Name)}, Button: button}
}

// write is a link to the shop: its mail with the order number as subject, else its help page.
func (v viewer) write(text string) Link {
	if m := v.mail(); m != "" {
		return Link{Text: text, Href: m}
	}
	return Link{Text: text, Href: secure(v.b.Contact.Page)}
}

func (v viewer) mail() string {
	if !strings.Contains(v.b.Contact.Email, "@") {
		return ""
	}
	return "mailto:" + v.b.Contact.Email + "?subject=" + url.PathEscape(v.w.T("ask.subject", "order", v.t.Number))
}

// secure lets an https address through and nothing else: templ checks the scheme only, not "//evil.example".
func secure(address string) string {
	if !brand.WebAddress(address) {
		return ""
	}
	return address
}

// ask is how to reach the shop: always the shop, never the courier.
func (v viewer) ask() []Link {
	var list []Link
	if m := v.mail(); m != "" {
		list = append(list, Link{Text: v.w.T("ask.mail", "shop", v.b.Name), Detail: v.b.Contact.Email, Href: m, Icon: "mail"})
	}
	if phone := v.b.Contact.Phone; phone != "" {
		list = append(list, Link{Text: v.w.text("ask.phone"), Detail: phone, Href: "tel:" + dialled(phone), Icon: "phone"})
	}
	if page := secure(v.b.Contact.Page); page != "" {
		list = append(list, Link{Text: v.w.text("ask.page"), Href: page, Icon: "help"})
	}
	return list
}

func dialled(phone string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || (r >= '0' && r <= '9') {
			return r
		}
		return -1
	}, phone)
}

// facts are the quiet rows: order, carrier, the end of the tracking number, articles.
func (v viewer) facts() []Fact {
	facts := make([]Fact, 0, 6)
	add := func(key, value string, codes bool) {
		if value != "" {
			facts = append(facts, Fact{v.w.text(key), value, codes})
		}
	}
	add("fact.order", v.t.Number, true)
	if !v.t.PlacedAt.IsZero() {
		add("fact.placed", v.w.Day(parcel.DateOf(v.t.PlacedAt.In(v.zone))), false)
	}
	if !v.b.Items && len(v.t.Lines) > 0 {
		add("fact.count", v.w.N("articles", pieces(wholeOrder(v.t.Lines))), false)
	}
	carriers := ""
	for _, p := range v.t.Parcels {
		if name := v.carrier(p); p.Carrier != "" && !strings.Contains(carriers, name) {
			carriers += ", " + name
		}
	}
	add("fact.carrier", strings.TrimPrefix(carriers, ", "), false)
	for i, p := range v.t.Parcels {
		add("fact.number", parcel.MaskTrackingNumber(p.TrackingNumber), true)
		if len(v.t.Parcels) > 1 && p.TrackingNumber != "" {
			facts[len(facts)-1].Name = v.w.T("fact.parcel", "i", i+1)
		}
	}
	return facts
}

// portion is so many pieces of a line.
type portion struct {
	line     parcel.Line
	quantity int
}

func wholeOrder(lines []parcel.Line) []portion {
	all := make([]portion, len(lines))
	for i, l := range lines {
		all[i] = portion{l, l.Quantity}
	}
	return all
}

// packed is what travels in a parcel; without a packing list, everything.
func packed(p parcel.Parcel, lines []parcel.Line) []portion {
	if len(p.Contents) == 0 {
		return wholeOrder(lines)
	}
	var in []portion
	for _, c := range p.Contents {
		if c.Line >= 0 && c.Line < len(lines) && c.Quantity > 0 {
			in = append(in, portion{lines[c.Line], c.Quantity})
		}
	}
	return in
}

// rest is what no parcel holds yet, nil when everything is packed or nobody wrote packing lists.
func (v viewer) rest() *Contents {
	left := make([]int, len(v.t.Lines))
	for i, l := range v.t.Lines {
		left[i] = l.Quantity
	}
	for _, p := range v.t.Parcels {
		if len(p.Contents) == 0 {
			return nil
		}
		for _, c := range p.Contents {
			if c.Line >= 0 && c.Line < len(left) {
				left[c.Line] -= c.Quantity
			}
		}
	}
	var rest []portion
	for i, n := range left {
		if n > 0 {
			rest = append(rest, portion{v.t.Lines[i], n})
		}
	}
	if len(rest) == 0 {
		return nil
	}
	c := v.contents("items.rest", rest)
	if c == nil {
		c = &Contents{Heading: v.w.text("items.rest")}
	}
	c.Count = v.w.N("rest", pieces(rest))
	return c
}

func pieces(list []portion) int {
	n := 0
	for _, p := range list {
		n += p.quantity
	}
	return n
}

// contents names the articles where the shop shows them to anyone with the link, else gives nil. Prices never show.
func (v viewer) contents(heading string, list []portion) *Contents {
	if !v.b.Items || len(list) == 0 {
		return nil
	}
	c := &Contents{Lines: make([]Article, len(list))}
	if heading != "" {
		c.Heading = v.w.text(heading)
	}
	for i, p := range list {
		detail := p.line.Detail
		if p.quantity > 1 {
			detail = v.w.T("times", "n", p.quantity, "detail", detail)
			detail = strings.TrimSuffix(detail, ", ")
		}
		c.Lines[i] = Article{Name: p.line.Name, Detail: detail, Picture: thumb(p.line.Picture)}
	}
	return c
}

// zones of destinations, where a country has one clock or nearly all its parcels go by one.
var zones = map[string]string{
	"NL": "Europe/Amsterdam", "BE": "Europe/Brussels", "DE": "Europe/Berlin", "FR": "Europe/Paris", "LU": "Europe/Luxembourg",
	"ES": "Europe/Madrid", "IT": "Europe/Rome", "AT": "Europe/Vienna", "CH": "Europe/Zurich", "DK": "Europe/Copenhagen",
	"SE": "Europe/Stockholm", "NO": "Europe/Oslo", "FI": "Europe/Helsinki", "PL": "Europe/Warsaw", "CZ": "Europe/Prague",
	"PT": "Europe/Lisbon", "IE": "Europe/Dublin", "GB": "Europe/London", "GR": "Europe/Athens", "HU": "Europe/Budapest",
	"SK": "Europe/Bratislava", "SI": "Europe/Ljubljana", "HR": "Europe/Zagreb", "RO": "Europe/Bucharest", "BG": "Europe/Sofia",
	"EE": "Europe/Tallinn", "LV": "Europe/Riga", "LT": "Europe/Vilnius", "MT": "Europe/Malta", "CY": "Asia/Nicosia",
	"CN": "Asia/Shanghai", "HK": "Asia/Hong_Kong", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "TR": "Europe/Istanbul",
	"US": "America/New_York", "IN": "Asia/Kolkata", "TW": "Asia/Taipei", "SG": "Asia/Singapore", "VN": "Asia/Ho_Chi_Minh",
}

// clocks keeps the loaded zones: reading one costs a file.
var clocks sync.Map

// zoneOf is the clock at the door of a destination country; Central European time for one not listed.
func zoneOf(country string) *time.Location {
	name, ok := zones[country]
	if !ok {
		name = "Europe/Amsterdam"
	}
	if loc, ok := clocks.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		loc = time.UTC
	}
	kept, _ := clocks.LoadOrStore(name, loc)
	return kept.(*time.Location)
}
