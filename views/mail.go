package views

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

// MailInput is what a mail to a shopper says. Links are built from the merchant's row, never from a request.
type MailInput struct {
	Notice      parcel.Notice
	Brand       brand.Brand
	Language    string // of the mail; falls back as pages do
	Order       parcel.Order
	Parcels     []parcel.Parcel // of the order; Notice.Parcel is one of them unless the notice is about the order
	View        string          // absolute address of the order's page
	Unsubscribe string          // absolute address that stops these mails
	Left        int             // messages that may still follow about this order
	Now         time.Time
}

// MailMessage is a mail in its parts. Subject and Preheader are plain text.
type MailMessage struct {
	Subject   string
	Preheader string
	HTML      string
	Text      string
}

// mailLimit is where Gmail cuts a mail off, in bytes of HTML.
const mailLimit = 100_000

// Mail writes the mail of a notice in the shopper's language and the shop's brand and tone.
func Mail(ctx context.Context, in MailInput) (MailMessage, error) {
	ctx = WithBrand(WithLanguage(ctx, in.Language), in.Brand)
	l, err := compose(ctx, in)
	if err != nil {
		return MailMessage{}, err
	}

	var page bytes.Buffer
	if err := mailPage(l).Render(ctx, &page); err != nil {
		return MailMessage{}, fmt.Errorf("mail: %w", err)
	}
	html, err := dress(&page, l.wear)
	if err != nil {
		return MailMessage{}, fmt.Errorf("mail: %w", err)
	}
	if len(html) > mailLimit {
		return MailMessage{}, fmt.Errorf("mail: %d bytes of HTML are more than %d", len(html), mailLimit)
	}
	return MailMessage{Subject: l.Subject, Preheader: l.Preheader, HTML: html, Text: l.text()}, nil
}

// letter is a mail as words: the HTML and the text part are both written from it.
type letter struct {
	Lang      string
	Words     *Words
	Subject   string
	Preheader string
	Shop      string
	Logo      mailLogo
	Headline  []string   // its sentences
	Lead      []string   // the answer in one or two sentences
	Dates     []mailFact // a slipped promise: new and old, right under the lead
	Cause     string     // of the slip
	Place     *mailPlace
	Road      []mark // five marks, nil for none
	RoadLabel string
	Button    mailLink
	Parts     []mailPart
	Items     []mailItem
	ItemsHead string
	More      string // how many lines are not listed
	Total     string
	Address   []string
	Facts     []mailFact
	Contact   []mailRun
	Why       string
	Stop      mailLink
	Legal     []mailLink
	Company   string
	Data      any // schema.org, nil for none

	wear wardrobe
}

// mark is one of the five bars of the road.
type mark string

const (
	passed mark = "b1"
	here   mark = "b2"
	ahead  mark = "b3"
)

// mailPart is a short section with a heading.
type mailPart struct {
	Heading string
	Text    string
}

// mailFact is a name and its value.
type mailFact struct {
	Name, Value string
}

// mailLink is an address with its words.
type mailLink struct {
	Text, Href string
}

// mailRun is a piece of a sentence, a link when it has an address.
type mailRun struct {
	Text, Href string
}

// mailPlace is where a parcel waits.
type mailPlace struct {
	Name    string
	Address string
	Hours   []string
	Until   string
}

// mailItem is a line of the order.
type mailItem struct {
	Name, Detail, Price string
}

// mailLogo is the shop's mark: files for light and dark, or its name set in type.
type mailLogo struct {
	Light, Dark   string
	Width, Height int
}

// compose writes the words of a mail.
func compose(ctx context.Context, in MailInput) (*letter, error) {
	c := newComposer(ctx, in)
	write, ok := map[parcel.Kind]func(*composer){
		parcel.OrderConfirmed:  (*composer).confirmed,
		parcel.OnItsWay:        (*composer).onItsWay,
		parcel.OutToday:        (*composer).outToday,
		parcel.Delayed:         (*composer).delayed,
		parcel.AttemptFailed:   (*composer).attemptFailed,
		parcel.ReadyForPickup:  (*composer).readyForPickup,
		parcel.DeliveredNotice: (*composer).delivered,
	}[in.Notice.Kind]
	if !ok {
		return nil, fmt.Errorf("mail: no words for %q", in.Notice.Kind)
	}
	if in.Notice.Kind != parcel.OrderConfirmed && c.p == nil {
		return nil, fmt.Errorf("mail: %s is about a parcel that is not in the order", in.Notice.Kind)
	}
	write(c)
	c.frame()
	c.data()
	return c.letter, nil
}

// composer writes one letter.
type composer struct {
	*letter
	in    MailInput
	p     *parcel.Parcel // nil in a confirmation
	shop  string
	today parcel.Date
	zone  *time.Location
}

func newComposer(ctx context.Context, in MailInput) *composer {
	w := In(ctx)
	c := &composer{
		letter: &letter{Lang: w.Tag, Words: w, wear: wardrobeOf(in.Brand.Theme)},
		in:     in,
		shop:   clean(in.Brand.Name),
		zone:   zoneOf(in.Order.Country),
	}
	for i := range in.Parcels {
		if in.Parcels[i].ID == in.Notice.Parcel && in.Notice.Parcel != "" {
			c.p = &in.Parcels[i]
		}
	}
	c.Shop = c.shop
	c.today = parcel.DateOf(in.Now.In(c.zone))
	return c
}

// say gives the words of a key in mail.*; the shop's name and the carrier's are always at hand.
func (c *composer) say(key string, args ...any) string {
	args = append(args, "shop", c.shop)
	if c.p != nil {
		args = append(args, "carrier", c.carrier())
	}
	return c.Words.T("mail."+key, args...)
}

// carrier is the carrier's name, or a word for one when it is not known.
func (c *composer) carrier() string {
	if c.p == nil || c.p.Carrier == "" {
		return c.Words.T("mail.some_carrier")
	}
	return clean(parcel.CarrierName(c.p.Carrier))
}

// frame is what every mail has: logo, facts, contact, why it came, how to stop, who sends it.
func (c *composer) frame() {
	c.Logo = logoOf(c.in.Brand)
	if c.Button.Text == "" {
		c.Button.Text = c.say("button")
	}
	c.Button.Href = c.in.View
	c.facts()
	c.contact()
	c.Why = c.say("why") + " " + c.Words.N("mail.left", c.in.Left)
	if c.in.Left <= 0 {
		c.Why = c.say("why") + " " + c.say("left.none")
	}
	c.Stop = mailLink{Text: c.say("stop"), Href: c.in.Unsubscribe}
	c.Legal = c.legal()
	c.Company = clean(c.in.Brand.Legal.Company)
	c.Preheader = fit(c.Preheader)
}

// facts are the lines that mail programs and people look for: order, carrier, number, day. Reference: E8.
func (c *composer) facts() {
	add := func(key, value string) {
		if value != "" {
			c.Facts = append(c.Facts, mailFact{Name: c.say("fact." + key), Value: value})
		}
	}
	add("order", clean(c.in.Order.Number))
	if c.p == nil {
		add("placed", c.Words.Day(parcel.DateOf(c.in.Order.PlacedAt.In(c.zone))))
		add("expected", c.window(c.expected()))
		return
	}
	if n := len(c.in.Parcels); n > 1 {
		add("parcel", c.say("fact.of", "i", c.position(), "n", n))
	}
	if c.p.Carrier != "" {
		add("carrier", c.carrier())
	}
	add("number", clean(c.p.TrackingNumber))
	switch c.in.Notice.Kind {
	case parcel.DeliveredNotice:
		add("delivered", c.moment(c.p.Since))
	case parcel.ReadyForPickup:
		if !c.p.Pickup.Until.IsZero() {
			add("until", c.Words.Day(c.p.Pickup.Until))
		}
	default:
		add("expected", c.window(c.eta()))
	}
}

// position counts from 1.
func (c *composer) position() int {
	for i := range c.in.Parcels {
		if c.in.Parcels[i].ID == c.p.ID {
			return i + 1
		}
	}
	return 0
}

// contact says how to ask the shop, by answering first.
func (c *composer) contact() {
	c.Contact = []mailRun{{Text: c.say("contact.reply")}}
	if phone := clean(c.in.Brand.Contact.Phone); phone != "" {
		c.Contact = append(c.Contact, mailRun{Text: " " + c.say("contact.phone") + " "}, mailRun{Text: strings.ReplaceAll(phone, " ", "\u00a0"), Href: "tel:" + digits(phone)}, mailRun{Text: "."})
	}
}

func (c *composer) legal() []mailLink {
	var links []mailLink
	for _, l := range []struct{ key, href string }{
		{"privacy", c.in.Brand.Legal.Privacy},
		{"accessibility", c.in.Brand.Legal.Accessibility},
		{"imprint", c.in.Brand.Legal.Imprint},
	} {
		if href, ok := webAddress(l.href); ok {
			links = append(links, mailLink{Text: c.say("legal." + l.key), Href: href})
		}
	}
	return links
}

// eta is what is expected of the parcel, unless that day is over.
func (c *composer) eta() parcel.Window {
	if c.p.ETA.To.Before(c.today) {
		return parcel.Window{}
	}
	return c.p.ETA.Window
}

// window is the expectation in one phrase, "" when there is none.
func (c *composer) window(w parcel.Window) string {
	if w.IsZero() {
		return ""
	}
	return c.Words.Window(w)
}

// moment is when something happened, with its day written out: a mail may be read much later.
func (c *composer) moment(at parcel.EventTime) string {
	day := c.Words.Day(at.Day())
	if at.DateOnly || at.Local.IsZero() {
		return day
	}
	return c.Words.T("mail.moment", "day", day, "time", c.Words.Clock(minuteOf(at.Local)))
}

// expected is the window of a whole order: of its one parcel, or from the first day of one to the last of another.
func (c *composer) expected() parcel.Window {
	var all parcel.Window
	for i := range c.in.Parcels {
		w := c.in.Parcels[i].ETA.Window
		switch {
		case w.IsZero():
			continue
		case all.IsZero():
			all = w
		default:
			all = parcel.Window{From: earlier(all.From, w.From), To: later(all.To, w.To)}
		}
	}
	return all
}

func earlier(a, b parcel.Date) parcel.Date {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b parcel.Date) parcel.Date {
	if b.After(a) {
		return b
	}
	return a
}

// road draws the five marks up to a step; the mark of the step itself is the accent.
func (c *composer) road(step parcel.Step, label string) {
	c.RoadLabel = label
	for i := parcel.StepOrdered; i <= parcel.StepDelivered; i++ {
		switch {
		case i < step:
			c.Road = append(c.Road, passed)
		case i == step:
			c.Road = append(c.Road, here)
		default:
			c.Road = append(c.Road, ahead)
		}
	}
}

// news is the name of the step and the source of what we know.
func (c *composer) news(step string) string {
	name := c.say("step." + step)
	if len(c.p.Scans) == 0 {
		return name
	}
	last := c.p.Scans[len(c.p.Scans)-1]
	return c.say("news", "step", name, "moment", c.moment(last.When))
}
