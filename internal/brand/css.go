package brand

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// cssVersion changes when CSS writes something else for the same theme, so that caches let go of the old file.
const cssVersion = "1"

// Hash names the stylesheet of a theme: 16 hex digits, the same for the same look and program.
func (t Theme) Hash() string {
	// A Theme is plain numbers and words: encoding it cannot fail.
	body, _ := json.Marshal(t)
	sum := sha256.Sum256(append([]byte(cssVersion), body...))
	return hex.EncodeToString(sum[:8])
}

// CSS writes the stylesheet of a theme: its two fonts, its tokens for light and dark, and data-theme on the root
// element to overrule the system. url turns a static name ("fonts/jost.woff2") into the address it is served at.
// Every value comes from a number, a proven colour or a list of our own: see Validate. What is not valid falls back.
func (t Theme) CSS(url func(name string) string) []byte {
	var b bytes.Buffer
	display, text := fontNamed(t.Display), fontNamed(t.Text)
	display.faces(&b, url)
	if text.Name != display.Name {
		text.faces(&b, url)
	}

	b.WriteString(":root{")
	t.shape(&b, display, text)
	palette(&b, Derive(t.Light, false, t.Plain), "light")
	b.WriteString("}\n@media(prefers-color-scheme:dark){:root:not([data-theme=light]){")
	dark := Derive(t.Dark, true, t.Plain)
	palette(&b, dark, "dark")
	b.WriteString("}}\n:root[data-theme=dark]{")
	palette(&b, dark, "dark")
	b.WriteString("}\n")
	return b.Bytes()
}

// shape writes the tokens that do not depend on light and dark.
func (t Theme) shape(b *bytes.Buffer, display, text Font) {
	declare(b, "--font-display", display.stack())
	declare(b, "--font-text", text.stack())
	declare(b, "--weight", strconv.Itoa(clamp(t.Weight, display.Least, display.Most)))
	declare(b, "--bold", strconv.Itoa(text.Bold))
	declare(b, "--radius", strconv.Itoa(clamp(t.Radius, 0, 32))+"px")
	declare(b, "--scale", number(t.Scale))
	declare(b, "--lead", number(t.Lead))
	declare(b, "--track", number(t.Track)+"em")
	declare(b, "--h2", number(t.H2)+"rem")
	declare(b, "--illo-w", number(t.Line))
	declare(b, "--logo-height", strconv.Itoa(clamp(t.LogoHeight, 12, 64))+"px")
	shadow := "none"
	if t.Shadow == "soft" {
		shadow = "0 2px 4px rgb(40 20 10/.06),0 12px 32px rgb(40 20 10/.1)"
	}
	declare(b, "--shadow", shadow)
}

func palette(b *bytes.Buffer, k Tokens, scheme string) {
	declare(b, "color-scheme", scheme)
	for _, d := range []struct{ name, value string }{
		{"--brand", k.Brand},
		{"--accent", k.Accent},
		{"--surface", k.Surface},
		{"--ink", k.Ink},
		{"--muted", k.Muted},
		{"--line", k.Line},
		{"--on-brand", k.OnBrand},
		{"--brand-text", k.BrandText},
		{"--brand-graphic", k.BrandGraphic},
		{"--brand-soft", k.BrandSoft},
		{"--brand-line", k.BrandLine},
		{"--on-accent", k.OnAccent},
		{"--accent-graphic", k.AccentGraphic},
		{"--act-btn", k.ActBtn},
		{"--on-act-btn", k.OnActBtn},
		{"--bad", k.Bad},
		{"--good", k.Good},
	} {
		declare(b, d.name, d.value)
	}
}

func declare(b *bytes.Buffer, name, value string) {
	b.WriteString(name)
	b.WriteByte(':')
	b.WriteString(value)
	b.WriteByte(';')
}

// number writes a float the short way CSS reads: no exponent, no NaN.
func number(f float64) string {
	if !(f > -1000 && f < 1000) {
		return "0"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func clamp(n, least, most int) int { return min(most, max(least, n)) }
