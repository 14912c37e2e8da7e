package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"onderweg/internal/parcel"
)

// tooLong is the most bytes of one cell.
const tooLong = 2000

// checkCells refuses what no cell may hold.
func checkCells(cells []string) error {
	for i, c := range cells {
		switch {
		case len(c) > tooLong:
			return fmt.Errorf("cell %d is longer than %d bytes", i+1, tooLong)
		case strings.IndexByte(c, 0) >= 0:
			return fmt.Errorf("cell %d holds a zero byte", i+1)
		case strings.ContainsRune(c, unicode.ReplacementChar):
			return fmt.Errorf("cell %d holds a sign that cannot be read: save the file as UTF-8", i+1)
		}
	}

	return nil
}

// oneLine turns line breaks and other control signs into spaces.
func oneLine(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}

	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == ' ' }), " ")
}

// parseAmount reads money as shops write it into minor units: "1.234,56", "1,234.56", "€ 12", "12.5". decimals is what the
// currency has. The last separator is the decimal one unless exactly three digits follow it and the currency has not
// three: then it parts thousands, but for "0.500".
func parseAmount(s string, decimals int) (int64, error) {
	s = strings.TrimFunc(s, func(r rune) bool { return !unicode.IsDigit(r) && r != '-' && r != '.' && r != ',' })
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimSuffix(strings.TrimPrefix(s, "-"), ",-")

	whole, part := s, ""
	if i := strings.LastIndexAny(s, ".,"); i >= 0 {
		both := strings.ContainsAny(s[:i], ".,") && !strings.ContainsRune(s[:i], rune(s[i]))
		if len(s)-i-1 != 3 || decimals == 3 || both || s[:i] == "0" {
			whole, part = s[:i], s[i+1:]
		}
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(".,' \u00a0\u202f", r) })
	for i, group := range groups {
		if i > 0 && len(group) != 3 {
			return 0, fmt.Errorf("is no amount with at most %d decimals", decimals)
		}
	}
	whole = strings.Join(groups, "")

	if len(part) > decimals && strings.Trim(part[decimals:], "0") == "" {
		part = part[:decimals]
	}
	if len(part) > decimals || whole == "" && part == "" {
		return 0, fmt.Errorf("is no amount with at most %d decimals", decimals)
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", decimals-len(part)), 10, 64)
	if err != nil || n > 1e13 || n < 0 {
		return 0, fmt.Errorf("is no amount")
	}
	if negative {
		n = -n
	}

	return n, nil
}

// currencyOf gives the code and decimals of a currency, by its code or, without one, by the country. Source: ISO 4217.
func currencyOf(code, country string) (string, int, error) {
	unit, err := currency.ParseISO(code)
	if code == "" {
		region, regionErr := language.ParseRegion(country)
		unit, _ = currency.FromRegion(region)
		err = regionErr
	}
	if err != nil || unit == (currency.Unit{}) {
		return "", 0, fmt.Errorf("is no currency: write its three letters, such as EUR")
	}

	return unit.String(), parcel.CurrencyDigits(unit.String()), nil
}

// countryOf gives the two letters of a country from two or three.
func countryOf(s string) (string, error) {
	region, err := language.ParseRegion(s)
	if err != nil || len(s) > 3 || !region.IsCountry() {
		return "", fmt.Errorf("is no country: write its two letters, such as NL")
	}

	return region.String(), nil
}

// languageOf gives a language tag in its usual spelling.
func languageOf(s string) (string, error) {
	tag, err := language.Parse(s)
	if err != nil {
		return "", fmt.Errorf("is no language: write its tag, such as nl or nl-BE")
	}

	return tag.String(), nil
}

// clock reads moments as exports write them. A time without an offset is the shop's own.
type clock struct {
	zone       *time.Location
	monthFirst bool
	raw        string // the last one read: neighbouring rows mostly share it
	at         time.Time
}

var isoLayouts = []string{
	time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02",
	"2006-01-02T15:04:05-0700", "2006-01-02 15:04:05Z07:00", "2006/01/02 15:04:05", "2006/01/02",
}

func (k *clock) parse(s string) (time.Time, error) {
	if s == k.raw && s != "" {
		return k.at, nil
	}

	layouts := isoLayouts
	if i := strings.IndexAny(s, "-/."); i > 0 && i < 3 {
		day := "2-1-2006"
		if k.monthFirst {
			day = "1-2-2006"
		}
		day = strings.ReplaceAll(day, "-", s[i:i+1])
		layouts = []string{day + " 15:04:05", day + " 15:04", day, day + " 3:04 PM", day + " 3:04:05 PM", day + ", 15:04:05", day + ", 15:04"}
	}
	for _, layout := range layouts {
		at, err := time.ParseInLocation(layout, s, k.zone)
		if err != nil {
			continue
		}
		if at.Year() < 1990 || at.Year() > 2100 {
			return time.Time{}, fmt.Errorf("is not between the years 1990 and 2100")
		}
		k.raw, k.at = s, at.UTC()

		return k.at, nil
	}

	return time.Time{}, fmt.Errorf("is no date: write 2026-11-25 14:30 or 25-11-2026")
}

// callingCodes of countries where shops sell most, with whether a leading zero is dropped. Source: ITU-T E.164 annex.
var callingCodes = map[string]struct {
	code string
	keep bool
}{
	"NL": {"31", false}, "BE": {"32", false}, "DE": {"49", false}, "FR": {"33", false}, "ES": {"34", false}, "IT": {"39", true},
	"LU": {"352", false}, "AT": {"43", false}, "CH": {"41", false}, "GB": {"44", false}, "IE": {"353", false}, "DK": {"45", false},
	"SE": {"46", false}, "NO": {"47", false}, "FI": {"358", false}, "PL": {"48", false}, "PT": {"351", false}, "CZ": {"420", false},
}

// phoneOf gives a number in E.164.
func phoneOf(s, country string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -./()\u00a0", r) {
			return -1
		}

		return r
	}, s)

	number, international := strings.CutPrefix(digits, "+")
	if !international {
		number, international = strings.CutPrefix(digits, "00")
	}
	if !international {
		calling, ok := callingCodes[country]
		if !ok {
			return "", fmt.Errorf("is no phone number with a country code: write it with + in front")
		}
		if !calling.keep {
			number = strings.TrimPrefix(number, "0")
		}
		number = calling.code + number
	}
	if len(number) < 8 || len(number) > 15 || strings.Trim(number, "0123456789") != "" {
		return "", fmt.Errorf("is no phone number")
	}

	return "+" + number, nil
}

// emailOf checks the shape of an address; whether it exists only a mail can tell.
func emailOf(s string) (string, error) {
	name, host, ok := strings.Cut(s, "@")
	if !ok || name == "" || !strings.Contains(host, ".") || strings.ContainsAny(s, " ,;<>\"\t\r\n") || strings.Contains(host, "@") || len(s) > 254 {
		return "", fmt.Errorf("is no mail address")
	}

	return s, nil
}
