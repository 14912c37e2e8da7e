package parcel

import "strings"

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
