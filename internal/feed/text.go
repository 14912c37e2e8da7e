package feed

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Longest texts kept of a feed, in runes.
const (
	maxText   = 500
	maxPlace  = 120
	maxCode   = 80
	maxNumber = 80
)

// clean makes a feed's text fit to keep and to show: NUL and bytes that are no UTF-8 become U+FFFD, other control characters
// and line separators become spaces, marks that turn the direction of writing go, white space is folded, the form is NFC
// and the length at most max runes.
func clean(s string, max int) string {
	if plain(s) && len(s) <= max {
		return strings.TrimSpace(s)
	}
	if limit := 4 * utf8.UTFMax * max; len(s) > limit {
		s = s[:limit]
	}
	s = norm.NFC.String(strings.Map(cleanRune, strings.ToValidUTF8(s, "\uFFFD")))
	s = strings.Join(strings.Fields(s), " ")

	if r := []rune(s); len(r) > max {
		s = strings.TrimSpace(string(r[:max]))
	}

	return s
}

// plain says whether s is printable ASCII without doubled spaces.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && i > 0 && s[i-1] == ' ' {
			return false
		}
	}

	return true
}

func cleanRune(r rune) rune {
	switch {
	case r == 0:
		return unicode.ReplacementChar
	case r == '\u2028' || r == '\u2029' || unicode.IsControl(r):
		return ' '
	case unicode.Is(unicode.Bidi_Control, r) || r == '\uFEFF':
		return -1
	}

	return r
}

// short is a text for a reason: not long, and "nothing" when empty.
func short(s string) string {
	if s == "" {
		return "nothing"
	}
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}

	return s
}

// without blacks out a person's name in a carrier's words. Names shorter than three letters are left: they are in every text.
func without(text, name string) string {
	if utf8.RuneCountInString(name) < 3 {
		return text
	}

	return strings.ReplaceAll(text, name, "…")
}
