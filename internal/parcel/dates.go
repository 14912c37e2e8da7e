package parcel

import (
	"fmt"
	"time"
)

// NewDate is a civil day; days out of range are carried over as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf is the civil day t's own clock shows.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// ParseDate reads "2006-01-02"; the empty text is the zero Date.
func ParseDate(text string) (Date, error) {
	if text == "" {
		return Date{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("date %.20q is not of the form 2006-01-02", text)
	}
	return DateOf(t), nil
}

// IsZero says whether it is no day at all.
func (d Date) IsZero() bool { return d == Date{} }

// String gives "2006-01-02", "" for none.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText gives String, so that stored days are readable.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText gave.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Midnight is the day's 00:00 held in UTC: for formatting and for counting days, never an instant.
func (d Date) Midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// Weekday of the day.
func (d Date) Weekday() time.Weekday { return d.Midnight().Weekday() }

// Before says whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Midnight().Before(other.Midnight()) }

// After says whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Midnight().After(other.Midnight()) }

// AddDays is the day n days on, back when n is negative.
func (d Date) AddDays(n int) Date { return NewDate(d.Year, d.Month, d.Day+n) }

// DaysUntil counts the days from d to other, negative when other is earlier.
func (d Date) DaysUntil(other Date) int {
	return int(other.Midnight().Sub(d.Midnight()) / (24 * time.Hour))
}

// In is the first instant of the day in a zone. It is not always midnight: some zones set their clocks then.
func (d Date) In(loc *time.Location) time.Time { return instant(d.Midnight(), loc) }

// At is the instant at which the clocks of a zone show so many minutes after midnight of the day.
func (d Date) At(minute int, loc *time.Location) time.Time {
	return instant(d.Midnight().Add(time.Duration(minute)*time.Minute), loc)
}

// IsZero says whether no window is known.
func (w Window) IsZero() bool { return w.To.IsZero() }

// HasHours says whether more than days is known.
func (w Window) HasHours() bool { return w.FromMinute != 0 || w.ToMinute != 0 }

// OneDay says whether the window lies within one day.
func (w Window) OneDay() bool { return w.From == w.To }

// Contains says whether a day lies within the window.
func (w Window) Contains(d Date) bool { return !d.Before(w.From) && !d.After(w.To) }

// End is the instant the window has passed in a zone.
func (w Window) End(loc *time.Location) time.Time {
	if w.HasHours() && w.ToMinute != 0 {
		return w.To.At(w.ToMinute, loc)
	}
	return w.To.AddDays(1).In(loc)
}

// tidy gives a window both ends in order, or none.
func (w Window) tidy() Window {
	if w.To.IsZero() {
		w.To, w.ToMinute = w.From, max(w.FromMinute, w.ToMinute)
	}
	if w.From.IsZero() {
		w.From, w.FromMinute = w.To, 0
	}
	if w.To.Before(w.From) || (w.OneDay() && w.HasHours() && w.ToMinute != 0 && w.ToMinute < w.FromMinute) {
		w.From, w.To = w.To, w.From
		w.FromMinute, w.ToMinute = w.ToMinute, w.FromMinute
	}
	return w
}
