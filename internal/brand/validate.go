package brand

import (
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Invalid is a setting that cannot be kept, with the JSON path it is about.
type Invalid struct {
	Field   string
	Message string
}

func (e Invalid) Error() string { return e.Field + ": " + e.Message }

// Validate refuses every value that could not be written into a stylesheet or a link as it is: colours other than
// "#rrggbb", unknown fonts, words outside their lists, numbers outside their range, addresses that are not https.
func (b Brand) Validate() error {
	if len(b.Languages) == 0 {
		return Invalid{"languages", "name at least one language"}
	}
	for i, l := range b.Languages {
		if !languageTag.MatchString(l) {
			return Invalid{"languages." + strconv.Itoa(i), "not a language tag"}
		}
	}
	for _, u := range []struct{ field, value string }{
		{"shop", b.Shop},
		{"contact.page", b.Contact.Page},
		{"legal.privacy", b.Legal.Privacy},
		{"legal.imprint", b.Legal.Imprint},
		{"legal.accessibility", b.Legal.Accessibility},
	} {
		if u.value != "" && !WebAddress(u.value) {
			return Invalid{u.field, "must be an https address"}
		}
	}
	if b.Contact.Email != "" && !mailAddress(b.Contact.Email) {
		return Invalid{"contact.email", "not an e-mail address"}
	}
	if b.Contact.Phone != "" && !phoneNumber.MatchString(b.Contact.Phone) {
		return Invalid{"contact.phone", "use digits, spaces and one leading +"}
	}
	if err := b.Logo.validate(); err != nil {
		return err
	}
	return b.Theme.Validate()
}

var (
	languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z]{2})?$`)
	phoneNumber = regexp.MustCompile(`^\+?[0-9][0-9 ()-]{4,24}$`)
	fileHash    = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// WebAddress says whether s is an absolute https address with a host and without credentials or control characters.
func WebAddress(s string) bool {
	if len(s) > 500 || strings.ContainsAny(s, " \t\r\n\\\"'<>") {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

func mailAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsAny(s, " ?&<>\"'")
}

func (l Logo) validate() error {
	if l.Light != "" && !fileHash.MatchString(l.Light) {
		return Invalid{"logo.light", "not a file"}
	}
	if l.Dark != "" && !fileHash.MatchString(l.Dark) {
		return Invalid{"logo.dark", "not a file"}
	}
	if l.Light != "" && (l.Width < 1 || l.Width > 4096 || l.Height < 1 || l.Height > 4096) {
		return Invalid{"logo", "its size must be 1 to 4096 pixels a side"}
	}
	return nil
}

// Validate is Brand.Validate for the theme alone.
func (t Theme) Validate() error {
	if err := t.Light.validate("theme.light"); err != nil {
		return err
	}
	if err := t.Dark.validate("theme.dark"); err != nil {
		return err
	}
	for _, n := range []struct {
		field      string
		value      float64
		least, max float64
	}{
		{"radius", float64(t.Radius), 0, 32},
		{"scale", t.Scale, 0.8, 1.8},
		{"lead", t.Lead, 0.9, 1.4},
		{"weight", float64(t.Weight), 300, 800},
		{"track", t.Track, -0.06, 0.2},
		{"h2", t.H2, 1, 2.5},
		{"line", t.Line, 0, 4},
		{"logo_height", float64(t.LogoHeight), 12, 64},
	} {
		// Written this way round so that NaN is refused too.
		if !(n.value >= n.least && n.value <= n.max) {
			return Invalid{"theme." + n.field, "must be " + number(n.least) + " to " + number(n.max)}
		}
	}
	for _, w := range []struct {
		field, value string
		of           []string
	}{
		{"shadow", t.Shadow, []string{"none", "soft"}},
		{"road", t.Road, []string{"ridge", "hills", "line"}},
		{"party", t.Party, []string{"rings", "blocks", "petals"}},
		{"motif", t.Motif, []string{"none", "contours"}},
		{"display", t.Display, fontNames()},
		{"text", t.Text, textFontNames()},
	} {
		if !oneOf(w.value, w.of) {
			return Invalid{"theme." + w.field, "must be one of " + strings.Join(w.of, ", ")}
		}
	}
	return nil
}

func (p Palette) validate(field string) error {
	for _, c := range []struct{ name, value string }{
		{"brand", p.Brand},
		{"accent", p.Accent},
		{"surface", p.Surface},
		{"ink", p.Ink},
		{"muted", p.Muted},
		{"line", p.Line},
	} {
		if _, ok := parseHex(c.value); !ok {
			return Invalid{field + "." + c.name, "must be a colour like #1a2b3c"}
		}
	}
	return nil
}

func oneOf(s string, list []string) bool {
	for _, l := range list {
		if s == l {
			return true
		}
	}
	return false
}
