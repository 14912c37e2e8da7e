package views

import (
	"strings"

	"onderweg/internal/parcel"
)

// confirmed thanks, says what was bought, what it cost, where it goes and when it comes.
func (c *composer) confirmed() {
	w := c.expected()
	c.Headline = []string{c.say("confirmed.thanks"), c.say("confirmed.headline")}
	if w.IsZero() {
		c.Subject = c.say("confirmed.subject.open")
		c.Preheader = c.say("confirmed.preheader.open")
		c.Lead = []string{c.say("confirmed.open")}
	} else {
		when := c.Words.Window(w)
		c.Subject = c.say("confirmed.subject", "window", c.brief(w))
		c.Preheader = c.say("confirmed.preheader", "window", when)
		c.Lead = []string{c.say("confirmed.expected", "window", when)}
	}
	c.Lead = append(c.Lead, c.say("confirmed.next"))
	c.road(parcel.StepOrdered, c.say("step.ordered"))
	c.Button.Text = c.say("button.order")
	c.items()
	c.address()
}

// itemLimit is how many lines a confirmation lists: more would not survive the limit of a mail. The page has them all.
const itemLimit = 30

// items lists the order with amounts.
func (c *composer) items() {
	c.ItemsHead = c.say("items")
	o := c.in.Order
	for i, l := range o.Lines {
		if i == itemLimit {
			c.More = c.Words.N("mail.more", len(o.Lines)-i)
			break
		}
		item := mailItem{Name: clean(l.Name), Detail: clean(l.Detail), Price: c.Words.Money(l.Price, o.Currency)}
		if l.Quantity > 1 {
			item.Name = c.say("times", "n", l.Quantity, "name", item.Name)
		}
		c.Items = append(c.Items, item)
	}
	if o.Currency != "" {
		c.Total = c.Words.Money(o.Total, o.Currency)
	}
}

// address is where the parcel goes: this mail is to the person who gave it.
func (c *composer) address() {
	to := c.in.Order.Contact
	country := ""
	if c.in.Order.Country != "" {
		country = c.Words.Land(c.in.Order.Country)
	}
	for _, s := range []string{
		to.Name, to.Address.Street, to.Address.Extra,
		strings.TrimSpace(to.Address.PostalCode + " " + to.Address.City), country,
	} {
		if s = clean(s); s != "" {
			c.Address = append(c.Address, s)
		}
	}
	if to.Address.Street == "" && to.Address.City == "" {
		c.Address = nil
	}
}

func (c *composer) onItsWay() {
	w := c.eta()
	if w.IsZero() {
		c.Subject = c.say("way.subject.open")
		c.Headline = []string{c.say("way.headline.open")}
		c.Preheader = c.say("way.preheader.open")
		c.Lead = []string{c.say("way.open")}
	} else {
		c.Subject = c.say("way.subject", "window", c.brief(w))
		c.Headline = []string{c.say("way.headline", "day", c.soon(w))}
		c.Preheader = c.say("way.preheader", "window", c.Words.Window(w))
		c.Lead = []string{Capital(c.Words.Window(w)) + ".", c.say("way.lead")}
	}
	c.road(parcel.StepOnItsWay, c.news("way"))
}

func (c *composer) outToday() {
	hours := c.Words.Hours(c.p.ETA.Window)
	if hours == "" || c.p.ETA.To != c.today {
		c.Subject = c.say("out.subject.open")
		c.Headline = []string{c.say("out.headline.open")}
	} else {
		c.Subject = c.say("out.subject", "hours", hours)
		c.Headline = []string{c.say("out.headline", "hours", hours)}
	}
	c.Preheader = c.say("out.preheader")
	c.Lead = []string{c.say("out.lead")}
	c.road(parcel.StepOutForDelivery, c.news("out"))
}

// delayed follows one order: it is late, the new date, the cause when it is known, what we do, what the shopper can
// do, contact. Reference: L2 to L5.
func (c *composer) delayed() {
	again := ""
	if c.slips() > 1 {
		again = ".again"
	}
	w := c.eta()
	if w.IsZero() {
		c.Subject = c.say("delayed.subject.open" + again)
		c.Headline = []string{c.say("delayed.headline.open" + again)}
		c.Preheader = c.say("delayed.preheader.open")
		c.Lead = []string{c.say("delayed.sorry"), c.say("delayed.open")}
		c.Parts = append(c.Parts, mailPart{c.say("delayed.we"), c.say("delayed.we.open")})
	} else {
		c.Subject = c.say("delayed.subject"+again, "window", c.brief(w))
		c.Headline = []string{c.say("delayed.headline"+again, "day", c.soon(w))}
		c.Preheader = c.say("delayed.preheader", "window", c.Words.Window(w))
		c.Lead = []string{c.say("delayed.sorry")}
		c.Dates = append(c.Dates, mailFact{Name: c.say("delayed.now"), Value: Capital(c.Words.Window(w))})
		if first := c.promised(); !first.IsZero() {
			c.Dates = append(c.Dates, mailFact{Name: c.say("delayed.was"), Value: Capital(c.Words.Window(first))})
		}
		c.Parts = append(c.Parts, mailPart{c.say("delayed.we"), c.say("delayed.we.dated")})
	}
	c.Cause = c.cause()
	c.Parts = append(c.Parts, mailPart{c.say("delayed.you"), c.say("delayed.you.text")})
	c.road(min(c.p.Milestone.Step(), parcel.StepOnItsWay), c.news("way"))
}

// slips counts how often the promise moved to a later day.
func (c *composer) slips() int {
	n := 0
	for i := 1; i < len(c.p.Promises); i++ {
		if c.p.Promises[i].To.After(c.p.Promises[i-1].To) {
			n++
		}
	}
	return n
}

// promised is the first promise, when it ends earlier than what is expected now.
func (c *composer) promised() parcel.Window {
	if len(c.p.Promises) == 0 || !c.p.Promises[0].To.Before(c.p.ETA.To) {
		return parcel.Window{}
	}
	return c.p.Promises[0].Window
}

// cause is one factual sentence from what was reported; when nothing was, it says what we last saw. Reference: L5.
func (c *composer) cause() string {
	reason, cause := parcel.NoReason, parcel.Unknown
	if n := len(c.p.Promises); n > 1 {
		reason, cause = c.p.Promises[n-1].Reason, c.p.Promises[n-1].Cause
	}
	for _, e := range c.p.Exceptions {
		if reason == parcel.NoReason || reason == parcel.ReasonDelayed {
			reason, cause = e.Reason, e.Cause
		}
	}
	switch {
	case reason == parcel.ReasonWeather || cause == parcel.CausedByWeather:
		return c.say("cause.weather")
	case reason == parcel.ReasonDocuments, reason == parcel.ReasonPayment, reason == parcel.ReasonMissorted,
		reason == parcel.ReasonAddress, reason == parcel.ReasonDamaged:
		return c.say("cause." + string(reason))
	case reason == parcel.ReasonCustoms || cause == parcel.CausedByCustoms:
		return c.say("cause.customs")
	case cause == parcel.CausedByShop:
		return c.say("cause.merchant")
	}
	if n := len(c.p.Scans); n > 0 {
		return c.say("cause.unknown", "moment", c.moment(c.p.Scans[n-1].When))
	}
	return c.say("cause.silent")
}

func (c *composer) attemptFailed() {
	reason := c.failure()
	c.Subject = c.say("failed.subject", "day", c.Words.Near(c.p.Since.Day(), c.today))
	c.Headline = []string{c.say("failed.headline." + reason)}
	c.Preheader = c.say("failed.preheader")
	c.Lead = []string{c.say("failed.when", "moment", c.moment(c.p.Since))}
	w := c.eta()
	if w.IsZero() {
		c.Lead = append(c.Lead, c.say("failed.open"))
	} else {
		c.Lead = append(c.Lead, c.say("failed.again", "window", c.Words.Window(w)))
	}
	c.Parts = []mailPart{{c.say("failed.you"), c.say("failed.you." + reason)}}
	c.Button.Text = c.say("button.options")
	c.road(parcel.StepOutForDelivery, c.news("failed"))
}

// failure is the reason the last attempt failed, as far as we have words for it.
func (c *composer) failure() string {
	for i := len(c.p.Scans) - 1; i >= 0; i-- {
		s := c.p.Scans[i]
		if s.Milestone != parcel.DeliveryAttemptFailed {
			continue
		}
		switch s.Reason {
		case parcel.ReasonNotHome, parcel.ReasonClosed, parcel.ReasonAddress, parcel.ReasonRefused:
			return string(s.Reason)
		}
		break
	}
	return "other"
}

func (c *composer) readyForPickup() {
	at := c.p.Pickup
	place, until := clean(at.Name), ""
	if !at.Until.IsZero() {
		until = c.Words.Day(at.Until)
	}
	last := c.in.Notice.LastCall()
	switch {
	case last && until != "":
		c.Subject = c.say("ready.subject.last", "day", until)
		c.Headline = []string{c.say("ready.headline.last", "day", c.Words.Soon(at.Until, c.today))}
		c.Preheader = c.say("ready.preheader.last")
	case until != "":
		c.Subject = c.say("ready.subject", "day", until)
		c.Headline = []string{c.say("ready.headline.until", "place", c.at(place), "day", c.Words.Soon(at.Until, c.today))}
		c.Preheader = c.say("ready.preheader")
	default:
		c.Subject = c.say("ready.subject.open")
		c.Headline = []string{c.say("ready.headline", "place", c.at(place))}
		c.Preheader = c.say("ready.preheader")
	}
	c.Lead = []string{c.say("ready.lead")}
	if last {
		c.Lead = []string{c.say("ready.lead.last"), c.say("ready.lead")}
	}
	c.place(place, until)
	c.road(parcel.StepOutForDelivery, c.news("ready"))
}

// at is " bij Bakkerij Smit", or nothing.
func (c *composer) at(place string) string {
	if place == "" {
		return ""
	}
	return " " + c.say("ready.at", "place", place)
}

// place is the block with the pick-up point. Opening hours come as the carrier gives them, one row a line.
func (c *composer) place(name, until string) {
	at := c.p.Pickup
	if name == "" && at.Address == "" {
		return
	}
	c.Place = &mailPlace{Name: name, Address: clean(at.Address)}
	for _, row := range strings.FieldsFunc(at.Hours, func(r rune) bool { return r == '\n' || r == ';' || r == '|' }) {
		if row = clean(row); row != "" && len(c.Place.Hours) < 14 {
			c.Place.Hours = append(c.Place.Hours, row)
		}
	}
	if until != "" {
		c.Place.Until = c.say("ready.until", "day", until)
	}
}

func (c *composer) delivered() {
	how := string(c.p.Handover)
	if how == "" {
		how = "unknown"
	}
	key := "delivered"
	if c.p.Handover == parcel.HandoverCollected {
		key = "collected"
	}
	c.Subject = c.say(key+".subject", "day", c.Words.Day(c.p.Since.Day()))
	c.Headline = []string{c.say(key + ".headline")}
	c.Preheader = c.say("delivered.preheader." + how)
	c.Lead = []string{c.say("delivered.how."+how, "moment", c.moment(c.p.Since))}
	if c.p.Handover != parcel.HandoverCollected {
		c.Parts = []mailPart{{c.say("delivered.missing"), c.say("delivered.missing." + how)}}
	}
	c.road(parcel.StepDelivered, c.say("step."+key))
}

// brief is a window for a subject: days with their date as short as they can be said when there are two of them.
func (c *composer) brief(w parcel.Window) string {
	if w.From == w.To {
		return c.Words.Window(w)
	}
	key := "mail.days.either"
	if w.From.DaysUntil(w.To) > 1 {
		key = "mail.days.between"
	}
	return c.Words.T(key, "from", c.Words.ShortDay(w.From), "to", c.Words.ShortDay(w.To))
}

// soon names the days of a window the way people do: "donderdag", "donderdag of vrijdag".
func (c *composer) soon(w parcel.Window) string {
	if w.From == w.To || w.From.Before(c.today) {
		return c.Words.Soon(w.To, c.today)
	}
	key := "mail.days.either"
	if w.From.DaysUntil(w.To) > 1 {
		key = "mail.days.between"
	}
	return c.Words.T(key, "from", c.Words.Soon(w.From, c.today), "to", c.Words.Soon(w.To, c.today))
}
