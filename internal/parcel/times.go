package parcel

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// ErrTime is a text that is no time in any form carriers use.
var ErrTime = errors.New("not a time")

// TimeHints say how to read what a carrier's time leaves out.
type TimeHints struct {
	Country     string // of the event, ISO 3166-1 alpha-2: its zone is assumed when none is given
	Zone        string // IANA name, wins over Country
	AlwaysLocal bool   // the feed writes Z behind local times: read it as no zone at all
}

// location is the assumed zone; known is false when there was no usable hint.
func (h TimeHints) location() (loc *time.Location, known bool) {
	name := h.Zone
	if name == "" {
		name = ZoneOf(strings.ToUpper(h.Country))
	}
	if loc, ok := loadZone(name); ok {
		return loc, true
	}
	return time.UTC, false
}

// layouts of a wall clock, as carriers write them. Fractions of a second are taken by any that ends in seconds.
func wallLayouts(monthFirst bool) []string {
	layouts := []string{
		"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04",
		"20060102150405", "20060102 150405", "20060102T150405", "20060102+150405",
		"2006/01/02 15:04:05", "2006/01/02 15:04",
		"02-01-2006 15:04:05", "02-01-2006 15:04", "02-01-2006T15:04:05",
		"02.01.2006 15:04:05", "02.01.2006 15:04",
	}
	if monthFirst {
		return append(layouts, "01/02/2006 15:04:05", "01/02/2006 15:04")
	}
	return append(layouts, "02/01/2006 15:04:05", "02/01/2006 15:04")
}

// dayLayouts are the forms without a time of day.
func dayLayouts(monthFirst bool) []string {
	layouts := []string{"2006-01-02", "20060102", "2006/01/02", "02-01-2006", "02.01.2006"}
	if monthFirst {
		return append(layouts, "01/02/2006")
	}
	return append(layouts, "02/01/2006")
}

// ParseTime reads a carrier's time. Source: carriers reference, section 21. Forms: RFC 3339 with and without a colon in
// the offset, with a blank for the T, without seconds, without an offset, date only, day first (dd-MM-yyyy, dots or
// slashes; slashes month first in the United States), YYYYMMDD with HHMMSS, Unix seconds and milliseconds. A leap second
// is read as the second before it. The local day is always the day the carrier wrote.
func ParseTime(raw string, hints TimeHints) (EventTime, error) {
	text := strings.TrimSpace(raw)
	if text == "" || len(text) > 64 {
		return EventTime{}, ErrTime
	}
	loc, known := hints.location()

	if moment, ok := unixTime(text); ok {
		return atInstant(raw, moment, loc), nil
	}

	monthFirst := strings.EqualFold(hints.Country, "US")
	if day, ok := parseAny(text, dayLayouts(monthFirst)); ok {
		return fromWall(raw, day, loc, true), nil
	}

	clock, offset, zoned, err := splitOffset(text)
	if err != nil {
		return EventTime{}, err
	}
	wall, ok := parseAny(strings.Replace(clock, ":60", ":59", leapSeconds(clock)), wallLayouts(monthFirst))
	if !ok {
		return EventTime{}, ErrTime
	}
	if zoned && offset == 0 && hints.AlwaysLocal {
		zoned = false
	}
	if !zoned {
		return fromWall(raw, wall, loc, false), nil
	}
	if offset == 0 && known {
		return atInstant(raw, wall, loc), nil
	}
	return bounded(EventTime{
		Raw: raw, Local: wall, Offset: offset, ZoneKnown: true,
		UTC: wall.Add(-time.Duration(offset) * time.Second),
	}), nil
}

// unixTime reads ten digits as seconds and thirteen as milliseconds.
func unixTime(text string) (time.Time, bool) {
	if len(text) != 10 && len(text) != 13 || strings.Trim(text, "0123456789") != "" {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	if len(text) == 10 {
		return time.Unix(n, 0).UTC(), true
	}
	return time.UnixMilli(n).UTC(), true
}

// leapSeconds is 1 when a clock ends in a sixtieth second, else 0.
func leapSeconds(clock string) int {
	whole, _, _ := strings.Cut(clock, ".")
	if strings.HasSuffix(whole, ":60") && strings.Count(whole, ":") == 2 {
		return 1
	}
	return 0
}

// splitOffset cuts a zone from the end of a time of day: "Z", "UTC", "GMT", "+02:00", "+0200" or "+02".
func splitOffset(text string) (clock string, offset int, zoned bool, err error) {
	upper := strings.ToUpper(text)
	for _, zero := range []string{" UTC", " GMT", "Z"} {
		if cut, ok := strings.CutSuffix(upper, zero); ok {
			return strings.TrimSpace(cut), 0, true, nil
		}
	}

	i := strings.LastIndexAny(upper, "+-")
	if i < 0 || !strings.Contains(upper[:i], ":") {
		return upper, 0, false, nil
	}
	digits := strings.ReplaceAll(upper[i+1:], ":", "")
	if len(digits) == 2 {
		digits += "00"
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || len(digits) != 4 {
		return "", 0, false, ErrTime
	}
	hours, minutes := int(n)/100, int(n)%100
	if hours > 15 || minutes > 59 {
		return "", 0, false, ErrTime
	}
	offset = hours*3600 + minutes*60
	if upper[i] == '-' {
		offset = -offset
	}
	return strings.TrimSpace(upper[:i]), offset, true, nil
}

func parseAny(text string, layouts []string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// atInstant is an event at a known instant, on the clocks of a zone.
func atInstant(raw string, moment time.Time, loc *time.Location) EventTime {
	_, offset := moment.In(loc).Zone()
	return bounded(EventTime{
		Raw: raw, UTC: moment.UTC(), Offset: offset, ZoneKnown: true,
		Local: moment.UTC().Add(time.Duration(offset) * time.Second),
	})
}

// fromWall is an event of which only the wall clock is known; its instant is estimated in an assumed zone.
func fromWall(raw string, wall time.Time, loc *time.Location, dateOnly bool) EventTime {
	return bounded(EventTime{Raw: raw, Local: wall, UTC: instant(wall, loc).UTC(), DateOnly: dateOnly})
}

// bounded keeps both clocks within the years that can be written as text: beyond them the wall clock stands alone.
func bounded(e EventTime) EventTime {
	if year := e.Local.Year(); year < 0 || year > 9999 {
		e.Local = e.UTC
	}
	if year := e.UTC.Year(); year < 0 || year > 9999 {
		e.UTC, e.Offset, e.ZoneKnown = e.Local, 0, false
	}
	return e
}

// ours is an event by our own clock, on the clocks of a zone.
func ours(moment time.Time, loc *time.Location) EventTime {
	if moment.IsZero() {
		return EventTime{}
	}
	return atInstant("", moment, loc)
}

// Day is the local day of the event.
func (e EventTime) Day() Date {
	if e.Local.IsZero() {
		return Date{}
	}
	return DateOf(e.Local)
}

// IsZero says whether there is no event.
func (e EventTime) IsZero() bool { return e.UTC.IsZero() && e.Local.IsZero() }
