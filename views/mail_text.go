package views

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// wordLimit is how much of one name, place or address a mail shows, in letters.
const wordLimit = 160

// clean makes a text that others wrote safe inside our sentences: one line, valid UTF-8, without control characters
// and without marks that turn the direction of writing; right-to-left words are isolated, so that they turn nothing
// but themselves.
func clean(s string) string {
	var b strings.Builder
	n, space, rtl := 0, false, false
	for _, r := range strings.ToValidUTF8(s, "") {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cc, r) {
			space = n > 0
			continue
		}
		if unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
			continue
		}
		if n == wordLimit {
			b.WriteRune('…')
			break
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		rtl = rtl || turns(r)
		n++
	}
	if rtl {
		return "\u2068" + b.String() + "\u2069"
	}
	return b.String()
}

// turns says whether a letter is written from right to left.
func turns(r rune) bool {
	if r < 0x590 {
		return false
	}
	props, _ := bidi.LookupRune(r)
	return props.Class() == bidi.R || props.Class() == bidi.AL
}

// preheaderLength is how much of it a list of mails shows.
const preheaderLength = 130

// fit cuts a preheader at a word.
func fit(s string) string {
	if utf8.RuneCountInString(s) <= preheaderLength {
		return s
	}
	cut := string([]rune(s)[:preheaderLength-1])
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + "…"
}

// padding follows a preheader, so that a list of mails does not go on with the words of the mail itself.
func padding(preheader string) string {
	n := preheaderLength + 20 - utf8.RuneCountInString(preheader)
	return strings.Repeat("\u034f \u200c", max(n, 0))
}

// webAddress lets pass what a mail may link to on a merchant's word.
func webAddress(s string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", false
	}
	return u.String(), true
}

// digits is a phone number as a tel: address wants it.
func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
}

// text writes the plain part: the same letter, for those who read or listen to mail without HTML.
func (l *letter) text() string {
	var t textPart
	t.para(l.Shop)
	t.para(strings.Join(l.Headline, " "))
	for _, s := range l.Lead {
		t.para(s)
	}
	t.facts(l.Dates)
	t.para(l.Cause)
	if l.Place != nil {
		t.line(l.Place.Name)
		t.line(l.Place.Address)
		for _, h := range l.Place.Hours {
			t.line(h)
		}
		t.line(l.Place.Until)
		t.gap()
	}
	t.para(l.RoadLabel)
	t.line(l.Button.Text + ":")
	t.line(l.Button.Href)
	t.gap()
	for _, p := range l.Parts {
		t.line(p.Heading)
		t.para(p.Text)
	}
	l.textOrder(&t)
	t.facts(l.Facts)
	for _, r := range l.Contact {
		t.b.WriteString(r.Text)
	}
	t.gap()
	t.gap()
	l.textFoot(&t)
	return strings.TrimRight(t.b.String(), "\n") + "\n"
}

func (l *letter) textOrder(t *textPart) {
	if len(l.Items) > 0 {
		t.line(l.ItemsHead)
	}
	for _, i := range l.Items {
		row := "- " + i.Name
		if i.Detail != "" {
			row += ", " + i.Detail
		}
		t.line(row + ": " + i.Price)
	}
	t.line(l.More)
	if l.Total != "" {
		t.para(l.Words.T("mail.total") + ": " + l.Total)
	}
	if len(l.Address) > 0 {
		t.line(l.Words.T("mail.to"))
		t.para(strings.Join(l.Address, "\n"))
	}
}

func (l *letter) textFoot(t *textPart) {
	t.line("-- ")
	t.line(l.Why)
	t.line(l.Stop.Text + ": " + l.Stop.Href)
	for _, a := range l.Legal {
		t.line(a.Text + ": " + a.Href)
	}
	t.line(l.Company)
}

// textPart collects paragraphs with one blank line between them.
type textPart struct{ b strings.Builder }

func (t *textPart) line(s string) {
	if s != "" {
		t.b.WriteString(s + "\n")
	}
}

func (t *textPart) para(s string) {
	if s != "" {
		t.line(s)
		t.gap()
	}
}

func (t *textPart) gap() {
	if t.b.Len() > 0 {
		t.b.WriteByte('\n')
	}
}

func (t *textPart) facts(facts []mailFact) {
	for _, f := range facts {
		t.line(f.Name + ": " + f.Value)
	}
	if len(facts) > 0 {
		t.gap()
	}
}
