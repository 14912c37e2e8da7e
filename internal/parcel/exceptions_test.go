package parcel

import (
	"fmt"
	"testing"
	"time"
)

func TestExceptionsOpenAndCloseWithTheScans(t *testing.T) {
	for _, c := range []struct {
		rule  string
		scans []Scan
		want  string
	}{
		{"a failed attempt is open", []Scan{scan(DeliveryAttemptFailed, at(2, 9, 0))}, "[failed_attempt]"},
		{"back at the depot it still is", []Scan{scan(DeliveryAttemptFailed, at(2, 9, 0)), scan(ArrivedAtHub, at(2, 19, 0))}, "[failed_attempt]"},
		{"until it goes out again", []Scan{scan(DeliveryAttemptFailed, at(1, 9, 0)), scan(OutForDelivery, at(2, 9, 0))}, "[]"},
		{"or waits to be collected", []Scan{scan(DeliveryAttemptFailed, at(1, 9, 0)), scan(AvailableForPickup, at(2, 9, 0))}, "[]"},
		{"held", []Scan{scan(Held, at(2, 9, 0))}, "[held]"},
		{"until it moves", []Scan{scan(Held, at(2, 9, 0)), scan(InTransit, at(2, 19, 0))}, "[]"},
		{"a scan that moves nothing does not close it", []Scan{scan(Held, at(2, 9, 0)), scan(None, at(2, 19, 0))}, "[held]"},
		{"a problem", []Scan{scan(Problem, at(2, 9, 0))}, "[problem]"},
		{"until it moves again", []Scan{scan(Problem, at(2, 9, 0)), scan(Customs, at(2, 19, 0))}, "[]"},
		{"an older movement told later does not close it", []Scan{scan(Problem, at(2, 9, 0)), scan(InTransit, at(2, 8, 0))}, "[problem]"},
		{"damaged", []Scan{scan(Problem, at(2, 9, 0)).because(ReasonDamaged)}, "[damaged]"},
		{"damaged stays until it is handed over", []Scan{scan(Problem, at(2, 9, 0)).because(ReasonDamaged), scan(OutForDelivery, at(2, 19, 0))}, "[damaged]"},
		{"and no longer", []Scan{scan(Problem, at(2, 9, 0)).because(ReasonDamaged), scan(Delivered, at(2, 19, 0))}, "[]"},
		{"returning", []Scan{scan(DeliveryAttemptFailed, at(1, 9, 0)), scan(ReturningToSender, at(2, 9, 0))}, "[returning]"},
		{"returned: the shop has to act", []Scan{scan(ReturningToSender, at(2, 9, 0)), scan(ReturnedToSender, at(4, 9, 0))}, "[returning]"},
		{"lost", []Scan{scan(Lost, at(9, 9, 0))}, "[lost]"},
		{"found", []Scan{scan(Lost, at(9, 9, 0)), scan(OutForDelivery, at(2, 19, 0)), scan(Delivered, at(9, 12, 0))}, "[]"},
		{"given up by an aggregator", []Scan{scan(InTransit, at(0, 10, 0)), scan(Expired, at(9, 9, 0))}, "[stalled]"},
		{"two at once", []Scan{scan(Problem, at(1, 9, 0)).because(ReasonDamaged), scan(Held, at(2, 9, 0))}, "[damaged held]"},
		{"all closed by the delivery", []Scan{scan(Problem, at(1, 9, 0)).because(ReasonDamaged), scan(Held, at(2, 9, 0)), scan(Delivered, at(2, 10, 0))}, "[]"},
	} {
		p := newParcel()
		for _, s := range c.scans {
			p.Apply(s)
		}
		if got := fmt.Sprint(p.kinds()); got != c.want {
			t.Errorf("%s: %s, want %s", c.rule, got, c.want)
		}
	}
}

func TestAnExceptionSaysSinceWhenAndWhoMustAct(t *testing.T) {
	for _, c := range []struct {
		scan  Scan
		actor Actor
	}{
		{scan(DeliveryAttemptFailed, at(2, 9, 0)).because(ReasonNotHome), CarrierActs},
		{scan(DeliveryAttemptFailed, at(2, 9, 0)).because(ReasonAddress), ShopperActs},
		{scan(Held, at(2, 9, 0)).because(ReasonPayment), ShopperActs},
		{scan(Held, at(2, 9, 0)).because(ReasonDocuments), MerchantActs},
		{scan(Problem, at(2, 9, 0)).because(ReasonDamaged), MerchantActs},
		{scan(Problem, at(2, 9, 0)), CarrierActs},
		{scan(ReturningToSender, at(2, 9, 0)), MerchantActs},
		{scan(Lost, at(2, 9, 0)), MerchantActs},
	} {
		p := newParcel()
		p.Apply(c.scan)
		e := p.Exceptions[0]
		if e.Actor != c.actor || !e.Since.Equal(at(2, 9, 0)) || e.Reason != c.scan.Reason || e.Clock {
			t.Errorf("%s, %s: %+v", c.scan.Milestone, c.scan.Reason, e)
		}
	}
	p := newParcel()
	said := scan(Held, at(2, 9, 0)).because(ReasonPayment)
	said.Actor, said.Cause = MerchantActs, CausedByCustoms
	p.Apply(said)
	if e := p.Exceptions[0]; e.Actor != MerchantActs || e.Cause != CausedByCustoms {
		t.Errorf("the feed's word: %+v", e)
	}
}

func TestASecondFailedAttemptIsOpenSinceTheSecond(t *testing.T) {
	p := newParcel()
	p.Apply(scan(DeliveryAttemptFailed, at(1, 9, 0)))
	p.Apply(scan(DeliveryAttemptFailed, at(1, 9, 30)).from("other"))
	if e := p.Exceptions[0]; !e.Since.Equal(at(1, 9, 0)) {
		t.Errorf("the same attempt: since %s", e.Since)
	}
	p.Apply(scan(DeliveryAttemptFailed, at(2, 9, 0)))
	if e := p.Exceptions[0]; !e.Since.Equal(at(2, 9, 0)) || len(p.Exceptions) != 1 {
		t.Errorf("another attempt: %+v", p.Exceptions)
	}
}

func TestTheClockOpensWhatNobodyReported(t *testing.T) {
	silent := func(p *Parcel) { p.Rules.MaxDays = 0 } // no promise: silence only
	for _, c := range []struct {
		rule   string
		change func(*Parcel)
		scans  []Scan
		due    time.Time // the moment it happens
		open   string
		told   string
	}{
		{"a parcel on the road is silent for two business days", silent, []Scan{scan(InTransit, at(1, 9, 0))}, at(4, 0, 0), "[stalled]", "[]"},
		{"a weekend is not silence", silent, []Scan{scan(InTransit, at(4, 9, 0))}, at(9, 0, 0), "[stalled]", "[]"},
		{"nor is a holiday", func(p *Parcel) { silent(p); p.Rules.Holiday = feast("NL", "2026-11-25") }, []Scan{scan(InTransit, at(1, 9, 0))}, at(5, 0, 0), "[stalled]", "[]"},
		{"a scan that moves nothing breaks the silence", silent, []Scan{scan(InTransit, at(1, 9, 0)), scan(None, at(2, 9, 0))}, at(5, 0, 0), "[stalled]", "[]"},
		{"a label was made and the parcel never collected", silent, []Scan{scan(LabelCreated, at(1, 9, 0))}, at(4, 0, 0), "[not_collected]", "[]"},
		{"nor was one that is packed and has a number", func(p *Parcel) { silent(p); p.PackedAt = at(1, 9, 0) }, nil, at(4, 0, 0), "[not_collected]", "[]"},
		{"the promise passes with its last day", nil, []Scan{scan(InTransit, at(2, 20, 0))}, at(4, 0, 0), "[late]", "[delayed missed 2026-11-26]"},
		{"or with its last hour", nil, []Scan{scan(HandedToCarrier, at(2, 9, 0)).expecting(2).hours(10, 12)}, at(2, 12, 0), "[late]", "[delayed missed 2026-11-25]"},
		{"what is not on the road by noon will not come that day", func(p *Parcel) { p.TrackingNumber = "" }, nil, at(3, 12, 0), "[predicted_late]", "[delayed missed 2026-11-26]"},
		{"nor what customs hold", nil, []Scan{scan(Customs, at(2, 20, 0))}, at(3, 12, 0), "[predicted_late]", "[delayed missed 2026-11-26]"},
		{"nor what is held two hours before its time", nil, []Scan{scan(HandedToCarrier, at(2, 8, 0)).expecting(2).hours(10, 12), scan(Held, at(2, 9, 0))}, at(2, 10, 0), "[held predicted_late]", "[delayed missed 2026-11-25]"},
		{"of a failed attempt the shopper knows", nil, []Scan{scan(DeliveryAttemptFailed, at(3, 14, 0))}, at(4, 0, 0), "[failed_attempt late]", "[]"},
		{"a parcel waits until its last day", func(p *Parcel) { silent(p) }, []Scan{scan(AvailableForPickup, at(1, 9, 0))}, at(7, 9, 0), "[pickup_expiring]", "[ready_for_pickup until 2026-12-01]"},
	} {
		p := newParcel()
		if c.change != nil {
			c.change(p)
			*p = Parcel{ID: p.ID, Country: "NL", PlacedAt: p.PlacedAt, PackedAt: p.PackedAt, TrackingNumber: p.TrackingNumber, Rules: p.Rules}
			p.Begin(monday)
		}
		for _, s := range c.scans {
			p.Apply(s)
		}
		if !p.NextCheck.Equal(c.due) {
			t.Errorf("%s: the next check is at %s, want %s", c.rule, p.NextCheck, c.due)
		}
		before := fmt.Sprint(p.kinds())
		if early := p.Tick(c.due.Add(-time.Second)); len(early) != 0 || fmt.Sprint(p.kinds()) != before {
			t.Errorf("%s: too early it is %v and tells %v", c.rule, p.kinds(), told(early))
		}
		notices := p.Tick(c.due.Add(time.Minute))
		if got := fmt.Sprint(p.kinds()); got != c.open {
			t.Errorf("%s: open %s, want %s", c.rule, got, c.open)
		}
		if got := fmt.Sprint(told(notices)); got != c.told {
			t.Errorf("%s: told %s, want %s", c.rule, got, c.told)
		}
		if again := p.Tick(c.due.Add(2 * time.Minute)); len(again) != 0 {
			t.Errorf("%s: told again %v", c.rule, told(again))
		}
		for _, e := range p.Exceptions {
			if e.Clock && !e.Since.Equal(c.due) {
				t.Errorf("%s: since %s, want %s: the moment it happened, not the one we looked", c.rule, e.Since, c.due)
			}
		}
		for _, n := range notices {
			if !n.At.Equal(c.due) || n.Parcel != p.ID {
				t.Errorf("%s: %+v", c.rule, n)
			}
		}
	}
}

func TestAScanEndsTheSilence(t *testing.T) {
	p := newParcel()
	p.Apply(scan(InTransit, at(1, 9, 0)))
	p.Tick(at(4, 9, 0))
	if got := fmt.Sprint(p.kinds()); got != "[late stalled]" && got != "[stalled late]" {
		t.Fatalf("open %s", got)
	}
	p.Apply(scan(None, at(0, 9, 30)))
	if got := fmt.Sprint(p.kinds()); got != "[late stalled]" && got != "[stalled late]" {
		t.Errorf("after an old scan: open %s", got)
	}
	p.Apply(scan(ArrivedAtHub, at(4, 10, 0)))
	if got := fmt.Sprint(p.kinds()); got != "[late]" {
		t.Errorf("after a new scan: open %s", got)
	}
	p.Apply(scan(Delivered, at(4, 15, 0)))
	if got := fmt.Sprint(p.kinds()); got != "[]" || !p.NextCheck.IsZero() {
		t.Errorf("after the delivery: open %s, next check %s", got, p.NextCheck)
	}
}

func TestEachPromiseIsMissedOnce(t *testing.T) {
	p := newParcel()
	var all []string
	look := func(from, to time.Time) {
		for now := from; now.Before(to); now = now.Add(time.Hour) {
			all = append(all, told(p.Tick(now))...)
		}
	}
	all = append(all, told(p.Apply(scan(InTransit, at(1, 9, 0)).expecting(2)))...)
	look(at(1, 9, 0), at(3, 9, 0))
	all = append(all, told(p.Apply(scan(InTransit, at(3, 9, 0)).expecting(4)))...)
	look(at(3, 9, 0), at(12, 9, 0))
	want := "[on_its_way once delayed missed 2026-11-25 delayed 2026-11-27 delayed missed 2026-11-27]"
	if got := fmt.Sprint(all); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

// Carriers' hours: the promise was Thursday, the carrier said Tuesday. Tuesday passing is no lateness: Thursday stands.
func TestAMissedEarlierDayFallsBackToThePromise(t *testing.T) {
	p := newParcel()
	p.Apply(scan(HandedToCarrier, at(0, 18, 0)))
	p.Apply(scan(InTransit, at(0, 20, 0)).expecting(1))
	if notices := p.Tick(at(2, 0, 1)); len(notices) != 0 || len(p.Exceptions) != 0 {
		t.Errorf("told %v, open %v", told(notices), p.kinds())
	}
	if p.ETA.To != NewDate(2026, 11, 26) || p.ETA.Basis != BasisMerchant {
		t.Errorf("expected %v", p.ETA)
	}
	if notices := p.Tick(at(4, 0, 1)); fmt.Sprint(told(notices)) != "[delayed missed 2026-11-26]" || !p.ETA.IsZero() {
		t.Errorf("told %v, expected %v", told(notices), p.ETA)
	}
}

func TestAParcelThatCameOnItsLastDayIsNotRemindedAtOnce(t *testing.T) {
	for _, c := range []struct {
		rule  string
		ready time.Time
		told  string
	}{
		{"the morning before", at(1, 12, 0), "[ready_for_pickup until 2026-11-26]"},
		{"on the day, when it came the day before", at(2, 12, 0), "[ready_for_pickup until 2026-11-26]"},
		{"not at all, when it came that day", at(3, 12, 0), "[]"},
	} {
		p := newParcel()
		s := scan(AvailableForPickup, c.ready)
		s.Pickup = Pickup{Name: "Point", Until: NewDate(2026, 11, 26)}
		p.Apply(s)
		notices := p.Tick(at(3, 23, 0))
		if got := fmt.Sprint(told(notices)); got != c.told {
			t.Errorf("%s: told %s, want %s", c.rule, got, c.told)
		}
		if got := fmt.Sprint(p.kinds()); got != "[pickup_expiring]" || p.Exceptions[0].Actor != ShopperActs {
			t.Errorf("%s: open %s", c.rule, got)
		}
		for _, n := range notices {
			if !n.LastCall() {
				t.Errorf("%s: %+v is no reminder", c.rule, n)
			}
		}
	}
}

func TestOldOrdersAreTakenInSilence(t *testing.T) {
	p := &Parcel{ID: "p", Country: "NL", PlacedAt: monday, PackedAt: monday, TrackingNumber: "1", Rules: testRules()}
	p.Begin(monday.AddDate(0, 2, 0))
	if got := fmt.Sprint(p.kinds()); got != "[not_collected late]" && got != "[late not_collected]" {
		t.Errorf("open %s", got)
	}
	if notices := p.Tick(monday.AddDate(0, 2, 1)); len(notices) != 0 {
		t.Errorf("told %v", told(notices))
	}
	if !p.NextCheck.IsZero() {
		t.Errorf("next check %s", p.NextCheck)
	}
}

func TestBeginAgainLosesNothing(t *testing.T) {
	p := newParcel()
	p.Apply(scan(InTransit, at(1, 9, 0)))
	p.Tick(at(3, 9, 0))
	p.PackedAt = at(0, 12, 0)
	p.Begin(at(30, 9, 0))
	if notices := p.Tick(at(30, 9, 0)); fmt.Sprint(told(notices)) != "[delayed missed 2026-11-26]" {
		t.Errorf("told %v", told(notices))
	}
}

func TestAClockThatGoesBackChangesNothing(t *testing.T) {
	p := newParcel()
	p.Apply(scan(InTransit, at(1, 9, 0)))
	p.Tick(at(9, 9, 0))
	before := asStored(*p)
	if notices := p.Tick(at(2, 9, 0)); len(notices) != 0 || asStored(*p) != before {
		t.Errorf("told %v\nwas %s\nis %s", told(notices), before, asStored(*p))
	}
}
