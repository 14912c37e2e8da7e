package parcel

import (
	"fmt"
	"math"
	"strings"
)

// CurrencyDigits is how many decimals a currency has. Source: ISO 4217, the ones that do not have two.
func CurrencyDigits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	}
	return 2
}

// IsCurrency says whether a code has the form of ISO 4217: three capital letters.
func IsCurrency(code string) bool {
	return len(code) == 3 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// ParseMoney reads an amount as an API or a table gives it, "1234.5", "-3", "1.234,50" or "1 234,50", in minor units of
// the currency. A single comma or dot is the decimal sign when no more digits follow than the currency has, and is in doubt,
// so not taken, when three follow. More decimals are taken when they are zeros. No floating point is involved.
func ParseMoney(text, currency string) (int64, error) {
	wrong := fmt.Errorf("%.40q is not an amount of %.3s", text, currency)
	digits := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "").Replace(strings.TrimSpace(text))
	negative := strings.HasPrefix(digits, "-")
	digits = strings.TrimPrefix(strings.TrimPrefix(digits, "-"), "+")

	whole, part, ok := splitDecimals(digits, CurrencyDigits(currency))
	if !ok || whole == "" || len(whole) > 18 {
		return 0, wrong
	}
	var amount int64
	for _, r := range whole + part {
		if r < '0' || r > '9' {
			return 0, wrong
		}
		if amount > (math.MaxInt64-9)/10 {
			return 0, wrong
		}
		amount = amount*10 + int64(r-'0')
	}
	if negative {
		amount = -amount
	}
	return amount, nil
}

// splitDecimals cuts an amount at its decimal sign and pads the decimals to the currency's. The last of two different
// signs is the decimal one, the other groups thousands.
func splitDecimals(text string, places int) (whole, part string, ok bool) {
	dot, comma := strings.LastIndexByte(text, '.'), strings.LastIndexByte(text, ',')
	sign := max(dot, comma)
	if sign < 0 {
		return text, strings.Repeat("0", places), true
	}

	whole, part = text[:sign], text[sign+1:]
	lone := min(dot, comma) < 0
	if strings.Count(text, text[sign:sign+1]) > 1 {
		if !lone || !grouped(text, text[sign:sign+1]) {
			return "", "", false
		}
		return strings.ReplaceAll(text, text[sign:sign+1], ""), strings.Repeat("0", places), true
	}
	if !lone {
		other := text[min(dot, comma) : min(dot, comma)+1]
		if !grouped(whole, other) {
			return "", "", false
		}
		whole = strings.ReplaceAll(whole, other, "")
	}
	if part == "" || lone && len(part) == 3 && places < 3 && strings.Trim(whole, "0") != "" {
		return "", "", false
	}
	if len(part) > places {
		if strings.Trim(part[places:], "0") != "" {
			return "", "", false
		}
		part = part[:places]
	}
	return whole, part + strings.Repeat("0", places-len(part)), true
}

// grouped says whether a sign cuts digits into thousands.
func grouped(text, sign string) bool {
	groups := strings.Split(text, sign)
	for i, group := range groups {
		if i > 0 && len(group) != 3 || i == 0 && (group == "" || len(group) > 3) {
			return false
		}
	}
	return len(groups) > 1
}

// FormatMoney writes minor units as plain decimal text with a dot: "1234.50". For people use the words of their language.
func FormatMoney(amount int64, currency string) string {
	places := CurrencyDigits(currency)
	sign, magnitude := "", uint64(amount)
	if amount < 0 {
		sign, magnitude = "-", -uint64(amount)
	}
	digits := fmt.Sprintf("%0*d", places+1, magnitude)
	if places == 0 {
		return sign + digits
	}
	return sign + digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}
