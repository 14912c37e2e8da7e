package views

import (
	"strings"

	"onderweg/internal/parcel"
)

// state is what the page says a parcel is doing: the milestone, corrected by what is wrong with it.
type state string

const (
	ordered   state = "ordered"
	ready     state = "packed"
	label     state = "label"
	way       state = "way"
	hub       state = "hub"
	local     state = "local"
	customs   state = "customs"
	out       state = "out"
	late      state = "late"
	stalled   state = "stalled"
	failed    state = "failed"
	pickup    state = "pickup"
	delivered state = "delivered"
	returning state = "returning"
	returned  state = "returned"
	lost      state = "lost"
	cancelled state = "cancelled"
	expired   state = "expired"
	held      state = "held"
	trouble   state = "problem"
)

// urgency orders the parcels of one order: the help of the page is about the most pressing one.
func (s state) urgency() int {
	switch s {
	case pickup, failed, held, customs:
		return 4
	case lost, trouble, returning, returned:
		return 3
	case late, stalled, expired:
		return 2
	case delivered, cancelled:
		return 0
	}
	return 1
}

// moving says whether the parcel is on its normal way to the door.
func (s state) moving() bool {
	switch s {
	case ordered, ready, label, way, hub, local, customs, out:
		return true
	}
	return false
}

func stateOf(m parcel.Milestone) state {
	switch m {
	case parcel.PickedAndPacked:
		return ready
	case parcel.LabelCreated:
		return label
	case parcel.HandedToCarrier, parcel.InTransit:
		return way
	case parcel.ArrivedAtHub:
		return hub
	case parcel.HandedToLocalCarrier:
		return local
	case parcel.Customs:
		return customs
	case parcel.OutForDelivery:
		return out
	case parcel.AvailableForPickup:
		return pickup
	case parcel.DeliveryAttemptFailed:
		return failed
	case parcel.Problem:
		return trouble
	case parcel.Held:
		return held
	case parcel.Delivered:
		return delivered
	case parcel.ReturningToSender:
		return returning
	case parcel.ReturnedToSender:
		return returned
	case parcel.Lost:
		return lost
	case parcel.Cancelled:
		return cancelled
	case parcel.Expired:
		return expired
	}
	return ordered
}

// look is one parcel in words.
type look struct {
	state state
	say   []string
	was   string
	now   string
	when  string
	news  string
	win   parcel.Window // what is still expected, zero for nothing
}

// look says how a parcel is doing today.
func (v viewer) look(p parcel.Parcel) look {
	l := look{state: stateOf(p.Milestone)}
	ex := open(p.Exceptions)
	if l.state == trouble && onlyLate(reasonOf(p)) {
		l.state = way
	}
	switch {
	case !l.state.moving():
	case ex[parcel.ExLost]:
		l.state = lost
	case ex[parcel.ExHeld]:
		l.state = held
	case ex[parcel.ExDamaged], ex[parcel.ExProblem] && !onlyLate(reasonOf(p)):
		l.state = trouble
	}

	passed := false
	if l.state.moving() || l.state == failed {
		l.win, passed = v.expected(p)
	}
	if first, ok := promised(p); ok && l.state.moving() {
		slips := passed || !l.win.IsZero() && (first.To.Before(l.win.To) || l.win.To.Before(first.From))
		if slips {
			l.was = v.span(first)
		}
		later := passed || (!l.win.IsZero() && first.To.Before(l.win.To))
		switch {
		case later && l.state != out:
			l.state = late
		case passed:
			l.state = late
		}
	} else if passed && l.state.moving() {
		l.state = late
	}
	if l.state == failed && !l.win.To.After(parcel.DateOf(p.Since.Local)) {
		l.win = parcel.Window{} // the window of the attempt that failed is not the next one
	}
	if ex[parcel.ExStalled] && (l.state.moving() || l.state == late) && l.state != out && (l.win.IsZero() || passed) {
		l.state = stalled
	}
	l.say, l.now, l.when = v.sentence(p, l)
	l.news = v.news(p, l.state)
	return l
}

// onlyLate says whether a problem costs no more than time.
func onlyLate(r parcel.Reason) bool {
	return r == parcel.ReasonDelayed || r == parcel.ReasonWeather || r == parcel.ReasonMissorted
}

// expected is the window still ahead, its past days cut off. passed means that it has gone by.
func (v viewer) expected(p parcel.Parcel) (win parcel.Window, passed bool) {
	win = p.ETA.Window
	if win.IsZero() {
		first, ok := promised(p)
		return win, ok && first.To.Before(v.today)
	}
	if win.To.Before(v.today) {
		return parcel.Window{}, true
	}
	if win.From.Before(v.today) {
		win.From = v.today
		if win.To != v.today {
			win.FromMinute, win.ToMinute = 0, 0
		}
	}
	return win, false
}

func promised(p parcel.Parcel) (parcel.Window, bool) {
	if len(p.Promises) == 0 || p.Promises[0].IsZero() {
		return parcel.Window{}, false
	}
	return p.Promises[0].Window, true
}

func open(list []parcel.Exception) map[parcel.ExceptionKind]bool {
	if len(list) == 0 {
		return nil
	}
	set := make(map[parcel.ExceptionKind]bool, len(list))
	for _, e := range list {
		set[e.Kind] = true
	}
	return set
}

// sentence is the answer of the page: what a person would say, the day in bold when it moved, and one quiet line.
func (v viewer) sentence(p parcel.Parcel, l look) (say []string, now, when string) {
	w, carrier := v.w, v.carrier(p)
	switch l.state {
	case out:
		return v.outToday(l)
	case late:
		if l.win.IsZero() {
			return sentences(w.text("say.late.unknown")), "", w.T("line.late.unknown", "carrier", carrier, "cause", v.cause(p))
		}
		return sentences(w.T("say.late", "day", v.soonSpan(l.win))), Capital(w.Window(l.win)), w.T("line.late", "cause", v.cause(p))
	case stalled:
		last := v.lastDay(p)
		return sentences(w.T("say.stalled", "day", v.since(last))), "", w.T("line.stalled", "carrier", carrier, "day", w.Day(last))
	case failed:
		return v.attempt(p, l)
	case pickup:
		return v.collect(p)
	case delivered:
		return sentences(w.text(handoverKey(p.Handover))), "", Capital(v.at(p.Since))
	case held:
		say, line := heldKeys(reasonOf(p))
		return sentences(w.text(say)), "", w.T(line, "carrier", carrier)
	case trouble:
		say, line := troubleKeys(reasonOf(p), p.Exceptions)
		return sentences(w.text(say)), "", w.T(line, "carrier", carrier)
	case returning, returned, lost, cancelled, expired:
		return sentences(w.T(sayKeys[l.state], "carrier", carrier)), "", w.T(lineKeys[l.state], "carrier", carrier, "shop", v.b.Name)
	}
	if l.win.IsZero() {
		return sentences(w.text(sayKeys[l.state])), "", w.T(unknownKeys[l.state], "carrier", carrier)
	}
	line := w.T(lineKeys[l.state], "carrier", carrier)
	return sentences(v.arrives(l.win)), "", Capital(w.Window(l.win)) + ". " + line
}

// Keys of the states that need no choice. say is the h1 without a day, line stands after the day, unknown is the line
// when no day is known: what we know, and when there will be more.
var (
	sayKeys = map[state]string{
		ordered: "say.ordered", ready: "say.packed", label: "say.label", way: "say.way", hub: "say.hub", local: "say.local",
		customs: "say.customs", returning: "say.returning", returned: "say.returned", lost: "say.lost",
		cancelled: "say.cancelled", expired: "say.expired",
	}
	lineKeys = map[state]string{
		ordered: "line.ordered", ready: "line.packed", label: "line.label", way: "line.way", hub: "line.hub", local: "line.local",
		customs: "line.customs", returning: "line.returning", returned: "line.returned", lost: "line.lost",
		cancelled: "line.cancelled", expired: "line.expired",
	}
	unknownKeys = map[state]string{
		ordered: "unknown.ordered", ready: "unknown.packed", label: "unknown.label", way: "unknown.way", hub: "unknown.hub",
		local: "unknown.local", customs: "unknown.customs",
	}
)

func (v viewer) outToday(l look) (say []string, now, when string) {
	w := v.w
	line := w.text("line.out")
	if l.win.IsZero() || l.win.From != v.today {
		return sentences(w.text("say.out")), "", line
	}
	if hours := w.Hours(l.win); hours != "" && l.win.To == v.today {
		if l.win.ToMinute != 0 && minuteOf(v.now.In(v.zone)) > l.win.ToMinute {
			return sentences(w.text("say.out")), "", w.T("line.out.passed", "hours", hours)
		}
		return sentences(w.T("say.out.hours", "hours", hours)), "", Capital(w.Day(l.win.To)) + ". " + line
	}
	return sentences(w.text("say.out")), "", Capital(w.Day(v.today)) + ". " + line
}

// arrives is the h1 of a parcel that is coming.
func (v viewer) arrives(win parcel.Window) string {
	if hours := v.w.Hours(win); hours != "" && win.From == v.today && win.To == v.today {
		return v.w.T("say.out.hours", "hours", hours)
	}
	return v.w.T("say.arrives", "day", v.soonSpan(win))
}

// soonSpan is "donderdag", "donderdag of vrijdag", "tussen donderdag en dinsdag 1 december".
func (v viewer) soonSpan(win parcel.Window) string {
	if win.From == win.To {
		return v.w.Soon(win.To, v.today)
	}
	key := "span.either"
	if win.From.DaysUntil(win.To) > 1 {
		key = "span.between"
	}
	return v.w.T(key, "from", v.w.Soon(win.From, v.today), "to", v.w.Soon(win.To, v.today))
}

// span is the promised day or days with their dates.
func (v viewer) span(win parcel.Window) string {
	win.FromMinute, win.ToMinute = 0, 0
	return v.w.Window(win)
}

func (v viewer) attempt(p parcel.Parcel, l look) (say []string, now, when string) {
	key := "say.failed"
	switch reasonOf(p) {
	case parcel.ReasonNotHome:
		key = "say.failed.home"
	case parcel.ReasonClosed:
		key = "say.failed.closed"
	case parcel.ReasonAddress:
		key = "say.failed.address"
	case parcel.ReasonRefused:
		key = "say.failed.refused"
	}
	when = Capital(v.at(p.Since)) + ". "
	if l.win.IsZero() {
		return sentences(v.w.text(key)), "", when + v.w.text("line.failed")
	}
	return sentences(v.w.text(key)), "", when + v.w.T("line.failed.next", "day", v.w.Window(l.win))
}

func (v viewer) collect(p parcel.Parcel) (say []string, now, when string) {
	until := p.Pickup.Until
	if until.IsZero() {
		return sentences(v.w.text("say.pickup")), "", v.w.T("line.pickup", "carrier", v.carrier(p))
	}
	if until.Before(v.today) {
		return sentences(v.w.text("say.pickup.past")), "", v.w.T("line.pickup.past", "day", v.w.Day(until), "carrier", v.carrier(p))
	}
	return sentences(v.w.T("say.pickup.until", "day", v.w.Soon(until, v.today))), "",
		v.w.T("line.pickup.until", "day", v.w.Day(until), "carrier", v.carrier(p))
}

func handoverKey(h parcel.Handover) string {
	switch h {
	case parcel.HandoverPerson:
		return "say.delivered.person"
	case parcel.HandoverNeighbour:
		return "say.delivered.neighbour"
	case parcel.HandoverSafePlace:
		return "say.delivered.safe"
	case parcel.HandoverLetterbox:
		return "say.delivered.letterbox"
	case parcel.HandoverLocker:
		return "say.delivered.locker"
	case parcel.HandoverCollected:
		return "say.delivered.collected"
	}
	return "say.delivered"
}

func heldKeys(r parcel.Reason) (say, line string) {
	switch r {
	case parcel.ReasonCustoms, parcel.ReasonDocuments:
		return "say.held.customs", "line.held.customs"
	case parcel.ReasonPayment:
		return "say.held.payment", "line.held.payment"
	case parcel.ReasonAddress:
		return "say.problem.address", "line.problem.address"
	}
	return "say.held", "line.held"
}

func troubleKeys(r parcel.Reason, list []parcel.Exception) (say, line string) {
	switch {
	case r == parcel.ReasonDamaged, open(list)[parcel.ExDamaged]:
		return "say.problem.damaged", "line.problem.damaged"
	case r == parcel.ReasonAddress:
		return "say.problem.address", "line.problem.address"
	}
	return "say.problem", "line.problem"
}

// cause is why a promise moved, in one factual sentence and a space; "" when nobody said why. Nothing is invented.
func (v viewer) cause(p parcel.Parcel) string {
	var key string
	switch r, c := reasonOf(p), causeOf(p); {
	case r == parcel.ReasonWeather, c == parcel.CausedByWeather:
		key = "cause.weather"
	case r == parcel.ReasonCustoms, c == parcel.CausedByCustoms:
		key = "cause.customs"
	case r == parcel.ReasonMissorted:
		key = "cause.missorted"
	case c == parcel.CausedByShop:
		key = "cause.shop"
	case r == parcel.ReasonDelayed:
		key = "cause.delayed"
	default:
		return ""
	}
	return v.w.T(key, "carrier", v.carrier(p)) + " "
}

// reasonOf is the reason of the newest scan that gave one, else of the last revision or the newest open problem.
func reasonOf(p parcel.Parcel) parcel.Reason {
	for i := len(p.Scans) - 1; i >= 0; i-- {
		if p.Scans[i].Milestone == p.Milestone && p.Scans[i].Reason != parcel.NoReason {
			return p.Scans[i].Reason
		}
	}
	if n := len(p.Promises); n > 1 && p.Promises[n-1].Reason != parcel.NoReason {
		return p.Promises[n-1].Reason
	}
	for i := len(p.Exceptions) - 1; i >= 0; i-- {
		if p.Exceptions[i].Reason != parcel.NoReason {
			return p.Exceptions[i].Reason
		}
	}
	return parcel.NoReason
}

func causeOf(p parcel.Parcel) parcel.Cause {
	if n := len(p.Promises); n > 1 && p.Promises[n-1].Cause != parcel.Unknown {
		return p.Promises[n-1].Cause
	}
	for i := len(p.Exceptions) - 1; i >= 0; i-- {
		if p.Exceptions[i].Cause != parcel.Unknown {
			return p.Exceptions[i].Cause
		}
	}
	return parcel.Unknown
}

// at is "donderdag 26 november om 14.52 uur", without the time where none was given.
func (v viewer) at(t parcel.EventTime) string {
	day := v.w.Day(parcel.DateOf(t.Local))
	if t.DateOnly {
		return day
	}
	return v.w.T("day.at", "day", day, "time", v.w.Clock(minuteOf(t.Local)))
}

// since is "gisteren" or "maandag" for a day in the past week, and the day with its date before that.
func (v viewer) since(d parcel.Date) string {
	if n := d.DaysUntil(v.today); n >= 2 && n <= 6 {
		return v.w.Weekday(d)
	}
	return v.w.Near(d, v.today)
}

func (v viewer) lastDay(p parcel.Parcel) parcel.Date {
	if n := len(p.Scans); n > 0 {
		return parcel.DateOf(p.Scans[n-1].When.Local)
	}
	return parcel.DateOf(p.PlacedAt.In(v.zone))
}

// silentHours is how old the last scan of a moving parcel may be before the page says that nothing new came.
const silentHours = 36

// news is where the answer comes from, and how fresh it is.
func (v viewer) news(p parcel.Parcel, s state) string {
	w, carrier := v.w, v.carrier(p)
	n := len(p.Scans)
	if n == 0 {
		if p.Carrier == "" {
			return w.T("news.ordered", "when", w.Near(parcel.DateOf(v.t.PlacedAt.In(v.zone)), v.today))
		}
		return w.T("news.none", "carrier", carrier)
	}
	last := p.Scans[n-1].When
	when := w.Moment(last, v.today)
	switch {
	case s == delivered:
		return w.T("news.confirmed", "carrier", carrier)
	case (s.moving() || s == late || s == stalled) && v.now.Sub(last.UTC).Hours() > silentHours:
		return w.T("news.silent", "carrier", carrier, "when", when)
	}
	return w.T("news.last", "carrier", carrier, "when", when)
}

// sentences splits a text after each full stop, colon or question mark, so that a heading breaks there first.
func sentences(s string) []string {
	out := make([]string, 0, 2)
	for i := 0; i+1 < len(s); i++ {
		number := i > 0 && s[i-1] >= '0' && s[i-1] <= '9' // "26. November" is one piece
		if (s[i] == '.' && !number || s[i] == ':' || s[i] == '?') && s[i+1] == ' ' {
			out = append(out, s[:i+1])
			s, i = s[i+2:], -1
		}
	}
	return append(out, s)
}

func join(say []string) string {
	if len(say) == 1 {
		return say[0]
	}
	return strings.Join(say, " ")
}
