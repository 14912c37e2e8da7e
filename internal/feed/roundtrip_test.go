package feed

import (
	"errors"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

// journey is a parcel's way as every feed can tell it.
func journey() []parcel.Scan {
	place := func(city string) parcel.Place { return parcel.Place{City: city, Country: "NL"} }

	return []parcel.Scan{
		{Milestone: parcel.LabelCreated, When: at("2026-11-23T10:00:00+01:00"), Text: "Announced", Place: place("Breda")},
		{Milestone: parcel.HandedToCarrier, When: at("2026-11-23T18:30:00+01:00"), Text: "Collected", Place: place("Breda")},
		{Milestone: parcel.ArrivedAtHub, When: at("2026-11-24T02:10:00+01:00"), Text: "Sorted", Place: place("Utrecht")},
		{Milestone: parcel.OutForDelivery, When: at("2026-11-24T08:10:00+01:00"), Text: "On the van", Place: place("Utrecht")},
		{Milestone: parcel.DeliveryAttemptFailed, Actor: parcel.CarrierActs, When: at("2026-11-24T13:10:00+01:00"), Text: "Nobody home", Place: place("Utrecht")},
		{Milestone: parcel.AvailableForPickup, Actor: parcel.ShopperActs, When: at("2026-11-24T17:10:00+01:00"), Text: "At the shop", Place: place("Utrecht")},
		{Milestone: parcel.Delivered, When: at("2026-11-25T10:10:00+01:00"), Text: "Delivered", Place: place("Utrecht")},
	}
}

func TestWhatIsComposedIsVerifiedAndReadBack(t *testing.T) {
	for _, a := range All() {
		t.Run(a.Kind(), func(t *testing.T) {
			var got []parcel.Scan
			for _, b := range batches(a, journey()) {
				body, h := composed(t, a, b)
				if err := a.Verify([]string{ours}, h, body, received); err != nil {
					t.Fatal(err)
				}
				kept := h.Clone()
				for name := range h {
					if name != "As-Webhook-Version" {
						kept.Del(name)
					}
				}
				scans, err := a.Parse(kept, body, received)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, scans...)
			}

			want := journey()
			if len(got) != len(want) {
				t.Fatalf("%d scans came back, not %d: %s", len(got), len(want), describe(got, nil))
			}
			for i := range want {
				sameScan(t, a.Kind(), got[i], want[i])
			}
		})
	}
}

// batches puts the scans into requests the way the feed does: Sendcloud one by one, the others all together.
func batches(a Adapter, scans []parcel.Scan) []Batch {
	b := aBatch(ours)
	if a.Kind() != "sendcloud" {
		b.Scans = scans
		return []Batch{b}
	}
	var out []Batch
	for _, s := range scans {
		if s.Milestone == parcel.HandedToCarrier || s.Milestone != parcel.None {
			b.Scans = []parcel.Scan{s}
			out = append(out, b)
		}
	}

	return out
}

func sameScan(t *testing.T, kind string, got, want parcel.Scan) {
	t.Helper()
	if got.Milestone != want.Milestone || got.Actor != want.Actor || got.Text != want.Text {
		t.Errorf("got %s %s %q, want %s %s %q", got.Milestone, got.Actor, got.Text, want.Milestone, want.Actor, want.Text)
	}
	if !got.When.UTC.Equal(want.When.UTC) {
		t.Errorf("%s: at %v, want %v", want.Milestone, got.When.UTC, want.When.UTC)
	}
	if kind != "sendcloud" && (got.Place.City != want.Place.City || got.Place.Country != want.Place.Country) {
		t.Errorf("%s: at %v, want %v", want.Milestone, got.Place, want.Place)
	}
	if got.Carrier != "postnl" || got.Number != "3SDEMO0000001" || got.Source != kind || len(got.Fingerprint) != 64 {
		t.Errorf("%s: filed as %s %s %s %s", want.Milestone, got.Source, got.Carrier, got.Number, got.Fingerprint)
	}
}

func TestEveryCodeOfAMapIsReadBackAsItself(t *testing.T) {
	for _, a := range All() {
		for code, s := range maps()[a.Kind()] {
			if a.Kind() == "easypost" && code == "detail:arrived_at_destination" || a.Kind() == "aftership" && s.Milestone == parcel.None {
				continue
			}
			b := aBatch(ours)
			b.Scans[0] = parcel.Scan{Code: code, When: at("2026-11-25T08:12:00+01:00")}
			s.fill(&b.Scans[0])
			body, h, err := a.Compose(b)
			if err != nil {
				t.Errorf("%s %s: %v", a.Kind(), code, err)
				continue
			}
			scans, err := a.Parse(h, body, received)
			if err != nil || len(scans) != 1 {
				t.Errorf("%s %s: %d scans, %v", a.Kind(), code, len(scans), err)
				continue
			}
			got := scans[0]
			if got.Milestone != s.Milestone || got.Reason != s.Reason || got.Actor != s.Actor || got.Cause != s.Cause || got.Handover != s.Handover {
				t.Errorf("%s %s: %+v came back as %+v", a.Kind(), code, s, got)
			}
		}
	}
}

func TestTheExpectedWindowTravels(t *testing.T) {
	day := parcel.Date{Year: 2026, Month: time.November, Day: 26}
	for kind, w := range map[string]parcel.Window{
		"aftership": {From: day, To: day, FromMinute: 13*60 + 30, ToMinute: 15 * 60},
		"standard":  {From: day, To: parcel.Date{Year: 2026, Month: time.November, Day: 28}},
		"easypost":  {From: day, To: day},
	} {
		a, _ := ByKind(kind)
		for _, scans := range [][]parcel.Scan{nil, journey()[:3]} {
			b := aBatch(ours)
			b.Scans, b.ETA = scans, w
			body, h := composed(t, a, b)
			got, err := a.Parse(h, body, received)
			if err != nil {
				t.Fatal(err)
			}
			last := got[len(got)-1]
			if last.Window != w || last.Milestone != parcel.None || len(got) != len(scans)+1 {
				t.Errorf("%s: %s", kind, describe(got, nil))
			}
			if again, _ := a.Parse(h, body, received.Add(time.Hour)); again[len(again)-1].Fingerprint != last.Fingerprint {
				t.Errorf("%s: the same window, told again, is news", kind)
			}
		}
	}
}

func TestARevisedWindowIsNewsEvenWhenItWasToldBefore(t *testing.T) {
	for _, kind := range []string{"aftership", "easypost", "standard"} {
		a, _ := ByKind(kind)
		seen := map[string]bool{}
		for i, day := range []int{26, 27, 26} {
			d := parcel.Date{Year: 2026, Month: time.November, Day: day}
			b := aBatch(ours)
			b.Scans, b.ETA, b.Sent = nil, parcel.Window{From: d, To: d}, received.Add(time.Duration(i)*time.Minute)
			body, h := composed(t, a, b)
			scans, err := a.Parse(h, body, received)
			if err != nil {
				t.Fatal(err)
			}
			seen[scans[0].Fingerprint] = true
		}
		if len(seen) != 3 {
			t.Errorf("%s: back to the first window was taken for old news", kind)
		}
	}
}

func TestTimesKeepWhatIsKnownOfThem(t *testing.T) {
	a, _ := ByKind("standard")
	for raw, want := range map[string]parcel.EventTime{
		"2026-11-25T08:12:00+01:00": {ZoneKnown: true, Offset: 3600},
		"2026-11-25T08:12:00":       {},
		"2026-11-25":                {DateOnly: true},
	} {
		when, err := parcel.ParseTime(raw, parcel.TimeHints{Country: "NL"})
		if err != nil {
			t.Fatal(err)
		}
		b := aBatch(ours)
		b.Scans[0].When = when
		body, h := composed(t, a, b)
		scans, err := a.Parse(h, body, received)
		if err != nil {
			t.Fatal(err)
		}
		got := scans[0].When
		if got.ZoneKnown != want.ZoneKnown || got.Offset != want.Offset || got.DateOnly != want.DateOnly || !got.Local.Equal(when.Local) {
			t.Errorf("%s came back as %+v", raw, got)
		}
	}
}

func TestAFeedSaysWhenItHasNoWordForSomething(t *testing.T) {
	for kind, m := range map[string]parcel.Milestone{
		"aftership": parcel.OrderPlaced, "easypost": parcel.PickedAndPacked, "sendcloud": parcel.Expired,
	} {
		a, _ := ByKind(kind)
		b := aBatch(ours)
		b.Scans[0].Milestone = m
		if _, _, err := a.Compose(b); err == nil {
			t.Errorf("%s found a word for %s", kind, m)
		}
	}
	if _, ok := ByKind("pigeon"); ok {
		t.Error("there is a feed of pigeons")
	}
	if !errors.Is(odd("x"), ErrOdd) || errors.Is(odd("x"), ErrNothing) || Reason(ErrNothing) == "" {
		t.Error("errors are not told apart")
	}
}
