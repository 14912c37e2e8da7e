package holidays

import (
	"strings"
	"sync"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

func TestHolidaysAreThoseOnWhichCarriersRest(t *testing.T) {
	for _, c := range []struct {
		day     string
		rest    string // countries in which it is a holiday, of those checked
		working string
	}{
		{"2026-01-01", "NL BE DE FR ES IT GB AT LU IE PT PL DK SE FI NO CH CZ SK SI HR RO GR US", ""},
		{"2026-12-25", "NL BE DE FR ES IT GB AT LU IE PT PL DK SE FI NO CH CZ SK SI HR RO GR US", ""},
		{"2026-12-26", "NL DE IT AT LU PL DK SE FI NO", "BE FR ES PT US"},
		{"2026-12-28", "GB", "NL BE"},                      // Boxing Day fell on a Saturday
		{"2026-04-03", "DE ES GB PT SE FI", "NL BE FR IT"}, // Good Friday
		{"2026-04-06", "NL BE DE FR IT GB AT LU IE PL SE FI", "ES PT US"},
		{"2026-04-27", "NL", "BE DE"},
		{"2025-04-26", "NL", "BE"}, // the 27th was a Sunday
		{"2025-05-05", "NL", "BE"}, // Liberation Day, every fifth year
		{"2026-05-05", "", "NL BE DE"},
		{"2026-05-14", "NL BE DE FR AT LU SE FI", "ES IT GB PL"},
		{"2026-07-21", "BE", "NL"},
		{"2026-07-14", "FR", "BE"},
		{"2026-10-03", "DE", "NL"},
		{"2026-06-23", "LU", "BE"},
		{"2026-06-10", "PT", "ES"},
		{"2026-06-19", "SE FI", "NO DK"}, // Midsummer Eve
		{"2026-12-24", "PL FI", "NL BE FR"},
		{"2024-12-24", "FI", "PL"}, // not yet in Poland
		{"2027-10-04", "IT", "FR"},
		{"2025-10-04", "", "IT"},
		{"2026-11-26", "US", "NL DE"},
		{"2026-11-25", "", "NL BE DE FR ES IT GB US"},
	} {
		day, err := parcel.ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		remembering := New()
		for _, country := range strings.Fields(c.rest) {
			if !Public(country, day) || !remembering(country, day) || !remembering(country, day) {
				t.Errorf("%s is a working day in %s", c.day, country)
			}
		}
		for _, country := range strings.Fields(c.working) {
			if Public(country, day) || remembering(country, day) {
				t.Errorf("%s is a holiday in %s", c.day, country)
			}
		}
	}
}

func TestEveryCountryHasHolidaysAndMostlyWorks(t *testing.T) {
	known := New()
	for _, country := range Countries() {
		for year := 2024; year < 2030; year++ {
			n := 0
			for day := parcel.NewDate(year, time.January, 1); day.Year == year; day = day.AddDays(1) {
				if known(country, day) {
					n++
				}
			}
			if n < 7 || n > 17 {
				t.Errorf("%s has %d holidays in %d", country, n, year)
			}
		}
	}
}

func TestElsewhereEveryDayIsAWorkingDay(t *testing.T) {
	known := New()
	for _, country := range []string{"", "XX", "nl", "ZZZ"} {
		for _, day := range []parcel.Date{parcel.NewDate(2026, time.January, 1), {}, {Year: 9999, Month: time.December, Day: 31}} {
			if Public(country, day) || known(country, day) {
				t.Errorf("%s is a holiday in %q", day, country)
			}
		}
	}
	if known("NL", parcel.NewDate(1900, time.January, 1)) != Public("NL", parcel.NewDate(1900, time.January, 1)) {
		t.Error("long ago it is remembered wrongly")
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	known := New()
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for year := 2025; year < 2029; year++ {
				if !known(Countries()[i], parcel.NewDate(year, time.January, 1)) {
					t.Errorf("%s works on New Year's Day of %d", Countries()[i], year)
				}
			}
		})
	}
	all.Wait()
}
