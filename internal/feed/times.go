package feed

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"onderweg/internal/parcel"
)

// country reads an ISO 3166-1 code of two or three letters into two, "" when it is none.
func country(code string) string {
	if len(code) != 2 && len(code) != 3 {
		return ""
	}
	r, err := language.ParseRegion(code)
	if err != nil || !r.IsCountry() {
		return ""
	}

	return r.String()
}

// country3 is the inverse, three letters.
func country3(code string) string {
	r, err := language.ParseRegion(code)
	if err != nil {
		return ""
	}

	return r.ISO3()
}

// unixTime reads a unix time in seconds or, from 10^11 on, in milliseconds, on the clocks of a country when one is known.
func unixTime(raw, country string) (parcel.EventTime, bool) {
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || n <= 0 {
		return parcel.EventTime{Raw: raw}, false
	}
	moment := time.Unix(n, 0)
	if n > 100_000_000_000 {
		moment = time.UnixMilli(n)
	}
	t, err := parcel.ParseTime(moment.UTC().Format(time.RFC3339Nano), parcel.TimeHints{Country: country})
	t.Raw = raw

	return t, err == nil
}

// wallClock reads a date, with or without a time, as it stands: the place it is about is the recipient's.
func wallClock(raw string) (day parcel.Date, minute int, ok bool) {
	t, err := parcel.ParseTime(clean(raw, 64), parcel.TimeHints{AlwaysLocal: true})
	if err != nil {
		return parcel.Date{}, 0, false
	}

	return t.Day(), t.Local.Hour()*60 + t.Local.Minute(), true
}

// window reads a span from its ends. One end alone means that day; so do ends at the same time, and the whole of a day is no
// time of day.
func window(from, to string) parcel.Window {
	if from == "" {
		from = to
	}
	if to == "" {
		to = from
	}
	a, fromMinute, ok := wallClock(from)
	b, toMinute, okTo := wallClock(to)
	if !ok || !okTo {
		return parcel.Window{}
	}
	w := parcel.Window{From: a, To: b, FromMinute: fromMinute, ToMinute: toMinute}
	if a == b && fromMinute == toMinute || fromMinute == 0 && (toMinute == 0 || toMinute >= 23*60+59) {
		w.FromMinute, w.ToMinute = 0, 0
	}

	return w
}

// edge writes one end of a window without an offset, with its time of day when it has one.
func edge(day parcel.Date, minute int, w parcel.Window) string {
	if !w.HasHours() {
		return day.String()
	}

	return fmt.Sprintf("%sT%02d:%02d:00", day.String(), minute/60, minute%60)
}

func windowText(w parcel.Window) string {
	return edge(w.From, w.FromMinute, w) + "/" + edge(w.To, w.ToMinute, w)
}

// wireTime writes a scan's time the way most feeds do: local, with the offset when it is known, and the date alone when there is
// no time of day.
func wireTime(t parcel.EventTime) string {
	switch {
	case t.DateOnly:
		return t.Local.Format(time.DateOnly)
	case t.Local.IsZero():
		return t.UTC.UTC().Format(time.RFC3339)
	case t.ZoneKnown:
		return t.UTC.In(time.FixedZone("", t.Offset)).Format(time.RFC3339)
	}

	return t.Local.Format("2006-01-02T15:04:05")
}
