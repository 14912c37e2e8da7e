package feed

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

var update = flag.Bool("update", false, "write the golden files anew")

// received is when the samples arrived.
var received = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestSamplesOfEveryFeedGiveTheScansWeExpect(t *testing.T) {
	for _, a := range All() {
		t.Run(a.Kind(), func(t *testing.T) {
			samples, err := filepath.Glob(filepath.Join("testdata", a.Kind(), "*.json"))
			if err != nil {
				t.Fatal(err)
			}
			if len(samples) < 5 {
				t.Fatalf("%s has %d samples; write at least five in testdata/%s", a.Kind(), len(samples), a.Kind())
			}
			for _, sample := range samples {
				t.Run(filepath.Base(sample), func(t *testing.T) { golden(t, a, sample) })
			}
		})
	}
}

func golden(t *testing.T, a Adapter, sample string) {
	body, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	scans, err := a.Parse(nil, body, received)
	got := describe(scans, err)
	name := strings.TrimSuffix(sample, ".json") + ".golden"

	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s gives\n%s\nwant\n%s", sample, got, want)
	}

	again, _ := a.Parse(nil, body, received.Add(time.Hour))
	for i, s := range again {
		if s.Fingerprint != scans[i].Fingerprint {
			t.Errorf("scan %d has another fingerprint when it is told again", i)
		}
	}
}

// describe writes scans the way a person checks them: one block a scan, only what is there.
func describe(scans []parcel.Scan, err error) string {
	var b strings.Builder
	for _, s := range scans {
		fmt.Fprintf(&b, "%s %s %s\n", orDash(string(s.Milestone)), s.Code, s.Number)
		line(&b, "carrier", s.Carrier)
		line(&b, "when", describeTime(s.When))
		line(&b, "place", strings.Trim(s.Place.City+" | "+s.Place.Country+" | "+s.Place.Name, " |"))
		line(&b, "text", s.Text)
		line(&b, "reason", string(s.Reason))
		line(&b, "actor", string(s.Actor))
		line(&b, "cause", string(s.Cause))
		line(&b, "handover", string(s.Handover))
		if s.Window != (parcel.Window{}) {
			line(&b, "window", windowText(s.Window))
		}
		if p := s.Pickup; p != (parcel.Pickup{}) {
			line(&b, "pickup", fmt.Sprintf("%s | %s | %s | %s", p.Name, p.Address, p.Until.String(), p.Hours))
		}
		if s.Unmapped {
			line(&b, "unmapped", "yes")
		}
	}
	switch {
	case errors.Is(err, ErrOdd):
		fmt.Fprintf(&b, "odd: %s\n", Reason(err))
	case err != nil:
		fmt.Fprintf(&b, "%v\n", err)
	}

	return b.String()
}

func describeTime(e parcel.EventTime) string {
	switch {
	case e.DateOnly:
		return e.Local.Format(time.DateOnly) + " (date only)"
	case e.ZoneKnown:
		return e.UTC.In(time.FixedZone("", e.Offset)).Format("2006-01-02 15:04:05 -07:00")
	}

	return e.Local.Format("2006-01-02 15:04:05") + " (zone assumed, " + e.UTC.UTC().Format("15:04:05") + " UTC)"
}

func line(b *strings.Builder, name, value string) {
	if value != "" {
		fmt.Fprintf(b, "    %s: %s\n", name, value)
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}

	return s
}
