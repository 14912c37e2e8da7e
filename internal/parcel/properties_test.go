package parcel

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// randomHistory is a parcel with a history as bad as feeds can make it, in order of arrival.
func randomHistory(random *rand.Rand) (Parcel, []Scan) {
	countries := []string{"NL", "BE", "DE", "ES", "IT", "US", "WS", "AU", "", "XX"}
	p := Parcel{ID: "p", Country: countries[random.IntN(len(countries))], PlacedAt: monday, TrackingNumber: "3SDEVC6659149"}
	if random.IntN(4) > 0 {
		p.Rules = testRules()
	}
	if random.IntN(3) == 0 {
		p.PackedAt = monday.Add(time.Duration(random.IntN(48)) * time.Hour)
	}

	scans := make([]Scan, 1+random.IntN(9))
	for i := range scans {
		scans[i] = randomScan(random)
	}
	return p, scans
}

// randomScan has any milestone at any time of ten days, seldom an impossible one, and often none of day or a window.
func randomScan(random *rand.Rand) Scan {
	m := append([]Milestone{None, "odd"}, Milestones...)[random.IntN(len(Milestones)+2)]
	moment := monday.Add(time.Duration(random.IntN(10*24*4)) * 15 * time.Minute)
	s := scan(m, moment).from([]string{"a", "b"}[random.IntN(2)])
	switch random.IntN(12) {
	case 0:
		s.When = fromWall("", DateOf(moment).Midnight(), Location("Europe/Amsterdam"), true)
	case 1:
		s.When.UTC = s.When.UTC.AddDate(random.IntN(5)-2, 0, 0)
	case 2:
		s.Unmapped = true
	case 3:
		s.Received = moment.Add(-time.Duration(random.IntN(96)) * time.Hour)
	}
	if random.IntN(3) == 0 {
		first := DateOf(moment).AddDays(random.IntN(6) - 1)
		s.Window = Window{From: first, To: first.AddDays(random.IntN(3)), FromMinute: 60 * random.IntN(12), ToMinute: 60 * (12 + random.IntN(11))}
	}
	reasons := []Reason{NoReason, ReasonDamaged, ReasonAddress, ReasonNotHome}
	s.Reason = reasons[random.IntN(len(reasons))]
	if random.IntN(4) == 0 {
		s.Pickup = Pickup{Name: fmt.Sprint("point ", random.IntN(3)), Until: DateOf(moment).AddDays(random.IntN(9))}
	}
	s.Fingerprint = Fingerprint(s.Source, s.When.Raw, s.When.UTC.String(), string(s.Milestone), s.Window.To.String(), fmt.Sprint(s.Reason, s.Pickup, s.Unmapped, s.Window))
	return s
}

// shuffled is the scans in a random order, each up to five more times, received at other moments after the first.
func shuffled(random *rand.Rand, scans []Scan) []Scan {
	var list []Scan
	for _, s := range scans {
		list = append(list, s)
		for range random.IntN(6) {
			again := s
			again.Received = s.Received.Add(time.Duration(random.IntN(100)) * time.Hour)
			list = append(list, again)
		}
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// Invariants I2 and I3: whatever the order and however often, one outcome.
func TestAnyOrderAndRepetitionEndsInTheSameState(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for history := range 10_000 {
		start, scans := randomHistory(random)
		start.Begin(monday)
		want := start
		for _, s := range scans {
			want.Apply(s)
		}
		for range 3 {
			got := start
			for _, s := range shuffled(random, scans) {
				got.Apply(s)
			}
			if !reflect.DeepEqual(derived(got), derived(want)) {
				t.Fatalf("history %d: one order gives\n%+v\nanother\n%+v", history, derived(want), derived(got))
			}
		}
	}
}

// Whenever the clock was looked at between the scans, the state after all of them and a last look is the same.
func TestItDoesNotMatterWhenTheClockWasLookedAt(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for history := range 3_000 {
		start, scans := randomHistory(random)
		start.Begin(monday)
		last := monday.Add(time.Duration(random.IntN(20*24)) * time.Hour)
		want := start
		for _, s := range scans {
			want.Apply(s)
		}
		want.Tick(last)
		for range 3 {
			got := start
			for _, s := range shuffled(random, scans) {
				if random.IntN(2) == 0 {
					got.Tick(monday.Add(time.Duration(random.Int64N(int64(last.Sub(monday)) + 1))))
				}
				got.Apply(s)
			}
			got.Tick(last)
			if !reflect.DeepEqual(derived(got), derived(want)) {
				t.Fatalf("history %d, looked at %s:\n%+v\nwith looks between\n%+v", history, last, derived(want), derived(got))
			}
		}
	}
}

// A look at any moment before NextCheck finds nothing new, and the state survives storage: what is read back and looked
// at again is the same.
func TestBeforeTheNextCheckThereIsNothingToSee(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	for history := range 3_000 {
		p, scans := randomHistory(random)
		p.Begin(monday)
		for _, s := range scans {
			p.Apply(s)
		}
		for range 12 {
			if p.NextCheck.IsZero() {
				break
			}
			stored, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			var back Parcel
			if err := json.Unmarshal(stored, &back); err != nil {
				t.Fatal(err)
			}
			early := back.Tick(p.NextCheck.Add(-time.Second))
			if is, want := asStored(back), asStored(p); len(early) != 0 || is != want {
				t.Fatalf("history %d: a second before %s it tells %v and is\n%s\nnot\n%s", history, p.NextCheck, told(early), is, want)
			}
			due := p.NextCheck
			p.Tick(due)
			if !p.NextCheck.IsZero() && !p.NextCheck.After(due) {
				t.Fatalf("history %d: after a look at %s the next is due at %s", history, due, p.NextCheck)
			}
		}
		if !p.NextCheck.IsZero() {
			t.Fatalf("history %d never comes to rest: next check %s", history, p.NextCheck)
		}
	}
}

// In the order of the carriers' clocks no notice is ever given twice, save by a parcel that went back and forth.
func TestAScanThatIsNotTheNewestMovementTellsNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 3_000 {
		p, scans := randomHistory(random)
		p.Begin(monday)
		for _, s := range scans {
			notices := p.Apply(s)
			if len(notices) == 0 {
				continue
			}
			if !p.believed(&s) || s.Unmapped {
				t.Fatalf("%+v was not believed and told %v", s, told(notices))
			}
			for _, n := range notices {
				if n.Kind == Delayed {
					continue
				}
				for _, other := range p.Scans {
					if inCarrierTime(other, s) > 0 && p.believed(&other) && !other.Unmapped && moves(p.Milestone, other.Milestone) && p.Milestone != other.Milestone && !other.When.DateOnly && !s.When.DateOnly {
						t.Fatalf("%s at %s told %v though %s at %s is newer", s.Milestone, s.When.UTC, told(notices), other.Milestone, other.When.UTC)
					}
				}
			}
		}
	}
}

func TestScansSortInOneTotalOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for range 20_000 {
		a, b, c := randomScan(random), randomScan(random), randomScan(random)
		if inCarrierTime(a, b) != -inCarrierTime(b, a) {
			t.Fatalf("%+v and %+v", a, b)
		}
		if inCarrierTime(a, b) <= 0 && inCarrierTime(b, c) <= 0 && inCarrierTime(a, c) > 0 {
			t.Fatalf("%+v, %+v, %+v", a, b, c)
		}
	}
}

// FuzzApply reads bytes as a history and holds that order and repetition do not matter, nothing panics, and the clock
// comes to rest.
func FuzzApply(f *testing.F) {
	f.Add([]byte{4, 10, 0, 9, 30, 1, 10, 40, 0, 11, 44, 2}, uint64(1))
	f.Add([]byte{10, 250, 3, 10, 250, 3, 19, 0, 7}, uint64(2))
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		var scans []Scan
		for i := 0; i+2 < len(raw) && len(scans) < 30; i += 3 {
			scans = append(scans, fuzzScan(raw[i], raw[i+1], raw[i+2]))
		}
		start := newParcel()
		one, other := *start, *start
		for _, s := range scans {
			one.Apply(s)
		}
		random := rand.New(rand.NewPCG(seed, seed))
		for _, s := range shuffled(random, scans) {
			other.Tick(monday.Add(time.Duration(random.IntN(200)) * time.Hour))
			other.Apply(s)
		}
		end := monday.Add(250 * time.Hour)
		one.Tick(end)
		other.Tick(end)
		if !reflect.DeepEqual(derived(one), derived(other)) {
			t.Fatalf("one order gives\n%+v\nanother\n%+v", derived(one), derived(other))
		}
		for range 40 {
			if one.NextCheck.IsZero() {
				return
			}
			one.Tick(one.NextCheck)
		}
		t.Fatalf("never comes to rest: next check %s", one.NextCheck)
	})
}

// fuzzScan makes a scan of three bytes: milestone, time in steps of an hour, and extras.
func fuzzScan(m, hour, extras byte) Scan {
	list := append([]Milestone{None}, Milestones...)
	moment := monday.Add(time.Duration(hour) * time.Hour)
	s := scan(list[int(m)%len(list)], moment)
	if extras&1 != 0 {
		s.When = fromWall("", DateOf(moment).Midnight(), Location("Europe/Amsterdam"), true)
	}
	if extras&2 != 0 {
		day := DateOf(moment).AddDays(int(extras >> 5))
		s.Window = Window{From: day, To: day, FromMinute: 8 * 60, ToMinute: 20 * 60}
	}
	if extras&4 != 0 {
		s.Received = moment.Add(-72 * time.Hour)
	}
	s.Unmapped = extras&8 != 0
	s.Reason = cmp.Or(map[byte]Reason{16: ReasonDamaged}[extras&16], NoReason)
	s.Fingerprint = Fingerprint(string([]byte{m, hour, extras}), "", "", "", "", "")
	return s
}
