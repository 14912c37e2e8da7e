package parcel

import (
	"encoding/json"
	"testing"
	"time"
)

func TestADayIsADayInEveryZone(t *testing.T) {
	for _, c := range []struct{ day, zone, want string }{
		{"2026-11-26", "Europe/Amsterdam", "2026-11-25T23:00:00Z"},
		{"2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z"}, // its midnight does not come: the day begins at one
		{"2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"},     // the day does not come: it would have begun as the next one did
		{"2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z"},
		{"2026-10-25", "Europe/Amsterdam", "2026-10-24T22:00:00Z"},
		{"2026-11-01", "America/Havana", "2026-11-01T04:00:00Z"}, // midnight comes twice: the first
	} {
		day, err := ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		got := day.In(Location(c.zone))
		if got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s in %s begins at %s, want %s", c.day, c.zone, got.UTC().Format(time.RFC3339), c.want)
		}
		if c.day != "2011-12-30" && DateOf(got) != day {
			t.Errorf("%s in %s begins on %s", c.day, c.zone, DateOf(got))
		}
	}
}

func TestDaysAreCountedOnTheCalendar(t *testing.T) {
	day := NewDate(2026, 1, 31)
	for n, want := range map[int]string{0: "2026-01-31", 1: "2026-02-01", 29: "2026-03-01", -31: "2025-12-31", 365: "2027-01-31"} {
		got := day.AddDays(n)
		if got.String() != want || day.DaysUntil(got) != n {
			t.Errorf("%d days on it is %s, which is %d days on", n, got, day.DaysUntil(got))
		}
		if got.After(day) != (n > 0) || got.Before(day) != (n < 0) {
			t.Errorf("%s and %s stand in the wrong order", day, got)
		}
	}
	if day.Weekday() != time.Saturday {
		t.Errorf("it is a %s", day.Weekday())
	}
	if (Date{}).String() != "" || !(Date{}).IsZero() {
		t.Error("no day has a name")
	}
}

func TestADayIsStoredAsText(t *testing.T) {
	in := Window{From: NewDate(2026, 11, 26), To: NewDate(2026, 11, 27), ToMinute: 60}
	stored, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) != `{"From":"2026-11-26","To":"2026-11-27","FromMinute":0,"ToMinute":60}` {
		t.Errorf("stored as %s", stored)
	}
	var out Window
	if err := json.Unmarshal(stored, &out); err != nil || out != in {
		t.Errorf("comes back as %v (%v)", out, err)
	}
	if err := json.Unmarshal([]byte(`{"From":""}`), &out); err != nil || !out.From.IsZero() {
		t.Errorf("no day comes back as %v (%v)", out.From, err)
	}
	for _, bad := range []string{`"2026-02-30"`, `"26-11-2026"`, `"x"`} {
		var d Date
		if err := json.Unmarshal([]byte(bad), &d); err == nil {
			t.Errorf("%s is taken as %s", bad, d)
		}
	}
}

func TestAWindowEndsWithItsLastDayOrHour(t *testing.T) {
	amsterdam := Location("Europe/Amsterdam")
	thursday, friday := NewDate(2026, 11, 26), NewDate(2026, 11, 27)
	for _, c := range []struct {
		window Window
		want   string
	}{
		{Window{From: thursday, To: friday}, "2026-11-27T23:00:00Z"},
		{Window{From: thursday, To: thursday, FromMinute: 600, ToMinute: 720}, "2026-11-26T11:00:00Z"},
		{Window{From: thursday, To: thursday, FromMinute: 600}, "2026-11-26T23:00:00Z"},
	} {
		if got := c.window.End(amsterdam).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%v ends at %s, want %s", c.window, got, c.want)
		}
	}
}

func TestAWindowIsPutInOrder(t *testing.T) {
	thursday, friday := NewDate(2026, 11, 26), NewDate(2026, 11, 27)
	for _, c := range []struct{ in, want Window }{
		{Window{}, Window{}},
		{Window{To: friday}, Window{From: friday, To: friday}},
		{Window{From: thursday, FromMinute: 60}, Window{From: thursday, To: thursday, FromMinute: 60, ToMinute: 60}},
		{Window{From: friday, To: thursday}, Window{From: thursday, To: friday}},
		{Window{From: friday, To: friday, FromMinute: 720, ToMinute: 600}, Window{From: friday, To: friday, FromMinute: 600, ToMinute: 720}},
	} {
		if got := c.in.tidy(); got != c.want {
			t.Errorf("%v becomes %v, want %v", c.in, got, c.want)
		}
	}
}
