// Package holidays says on which days a country's carriers rest. It covers the countries our shops send to, by the
// rules of rickar/cal where they fit and by our own where they do not; it knows nothing of regions.
package holidays

import (
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/us"

	"onderweg/internal/parcel"
)

// Countries are those whose holidays are known, by ISO 3166-1 alpha-2 code. In any other every day is a working day.
func Countries() []string {
	return []string{
		"AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "GR", "HR", "IE", "IT", "LU", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "US",
	}
}

// Public says whether a day is a public holiday in a country, or the working day on which one that fell on a weekend is
// kept. It computes every time: who asks often asks New.
func Public(country string, day parcel.Date) bool {
	rules := cal.Calendar{Holidays: holidaysOf(country, day.Year)}
	actual, observed, _ := rules.IsHoliday(day.Midnight())
	return actual || observed
}

// New gives Public with a memory of every country and year asked for. It is safe for concurrent use.
func New() parcel.Holidays {
	var years sync.Map // yearOf → map[parcel.Date]bool, never changed once stored
	return func(country string, day parcel.Date) bool {
		if day.Year < 1990 || day.Year > 2200 {
			return Public(country, day) // no carrier means it: not worth remembering
		}
		key := yearOf{country, day.Year}
		if known, ok := years.Load(key); ok {
			return known.(map[parcel.Date]bool)[day]
		}
		if holidaysOf(country, day.Year) == nil {
			return false // and no memory of codes that are no country
		}
		days := allOf(country, day.Year)
		years.Store(key, days)
		return days[day]
	}
}

// yearOf is one country in one year.
type yearOf struct {
	country string
	year    int
}

// allOf lists the holidays of a country in a year.
func allOf(country string, year int) map[parcel.Date]bool {
	days := map[parcel.Date]bool{}
	for day := parcel.NewDate(year, time.January, 1); day.Year == year; day = day.AddDays(1) {
		if Public(country, day) {
			days[day] = true
		}
	}
	return days
}

// holidaysOf lists the rules of a country, nil when it is not known.
func holidaysOf(country string, year int) []*cal.Holiday {
	switch country {
	case "NL":
		return netherlands(year)
	case "BE":
		return be.Holidays
	case "DE":
		return de.Holidays
	case "FR":
		return fr.Holidays
	case "ES":
		return es.Holidays
	case "IT":
		return append(since(2026, time.October, 4), it.Holidays...) // Saint Francis, law 151 of 2025
	case "GB":
		return gb.Holidays
	case "AT":
		return at.Holidays
	case "LU":
		return luxembourg()
	case "IE":
		return ie.Holidays
	case "PT":
		return portugal()
	case "PL":
		return append(since(2025, time.December, 24), pl.Holidays...) // Christmas Eve, law of 27 December 2024
	case "DK":
		return dk.Holidays
	case "SE":
		return se.Holidays
	case "FI":
		return finland()
	case "NO":
		return no.Holidays
	case "CH":
		return switzerland()
	case "CZ":
		return cz.Holidays
	case "SK":
		return sk.Holidays
	case "SI":
		return si.Holidays
	case "HR":
		return hr.Holidays
	case "RO":
		return ro.Holidays
	case "GR":
		return gr.Holidays
	case "US":
		return us.Holidays
	}
	return nil
}

// netherlands leaves out Good Friday, on which everyone works, and keeps Liberation Day every fifth year only.
func netherlands(year int) []*cal.Holiday {
	days := []*cal.Holiday{
		nl.Nieuwjaar, nl.TweedePaasdag, nl.Koningsdag, nl.Hemelvaart, nl.TweedePinksterDag, nl.EersteKerstdag, nl.TweedeKerstdag,
	}
	if year%5 == 0 {
		days = append(days, nl.BevrijdingsDag)
	}
	return days
}

// switzerland keeps what all, or nearly all, cantons do.
func switzerland() []*cal.Holiday {
	return []*cal.Holiday{
		ch.Neujahr, ch.Karfreitag, ch.Ostermontag, ch.Auffahrt, ch.Pfingstmontag, ch.Bundesfeiertag, ch.Weihnachtstag, ch.ZweiterWeihnachtsfeiertag,
	}
}

func luxembourg() []*cal.Holiday {
	return append(since(2019, time.May, 9),
		aa.NewYear, aa.EasterMonday, aa.WorkersDay, aa.AscensionDay, aa.PentecostMonday, yearly(time.June, 23),
		aa.AssumptionOfMary, aa.AllSaintsDay, aa.ChristmasDay, aa.ChristmasDay2)
}

func portugal() []*cal.Holiday {
	return []*cal.Holiday{
		aa.NewYear, aa.GoodFriday, yearly(time.April, 25), aa.WorkersDay, aa.CorpusChristi, yearly(time.June, 10), aa.AssumptionOfMary,
		yearly(time.October, 5), aa.AllSaintsDay, yearly(time.December, 1), aa.ImmaculateConception, aa.ChristmasDay,
	}
}

// finland counts the eves of Midsummer and Christmas, on which nothing is delivered.
func finland() []*cal.Holiday {
	midsummerEve := &cal.Holiday{Month: time.June, Day: 19, Weekday: time.Friday, Offset: 1, Func: cal.CalcWeekdayFrom}
	return []*cal.Holiday{
		aa.NewYear, aa.Epiphany, aa.GoodFriday, aa.EasterMonday, aa.WorkersDay, aa.AscensionDay, midsummerEve,
		yearly(time.December, 6), yearly(time.December, 24), aa.ChristmasDay, aa.ChristmasDay2,
	}
}

// yearly is a holiday on the same day of every year.
func yearly(month time.Month, day int) *cal.Holiday {
	return &cal.Holiday{Month: month, Day: day, Func: cal.CalcDayOfMonth}
}

// since is a list of one holiday that was introduced in a year.
func since(year int, month time.Month, day int) []*cal.Holiday {
	return []*cal.Holiday{{Month: month, Day: day, StartYear: year, Func: cal.CalcDayOfMonth}}
}
