package parcel

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// open opens an exception, or brings an open one of its kind up to date: it stays open since it was first seen.
func (f *fold) open(e Exception) {
	for i := range f.exceptions {
		old := &f.exceptions[i]
		if old.Kind != e.Kind {
			continue
		}
		old.Actor, old.Cause, old.Reason = cmp.Or(e.Actor, old.Actor), cmp.Or(e.Cause, old.Cause), cmp.Or(e.Reason, old.Reason)
		return
	}
	f.exceptions = append(f.exceptions, e)
}

// isOpen says whether an exception of a kind is open.
func (f *fold) isOpen(kind ExceptionKind) bool {
	return slices.ContainsFunc(f.exceptions, func(e Exception) bool { return e.Kind == kind })
}

// shut closes the exceptions of a kind.
func (f *fold) shut(kind ExceptionKind) {
	f.exceptions = slices.DeleteFunc(f.exceptions, func(e Exception) bool { return e.Kind == kind })
}

// judge closes the exceptions a movement is the end of, and opens the one it is. again says that it is a new occasion:
// the second failed attempt is open since the second.
func (f *fold) judge(s *Scan, again bool) {
	f.exceptions = slices.DeleteFunc(f.exceptions, func(e Exception) bool { return ends(e.Kind, s.Milestone) })

	kind, ok := exceptionOf(s)
	if !ok {
		return
	}
	if kind == ExFailedAttempt && again {
		f.shut(kind)
	}
	f.open(Exception{Kind: kind, Since: s.When.UTC, Actor: actorOf(s), Cause: s.Cause, Reason: s.Reason})
}

// exceptionOf is the exception a movement opens, if any.
func exceptionOf(s *Scan) (ExceptionKind, bool) {
	switch s.Milestone {
	case DeliveryAttemptFailed:
		return ExFailedAttempt, true
	case Held, Problem:
		if s.Reason == ReasonDamaged {
			return ExDamaged, true
		}
		if s.Milestone == Held {
			return ExHeld, true
		}
		return ExProblem, true
	case ReturningToSender, ReturnedToSender:
		return ExReturning, true
	case Lost:
		return ExLost, true
	case Expired:
		return ExStalled, true
	}
	return "", false
}

// ends says whether a movement to a milestone is the end of an open exception. A parcel that came back stays open for
// the shop, which owes the shopper something; a lost one until it is found.
func ends(kind ExceptionKind, m Milestone) bool {
	if m == Delivered || m == Cancelled {
		return true
	}
	moving := m.transit() || m.lastMile()
	switch kind {
	case ExFailedAttempt:
		return m == OutForDelivery || m == AvailableForPickup || m == ReturningToSender || m == ReturnedToSender || m == Lost
	case ExHeld, ExProblem:
		return moving || m == ReturningToSender || m == ReturnedToSender || m == Lost
	case ExReturning, ExLost:
		return moving || kind == ExLost && (m == ReturningToSender || m == ReturnedToSender)
	case ExStalled:
		return m != Expired
	}
	return false
}

// actorOf is who must act on a problem: who the feed says, else who can.
func actorOf(s *Scan) Actor {
	if s.Actor != Nobody {
		return s.Actor
	}
	switch s.Milestone {
	case ReturningToSender, ReturnedToSender, Lost:
		return MerchantActs
	}
	switch s.Reason {
	case ReasonAddress, ReasonPayment, ReasonNotCollected:
		return ShopperActs
	case ReasonDamaged, ReasonRefused, ReasonDocuments:
		return MerchantActs
	}
	return CarrierActs
}

// Hours of the day at which the clock is read.
const (
	noonMinute     = 12 * 60 // by when a parcel that is not on the road cannot come today
	reminderMinute = 9 * 60  // when a shopper is reminded of a parcel that waits
	lastMinutes    = 2 * 60  // how long before the end of a promise with hours that is known
)

// deadline is a moment at which something about a parcel changes because nothing happened before it.
type deadline struct {
	at      time.Time
	kind    ExceptionKind // opened then, "" for none
	actor   Actor
	notice  Notice // told then, Kind "" for nothing
	promise int    // index of the promise it is about, -1 for none
	warning bool   // it is not the end of that promise but the moment its end is plain
}

// pass lets everything happen that the clock has brought by a moment. It gives the next moment to look again, zero for
// never, and what the clock has told so far.
func (f *fold) pass(seen time.Time) (next time.Time, told []Notice) {
	for _, d := range f.deadlines() {
		if d.at.After(seen) {
			if next.IsZero() || d.at.Before(next) {
				next = d.at
			}
			continue
		}
		switch {
		case d.warning:
			f.promises[d.promise].Warned = d.at
		case d.promise >= 0:
			f.runOut(d.promise, d.at)
		}
		if d.kind != "" && !f.isOpen(d.kind) {
			f.open(Exception{Kind: d.kind, Since: d.at, Actor: d.actor, Clock: true})
		}
		if d.notice.Kind != "" && !slices.ContainsFunc(told, d.notice.sameOccasion) {
			told = append(told, d.notice)
		}
	}
	if f.isOpen(ExLate) {
		f.shut(ExPredictedLate)
	}
	if len(f.exceptions) == 0 {
		f.exceptions = nil
	}
	slices.SortFunc(f.exceptions, func(a, b Exception) int {
		return cmp.Or(a.Since.Compare(b.Since), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return next, told
}

// deadlines are all moments that matter at the milestone reached, in order of time.
func (f *fold) deadlines() []deadline {
	if f.milestone.Final() {
		return nil
	}
	list := append(f.promiseDeadlines(), f.silence()...)
	list = append(list, f.expiry()...)
	for i := range list {
		list[i].at, list[i].notice.At = list[i].at.UTC(), list[i].notice.At.UTC()
	}
	slices.SortStableFunc(list, func(a, b deadline) int { return a.at.Compare(b.at) })
	return list
}

// runOut notes that a promise has passed. When it was the window expected, the first promise is expected again while it
// stands, and after that nothing is: a day gone by is no expectation.
func (f *fold) runOut(promise int, at time.Time) {
	f.promises[promise].Passed = at
	if f.eta.IsZero() || f.eta.End(f.zone).After(at) {
		return
	}
	f.eta = ETA{}
	if first := f.promises[0]; first.Passed.IsZero() && first.End(f.zone).After(at) {
		f.eta = ETA{Window: first.Window, Basis: first.Basis}
	}
}

// promiseDeadlines are the ends of the promises. The parcel is late when the first has passed. The shopper is told when
// the last of them has: of an earlier one they know that it was revised. On that last day a parcel that is not
// even on the road is known to be late at noon: that is told while the promise still stands, and not again when it has passed.
func (f *fold) promiseDeadlines() []deadline {
	if f.milestone.resting() {
		return nil
	}
	var list []deadline
	last := f.lastPromise()
	for i, promise := range f.promises {
		d := deadline{at: promise.End(f.zone), promise: i}
		if i == 0 {
			d.kind, d.actor = ExLate, f.mover()
		}
		if i == last {
			d.notice = f.missed(promise, d.at)
			list = f.noon(list, i, d.at)
		}
		list = append(list, d)
	}
	return list
}

// noon adds the moment at which a parcel off the road is known to miss the last day of its promise.
func (f *fold) noon(list []deadline, i int, end time.Time) []deadline {
	if !f.offTheRoad() {
		return list
	}
	promise := f.promises[i]
	at := promise.To.At(noonMinute, f.zone)
	if early := end.Add(-lastMinutes * time.Minute); early.Before(at) {
		at = early
	}
	return append(list, deadline{at: at, kind: ExPredictedLate, actor: f.mover(), notice: f.missed(promise, at), promise: i, warning: true})
}

// lastPromise is the index of the promise whose passing is news: the one in force, or the first when that ends later.
func (f *fold) lastPromise() int {
	last := len(f.promises) - 1
	if last > 0 && !f.promises[last].End(f.zone).After(f.promises[0].End(f.zone)) {
		return 0
	}
	return last
}

// missed is the notice that a promise is not kept; of a failed attempt the shopper knows already.
func (f *fold) missed(promise Promise, at time.Time) Notice {
	if f.milestone == DeliveryAttemptFailed {
		return Notice{}
	}
	return Notice{Kind: Delayed, Parcel: f.p.ID, Key: missedKey + promise.To.String(), At: at}
}

// offTheRoad says whether the parcel cannot reach the shopper today: it has not left, or something holds it.
func (f *fold) offTheRoad() bool {
	return f.milestone.paper() || f.milestone == Customs || f.milestone == Held || f.milestone == Problem
}

// silence is when a parcel on the road has been silent for too long, or one with a label was never collected.
func (f *fold) silence() []deadline {
	quiet := f.p.Rules.QuietDays
	labelled := f.milestone == LabelCreated || f.milestone == PickedAndPacked && f.p.TrackingNumber != ""
	switch {
	case quiet <= 0 || f.milestone.resting():
		return nil
	case labelled:
		return []deadline{{at: f.afterQuietDays(f.since.UTC, quiet), kind: ExNotCollected, actor: MerchantActs, promise: -1}}
	case f.milestone.paper():
		return nil
	}
	return []deadline{{at: f.afterQuietDays(f.heard, quiet), kind: ExStalled, actor: CarrierActs, promise: -1}}
}

// afterQuietDays is the end of the n-th business day after the day of a moment.
func (f *fold) afterQuietDays(moment time.Time, n int) time.Time {
	open := f.p.Rules.businessDays(countryOf(f.p.Rules.Zone), f.p.Country)
	return addBusinessDays(DateOf(moment.In(f.zone)), n, open).AddDays(1).In(f.zone)
}

// expiry is when a parcel that waits is about to be sent back: the morning before its last day, or of that day when it
// came too late for that. One that came on its last day is in the list of trouble at once; its shopper has just heard.
func (f *fold) expiry() []deadline {
	if f.milestone != AvailableForPickup {
		return nil
	}
	until := f.pickup.Until
	if until.IsZero() && f.p.Rules.ReadyDays > 0 {
		until = f.since.Day().AddDays(f.p.Rules.ReadyDays)
	}
	if until.IsZero() {
		return nil
	}

	d := deadline{kind: ExPickupExpiring, actor: ShopperActs, promise: -1}
	for _, day := range []Date{until.AddDays(-1), until} {
		if d.at = day.At(reminderMinute, f.zone); d.at.After(f.since.UTC) {
			d.notice = Notice{Kind: ReadyForPickup, Parcel: f.p.ID, Key: lastCall + until.String(), At: d.at}
			return []deadline{d}
		}
	}
	d.at = f.since.UTC
	return []deadline{d}
}
