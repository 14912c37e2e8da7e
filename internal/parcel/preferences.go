package parcel

import (
	"strings"
	"time"
)

// Class is what a message is for. Service messages are about the order itself; the other two need a wish or a consent.
type Class string

// Classes of message.
const (
	Service   Class = "service"
	Optional  Class = "optional"
	Marketing Class = "marketing"
)

// DefaultBudget is how many messages about one parcel a channel carries, action needed not counted.
const DefaultBudget = 4

// Quiet is when a channel keeps silent, in local hours: from From to To, past midnight when From is the later one.
// Equal hours mean never.
type Quiet struct {
	From, To int
}

// DefaultQuiet is 21:00 to 08:00.
func DefaultQuiet() Quiet { return Quiet{From: 21, To: 8} }

// Candidate is a notice that could be sent on a channel now, with all the policy looks at.
type Candidate struct {
	Notice Notice
	Parcel Parcel // as it is now, Rules included; the zero one for a notice about the order
	Past   []Told // what this channel already carried, or has waiting, for the same order; any order, itself left out
	Now    time.Time
	Zone   string // IANA zone of the shopper; "" means the one of Parcel.Country
	Class  Class  // "" means Service
	Budget int    // 0 means DefaultBudget
	Quiet  *Quiet // nil means DefaultQuiet
}

// Told is an earlier notice of the same channel and its fate so far.
type Told struct {
	Notice
	Outcome Outcome
}

// Decision is what becomes of a candidate. Outcome Queued means it is to be sent, at once when At is not after the
// candidate's Now, else it is to be asked about again at At; Merged, Superseded and HeldBack are final.
type Decision struct {
	Outcome Outcome
	At      time.Time
	Why     Why // "" when it is simply sent
}

// Send says whether to send now.
func (d Decision) Send(now time.Time) bool { return d.Outcome == Queued && !d.At.After(now) }

// Why is the rule that decided, a stable code that staff and shoppers can be shown words for.
type Why string

// Rules of the message policy.
const (
	WhyQuietHours   Why = "quiet_hours"    // waits for the morning
	WhyRestDay      Why = "rest_day"       // waits for a working day
	WhyStale        Why = "stale"          // happened too long ago
	WhyOvertaken    Why = "overtaken"      // the parcel is further already
	WhyLaterTold    Why = "later_told"     // a later message said it
	WhyNoLongerTrue Why = "no_longer_true" // it was taken back before it could be sent
	WhyNewerWaits   Why = "newer_waits"    // a newer one of its kind is waiting
	WhySameEvent    Why = "same_event"     // another feed told the same event
	WhyInOneMessage Why = "in_one_message" // said in another message that leaves now
	WhyBudget       Why = "budget"         // enough messages about this parcel
)

// Whys lists every rule, for the tests that look for words.
var Whys = []Why{
	WhyQuietHours, WhyRestDay, WhyStale, WhyOvertaken, WhyLaterTold, WhyNoLongerTrue, WhyNewerWaits, WhySameEvent, WhyInOneMessage, WhyBudget,
}

// Limits of the message policy.
const (
	staleAfter   = 48 * time.Hour
	morningTries = 21 // days looked ahead for a day on which a message may leave
)

// Decide is the message policy: whether a notice is sent now, later, or not at all, and by which rule. It is asked when
// a message is due, and again whenever it said later. In this order: a confirmation always leaves at once; what is no
// longer true or overtaken is not sent; what is old is not, unless the parcel still waits for the shopper; one event is
// told once; a channel carries only so many messages about a parcel, action needed not counted, and the last of them is
// kept for the delivery; at night only what cannot wait is sent. Source: shopper reference N13, L6 and E14.
func Decide(c Candidate) Decision {
	if c.Notice.Kind == OrderConfirmed {
		return c.now()
	}
	if why := c.untrue(); why != "" {
		return Decision{Outcome: Superseded, Why: why}
	}
	if c.Now.Sub(c.Notice.At) > staleAfter && !c.stillWaiting() {
		return Decision{Outcome: Superseded, Why: WhyStale}
	}
	if d, settled := c.alreadyTold(); settled {
		return d
	}
	if c.overBudget() {
		return Decision{Outcome: HeldBack, Why: WhyBudget}
	}
	return c.atGoodTime()
}

func (c Candidate) now() Decision { return Decision{Outcome: Queued, At: c.Now} }

// zone is where the shopper sleeps.
func (c Candidate) zone() *time.Location {
	if c.Zone != "" {
		return Location(c.Zone)
	}
	return Location(ZoneOf(c.Parcel.Country))
}

// untrue is why the notice is not, or no longer, what the parcel is at; "" when it is.
func (c Candidate) untrue() Why {
	at := c.Parcel.Milestone
	switch c.Notice.Kind {
	case OnItsWay:
		if at.lastMile() || at.resting() {
			return WhyOvertaken
		}
	case OutToday:
		if at != OutForDelivery {
			return overtakenBy(at)
		}
		if c.Notice.Key != c.Parcel.Since.Day().String() || c.Notice.Key < DateOf(c.Now.In(c.zone())).String() {
			return WhyNoLongerTrue
		}
	case AttemptFailed:
		if at != DeliveryAttemptFailed && (at.lastMile() || at.resting()) {
			return WhyOvertaken
		}
	case ReadyForPickup:
		if at != AvailableForPickup {
			return overtakenBy(at)
		}
	case DeliveredNotice:
		if at != Delivered {
			return WhyNoLongerTrue
		}
	case Delayed:
		return c.delayUntrue()
	}
	return ""
}

// overtakenBy is why a notice of the last mile does not hold at another milestone.
func overtakenBy(at Milestone) Why {
	if at.lastMile() || at.resting() {
		return WhyOvertaken
	}
	return WhyNoLongerTrue
}

// delayUntrue is why a notice of delay does not hold: it is here, comes today after all, is expected in time again, or
// on yet another day.
func (c Candidate) delayUntrue() Why {
	at := c.Parcel.Milestone
	if at.resting() || at == OutForDelivery {
		return WhyOvertaken
	}
	late, missed := false, strings.HasPrefix(c.Notice.Key, missedKey)
	for _, e := range c.Parcel.Exceptions {
		late = late || e.Kind == ExLate || e.Kind == ExPredictedLate
	}
	if !late {
		return WhyNoLongerTrue
	}
	day := strings.TrimPrefix(c.Notice.Key, missedKey)
	expected := c.Parcel.ETA.To.String()
	if missed && day < expected || !missed && expected != "" && day != expected {
		return WhyNewerWaits
	}
	return ""
}

// stillWaiting says whether the news is old but the parcel waits for the shopper all the same.
func (c Candidate) stillWaiting() bool {
	return c.Notice.Kind == ReadyForPickup && c.Parcel.Milestone == AvailableForPickup
}

// alreadyTold compares with what the channel carried, or has waiting, about the same parcel.
func (c Candidate) alreadyTold() (Decision, bool) {
	for _, t := range c.Past {
		if t.Parcel != c.Notice.Parcel || t.Outcome != Sent && t.Outcome != Queued {
			continue
		}
		switch {
		case t.Kind == c.Notice.Kind && c.sameEvent(t):
			return Decision{Outcome: Merged, Why: WhySameEvent}, true
		case t.Kind == c.Notice.Kind && t.Outcome == Queued && t.At.After(c.Notice.At) && !c.Notice.LastCall():
			return Decision{Outcome: Superseded, Why: WhyNewerWaits}, true
		case c.Notice.Kind == OnItsWay && t.Kind == Delayed && t.Outcome == Queued && c.with(t.Notice).delayUntrue() == "":
			return Decision{Outcome: Merged, Why: WhyInOneMessage}, true
		case t.Outcome == Sent && further(t.Kind) > further(c.Notice.Kind) && t.At.After(c.Notice.At):
			return Decision{Outcome: Superseded, Why: WhyLaterTold}, true
		}
	}
	return Decision{}, false
}

// with is the candidate another notice of the same parcel would be.
func (c Candidate) with(n Notice) Candidate {
	c.Notice = n
	return c
}

// sameEvent says whether an earlier notice of the kind was about the very same thing. Of two that wait, the later one
// gives way.
func (c Candidate) sameEvent(t Told) bool {
	if t.Outcome == Queued && !t.At.Before(c.Notice.At) {
		return false
	}
	switch c.Notice.Kind {
	case AttemptFailed:
		return c.Notice.At.Sub(t.At).Abs() < sameAttempt
	case OnItsWay:
		return true
	}
	return t.Key == c.Notice.Key
}

// further orders notices by how far on the road they are told; delays have no place on it.
func further(k Kind) int {
	switch k {
	case OnItsWay:
		return 1
	case OutToday:
		return 2
	case AttemptFailed, ReadyForPickup:
		return 3
	case DeliveredNotice:
		return 4
	}
	return 0
}

// actionNeeded says whether the shopper must do something: such a notice is never muted.
func actionNeeded(k Kind) bool { return k == AttemptFailed || k == ReadyForPickup }

// overBudget says whether the channel has carried enough about this parcel.
func (c Candidate) overBudget() bool {
	if actionNeeded(c.Notice.Kind) {
		return false
	}
	budget := c.Budget
	if budget <= 0 {
		budget = DefaultBudget
	}
	if c.Notice.Kind != DeliveredNotice {
		budget--
	}
	sent := 0
	for _, t := range c.Past {
		if t.Parcel == c.Notice.Parcel && t.Outcome == Sent && t.Kind != OrderConfirmed && !actionNeeded(t.Kind) {
			sent++
		}
	}
	return sent >= budget
}

// urgent says whether a service notice cannot wait for the morning: the van comes today, nobody was there, or the
// parcel is about to be sent back.
func (c Candidate) urgent() bool {
	if c.Class == Optional || c.Class == Marketing {
		return false
	}
	return c.Notice.Kind == OutToday || c.Notice.Kind == AttemptFailed || c.Notice.LastCall()
}

// atGoodTime sends now, or says when.
func (c Candidate) atGoodTime() Decision {
	if c.urgent() {
		return c.now()
	}
	quiet := DefaultQuiet()
	if c.Quiet != nil {
		quiet = *c.Quiet
	}
	loc := c.zone()
	today := DateOf(c.Now.In(loc))
	if !quiet.At(c.Now.In(loc)) && !c.restDay(today) {
		return c.now()
	}

	why := WhyQuietHours
	for ahead := range morningTries {
		day := today.AddDays(ahead)
		morning := quiet.morning(day, loc)
		if !morning.After(c.Now) || quiet.At(morning.In(loc)) {
			continue
		}
		if c.restDay(day) {
			why = WhyRestDay
			continue
		}
		return Decision{Outcome: Queued, At: morning, Why: why}
	}
	return c.now()
}

// At says whether a local time is quiet.
func (q Quiet) At(local time.Time) bool {
	hour := local.Hour()
	if q.From <= q.To {
		return q.From <= hour && hour < q.To
	}
	return hour >= q.From || hour < q.To
}

// morning is when the quiet of a day ends: its hour To, or the day's beginning when there is no quiet.
func (q Quiet) morning(day Date, loc *time.Location) time.Time {
	if q.From == q.To {
		return day.In(loc)
	}
	return day.At(q.To*60, loc)
}

// restDay says whether messages that are not about the order itself must not be sent on a day. Source: shopper
// reference, section 8.1: France, Sundays and holidays.
func (c Candidate) restDay(day Date) bool {
	if c.Class != Optional && c.Class != Marketing || c.Parcel.Country != "FR" {
		return false
	}
	return day.Weekday() == time.Sunday || c.Parcel.Rules.Holiday != nil && c.Parcel.Rules.Holiday("FR", day)
}
