package parcel

import (
	"testing"
	"time"
)

// candidate is a notice about a parcel at a milestone, looked at a minute after it happened.
func candidate(k Kind, key string, m Milestone, moment time.Time) Candidate {
	p := newParcel()
	p.Milestone = m
	p.Since = atInstant("", moment, Location("Europe/Amsterdam"))
	return Candidate{Notice: Notice{Kind: k, Parcel: "p", Key: key, At: moment}, Parcel: *p, Now: moment.Add(time.Minute)}
}

// after adds to what the channel carried before.
func (c Candidate) after(k Kind, key string, moment time.Time, outcome Outcome) Candidate {
	c.Past = append(c.Past, Told{Notice: Notice{Kind: k, Parcel: "p", Key: key, At: moment}, Outcome: outcome})
	return c
}

// lookedAt moves the candidate in time.
func (c Candidate) lookedAt(now time.Time) Candidate {
	c.Now = now
	return c
}

// late opens a lateness on the parcel, expected on a day after monday, or on none.
func (c Candidate) late(days ...int) Candidate {
	c.Parcel.Exceptions = []Exception{{Kind: ExPredictedLate}}
	c.Parcel.ETA = ETA{}
	if len(days) > 0 {
		day := DateOf(at(days[0], 12, 0))
		c.Parcel.ETA = ETA{Window: Window{From: day, To: day}, Basis: BasisCarrier}
	}
	return c
}

func TestTheMessagePolicy(t *testing.T) {
	noon := at(1, 12, 0)
	class := func(c Candidate, class Class) Candidate { c.Class = class; return c }
	for _, c := range []struct {
		rule      string
		candidate Candidate
		outcome   Outcome
		why       Why
		wait      time.Duration // from Now
	}{
		{"by day it is sent", candidate(OnItsWay, "once", InTransit, noon), Queued, "", 0},
		{"a confirmation leaves at once, at night too", candidate(OrderConfirmed, "placed", OrderPlaced, at(1, 3, 0)), Queued, "", 0},
		{"and days later", candidate(OrderConfirmed, "placed", Delivered, noon).lookedAt(at(9, 3, 0)), Queued, "", 0},

		{"at night it waits for eight", candidate(OnItsWay, "once", InTransit, at(1, 22, 59)), Queued, WhyQuietHours, 9 * time.Hour},
		{"after midnight too", candidate(DeliveredNotice, "1", Delivered, at(1, 4, 59)), Queued, WhyQuietHours, 3 * time.Hour},
		{"nine in the evening is night", candidate(DeliveredNotice, "1", Delivered, at(1, 20, 59)), Queued, WhyQuietHours, 11 * time.Hour},
		{"just before is not", candidate(DeliveredNotice, "1", Delivered, at(1, 20, 58)), Queued, "", 0},
		{"eight in the morning is day", candidate(DeliveredNotice, "1", Delivered, at(1, 7, 59)), Queued, "", 0},
		{"the van of today passes", candidate(OutToday, "2026-11-24", OutForDelivery, at(1, 6, 0)), Queued, "", 0},
		{"a failed attempt passes", candidate(AttemptFailed, "2026-11-24 1", DeliveryAttemptFailed, at(1, 21, 30)), Queued, "", 0},
		{"a last call passes", candidate(ReadyForPickup, "until 2026-11-25", AvailableForPickup, at(1, 7, 0)), Queued, "", 0},
		{"waiting to be collected does not", candidate(ReadyForPickup, "2026-11-24", AvailableForPickup, at(1, 21, 59)), Queued, WhyQuietHours, 10 * time.Hour},
		{"nor a delay", candidate(Delayed, "2026-11-27", InTransit, at(1, 21, 59)).late(4), Queued, WhyQuietHours, 10 * time.Hour},
		{"nor anything that is not service", class(candidate(AttemptFailed, "2026-11-24 1", DeliveryAttemptFailed, at(1, 21, 59)), Optional), Queued, WhyQuietHours, 10 * time.Hour},

		{"on its way, but out for delivery already", candidate(OnItsWay, "once", OutForDelivery, noon), Superseded, WhyOvertaken, 0},
		{"on its way, but going back", candidate(OnItsWay, "once", ReturningToSender, noon), Superseded, WhyOvertaken, 0},
		{"on its way, and held", candidate(OnItsWay, "once", Held, noon), Queued, "", 0},
		{"comes today, but delivered already", candidate(OutToday, "2026-11-24", Delivered, noon), Superseded, WhyOvertaken, 0},
		{"comes today, but back at the depot", candidate(OutToday, "2026-11-24", ArrivedAtHub, noon), Superseded, WhyNoLongerTrue, 0},
		{"comes today, said of yesterday", candidate(OutToday, "2026-11-24", OutForDelivery, noon).lookedAt(at(2, 9, 0)), Superseded, WhyNoLongerTrue, 0},
		{"comes today, said of the van before", candidate(OutToday, "2026-11-23", OutForDelivery, noon), Superseded, WhyNoLongerTrue, 0},
		{"nobody was there, but delivered since", candidate(AttemptFailed, "2026-11-24 1", Delivered, noon), Superseded, WhyOvertaken, 0},
		{"nobody was there, and back at the depot", candidate(AttemptFailed, "2026-11-24 1", ArrivedAtHub, noon), Queued, "", 0},
		{"waits for you, but collected", candidate(ReadyForPickup, "2026-11-24", Delivered, noon), Superseded, WhyOvertaken, 0},
		{"delivered, but taken back", candidate(DeliveredNotice, "1", DeliveryAttemptFailed, noon), Superseded, WhyNoLongerTrue, 0},
		{"late, as it is", candidate(Delayed, "2026-11-27", InTransit, noon).late(4), Queued, "", 0},
		{"late, but in time again", candidate(Delayed, "2026-11-27", InTransit, noon), Superseded, WhyNoLongerTrue, 0},
		{"late, but on another day by now", candidate(Delayed, "2026-11-27", InTransit, noon).late(7), Superseded, WhyNewerWaits, 0},
		{"late, but out for delivery", candidate(Delayed, "2026-11-27", OutForDelivery, noon).late(4), Superseded, WhyOvertaken, 0},
		{"late, but there", candidate(Delayed, "2026-11-27", Delivered, noon).late(), Superseded, WhyOvertaken, 0},
		{"missed, and nobody knows when", candidate(Delayed, "missed 2026-11-24", InTransit, noon).late(), Queued, "", 0},
		{"missed, but there is a new day", candidate(Delayed, "missed 2026-11-24", InTransit, noon).late(4), Superseded, WhyNewerWaits, 0},

		{"two days old", candidate(DeliveredNotice, "1", Delivered, noon).lookedAt(noon.Add(48 * time.Hour)), Queued, "", 0},
		{"older", candidate(DeliveredNotice, "1", Delivered, noon).lookedAt(noon.Add(48*time.Hour + time.Second)), Superseded, WhyStale, 0},
		{"older, but it still waits for you", candidate(ReadyForPickup, "2026-11-24", AvailableForPickup, noon).lookedAt(at(4, 12, 0)), Queued, "", 0},

		{"the attempt another feed told", candidate(AttemptFailed, "2026-11-24 2", DeliveryAttemptFailed, noon).after(AttemptFailed, "2026-11-24 1", at(1, 10, 30), Sent), Merged, WhySameEvent, 0},
		{"another attempt", candidate(AttemptFailed, "2026-11-24 2", DeliveryAttemptFailed, noon).after(AttemptFailed, "2026-11-24 1", at(1, 9, 30), Sent), Queued, "", 0},
		{"the attempt that was never sent", candidate(AttemptFailed, "2026-11-24 2", DeliveryAttemptFailed, noon).after(AttemptFailed, "2026-11-24 1", at(1, 10, 30), Suppressed), Queued, "", 0},
		{"on its way for the second time", candidate(OnItsWay, "other", InTransit, noon).after(OnItsWay, "once", at(0, 18, 0), Sent), Merged, WhySameEvent, 0},
		{"on its way, and late in the same breath", candidate(OnItsWay, "once", InTransit, noon).late(4).after(Delayed, "2026-11-27", noon, Queued), Merged, WhyInOneMessage, 0},
		{"but not when that is no longer true", candidate(OnItsWay, "once", InTransit, noon).after(Delayed, "2026-11-27", noon, Queued), Queued, "", 0},
		{"an older delay gives way to a newer", candidate(Delayed, "missed 2026-11-24", InTransit, noon).late().after(Delayed, "2026-11-25", at(1, 13, 0), Queued), Superseded, WhyNewerWaits, 0},
		{"what a later message said", candidate(OnItsWay, "once", InTransit, noon).after(OutToday, "2026-11-24", at(1, 13, 0), Sent), Superseded, WhyLaterTold, 0},
		{"what was said of another parcel does not count", func() Candidate {
			c := candidate(OnItsWay, "once", InTransit, noon).after(OnItsWay, "once", at(0, 18, 0), Sent)
			c.Past[0].Parcel = "q"
			return c
		}(), Queued, "", 0},

		{"the third message is sent", candidate(OutToday, "2026-11-24", OutForDelivery, noon).spent(2), Queued, "", 0},
		{"the fourth is kept for the delivery", candidate(OutToday, "2026-11-24", OutForDelivery, noon).spent(3), HeldBack, WhyBudget, 0},
		{"which is sent", candidate(DeliveredNotice, "1", Delivered, noon).spent(3), Queued, "", 0},
		{"no fifth", candidate(DeliveredNotice, "1", Delivered, noon).spent(4), HeldBack, WhyBudget, 0},
		{"action needed is never muted", candidate(AttemptFailed, "2026-11-24 1", DeliveryAttemptFailed, noon).spent(9), Queued, "", 0},
		{"nor is waiting to be collected", candidate(ReadyForPickup, "2026-11-24", AvailableForPickup, noon).spent(9), Queued, "", 0},
		{"and does not count", candidate(OutToday, "2026-11-24", OutForDelivery, noon).spent(2).after(AttemptFailed, "2026-11-20 1", at(-3, 9, 0), Sent).after(ReadyForPickup, "2026-11-21", at(-2, 9, 0), Sent), Queued, "", 0},
		{"nor do messages that were not sent", candidate(OutToday, "2026-11-24", OutForDelivery, noon).spent(2).after(Delayed, "2026-11-20", at(-3, 9, 0), HeldBack), Queued, "", 0},
		{"a merchant may allow more", func() Candidate {
			c := candidate(OutToday, "2026-11-24", OutForDelivery, noon).spent(5)
			c.Budget = 7
			return c
		}(), Queued, "", 0},
	} {
		got := Decide(c.candidate)
		if got.Outcome != c.outcome || got.Why != c.why {
			t.Errorf("%s: %s %q, want %s %q", c.rule, got.Outcome, got.Why, c.outcome, c.why)
			continue
		}
		if got.Outcome != Queued {
			if got.Send(c.candidate.Now) {
				t.Errorf("%s: it is %s and sent", c.rule, got.Outcome)
			}
			continue
		}
		if wait := got.At.Sub(c.candidate.Now); wait != c.wait || got.Send(c.candidate.Now) != (c.wait == 0) {
			t.Errorf("%s: waits %s, want %s", c.rule, wait, c.wait)
		}
	}
}

// spent is a channel that has sent so many delays about the parcel some days ago.
func (c Candidate) spent(n int) Candidate {
	for i := range n {
		c = c.after(Delayed, DateOf(at(-10+i, 9, 0)).String(), at(-20+i, 9, 0), Sent)
	}
	return c
}

func TestEveryRuleIsListed(t *testing.T) {
	for _, why := range []Why{WhyQuietHours, WhyRestDay, WhyStale, WhyOvertaken, WhyLaterTold, WhyNoLongerTrue, WhyNewerWaits, WhySameEvent, WhyInOneMessage, WhyBudget} {
		found := false
		for _, listed := range Whys {
			found = found || listed == why
		}
		if !found {
			t.Errorf("%q is not in Whys", why)
		}
	}
}

func TestInFranceOnlyTheOrderItselfIsTalkedOfOnSundays(t *testing.T) {
	paris := Location("Europe/Paris")
	sunday := time.Date(2026, 11, 8, 15, 0, 0, 0, paris)
	c := candidate(DeliveredNotice, "1", Delivered, sunday.UTC())
	c.Parcel.Country, c.Parcel.Rules.Holiday = "FR", feast("FR", "2026-11-09", "2026-11-11")

	if d := Decide(c); !d.Send(c.Now) {
		t.Errorf("service: %+v", d)
	}
	c.Class = Optional
	want := time.Date(2026, 11, 10, 8, 0, 0, 0, paris)
	if d := Decide(c); d.Outcome != Queued || !d.At.Equal(want) || d.Why != WhyRestDay {
		t.Errorf("optional: %+v, want %s", d, want)
	}
	c.Parcel.Country = "NL"
	if d := Decide(c); !d.Send(c.Now) {
		t.Errorf("in the Netherlands: %+v", d)
	}
}

func TestQuietHoursAreTheMerchantsToSet(t *testing.T) {
	for _, c := range []struct {
		quiet Quiet
		hour  int
		wait  time.Duration
	}{
		{Quiet{From: 22, To: 7}, 21, 0},
		{Quiet{From: 22, To: 7}, 23, 8 * time.Hour},
		{Quiet{From: 1, To: 6}, 0, 0},
		{Quiet{From: 1, To: 6}, 3, 3 * time.Hour},
		{Quiet{}, 3, 0},
	} {
		candidate := candidate(DeliveredNotice, "1", Delivered, at(1, c.hour, 0)).lookedAt(at(1, c.hour, 0))
		candidate.Quiet = &c.quiet
		if d := Decide(candidate); d.At.Sub(candidate.Now) != c.wait {
			t.Errorf("%v at %d: waits %s, want %s", c.quiet, c.hour, d.At.Sub(candidate.Now), c.wait)
		}
	}
}

// T-F5: in every zone, each half hour of the week around every change of its clocks in two years, and of some weeks
// without one: nothing is sent inside quiet hours, nothing is lost, and nothing waits longer than it must.
func TestNothingIsSentAtNightAnywhere(t *testing.T) {
	begin, end := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	asked := 0
	for _, zone := range zoneNames(t) {
		loc := Location(zone)
		weeks := []time.Time{begin.AddDate(0, 5, 0)}
		for moment := begin; ; {
			_, change := moment.In(loc).ZoneBounds()
			if change.IsZero() || change.After(end) {
				break
			}
			weeks = append(weeks, change)
			moment = change
		}
		for _, week := range weeks {
			for now := week.Add(-80 * time.Hour); now.Before(week.Add(80 * time.Hour)); now = now.Add(30 * time.Minute) {
				asked++
				checkNight(t, zone, loc, now)
			}
		}
	}
	if asked < 400_000 {
		t.Errorf("only %d moments were looked at", asked)
	}
}

func checkNight(t *testing.T, zone string, loc *time.Location, now time.Time) {
	t.Helper()
	c := Candidate{Notice: Notice{Kind: DeliveredNotice, Key: "1", At: now}, Parcel: Parcel{Milestone: Delivered}, Now: now, Zone: zone}
	d := Decide(c)
	if d.Outcome != Queued || d.At.Before(now) {
		t.Fatalf("%s at %s: %+v", zone, now, d)
	}
	if DefaultQuiet().At(d.At.In(loc)) {
		t.Fatalf("%s at %s: sent at %s", zone, now, d.At.In(loc))
	}
	if d.Send(now) {
		return
	}
	if d.Why != WhyQuietHours || d.At.Sub(now) > 13*time.Hour {
		t.Fatalf("%s at %s: waits until %s (%s)", zone, now, d.At, d.Why)
	}
	for between := now; between.Before(d.At); between = between.Add(30 * time.Minute) {
		if !DefaultQuiet().At(between.In(loc)) {
			t.Fatalf("%s at %s: waits until %s though it might leave at %s", zone, now, d.At, between.In(loc))
		}
	}
	c.Now = d.At
	if again := Decide(c); !again.Send(d.At) {
		t.Fatalf("%s: at %s it waits again until %s", zone, d.At, again.At)
	}
}
