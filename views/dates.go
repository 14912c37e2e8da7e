package views

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/de"
	"github.com/go-playground/locales/en"
	"github.com/go-playground/locales/es"
	"github.com/go-playground/locales/fr"
	"github.com/go-playground/locales/it"
	"github.com/go-playground/locales/nl"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"onderweg/internal/parcel"
)

// tongue is how a language writes days, times and money. CLDR has the names; the patterns are ours, because the
// library has no skeletons for "weekday, day and month".
type tongue struct {
	tag     string
	cldr    func() locales.Translator
	day     string // "donderdag 26 november": {weekday} {d} {month}
	short   string // "do 26 nov": {wd} {d} {mon}
	date    string // "26 november"
	clock   string // "08.12 uur": {hh} or {h}, and {mm}
	bare    string // "08.12"
	money   string // "€ 189,00": {symbol} {amount}
	decimal string
	group   string
	dots    bool // abbreviations keep their dot
}

// tongues has one row a language. A new language is a row here and a file in locales/.
func tongues() []tongue {
	return []tongue{
		{
			tag: "nl", cldr: nl.New, day: "{weekday} {d} {month}", short: "{wd} {d} {mon}", date: "{d} {month}",
			clock: "{hh}.{mm} uur", bare: "{hh}.{mm}", money: "{symbol} {amount}", decimal: ",", group: ".",
		},
		{
			tag: "en", cldr: en.New, day: "{weekday} {d} {month}", short: "{wd} {d} {mon}", date: "{d} {month}",
			clock: "{hh}:{mm}", bare: "{hh}:{mm}", money: "{symbol}{amount}", decimal: ".", group: ",",
		},
		{
			tag: "de", cldr: de.New, day: "{weekday}, {d}. {month}", short: "{wd} {d}. {mon}", date: "{d}. {month}",
			clock: "{hh}:{mm} Uhr", bare: "{hh}:{mm}", money: "{amount} {symbol}", decimal: ",", group: ".", dots: true,
		},
		{
			tag: "fr", cldr: fr.New, day: "{weekday} {d} {month}", short: "{wd} {d} {mon}", date: "{d} {month}",
			clock: "{h} h {mm}", bare: "{h} h {mm}", money: "{amount} {symbol}", decimal: ",", group: " ", dots: true,
		},
		{
			tag: "es", cldr: es.New, day: "{weekday} {d} de {month}", short: "{wd} {d} {mon}", date: "{d} de {month}",
			clock: "{h}:{mm} h", bare: "{h}:{mm}", money: "{amount} {symbol}", decimal: ",", group: ".",
		},
		{
			tag: "it", cldr: it.New, day: "{weekday} {d} {month}", short: "{wd} {d} {mon}", date: "{d} {month}",
			clock: "ore {h}:{mm}", bare: "{h}:{mm}", money: "{amount} {symbol}", decimal: ",", group: ".",
		},
	}
}

func tongueOf(tag string) (tongue, bool) {
	for _, t := range tongues() {
		if t.tag == tag {
			return t, true
		}
	}
	return tongue{}, false
}

// Weekday is "donderdag".
func (w *Words) Weekday(d parcel.Date) string { return w.cldr.WeekdayWide(d.Weekday()) }

// Day is "donderdag 26 november".
func (w *Words) Day(d parcel.Date) string { return w.dated(w.tongue.day, d) }

// DayMonth is "26 november".
func (w *Words) DayMonth(d parcel.Date) string { return w.dated(w.tongue.date, d) }

// ShortDay is "do 26 nov".
func (w *Words) ShortDay(d parcel.Date) string { return w.dated(w.tongue.short, d) }

func (w *Words) dated(pattern string, d parcel.Date) string {
	weekday := d.Weekday()
	var b strings.Builder
	b.Grow(32)
	for {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		switch name {
		case "weekday":
			b.WriteString(w.cldr.WeekdayWide(weekday))
		case "wd":
			b.WriteString(w.brief(w.cldr.WeekdayAbbreviated(weekday)))
		case "d":
			b.WriteString(strconv.Itoa(d.Day))
		case "month":
			b.WriteString(w.cldr.MonthWide(d.Month))
		case "mon":
			b.WriteString(w.brief(w.cldr.MonthAbbreviated(d.Month)))
		}
		pattern = after
	}
}

func (w *Words) brief(name string) string {
	if w.tongue.dots {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// Near is "vandaag", "morgen" or "gisteren", and the day with its date when it is neither.
func (w *Words) Near(d, today parcel.Date) string {
	switch today.DaysUntil(d) {
	case 0:
		return w.text("day.today")
	case 1:
		return w.text("day.tomorrow")
	case -1:
		return w.text("day.yesterday")
	}
	return w.Day(d)
}

// Soon is "vandaag", "morgen", a bare weekday for the rest of the week, and the day with its date beyond that: the
// way people name a day in a sentence.
func (w *Words) Soon(d, today parcel.Date) string {
	if n := today.DaysUntil(d); n >= 2 && n <= 6 {
		return w.Weekday(d)
	}
	return w.Near(d, today)
}

// Clock is "08.12 uur"; minute counts from midnight.
func (w *Words) Clock(minute int) string { return w.timed(w.tongue.clock, minute) }

// Time is "08.12", for columns and ranges.
func (w *Words) Time(minute int) string { return w.timed(w.tongue.bare, minute) }

func (w *Words) timed(pattern string, minute int) string {
	h, m := minute/60%24, minute%60
	var b [24]byte
	out := b[:0]
	for i := 0; i < len(pattern); i++ {
		switch {
		case strings.HasPrefix(pattern[i:], "{hh}"):
			out, i = append(out, '0'+byte(h/10), '0'+byte(h%10)), i+3
		case strings.HasPrefix(pattern[i:], "{h}"):
			out, i = strconv.AppendInt(out, int64(h), 10), i+2
		case strings.HasPrefix(pattern[i:], "{mm}"):
			out, i = append(out, '0'+byte(m/10), '0'+byte(m%10)), i+3
		default:
			out = append(out, pattern[i])
		}
	}
	return string(out)
}

// Hours is "tussen 14.10 en 15.40 uur", or "" for a window of whole days.
func (w *Words) Hours(win parcel.Window) string {
	switch {
	case win.FromMinute == 0 && win.ToMinute == 0:
		return ""
	case win.ToMinute == 0:
		return w.T("hours.from", "from", w.Time(win.FromMinute))
	case win.FromMinute == 0:
		return w.T("hours.until", "to", w.Time(win.ToMinute))
	}
	return w.T("hours.between", "from", w.Time(win.FromMinute), "to", w.Time(win.ToMinute))
}

// Window is the whole expectation in one phrase: "donderdag 26 november, tussen 14.10 en 15.40 uur", "donderdag 26 of
// vrijdag 27 november", "tussen donderdag 26 november en woensdag 2 december".
func (w *Words) Window(win parcel.Window) string {
	if win.From != win.To {
		key := "window.either"
		if win.From.DaysUntil(win.To) > 1 {
			key = "window.between"
		}
		return w.T(key, "from", w.Day(win.From), "to", w.Day(win.To))
	}
	if hours := w.Hours(win); hours != "" {
		return w.Day(win.To) + ", " + hours
	}
	return w.Day(win.To)
}

// Moment is when something happened, seen from today: "vandaag 08.12 uur", "maandag 23 november". The time is left
// out where the carrier gave none.
func (w *Words) Moment(at parcel.EventTime, today parcel.Date) string {
	day := w.Near(parcel.DateOf(at.Local), today)
	if at.DateOnly {
		return day
	}
	return w.T("moment", "day", day, "time", w.Clock(minuteOf(at.Local)))
}

// Money is "€ 189,00" from minor units.
func (w *Words) Money(minor int64, currency string) string {
	places := parcel.CurrencyDigits(currency)
	return fill(w.tongue.money, []any{"symbol", symbol(currency), "amount", w.amount(minor, places)})
}

// amount groups the digits and sets the decimal mark.
func (w *Words) amount(minor int64, places int) string {
	sign := ""
	if minor < 0 {
		sign, minor = "−", -minor
	}
	digits := strconv.FormatInt(minor, 10)
	for len(digits) <= places {
		digits = "0" + digits
	}
	whole, cents := digits[:len(digits)-places], digits[len(digits)-places:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + w.tongue.group + whole[i:]
	}
	if cents == "" {
		return sign + whole
	}
	return sign + whole + w.tongue.decimal + cents
}

func symbol(currency string) string {
	switch currency {
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "USD":
		return "$"
	}
	return currency
}

// Land is the name of a country in this language, "" for a code that is none.
func (w *Words) Land(code string) string {
	if name, ok := w.lands.Load(code); ok {
		return name.(string)
	}
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() || len(code) != 2 {
		return ""
	}
	name := display.Regions(language.Make(w.Tag)).Name(region)
	w.lands.Store(code, name)
	return name
}

// Capital gives s its first letter in upper case, for a phrase that opens a sentence.
func Capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if u := unicode.ToUpper(r); u != r && size > 0 {
		return string(u) + s[size:]
	}
	return s
}

func minuteOf(t time.Time) int { return t.Hour()*60 + t.Minute() }
