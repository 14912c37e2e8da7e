package parcel

import (
	"fmt"
	"testing"
	"time"
)

// feast makes days a holiday in one country.
func feast(country string, days ...string) Holidays {
	return func(c string, d Date) bool {
		for _, day := range days {
			if c == country && d.String() == day {
				return true
			}
		}
		return false
	}
}

func TestTheMerchantsPromiseCountsBusinessDays(t *testing.T) {
	amsterdam := Location("Europe/Amsterdam")
	for _, c := range []struct {
		rule        string
		placed      time.Time
		change      func(*Rules)
		destination string
		want        string
	}{
		{"from the day of the order", time.Date(2026, 11, 23, 9, 0, 0, 0, amsterdam), nil, "NL", "2026-11-24 2026-11-26"},
		{"before the cut-off", time.Date(2026, 11, 23, 16, 59, 59, 0, amsterdam), nil, "NL", "2026-11-24 2026-11-26"},
		{"from the cut-off on, the next day counts", time.Date(2026, 11, 23, 17, 0, 0, 0, amsterdam), nil, "NL", "2026-11-25 2026-11-27"},
		{"the cut-off is the warehouse's", time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC), nil, "NL", "2026-11-25 2026-11-27"},
		{"over the weekend", time.Date(2026, 11, 27, 9, 0, 0, 0, amsterdam), nil, "NL", "2026-11-30 2026-12-02"},
		{"on Saturday Monday counts", time.Date(2026, 11, 28, 9, 0, 0, 0, amsterdam), nil, "NL", "2026-12-01 2026-12-03"},
		{"late on Friday Monday counts", time.Date(2026, 11, 27, 18, 0, 0, 0, amsterdam), nil, "NL", "2026-12-01 2026-12-03"},
		{"not on the warehouse's holidays", time.Date(2026, 12, 24, 9, 0, 0, 0, amsterdam), func(r *Rules) { r.Holiday = feast("NL", "2026-12-25") }, "BE", "2026-12-28 2026-12-30"},
		{"not on the destination's", time.Date(2026, 12, 7, 9, 0, 0, 0, amsterdam), func(r *Rules) { r.Holiday = feast("ES", "2026-12-08") }, "ES", "2026-12-09 2026-12-11"},
		{"which do not stop the warehouse", time.Date(2026, 12, 8, 9, 0, 0, 0, amsterdam), func(r *Rules) { r.Holiday = feast("ES", "2026-12-08") }, "ES", "2026-12-09 2026-12-11"},
		{"the day of the order, if the shop is that quick", time.Date(2026, 11, 23, 9, 0, 0, 0, amsterdam), func(r *Rules) { r.MinDays = 0 }, "NL", "2026-11-23 2026-11-26"},
		{"no cut-off", time.Date(2026, 11, 23, 23, 0, 0, 0, amsterdam), func(r *Rules) { r.CutoffHour = 0 }, "NL", "2026-11-24 2026-11-26"},
		{"the earliest is not after the latest", time.Date(2026, 11, 23, 9, 0, 0, 0, amsterdam), func(r *Rules) { r.MinDays = 9 }, "NL", "2026-11-26 2026-11-26"},
		{"over the end of a month and a leap day", time.Date(2028, 2, 28, 9, 0, 0, 0, amsterdam), nil, "NL", "2028-02-29 2028-03-02"},
		{"no rule, no promise", time.Date(2026, 11, 23, 9, 0, 0, 0, amsterdam), func(r *Rules) { r.MaxDays = 0 }, "NL", ""},
		{"no order time, no promise", time.Time{}, nil, "NL", ""},
	} {
		rules := testRules()
		if c.change != nil {
			c.change(&rules)
		}
		window, ok := rules.Promise(c.placed, c.destination)
		got := ""
		if ok {
			got = fmt.Sprint(window.From, " ", window.To)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestACountryThatNeverWorksDoesNotStopTheProgram(t *testing.T) {
	rules := testRules()
	rules.Holiday = func(string, Date) bool { return true }
	if _, ok := rules.Promise(monday, "NL"); !ok {
		t.Error("no promise")
	}
}

// promised writes the history of promises as "basis from-to" by days of the month.
func promised(p *Parcel) string {
	text := ""
	for _, promise := range p.Promises {
		text += fmt.Sprintf("%s %d-%d ", promise.Basis, promise.From.Day, promise.To.Day)
	}
	return text
}

// hours narrows a scan's window to hours of its day.
func (s Scan) hours(from, to int) Scan {
	s.Window.FromMinute, s.Window.ToMinute = from*60, to*60
	s.Fingerprint = Fingerprint(s.Fingerprint, "", "", fmt.Sprint(from, to), "", "")
	return s
}

// The merchant promises Tuesday the 24th to Thursday the 26th.
func TestPromisesAreKeptAndRevisedOnlyByRealChanges(t *testing.T) {
	for _, c := range []struct {
		rule     string
		scans    []Scan
		promises string
		eta      string
		told     string
		open     string
	}{
		{"the merchant's own stands without a carrier's", []Scan{scan(HandedToCarrier, at(1, 9, 0))}, "merchant 24-26 ", "24-26 merchant", "[on_its_way once]", "[]"},
		{"the carrier's takes its place at hand-over", []Scan{scan(HandedToCarrier, at(1, 9, 0)).expecting(2)}, "carrier 25-25 ", "25-25 carrier", "[on_its_way once]", "[]"},
		{"and before", []Scan{scan(LabelCreated, at(1, 9, 0)).expecting(2)}, "carrier 25-25 ", "25-25 carrier", "[]", "[]"},
		{"but a later one is a delay: the merchant's was told", []Scan{scan(HandedToCarrier, at(1, 9, 0)).expecting(4)}, "merchant 24-26 carrier 27-27 ", "27-27 carrier", "[on_its_way once delayed 2026-11-27]", "[predicted_late]"},
		{"after hand-over it is a revision", []Scan{scan(HandedToCarrier, at(1, 9, 0)), scan(InTransit, at(1, 20, 0)).expecting(2)}, "merchant 24-26 carrier 25-25 ", "25-25 carrier", "[]", "[]"},
		{"a later day is told before the promise passes", []Scan{scan(HandedToCarrier, at(1, 9, 0)).expecting(2), scan(InTransit, at(1, 20, 0)).expecting(4)}, "carrier 25-25 carrier 27-27 ", "27-27 carrier", "[delayed 2026-11-27]", "[predicted_late]"},
		{"a window told without a movement counts as well", []Scan{scan(HandedToCarrier, at(1, 9, 0)).expecting(2), scan(None, at(1, 20, 0)).expecting(4)}, "carrier 25-25 carrier 27-27 ", "27-27 carrier", "[delayed 2026-11-27]", "[predicted_late]"},
		{"a second slip is told again", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2), scan(InTransit, at(1, 20, 0)).expecting(4), scan(InTransit, at(2, 20, 0)).expecting(7)}, "carrier 25-25 carrier 27-27 carrier 30-30 ", "30-30 carrier", "[delayed 2026-11-30]", "[predicted_late]"},
		{"the same day again is not", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2), scan(InTransit, at(1, 20, 0)).expecting(4), scan(ArrivedAtHub, at(2, 20, 0)).expecting(4)}, "carrier 25-25 carrier 27-27 ", "27-27 carrier", "[]", "[predicted_late]"},
		{"in time again closes it, without a word", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2), scan(InTransit, at(1, 20, 0)).expecting(4), scan(InTransit, at(1, 22, 0)).expecting(2)}, "carrier 25-25 carrier 27-27 carrier 25-25 ", "25-25 carrier", "[]", "[]"},
		{"less late is still late, without a word", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2), scan(InTransit, at(1, 20, 0)).expecting(7), scan(InTransit, at(1, 22, 0)).expecting(4)}, "carrier 25-25 carrier 30-30 carrier 27-27 ", "27-27 carrier", "[]", "[predicted_late]"},
		{"hours within the day are expected, not promised", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2), scan(InTransit, at(1, 20, 0)).expecting(2).hours(14, 16)}, "carrier 25-25 ", "25-25 carrier 14-16", "[]", "[]"},
		{"a few hours later is no revision", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2).hours(8, 10), scan(InTransit, at(1, 20, 0)).expecting(2).hours(12, 14)}, "carrier 25-25 ", "25-25 carrier 12-14", "[]", "[]"},
		{"half a day later is", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2).hours(8, 9), scan(InTransit, at(1, 20, 0)).expecting(2).hours(20, 21)}, "carrier 25-25 carrier 25-25 ", "25-25 carrier 20-21", "[delayed 2026-11-25]", "[predicted_late]"},
		{"small steps add up", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2).hours(7, 9), scan(InTransit, at(1, 20, 0)).expecting(2).hours(13, 15), scan(InTransit, at(1, 21, 0)).expecting(2).hours(19, 21)}, "carrier 25-25 carrier 25-25 ", "25-25 carrier 19-21", "[delayed 2026-11-25]", "[predicted_late]"},
		{"out for delivery means today", []Scan{scan(HandedToCarrier, at(1, 9, 0)), scan(OutForDelivery, at(2, 8, 0))}, "merchant 24-26 carrier 25-25 ", "25-25 carrier", "[out_for_delivery 2026-11-25]", "[]"},
		{"whatever else was expected", []Scan{scan(InTransit, at(1, 9, 0)).expecting(4), scan(OutForDelivery, at(2, 8, 0)).expecting(4)}, "merchant 24-26 carrier 27-27 carrier 25-25 ", "25-25 carrier", "[out_for_delivery 2026-11-25]", "[]"},
		{"and keeps the hours told for today", []Scan{scan(InTransit, at(1, 9, 0)).expecting(2).hours(14, 16), scan(OutForDelivery, at(2, 8, 0))}, "carrier 25-25 ", "25-25 carrier 14-16", "[out_for_delivery 2026-11-25]", "[]"},
		{"out after the promise is late, and told once", []Scan{scan(HandedToCarrier, at(1, 9, 0)), scan(OutForDelivery, at(4, 8, 0))}, "merchant 24-26 carrier 27-27 ", "27-27 carrier", "[out_for_delivery 2026-11-27]", "[predicted_late]"},
		{"after a failed attempt nobody knows", []Scan{scan(OutForDelivery, at(2, 8, 0)), scan(DeliveryAttemptFailed, at(2, 14, 0))}, "carrier 25-25 ", "", "[attempt_failed 2026-11-25 1]", "[failed_attempt]"},
		{"unless the carrier says, in the same breath", []Scan{scan(OutForDelivery, at(3, 8, 0)), scan(DeliveryAttemptFailed, at(3, 14, 0)).expecting(4)}, "carrier 26-26 carrier 27-27 ", "27-27 carrier", "[attempt_failed 2026-11-26 1]", "[failed_attempt predicted_late]"},
		{"nothing is expected of a delivered parcel", []Scan{scan(HandedToCarrier, at(1, 9, 0)), scan(Delivered, at(2, 8, 0)).expecting(9)}, "merchant 24-26 ", "", "[delivered 1]", "[]"},
		{"nor of one that goes back", []Scan{scan(ReturningToSender, at(2, 8, 0)), scan(InTransit, at(2, 9, 0)).expecting(9)}, "merchant 24-26 ", "", "[]", "[returning]"},
		{"a day gone by is no expectation", []Scan{scan(InTransit, at(2, 9, 0)).expecting(1)}, "merchant 24-26 ", "24-26 merchant", "[on_its_way once]", "[]"},
		{"nor one in years", []Scan{scan(InTransit, at(2, 9, 0)).expecting(4000)}, "merchant 24-26 ", "24-26 merchant", "[on_its_way once]", "[]"},
	} {
		p := newParcel()
		var notices []Notice
		for _, s := range c.scans {
			notices = p.Apply(s)
		}
		eta := ""
		if !p.ETA.IsZero() {
			eta = fmt.Sprintf("%d-%d %s", p.ETA.From.Day, p.ETA.To.Day, p.ETA.Basis)
		}
		if p.ETA.HasHours() {
			eta += fmt.Sprintf(" %d-%d", p.ETA.FromMinute/60, p.ETA.ToMinute/60)
		}
		if promised(p) != c.promises || eta != c.eta {
			t.Errorf("%s: promised %q, want %q; expected %q, want %q", c.rule, promised(p), c.promises, eta, c.eta)
		}
		if got := fmt.Sprint(told(notices)); got != c.told {
			t.Errorf("%s: told %s, want %s", c.rule, got, c.told)
		}
		if got := fmt.Sprint(p.kinds()); got != c.open {
			t.Errorf("%s: open %s, want %s", c.rule, got, c.open)
		}
	}
}

func TestAPromiseKeepsWhyItWasRevised(t *testing.T) {
	p := newParcel()
	s := scan(InTransit, at(1, 20, 0)).expecting(4).because(ReasonWeather)
	s.Cause = CausedByWeather
	p.Apply(s)
	last := p.Promises[len(p.Promises)-1]
	if last.Reason != ReasonWeather || last.Cause != CausedByWeather || !last.At.Equal(at(1, 20, 0)) {
		t.Errorf("%+v", last)
	}
	if e := p.Exceptions[0]; e.Reason != ReasonWeather || e.Cause != CausedByWeather || !e.Since.Equal(at(1, 20, 0)) || e.Clock {
		t.Errorf("%+v", e)
	}
}

func TestAParcelIsLateSinceTheRevisionThatMadeItSo(t *testing.T) {
	p := newParcel()
	p.Apply(scan(InTransit, at(1, 9, 0)).expecting(4))
	p.Apply(scan(InTransit, at(2, 9, 0)).expecting(7))
	if since := p.Exceptions[0].Since; !since.Equal(at(1, 9, 0)) {
		t.Errorf("late since %s", since)
	}
}

func TestANewWindowInAnOldScanIsNotTold(t *testing.T) {
	p := newParcel()
	p.Apply(scan(InTransit, at(2, 9, 0)))
	if notices := p.Apply(scan(None, at(1, 9, 0)).expecting(4)); len(notices) != 0 {
		t.Errorf("told %v", told(notices))
	}
	q := newParcel()
	q.Apply(scan(InTransit, at(2, 9, 0)))
	if notices := q.Apply(scan(None, at(2, 8, 50)).expecting(4)); len(notices) != 1 {
		t.Errorf("another feed said so ten minutes before; told %v", told(notices))
	}
}
