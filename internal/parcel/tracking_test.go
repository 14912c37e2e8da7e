package parcel

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"
)

// monday is 09:00 in Amsterdam on an ordinary Monday: most tests begin then.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// testRules promise one to three business days from Amsterdam.
func testRules() Rules {
	return Rules{Zone: "Europe/Amsterdam", CutoffHour: 17, MinDays: 1, MaxDays: 3, QuietDays: 2, ReadyDays: 7}
}

// newParcel is a parcel of an order placed on monday, to the Netherlands.
func newParcel() *Parcel {
	p := &Parcel{ID: "p", Carrier: "postnl", TrackingNumber: "3SDEVC6659149", Country: "NL", PlacedAt: monday, Rules: testRules()}
	p.Begin(monday)
	return p
}

// at is a moment of the test's week: days and hours after monday, on the clocks of Amsterdam in winter.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, 23+day, hour-1, minute, 0, 0, time.UTC)
}

// scan is a scan of a milestone at a moment, received five minutes later.
func scan(m Milestone, moment time.Time) Scan {
	when := atInstant(moment.Format(time.RFC3339), moment, Location("Europe/Amsterdam"))
	return Scan{
		Fingerprint: Fingerprint("test", "3SDEVC6659149", when.Raw, string(m), "", ""),
		Source:      "test", Carrier: "postnl", Number: "3SDEVC6659149", Code: string(m), Milestone: m, When: when,
		Received: moment.Add(5 * time.Minute),
	}
}

// onDay is a scan of which only the date is known.
func onDay(m Milestone, day int) Scan {
	date := DateOf(at(day, 12, 0))
	s := scan(m, at(day, 12, 0))
	s.When = fromWall(date.String(), date.Midnight(), Location("Europe/Amsterdam"), true)
	s.Fingerprint = Fingerprint("test", s.Number, date.String(), string(m), "", "")
	return s
}

// expecting gives a scan an expected day, so many days after monday.
func (s Scan) expecting(days ...int) Scan {
	s.Window = Window{From: DateOf(at(days[0], 12, 0)), To: DateOf(at(days[len(days)-1], 12, 0))}
	s.Fingerprint = Fingerprint(s.Fingerprint, s.Window.To.String(), "", "", "", "")
	return s
}

// because gives a scan a reason.
func (s Scan) because(r Reason) Scan {
	s.Reason = r
	return s
}

// from makes a scan the word of another feed.
func (s Scan) from(source string) Scan {
	s.Source, s.Fingerprint = source, Fingerprint(source, s.Fingerprint, "", "", "", "")
	return s
}

// told writes notices as "kind key" for comparison.
func told(notices []Notice) []string {
	list := []string{}
	for _, n := range notices {
		list = append(list, string(n.Kind)+" "+n.Key)
	}
	return list
}

// kinds lists the open exceptions.
func (p *Parcel) kinds() []ExceptionKind {
	list := []ExceptionKind{}
	for _, e := range p.Exceptions {
		list = append(list, e.Kind)
	}
	return list
}

// derived is the second block of a parcel.
func derived(p Parcel) Parcel {
	return Parcel{
		Milestone: p.Milestone, Since: p.Since, ETA: p.ETA, Promises: p.Promises, Exceptions: p.Exceptions,
		Pickup: p.Pickup, Handover: p.Handover, NextCheck: p.NextCheck, Scans: p.Scans,
	}
}

// asStored is the derived state without the scans, as it is stored.
func asStored(p Parcel) string {
	d := derived(p)
	d.Scans = nil
	text, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestTheNewestScanByTheCarriersClockDecides(t *testing.T) {
	for _, c := range []struct {
		rule  string
		scans []Scan
		want  Milestone
		since time.Time
	}{
		{"no scan: it is ordered", nil, OrderPlaced, monday},
		{"the newest, not the last to arrive", []Scan{scan(OutForDelivery, at(2, 8, 0)), scan(InTransit, at(1, 22, 0))}, OutForDelivery, at(2, 8, 0)},
		{"not the furthest: a failed attempt moves it back", []Scan{scan(OutForDelivery, at(2, 8, 0)), scan(DeliveryAttemptFailed, at(2, 14, 0))}, DeliveryAttemptFailed, at(2, 14, 0)},
		{"and back on the road", []Scan{scan(OutForDelivery, at(2, 8, 0)), scan(ArrivedAtHub, at(2, 19, 0))}, ArrivedAtHub, at(2, 19, 0)},
		{"no milestone moves nothing", []Scan{scan(InTransit, at(1, 8, 0)), scan(None, at(1, 9, 0))}, InTransit, at(1, 8, 0)},
		{"an unknown milestone moves nothing", []Scan{scan(InTransit, at(1, 8, 0)), scan("teleported", at(1, 9, 0))}, InTransit, at(1, 8, 0)},
		{"the same milestone again: reached the first time", []Scan{scan(InTransit, at(1, 8, 0)), scan(InTransit, at(1, 20, 0))}, InTransit, at(1, 8, 0)},
		{"out again on the next day: reached again", []Scan{scan(OutForDelivery, at(1, 8, 0)), scan(OutForDelivery, at(2, 8, 0))}, OutForDelivery, at(2, 8, 0)},
		{"paperwork stamped late does not call it back", []Scan{scan(HandedToCarrier, at(1, 8, 0)), scan(LabelCreated, at(1, 9, 0))}, HandedToCarrier, at(1, 8, 0)},
		{"nor does packing after the label", []Scan{scan(LabelCreated, at(0, 12, 0)), scan(PickedAndPacked, at(0, 14, 0))}, LabelCreated, at(0, 12, 0)},
		{"a scan on the road after delivery does not undo it", []Scan{scan(Delivered, at(2, 13, 0)), scan(ArrivedAtHub, at(2, 18, 0))}, Delivered, at(2, 13, 0)},
		{"nor a problem told later", []Scan{scan(Delivered, at(2, 13, 0)), scan(Problem, at(2, 18, 0))}, Delivered, at(2, 13, 0)},
		{"nor an aggregator that gives up", []Scan{scan(Delivered, at(2, 13, 0)), scan(Expired, at(30, 18, 0))}, Delivered, at(2, 13, 0)},
		{"a failed attempt after it does", []Scan{scan(Delivered, at(2, 13, 0)), scan(DeliveryAttemptFailed, at(2, 13, 30))}, DeliveryAttemptFailed, at(2, 13, 30)},
		{"so does a return", []Scan{scan(Delivered, at(2, 13, 0)), scan(ReturningToSender, at(3, 9, 0))}, ReturningToSender, at(3, 9, 0)},
		{"so does waiting at a pick-up point", []Scan{scan(Delivered, at(2, 13, 0)), scan(AvailableForPickup, at(2, 13, 20))}, AvailableForPickup, at(2, 13, 20)},
		{"waiting for pick-up is not delivered", []Scan{scan(AvailableForPickup, at(2, 13, 0))}, AvailableForPickup, at(2, 13, 0)},
		{"a returning parcel is scanned on its way back", []Scan{scan(ReturningToSender, at(3, 9, 0)), scan(InTransit, at(3, 20, 0))}, ReturningToSender, at(3, 9, 0)},
		{"but may turn round again", []Scan{scan(ReturningToSender, at(3, 9, 0)), scan(OutForDelivery, at(4, 9, 0))}, OutForDelivery, at(4, 9, 0)},
		{"delivered to the sender is not delivered", []Scan{scan(ReturnedToSender, at(5, 9, 0)), scan(Delivered, at(5, 9, 1))}, ReturnedToSender, at(5, 9, 0)},
		{"a lost parcel is found", []Scan{scan(Lost, at(9, 9, 0)), scan(InTransit, at(10, 9, 0))}, InTransit, at(10, 9, 0)},
		{"a given up one too", []Scan{scan(Expired, at(9, 9, 0)), scan(OutForDelivery, at(10, 9, 0))}, OutForDelivery, at(10, 9, 0)},
		{"at the same moment the further one", []Scan{scan(Delivered, at(2, 13, 0)), scan(OutForDelivery, at(2, 13, 0))}, Delivered, at(2, 13, 0)},
		{"delivered on a date is the end of that day", []Scan{onDay(Delivered, 2), scan(OutForDelivery, at(2, 9, 0))}, Delivered, onDay(Delivered, 2).When.UTC},
		{"on its way on a date is the beginning of it", []Scan{onDay(InTransit, 2), scan(OutForDelivery, at(2, 9, 0))}, OutForDelivery, at(2, 9, 0)},
		{"collected in the afternoon of the date it came", []Scan{onDay(AvailableForPickup, 2), scan(Delivered, at(2, 16, 0))}, Delivered, at(2, 16, 0)},
	} {
		p := newParcel()
		for _, s := range c.scans {
			p.Apply(s)
		}
		if p.Milestone != c.want || !p.Since.UTC.Equal(c.since) {
			t.Errorf("%s: %s since %s, want %s since %s", c.rule, p.Milestone, p.Since.UTC, c.want, c.since)
		}
		if len(p.Scans) != len(c.scans) {
			t.Errorf("%s: %d of %d scans are kept", c.rule, len(p.Scans), len(c.scans))
		}
	}
}

func TestTheShopsWordCountsUntilTheFirstScan(t *testing.T) {
	p := newParcel()
	p.PackedAt = at(0, 15, 0)
	p.Begin(at(0, 15, 0))
	if p.Milestone != PickedAndPacked || !p.Since.UTC.Equal(p.PackedAt) {
		t.Errorf("%s since %s", p.Milestone, p.Since.UTC)
	}
	p.Apply(scan(LabelCreated, at(0, 14, 0)))
	if p.Milestone != LabelCreated {
		t.Errorf("the label is made, but it is %s", p.Milestone)
	}
}

func TestAScanOfAnImpossibleTimeIsKeptAndMovesNothing(t *testing.T) {
	for _, c := range []struct {
		rule  string
		when  time.Time
		moves bool
	}{
		{"an hour ahead of us", at(1, 11, 0), true},
		{"two days ahead", at(3, 10, 5), true},
		{"more than two days ahead", at(3, 10, 6), false},
		{"a month before the order", monday.AddDate(0, -1, 0), true},
		{"more than a year before the order", monday.AddDate(-1, 0, -2), false},
		{"the year 0", time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), false},
		{"the year 9999", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), false},
	} {
		p := newParcel()
		s := scan(OutForDelivery, c.when).expecting(60)
		s.Received = at(1, 10, 5)
		notices := p.Apply(s)
		if moved := p.Milestone == OutForDelivery; moved != c.moves {
			t.Errorf("%s: %s", c.rule, p.Milestone)
		}
		if !c.moves && (len(notices) > 0 || p.ETA.Basis != BasisMerchant) {
			t.Errorf("%s: told %v, expected %v", c.rule, told(notices), p.ETA)
		}
		if len(p.Scans) != 1 {
			t.Errorf("%s: it is not in the history", c.rule)
		}
	}
}

func TestAnUnmappedScanIsKeptAndTellsNobody(t *testing.T) {
	p := newParcel()
	p.Apply(scan(InTransit, at(1, 9, 0)))
	s := scan(Delivered, at(1, 10, 0)).expecting(20)
	s.Unmapped = true
	if notices := p.Apply(s); len(notices) != 0 || p.Milestone != InTransit || len(p.Promises) != 1 || len(p.Scans) != 2 {
		t.Errorf("told %v, %s, %d promises, %d scans", told(notices), p.Milestone, len(p.Promises), len(p.Scans))
	}
}

func TestTheSameScanTwiceChangesNothing(t *testing.T) {
	p := newParcel()
	s := scan(OutForDelivery, at(1, 8, 0))
	if first := p.Apply(s); len(first) != 1 {
		t.Fatalf("told %v", told(first))
	}
	before := derived(*p)
	s.Received = s.Received.Add(time.Hour)
	if again := p.Apply(s); len(again) != 0 || !reflect.DeepEqual(before, derived(*p)) {
		t.Errorf("told %v again", told(again))
	}
}

func TestACopyOfAParcelIsLeftAlone(t *testing.T) {
	p := newParcel()
	p.Scans = slices.Grow(p.Scans, 10)
	p.Apply(scan(OutForDelivery, at(2, 8, 0)))
	p.Apply(scan(DeliveryAttemptFailed, at(2, 12, 0)))
	p.Tick(at(9, 9, 0))
	before, err := json.Marshal(derived(*p))
	if err != nil {
		t.Fatal(err)
	}
	other := *p
	other.Apply(scan(InTransit, at(1, 9, 0)))
	other.Apply(scan(DeliveryAttemptFailed, at(2, 16, 0)).because(ReasonNotHome))
	other.Apply(scan(Delivered, at(3, 9, 0)))
	other.Tick(at(30, 9, 0))
	if after, _ := json.Marshal(derived(*p)); string(after) != string(before) {
		t.Errorf("was %s\nis %s", before, after)
	}
}

func TestHowAParcelWasHandedOverAndWhereItWaits(t *testing.T) {
	p := newParcel()
	waits := scan(AvailableForPickup, at(2, 12, 0))
	waits.Pickup = Pickup{Name: "Boekhandel De Lantaarn", Address: "Markt 1", Hours: "9-18"}
	p.Apply(waits)
	again := scan(AvailableForPickup, at(3, 12, 0))
	again.Pickup = Pickup{Until: NewDate(2026, 12, 1)}
	p.Apply(again)
	want := Pickup{Name: "Boekhandel De Lantaarn", Address: "Markt 1", Hours: "9-18", Until: NewDate(2026, 12, 1)}
	if p.Pickup != want {
		t.Errorf("it waits at %+v", p.Pickup)
	}
	if p.Scans[1].Pickup != again.Pickup {
		t.Errorf("the history was rewritten: %+v", p.Scans[1].Pickup)
	}

	p.Apply(scan(Delivered, at(4, 12, 0)))
	if p.Handover != HandoverCollected || p.Pickup != (Pickup{}) {
		t.Errorf("handed over %q, waits at %+v", p.Handover, p.Pickup)
	}
	told := scan(Delivered, at(4, 12, 1))
	told.Handover = HandoverLocker
	p.Apply(told)
	p.Apply(scan(Delivered, at(4, 12, 2)))
	if p.Handover != HandoverLocker {
		t.Errorf("handed over %q", p.Handover)
	}
	p.Apply(scan(ReturningToSender, at(5, 12, 0)))
	if p.Handover != HandoverUnknown {
		t.Errorf("going back, but handed over %q", p.Handover)
	}
}

func TestFingerprintsDifferWhenAnyPartDoes(t *testing.T) {
	seen := map[string][6]string{}
	for _, parts := range [][6]string{
		{"a", "b", "c", "d", "e", "f"}, {"ab", "", "c", "d", "e", "f"}, {"", "ab", "c", "d", "e", "f"}, {"a", "b", "c", "d", "ef", ""}, {"a", "b", "c", "d", "", "ef"}, {},
	} {
		f := Fingerprint(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])
		if other, ok := seen[f]; ok || len(f) != 64 {
			t.Errorf("%q and %q have the fingerprint %s", parts, other, f)
		}
		seen[f] = parts
	}
}
