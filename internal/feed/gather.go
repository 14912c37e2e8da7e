package feed

import (
	"fmt"
	"strings"
	"time"

	"onderweg/internal/parcel"
)

// How far a scan's time may lie from its arrival. Carriers' clocks and zones are off by hours, histories go back months; what
// lies beyond is a typing error, and one in the future would stay the newest scan for good.
const (
	maxAge   = 2 * 366 * 24 * time.Hour
	maxAhead = 48 * time.Hour
)

// maxScans is how many scans one request may carry.
const maxScans = 1000

// gathering collects the scans of one body, and what was odd about the others.
type gathering struct {
	source   string
	carrier  string
	number   string
	received time.Time
	scans    []parcel.Scan
	odds     []string
}

// odd notes why a part of the body was left out.
func (g *gathering) odd(format string, args ...any) {
	g.odds = append(g.odds, fmt.Sprintf(format, args...))
}

// when reads a scan's time; ok is false, and the reason noted, when it cannot be one.
func (g *gathering) when(raw string, hints parcel.TimeHints) (parcel.EventTime, bool) {
	raw = clean(raw, 64)
	t, err := parcel.ParseTime(raw, hints)
	if err != nil {
		g.odd("a scan has a time that cannot be read: %s", short(raw))
		return t, false
	}

	return t, g.plausible(t)
}

// plausible says whether a scan can have happened then, and notes it when not.
func (g *gathering) plausible(t parcel.EventTime) bool {
	switch {
	case g.ahead(t):
		g.odd("a scan lies in the future: %s", short(t.Raw))
		return false
	case g.bygone(t):
		g.odd("a scan lies too far in the past: %s", short(t.Raw))
		return false
	}

	return true
}

func (g *gathering) ahead(t parcel.EventTime) bool  { return t.UTC.After(g.received.Add(maxAhead)) }
func (g *gathering) bygone(t parcel.EventTime) bool { return t.UTC.Before(g.received.Add(-maxAge)) }

// told is when the sender says it tells this: its arrival when it does not say so believably.
func (g *gathering) told(t parcel.EventTime, known bool) parcel.EventTime {
	if !known || g.ahead(t) || g.bygone(t) {
		now := g.received.UTC()
		return parcel.EventTime{Local: now, UTC: now, ZoneKnown: true}
	}

	return t
}

// add files a scan under the parcel of the body. The key of its content is made of what the feed sent, never of what we
// made of it, so that a better status map does not tell old news again.
func (g *gathering) add(s parcel.Scan) {
	if len(g.scans) == maxScans {
		g.odd("there are more than %d scans", maxScans)
		return
	}
	s.Source, s.Carrier, s.Number, s.Received = g.source, g.carrier, g.number, g.received
	if s.Fingerprint == "" {
		place := strings.Join([]string{s.Place.City, s.Place.Country, s.Place.Name}, "|")
		s.Fingerprint = parcel.Fingerprint(g.source, g.number, s.When.Raw, s.Code, place, s.Text)
	}
	g.scans = append(g.scans, s)
}

// codeExpected marks a scan that moves nothing and says only when delivery is expected.
const codeExpected = "eta"

// expect adds the expected window as a scan of its own, at the time it was told. A carrier revises it without a new scan, and a
// scan that came before is never applied again, so it may not ride on one. A window that cannot be meant is left out.
func (g *gathering) expect(w parcel.Window, told parcel.EventTime) {
	if w.IsZero() || told.UTC.IsZero() || !g.sane(w) {
		return
	}
	g.add(parcel.Scan{
		Code: codeExpected, When: told, Window: w,
		Fingerprint: parcel.Fingerprint(g.source, g.number, told.Raw, codeExpected, "", windowText(w)),
	})
}

// sane says whether a window lies within a year of now, is not turned round and is not longer than two months.
func (g *gathering) sane(w parcel.Window) bool {
	from, to := w.From.Midnight(), w.To.Midnight()
	length := to.Sub(from)
	if length == 0 && w.ToMinute < w.FromMinute {
		return false
	}

	return length >= 0 && length <= 60*24*time.Hour &&
		from.After(g.received.AddDate(-1, 0, 0)) && to.Before(g.received.AddDate(1, 0, 0))
}

// newest gives the time of the scan that happened last, the zero one when there is none.
func (g *gathering) newest() parcel.EventTime {
	var t parcel.EventTime
	for _, s := range g.scans {
		if !s.When.UTC.Before(t.UTC) {
			t = s.When
		}
	}

	return t
}

// result is what Parse gives.
func (g *gathering) result() ([]parcel.Scan, error) {
	switch n := len(g.odds); {
	case n > 3:
		return g.scans, odd("%s; and %d more", strings.Join(g.odds[:3], "; "), n-3)
	case n > 0:
		return g.scans, odd("%s", strings.Join(g.odds, "; "))
	case len(g.scans) == 0:
		return nil, ErrNothing
	}

	return g.scans, nil
}
