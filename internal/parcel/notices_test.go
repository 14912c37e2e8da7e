package parcel

import (
	"fmt"
	"slices"
	"testing"
)

func TestEachOccasionIsToldOnce(t *testing.T) {
	for _, c := range []struct {
		rule  string
		scans []Scan
		want  string
	}{
		{
			"an ordinary journey",
			[]Scan{scan(LabelCreated, at(0, 12, 0)), scan(HandedToCarrier, at(0, 18, 0)), scan(ArrivedAtHub, at(0, 22, 0)), scan(OutForDelivery, at(1, 8, 0)), scan(Delivered, at(1, 13, 0))},
			"[on_its_way once out_for_delivery 2026-11-24 delivered 1]",
		},
		{
			"a second feed tells the same",
			[]Scan{
				scan(HandedToCarrier, at(0, 18, 0)), scan(InTransit, at(0, 18, 1)).from("b"), scan(OutForDelivery, at(1, 8, 0)), scan(OutForDelivery, at(1, 8, 20)).from("b"),
				scan(Delivered, at(1, 13, 0)), scan(Delivered, at(1, 13, 2)).from("b"),
			},
			"[on_its_way once out_for_delivery 2026-11-24 delivered 1]",
		},
		{
			"it tells the failed attempt an hour later",
			[]Scan{scan(DeliveryAttemptFailed, at(1, 13, 0)), scan(DeliveryAttemptFailed, at(1, 14, 59)).from("b"), scan(DeliveryAttemptFailed, at(1, 13, 30)).from("c")},
			"[attempt_failed 2026-11-24 1]",
		},
		{
			"with a movement between",
			[]Scan{scan(DeliveryAttemptFailed, at(1, 13, 0)), scan(OutForDelivery, at(1, 13, 10)), scan(DeliveryAttemptFailed, at(1, 13, 40)).from("b")},
			"[attempt_failed 2026-11-24 1 out_for_delivery 2026-11-24 attempt_failed 2026-11-24 1]", // the same key: stored once
		},
		{
			"without an hour",
			[]Scan{scan(DeliveryAttemptFailed, at(1, 13, 0)), onDay(DeliveryAttemptFailed, 1).from("b")},
			"[attempt_failed 2026-11-24 1]",
		},
		{
			"each failed attempt is told, also on one day",
			[]Scan{scan(DeliveryAttemptFailed, at(1, 9, 0)), scan(DeliveryAttemptFailed, at(1, 17, 0)), scan(OutForDelivery, at(2, 9, 0)), scan(DeliveryAttemptFailed, at(2, 12, 0))},
			"[attempt_failed 2026-11-24 1 attempt_failed 2026-11-24 2 out_for_delivery 2026-11-25 attempt_failed 2026-11-25 1]",
		},
		{
			"out again on the next day",
			[]Scan{scan(OutForDelivery, at(1, 9, 0)), scan(OutForDelivery, at(2, 9, 0))},
			"[out_for_delivery 2026-11-24 out_for_delivery 2026-11-25]",
		},
		{
			"back to the depot and out again on one day",
			[]Scan{scan(OutForDelivery, at(1, 9, 0)), scan(ArrivedAtHub, at(1, 10, 0)), scan(OutForDelivery, at(1, 11, 0))},
			"[out_for_delivery 2026-11-24 out_for_delivery 2026-11-24]", // the same key: stored once
		},
		{
			"on its way is not told after the van was",
			[]Scan{scan(OutForDelivery, at(1, 9, 0)), scan(ArrivedAtHub, at(1, 19, 0)), scan(InTransit, at(2, 5, 0))},
			"[out_for_delivery 2026-11-24]",
		},
		{
			"waiting is told when it begins, not each day",
			[]Scan{scan(AvailableForPickup, at(1, 12, 0)), scan(AvailableForPickup, at(2, 7, 0)), scan(AvailableForPickup, at(3, 7, 0))},
			"[ready_for_pickup 2026-11-24]",
		},
		{
			"delivered, taken back, delivered",
			[]Scan{scan(Delivered, at(1, 13, 0)), scan(DeliveryAttemptFailed, at(1, 13, 30)), scan(Delivered, at(2, 12, 0))},
			"[delivered 1 attempt_failed 2026-11-24 1 delivered 2]",
		},
		{
			"history told at once, newest first",
			[]Scan{scan(Delivered, at(1, 13, 0)), scan(OutForDelivery, at(1, 8, 0)), scan(HandedToCarrier, at(0, 18, 0)), scan(LabelCreated, at(0, 12, 0))},
			"[delivered 1]",
		},
		{
			"a delivery told earlier by another feed's clock",
			[]Scan{scan(Delivered, at(1, 13, 0)), scan(Delivered, at(1, 12, 50)).from("b")},
			"[delivered 1]",
		},
		{
			"no news",
			[]Scan{scan(LabelCreated, at(0, 12, 0)), scan(None, at(0, 13, 0)), scan(Problem, at(1, 13, 0)), scan(Held, at(1, 14, 0)), scan(ReturningToSender, at(2, 1, 0)), scan(Lost, at(9, 1, 0)), scan(Cancelled, at(9, 2, 0))},
			"[]",
		},
	} {
		p := newParcel()
		p.Rules.MaxDays, p.Rules.QuietDays = 0, 0
		all := []string{}
		for _, s := range c.scans {
			for _, n := range p.Apply(s) {
				if n.Parcel != p.ID || !n.At.Equal(s.When.UTC) {
					t.Errorf("%s: %+v", c.rule, n)
				}
				all = append(all, told([]Notice{n})...)
			}
		}
		if got := fmt.Sprint(all); got != c.want {
			t.Errorf("%s: told %s, want %s", c.rule, got, c.want)
		}
	}
}

func TestTheDayOfANoticeIsTheCarriers(t *testing.T) {
	p := newParcel()
	p.Country = "US"
	s := scan(OutForDelivery, at(1, 9, 0))
	when, err := ParseTime("2026-11-24T22:30:00-10:00", TimeHints{})
	if err != nil {
		t.Fatal(err)
	}
	s.When, s.Received = when, when.UTC
	if got := fmt.Sprint(told(p.Apply(s))); got != "[out_for_delivery 2026-11-24]" {
		t.Errorf("told %s", got)
	}
}

func TestAnOrderIsConfirmedOnce(t *testing.T) {
	o := Order{ID: "o", PlacedAt: monday}
	n := o.Placed()
	if n.Kind != OrderConfirmed || n.Parcel != "" || n.Key == "" || !n.At.Equal(monday) || n != o.Placed() {
		t.Errorf("%+v", n)
	}
}

// Whatever order the scans of a journey come in, the newest movement has been told when all are in.
func TestTheLastWordIsAlwaysTold(t *testing.T) {
	journey := []Scan{scan(LabelCreated, at(0, 12, 0)), scan(HandedToCarrier, at(0, 18, 0)), scan(OutForDelivery, at(1, 8, 0)), scan(DeliveryAttemptFailed, at(1, 13, 0)), scan(AvailableForPickup, at(1, 18, 0)), scan(Delivered, at(2, 11, 0))}
	for order := range permutations(journey) {
		p := newParcel()
		counts := map[string]int{}
		for _, s := range order {
			for _, n := range p.Apply(s) {
				counts[string(n.Kind)+n.Key]++
			}
		}
		if counts["delivered1"] != 1 {
			t.Fatalf("told %v", counts)
		}
		for occasion, n := range counts {
			if n != 1 {
				t.Fatalf("%s is told %d times", occasion, n)
			}
		}
	}
}

// permutations yields every order of a list.
func permutations(list []Scan) func(func([]Scan) bool) {
	return func(yield func([]Scan) bool) {
		var choose func(done, left []Scan) bool
		choose = func(done, left []Scan) bool {
			if len(left) == 0 {
				return yield(done)
			}
			for i := range left {
				rest := slices.Delete(slices.Clone(left), i, i+1)
				if !choose(append(slices.Clone(done), left[i]), rest) {
					return false
				}
			}
			return true
		}
		choose(nil, list)
	}
}

func TestStepsAndEndsOfEveryMilestone(t *testing.T) {
	want := map[Milestone]struct {
		step  Step
		final bool
	}{
		None: {StepOrdered, false}, OrderPlaced: {StepOrdered, false}, PickedAndPacked: {StepPacked, false}, LabelCreated: {StepPacked, false},
		HandedToCarrier: {StepOnItsWay, false}, InTransit: {StepOnItsWay, false}, ArrivedAtHub: {StepOnItsWay, false}, HandedToLocalCarrier: {StepOnItsWay, false},
		Customs: {StepOnItsWay, false}, OutForDelivery: {StepOutForDelivery, false}, AvailableForPickup: {StepOutForDelivery, false},
		DeliveryAttemptFailed: {StepOutForDelivery, false}, Problem: {StepOnItsWay, false}, Held: {StepOnItsWay, false}, Delivered: {StepDelivered, true},
		ReturningToSender: {StepOnItsWay, false}, ReturnedToSender: {StepOnItsWay, true}, Lost: {StepOnItsWay, true}, Cancelled: {StepOrdered, true}, Expired: {StepOnItsWay, true},
	}
	if len(want) != len(Milestones)+1 {
		t.Errorf("%d milestones, %d rows", len(Milestones), len(want)-1)
	}
	for m, w := range want {
		if m.Step() != w.step || m.Final() != w.final || m.Known() != (m != None) {
			t.Errorf("%q: step %d, final %v, known %v", m, m.Step(), m.Final(), m.Known())
		}
	}
}
