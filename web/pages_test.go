package web

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

// shelf is a Pages with a clock, a source that counts, and a listener that can be cut.
type shelf struct {
	*Pages
	at            time.Time
	up            bool
	version       int64
	loads, probes int
	during        func() // happens while a page is loaded
	err           error
}

func newShelf(limit int64) *shelf {
	s := &shelf{at: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), up: true, version: 1}
	s.Pages = newPages(limit, nil, func() time.Time { return s.at })
	s.connected = func() bool { return s.up }
	return s
}

func (s *shelf) source(o parcel.OrderID) Source {
	return Source{
		Probe: func(context.Context) (parcel.OrderID, int64, error) { s.probes++; return o, s.version, s.err },
		Load: func(context.Context) (*Page, error) {
			s.loads++
			p := &Page{Order: o, Version: s.version}
			p.Full.Render = func() ([]byte, error) { return make([]byte, 4000), nil }
			p.Main.Render = func() ([]byte, error) { return make([]byte, 1000), nil }
			if s.during != nil {
				s.during()
			}
			return p, s.err
		},
	}
}

func (s *shelf) open(t *testing.T, o parcel.OrderID) *Page {
	t.Helper()
	p, err := s.Open(t.Context(), PageKey{Merchant: "m", Token: [32]byte([]byte(fmt.Sprintf("%032s", o)))}, s.source(o))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Full.Packed("br"); err != nil {
		t.Fatal(err)
	}
	return p
}

func (s *shelf) want(t *testing.T, loads, probes int) {
	t.Helper()
	if s.loads != loads || s.probes != probes {
		t.Errorf("%d loads and %d probes, want %d and %d", s.loads, s.probes, loads, probes)
	}
}

func TestAHotPageCostsNothing(t *testing.T) {
	s := newShelf(1 << 20)
	for range 10 {
		s.open(t, "o")
	}
	s.want(t, 1, 0)
}

func TestAChangeDropsItsPageAndNoOther(t *testing.T) {
	s := newShelf(1 << 20)
	s.open(t, "o")
	s.open(t, "p")
	s.Drop("o")
	s.open(t, "p")
	s.want(t, 2, 0)
	s.open(t, "o")
	s.want(t, 3, 0)
}

func TestAReconnectDropsAllPages(t *testing.T) {
	s := newShelf(1 << 20)
	s.open(t, "o")
	s.open(t, "p")
	s.Drop("")
	if s.Size() != 0 {
		t.Errorf("%d bytes are left", s.Size())
	}
}

func TestWithoutTheListenerEveryVisitAsksForTheVersion(t *testing.T) {
	s := newShelf(1 << 20)
	s.open(t, "o")
	s.up = false
	s.open(t, "o")
	s.open(t, "o")
	s.want(t, 1, 2)
	s.version++
	if p := s.open(t, "o"); p.Version != 2 {
		t.Errorf("version %d is shown, want 2", p.Version)
	}
}

func TestAPageIsAskedForAgainBeforeItIsASecondOld(t *testing.T) {
	s := newShelf(1 << 20)
	s.open(t, "o")
	s.version++ // and nobody tells
	s.at = s.at.Add(trustFor - time.Millisecond)
	if p := s.open(t, "o"); p.Version != 1 {
		t.Errorf("version %d", p.Version)
	}
	s.at = s.at.Add(time.Millisecond)
	if p := s.open(t, "o"); p.Version != 2 {
		t.Errorf("a lost notification shows for %v", trustFor)
	}
	if trustFor >= time.Second {
		t.Error("a page may be stale for a second or more")
	}
}

func TestWhatChangesWhileItIsLoadedIsNotKept(t *testing.T) {
	for name, change := range map[string]func(*shelf){
		"this order": func(s *shelf) { s.Drop("o") },
		"everything": func(s *shelf) { s.Drop("") },
		"more than is counted": func(s *shelf) {
			for i := range maxChanged + 2 {
				s.Drop(parcel.OrderID(fmt.Sprint(i)))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(1 << 20)
			s.during = func() { change(s) }
			s.open(t, "o")
			s.during = nil
			s.open(t, "o")
			s.want(t, 2, 0)
		})
	}
}

func TestAnEndedLinkIsNotServedFromMemory(t *testing.T) {
	s := newShelf(1 << 20)
	p := s.open(t, "o")
	p.Expires = s.at.Add(time.Minute)
	s.at = s.at.Add(time.Minute)
	s.err = parcel.ErrExpired
	_, err := s.Open(t.Context(), PageKey{Merchant: "m", Token: [32]byte([]byte(fmt.Sprintf("%032s", "o")))}, s.source("o"))
	if !errors.Is(err, parcel.ErrExpired) {
		t.Errorf("an ended link gives %v", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := newShelf(100_000)
	for i := range 200 {
		s.open(t, parcel.OrderID(fmt.Sprint(i)))
		s.open(t, "0") // stays, because it is used
	}
	if s.Size() > 100_000 || len(s.byKey) != s.order.Len() || len(s.byOrder) != len(s.byKey) {
		t.Errorf("%d bytes, %d pages, %d in order, %d orders", s.Size(), len(s.byKey), s.order.Len(), len(s.byOrder))
	}
	loads := s.loads
	s.open(t, "0")
	s.open(t, "199")
	if s.loads != loads {
		t.Error("pages that were just used have left")
	}
	s.open(t, "1")
	if s.loads != loads+1 {
		t.Error("the least recently used page has stayed")
	}
}

func TestAQuarterOfAnHourEndsAtEveryMidnightOfTheWorld(t *testing.T) {
	for _, zone := range []string{"Europe/Amsterdam", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe", "America/St_Johns"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		midnight := time.Date(2026, 11, 25, 0, 0, 0, 0, loc)
		if Slot(midnight) == Slot(midnight.Add(-time.Second)) {
			t.Errorf("in %s the day begins inside a slot", zone)
		}
	}
}
