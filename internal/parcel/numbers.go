package parcel

import (
	"slices"
	"strings"
)

// NormaliseTrackingNumber writes a tracking number as it is compared: upper case, without blanks, dots and hyphens.
// Keep the original for show. Source: carriers reference, section 18.
func NormaliseTrackingNumber(number string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '.' || r == '-' || r == '\u00ad' || r == '\ufeff' || '\u2010' <= r && r <= '\u2015' || '\u200b' <= r && r <= '\u200f':
			return -1
		case r <= ' ' || r == '\u00a0' || r == '\u202f' || '\u2000' <= r && r <= '\u200a':
			return -1
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, number)
}

// MaskTrackingNumber shows the last four characters only: "•••• 7734". Short numbers show nothing but dots.
func MaskTrackingNumber(number string) string {
	runes := []rune(NormaliseTrackingNumber(number))
	switch {
	case len(runes) == 0:
		return ""
	case len(runes) < 8:
		return "••••"
	}
	return "•••• " + string(runes[len(runes)-4:])
}

// CheckDigit is what a tracking number's own check character says. A wrong one is a hint and never a reason to refuse:
// carriers' own samples fail.
type CheckDigit int

// Verdicts on check characters.
const (
	NoCheck    CheckDigit = iota // not of a form that has one we know
	CheckFits                    // of that form, and the character is right
	CheckWrong                   // of that form, and it is not
)

// verdict turns right or wrong into a CheckDigit.
func verdict(right bool) CheckDigit {
	if right {
		return CheckFits
	}
	return CheckWrong
}

// CheckS10 reads a postal number of UPU S10: two letters, eight digits, a check digit, the country of the post.
func CheckS10(number string) CheckDigit {
	if len(number) != 13 || !allLetters(number[:2]) || !allDigits(number[2:11]) || !allLetters(number[11:]) {
		return NoCheck
	}
	weights := [8]int{8, 6, 4, 2, 3, 5, 9, 7}
	sum := 0
	for i, weight := range weights {
		sum += weight * digit(number[2+i])
	}
	check := 11 - sum%11
	switch check {
	case 10:
		check = 0
	case 11:
		check = 5
	}
	return verdict(check == digit(number[10]))
}

// CheckSSCC reads a GS1 SSCC-18, also with its application identifier (00) before it.
func CheckSSCC(number string) CheckDigit {
	if len(number) == 20 && strings.HasPrefix(number, "00") {
		number = number[2:]
	}
	if len(number) != 18 || !allDigits(number) {
		return NoCheck
	}
	sum := 0
	for i := range 17 {
		sum += digit(number[i]) * (3 - 2*(i%2))
	}
	return verdict((10-sum%10)%10 == digit(number[17]))
}

// CheckUPS reads a UPS number: 1Z, fifteen letters or digits, a check digit.
func CheckUPS(number string) CheckDigit {
	if len(number) != 18 || !strings.HasPrefix(number, "1Z") || !alphanumeric(number) || !allDigits(number[17:]) {
		return NoCheck
	}
	sum := 0
	for i := range 15 {
		value := digit(number[2+i])
		if c := number[2+i]; c >= 'A' {
			value = (int(c) - 3) % 10
		}
		if i%2 == 1 {
			value *= 2
		}
		sum += value
	}
	return verdict((10-sum%10)%10 == digit(number[17]))
}

// CheckDPD reads a DPD number with its check character, ISO 7064 MOD 37,36: fifteen characters, or the twenty-eight of
// the routing form. The fourteen digits people type carry none.
func CheckDPD(number string) CheckDigit {
	body := len(number) - 1
	if body != 14 && body != 27 || !allDigits(number[:14]) || !alphanumeric(number) {
		return NoCheck
	}
	check := 36
	for i := range body {
		if check += base36(number[i]); check > 36 {
			check -= 36
		}
		if check *= 2; check > 36 {
			check -= 37
		}
	}
	return verdict((37-check)%36 == base36(number[body]))
}

// CheckDHLExpress reads a waybill of DHL Express: ten or eleven digits, the last being the others modulo seven.
func CheckDHLExpress(number string) CheckDigit {
	if len(number) != 10 && len(number) != 11 || !allDigits(number) {
		return NoCheck
	}
	rest := 0
	for i := range len(number) - 1 {
		rest = (rest*10 + digit(number[i])) % 7
	}
	return verdict(rest == digit(number[len(number)-1]))
}

// checkGround reads the fifteen digits of FedEx Ground, weighted 1 and 3. Its longer forms are told by their length only.
func checkGround(number string) CheckDigit {
	if len(number) != 15 || !allDigits(number) {
		return NoCheck
	}
	sum := 0
	for i := range 14 {
		sum += digit(number[i]) * (1 + 2*(i%2))
	}
	return verdict((10-sum%10)%10 == digit(number[14]))
}

// GuessCarriers ranks the carriers a tracking number may be of, most likely first; empty when its form says nothing. The
// merchant's own word always wins. Source: carriers reference, section 18.
func GuessCarriers(number string) []string {
	n := NormaliseTrackingNumber(number)
	var ranked []string
	add := func(slugs ...string) {
		for _, slug := range slugs {
			if !slices.Contains(ranked, slug) {
				ranked = append(ranked, slug)
			}
		}
	}

	add(guessByCheck(n)...)
	add(guessByForm(n)...)
	return ranked
}

// guessByCheck names carriers whose check character fits.
func guessByCheck(n string) []string {
	switch {
	case CheckUPS(n) == CheckFits:
		return []string{"ups"}
	case CheckS10(n) == CheckFits:
		return postOf(n[11:])
	case len(n) == 15 && CheckDPD(n) == CheckFits && checkGround(n) == CheckFits:
		return []string{"dpd", "fedex"}
	case CheckDPD(n) == CheckFits:
		return []string{"dpd"}
	case checkGround(n) == CheckFits:
		return []string{"fedex"}
	case CheckDHLExpress(n) == CheckFits:
		return []string{"dhl-express"}
	case CheckSSCC(n) == CheckFits && strings.Contains(n[:7], "34043"):
		return []string{"dhl", "gls", "dpd"}
	case CheckSSCC(n) == CheckFits:
		return []string{"dhl", "gls", "dpd", "fedex"}
	}
	return nil
}

// guessByForm names carriers whose numbers look so, whatever the check character says.
func guessByForm(n string) []string {
	digits := allDigits(n)
	switch {
	case strings.HasPrefix(n, "1Z") && len(n) == 18:
		return []string{"ups"}
	case strings.HasPrefix(n, "3S") && len(n) >= 11 && len(n) <= 15 && alphanumeric(n):
		return []string{"postnl", "dhl"}
	case strings.HasPrefix(n, "JJD") || strings.HasPrefix(n, "JVGL") || strings.HasPrefix(n, "JD0"):
		return []string{"dhl", "dhl-express"}
	case CheckS10(n) != NoCheck:
		return postOf(n[11:])
	case len(n) == 13 && (strings.HasPrefix(n, "6A") || strings.HasPrefix(n, "8R")) && allDigits(n[2:]):
		return []string{"colissimo"}
	case len(n) == 23 && strings.HasPrefix(n, "PQ"):
		return []string{"correos"}
	case digits && len(n) == 24 && strings.HasPrefix(n, "32"):
		return []string{"bpost"}
	case CheckSSCC(n) != NoCheck:
		return []string{"dhl", "gls", "dpd"}
	case CheckDPD(n) != NoCheck:
		return []string{"dpd", "fedex"}
	case digits && len(n) == 14:
		return []string{"dpd", "dhl"}
	case digits && len(n) == 12:
		return []string{"fedex", "gls", "brt"}
	case digits && len(n) == 11:
		return []string{"gls", "dhl-express"}
	case digits && len(n) == 10:
		return []string{"dhl-express"}
	case digits && (len(n) == 20 || len(n) == 22):
		return []string{"fedex", "usps"}
	case strings.HasPrefix(n, "GM") || strings.HasPrefix(n, "LX") || strings.HasPrefix(n, "RX") || strings.HasPrefix(n, "UV"):
		return []string{"dhl"}
	}
	return nil
}

// postOf names the posts of a country, which issue its S10 numbers.
func postOf(country string) []string {
	switch country {
	case "NL":
		return []string{"postnl"}
	case "BE":
		return []string{"bpost"}
	case "DE":
		return []string{"dhl", "deutsche-post"}
	case "FR":
		return []string{"colissimo", "chronopost"}
	case "ES":
		return []string{"correos"}
	case "IT":
		return []string{"poste-italiane"}
	case "GB":
		return []string{"royal-mail", "parcelforce"}
	case "AT":
		return []string{"post-at"}
	case "CH":
		return []string{"swiss-post"}
	case "IE":
		return []string{"an-post"}
	case "PT":
		return []string{"ctt"}
	case "PL":
		return []string{"poczta-polska"}
	case "LU":
		return []string{"post-luxembourg"}
	case "SE", "DK":
		return []string{"postnord"}
	case "FI":
		return []string{"posti"}
	case "NO":
		return []string{"posten"}
	case "US":
		return []string{"usps"}
	}
	return nil
}

func digit(c byte) int { return int(c - '0') }

// base36 is the value of a digit or a capital letter.
func base36(c byte) int {
	if c >= 'A' {
		return int(c-'A') + 10
	}
	return int(c - '0')
}

func allDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func allLetters(text string) bool {
	return text != "" && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func alphanumeric(text string) bool {
	return text != "" && strings.Trim(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
