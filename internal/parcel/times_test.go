package parcel

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestTimesAreReadInTheFormsCarriersWrite(t *testing.T) {
	nl := TimeHints{Country: "NL"}
	for _, c := range []struct {
		rule  string
		raw   string
		hints TimeHints
		local string // the wall clock
		utc   string
		known bool
		date  bool
	}{
		{"RFC 3339", "2026-11-26T08:12:00+01:00", nl, "2026-11-26 08:12:00", "2026-11-26 07:12:00", true, false},
		{"an offset without a colon", "2026-07-26T08:12:00+0200", nl, "2026-07-26 08:12:00", "2026-07-26 06:12:00", true, false},
		{"an offset of hours only", "2026-07-26 08:12+02", nl, "2026-07-26 08:12:00", "2026-07-26 06:12:00", true, false},
		{"a blank for the T, and before the offset", "2026-07-26 08:12:00 +0200", nl, "2026-07-26 08:12:00", "2026-07-26 06:12:00", true, false},
		{"fractions of a second", "2026-11-26T08:12:00.123456+01:00", nl, "2026-11-26 08:12:00", "2026-11-26 07:12:00", true, false},
		{"Z is put on the clocks of the place", "2026-11-26T23:30:00Z", nl, "2026-11-27 00:30:00", "2026-11-26 23:30:00", true, false},
		{"Z without a place stays", "2026-11-26T23:30:00Z", TimeHints{}, "2026-11-26 23:30:00", "2026-11-26 23:30:00", true, false},
		{"a small z and t", "2026-11-26t23:30:00z", TimeHints{}, "2026-11-26 23:30:00", "2026-11-26 23:30:00", true, false},
		{"a Z that lies", "2026-11-26T23:30:00Z", TimeHints{Country: "NL", AlwaysLocal: true}, "2026-11-26 23:30:00", "2026-11-26 22:30:00", false, false},
		{"a true offset where Z lies", "2026-11-26T23:30:00-05:00", TimeHints{Country: "NL", AlwaysLocal: true}, "2026-11-26 23:30:00", "2026-11-27 04:30:00", true, false},
		{"no zone is that of the country", "2026-11-26T08:12:00", nl, "2026-11-26 08:12:00", "2026-11-26 07:12:00", false, false},
		{"a named zone wins over the country", "2026-11-26T08:12:00", TimeHints{Country: "US", Zone: "America/Los_Angeles"}, "2026-11-26 08:12:00", "2026-11-26 16:12:00", false, false},
		{"no zone and no place is read as UTC", "2026-11-26T08:12:00", TimeHints{}, "2026-11-26 08:12:00", "2026-11-26 08:12:00", false, false},
		{"an unknown zone is none", "2026-11-26T08:12:00", TimeHints{Zone: "Mars/Base"}, "2026-11-26 08:12:00", "2026-11-26 08:12:00", false, false},
		{"a date only", "2026-11-26", nl, "2026-11-26 00:00:00", "2026-11-25 23:00:00", false, true},
		{"a date, day first", "26-11-2026", nl, "2026-11-26 00:00:00", "2026-11-25 23:00:00", false, true},
		{"dd-MM-yyyy HH:mm:ss", "26-11-2026 08:12:09", nl, "2026-11-26 08:12:09", "2026-11-26 07:12:09", false, false},
		{"dots", "26.11.2026 08:12", TimeHints{Country: "DE"}, "2026-11-26 08:12:00", "2026-11-26 07:12:00", false, false},
		{"slashes are day first", "03/04/2026 08:12", TimeHints{Country: "FR"}, "2026-04-03 08:12:00", "2026-04-03 06:12:00", false, false},
		{"but not in the United States", "03/04/2026 08:12", TimeHints{Country: "US"}, "2026-03-04 08:12:00", "2026-03-04 13:12:00", false, false},
		{"YYYYMMDD and HHMMSS run together", "20261126081209", nl, "2026-11-26 08:12:09", "2026-11-26 07:12:09", false, false},
		{"with a plus between", "20261126+081209", nl, "2026-11-26 08:12:09", "2026-11-26 07:12:09", false, false},
		{"with a blank between", "20261126 081209", nl, "2026-11-26 08:12:09", "2026-11-26 07:12:09", false, false},
		{"YYYYMMDD", "20261126", nl, "2026-11-26 00:00:00", "2026-11-25 23:00:00", false, true},
		{"Unix seconds", "1795677120", nl, "2026-11-26 08:12:00", "2026-11-26 07:12:00", true, false},
		{"Unix milliseconds", "1795677120999", nl, "2026-11-26 08:12:00", "2026-11-26 07:12:00", true, false},
		{"a leap second", "2016-12-31T23:59:60Z", TimeHints{}, "2016-12-31 23:59:59", "2016-12-31 23:59:59", true, false},
		{"a leap second far from Greenwich", "2017-01-01 08:59:60+09:00", TimeHints{}, "2017-01-01 08:59:59", "2016-12-31 23:59:59", true, false},
		{"the hour that comes twice is the first", "2026-10-25T02:30:00", nl, "2026-10-25 02:30:00", "2026-10-25 00:30:00", false, false},
		{"the hour that does not come", "2026-03-29T02:30:00", nl, "2026-03-29 02:30:00", "2026-03-29 01:30:00", false, false},
		{"a midnight that does not come", "2026-09-06", TimeHints{Country: "CL"}, "2026-09-06 00:00:00", "2026-09-06 04:00:00", false, true},
		{"half an hour that comes twice", "2026-04-05T01:45:00", TimeHints{Zone: "Australia/Lord_Howe"}, "2026-04-05 01:45:00", "2026-04-04 14:45:00", false, false},
		{"a day that does not come", "2011-12-30T12:00:00", TimeHints{Country: "WS"}, "2011-12-30 12:00:00", "2011-12-30 22:00:00", false, false},
		{"+14", "2026-11-26T01:00:00+14:00", nl, "2026-11-26 01:00:00", "2026-11-25 11:00:00", true, false},
		{"-12", "2026-11-26T23:00:00-12:00", nl, "2026-11-26 23:00:00", "2026-11-27 11:00:00", true, false},
		{"the year 0", "0000-01-01T01:00:00+02:00", nl, "0000-01-01 01:00:00", "0000-01-01 01:00:00", false, false},
		{"the end of 9999", "9999-12-31T23:00:00-05:00", nl, "9999-12-31 23:00:00", "9999-12-31 23:00:00", false, false},
	} {
		got, err := ParseTime(" "+c.raw+"\n", c.hints)
		if err != nil {
			t.Errorf("%s: %q: %v", c.rule, c.raw, err)
			continue
		}
		if got.Raw != " "+c.raw+"\n" {
			t.Errorf("%s: what was sent is kept as %q", c.rule, got.Raw)
		}
		if local := got.Local.Format(time.DateTime); local != c.local || got.Local.Location() != time.UTC {
			t.Errorf("%s: the clock shows %s, want %s", c.rule, local, c.local)
		}
		if utc := got.UTC.Format(time.DateTime); utc != c.utc || got.UTC.Location() != time.UTC {
			t.Errorf("%s: it is %s UTC, want %s", c.rule, utc, c.utc)
		}
		if got.ZoneKnown != c.known || got.DateOnly != c.date {
			t.Errorf("%s: zone known %v, date only %v", c.rule, got.ZoneKnown, got.DateOnly)
		}
		if got.ZoneKnown && !got.UTC.Add(time.Duration(got.Offset)*time.Second).Equal(got.Local) {
			t.Errorf("%s: clock, offset and instant do not agree: %+v", c.rule, got)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: cannot be stored: %v", c.rule, err)
		}
	}
}

func TestWhatIsNoTimeIsRefused(t *testing.T) {
	for _, raw := range []string{
		"", " ", "yesterday", "2026-13-01", "2026-02-30", "2026-11-26T25:00:00Z", "2026-11-26T08:61:00Z", "2026-11-26T08:12:61Z", "10000-01-01T00:00:00Z",
		"2026-11-26T08:12:00+99:00", "2026-11-26T08:12:00+1", "2026-11-26T08:12:00+01:99", "2026-11-26T08:12:00+0a00", "123", "12345678901234567890",
		"\x00", strings.Repeat("2", 5000), "0x7fffffff", "26-11-26", "2026-11-26T08:12:00ZZ",
	} {
		if got, err := ParseTime(raw, TimeHints{Country: "NL"}); !errors.Is(err, ErrTime) {
			t.Errorf("%.30q is taken as %v (%v)", raw, got, err)
		}
	}
}

// zoneNames are all zones of the tz database that comes with Go.
func zoneNames(t *testing.T) []string {
	t.Helper()
	//nolint:staticcheck // the archive stands beside the toolchain that runs the test
	archive, err := zip.OpenReader(filepath.Join(runtime.GOROOT(), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := archive.Close(); err != nil {
			t.Error(err)
		}
	})
	var names []string
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, "/") && file.Name != "Factory" {
			names = append(names, file.Name)
		}
	}
	if len(names) < 400 {
		t.Fatalf("only %d zones", len(names))
	}
	return names
}

// In every zone, at moments around every change of its clocks for ten years and at random ones, the local day is the
// one the carrier wrote, however it wrote it; and an assumed instant is one at which that zone's clocks show what was
// written, the first of two.
func TestTheLocalDayIsTheCarriersDay(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	forms := []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05", "02-01-2006 15:04:05", "20060102150405", "2006-01-02"}
	checked := 0
	for _, name := range zoneNames(t) {
		loc := Location(name)
		moments := []time.Time{}
		for range 6 {
			moments = append(moments, time.Unix(random.Int64N(3e9), 0))
		}
		for at := time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2030; {
			_, change := at.In(loc).ZoneBounds()
			if change.IsZero() || change.Year() >= 2030 {
				break
			}
			moments = append(moments, change.Add(-time.Second), change, change.Add(29*time.Minute))
			at = change
		}
		for _, moment := range moments {
			local := moment.In(loc)
			for _, form := range forms {
				got, err := ParseTime(local.Format(form), TimeHints{Zone: name})
				if err != nil {
					t.Fatalf("%s: %s: %v", name, local.Format(form), err)
				}
				checked++
				if got.Day() != DateOf(local) {
					t.Errorf("%s: %s is taken for %s", name, local.Format(form), got.Day())
				}
				if form == forms[2] && (got.UTC.After(moment) || !shows(got.UTC, loc, wallClock(local.Truncate(time.Second)))) {
					t.Errorf("%s: %s is read as %s, at which the clocks show %s", name, local.Format(form), got.UTC, got.UTC.In(loc))
				}
			}
		}
	}
	if checked < 2000 {
		t.Errorf("only %d cases", checked)
	}
}

func TestUnixTimesFallOnTheDayOfThePlace(t *testing.T) {
	moment := time.Date(2026, 11, 26, 23, 30, 0, 0, time.UTC)
	for country, want := range map[string]string{"NL": "2026-11-27", "US": "2026-11-26", "KI": "2026-11-27", "NZ": "2026-11-27", "AS": "2026-11-26"} {
		got, err := ParseTime(strconv.FormatInt(moment.Unix(), 10), TimeHints{Country: country})
		if err != nil || got.Day().String() != want {
			t.Errorf("%s: %s (%v), want %s", country, got.Day(), err, want)
		}
	}
}

func TestEveryCountryHasAZone(t *testing.T) {
	for country, zone := range zoneOf {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Errorf("%s: %v", country, err)
		}
	}
	if len(zoneOf) < 240 || ZoneOf("XX") != "" {
		t.Errorf("%d countries", len(zoneOf))
	}
	for _, zone := range []string{"Europe/Amsterdam", "Europe/Brussels", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Rome"} {
		if got := ZoneOf(countryOf(zone)); got != zone {
			t.Errorf("%s is counted in %q", zone, got)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"2026-11-26T08:12:00+0200", "26-11-2026 08:12:09", "1795677120", "20261126+081209", "2016-12-31T23:59:60Z", "0000-01-01T00:00:00+14:00"} {
		f.Add(seed, "NL", false)
	}
	f.Fuzz(func(t *testing.T, raw, country string, local bool) {
		got, err := ParseTime(raw, TimeHints{Country: country, AlwaysLocal: local})
		if err != nil {
			return
		}
		if got.UTC.Location() != time.UTC || got.Local.Location() != time.UTC || got.Raw != raw {
			t.Fatalf("%q: %+v", raw, got)
		}
		stored, err := json.Marshal(got)
		if err != nil {
			t.Fatalf("%q cannot be stored: %v", raw, err)
		}
		var back EventTime
		if err := json.Unmarshal(stored, &back); err != nil || !back.UTC.Equal(got.UTC) || !back.Local.Equal(got.Local) {
			t.Fatalf("%q comes back as %+v (%v)", raw, back, err)
		}
	})
}
