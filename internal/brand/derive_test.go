package brand

import (
	"math/rand/v2"
	"testing"
)

// pairs are the combinations a page really shows, with the least ratio of WCAG 2.2 AA.
func pairs(k Tokens) []struct {
	name     string
	on, over string
	least    float64
} {
	return []struct {
		name     string
		on, over string
		least    float64
	}{
		{"ink on surface", k.Ink, k.Surface, 4.5},
		{"ink on brand-soft", k.Ink, k.BrandSoft, 4.5},
		{"muted on surface", k.Muted, k.Surface, 4.5},
		{"muted on brand-soft", k.Muted, k.BrandSoft, 4.5},
		{"brand-text on surface", k.BrandText, k.Surface, 4.5},
		{"brand-text on brand-soft", k.BrandText, k.BrandSoft, 4.5},
		{"on-brand on brand", k.OnBrand, k.Brand, 4.5},
		{"on-accent on accent", k.OnAccent, k.Accent, 4.5},
		{"on-act-btn on act-btn", k.OnActBtn, k.ActBtn, 4.5},
		{"bad on surface", k.Bad, k.Surface, 4.5},
		{"bad on brand-soft", k.Bad, k.BrandSoft, 4.5},
		{"good on surface", k.Good, k.Surface, 4.5},
		{"brand-graphic on surface", k.BrandGraphic, k.Surface, 3},
		{"accent-graphic on surface", k.AccentGraphic, k.Surface, 3},
		{"act-btn on brand", k.ActBtn, k.Brand, 3},
	}
}

func TestAnyColoursAreReadableInLightAndDark(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func() string {
		n := random.Uint32()
		return rgb{uint8(n), uint8(n >> 8), uint8(n >> 16)}.String()
	}
	const colours = 100_000
	for n := range colours {
		p := Palette{Brand: pick(), Accent: pick(), Surface: pick(), Ink: pick(), Muted: pick(), Line: pick()}
		dark, plain := n%2 == 1, n%3 == 0
		check(t, p, dark, plain)
		// The same brand colours on the grounds of a real theme.
		own := Plain().Light
		if !dark {
			own = Plain().Dark
		}
		own.Brand, own.Accent = p.Brand, p.Accent
		check(t, own, !dark, plain)
		if t.Failed() {
			return
		}
	}
}

func check(t *testing.T, p Palette, dark, plain bool) {
	t.Helper()
	for _, c := range pairs(Derive(p, dark, plain)) {
		if got := contrast(colour(c.on), colour(c.over)); got < c.least {
			t.Errorf("%+v dark=%v: %s is %.3f, want %.1f", p, dark, c.name, got, c.least)
		}
	}
}

func TestDemoThemesKeepTheirColours(t *testing.T) {
	for name, theme := range themes() {
		for _, side := range []struct {
			given Palette
			dark  bool
		}{{theme.Light, false}, {theme.Dark, true}} {
			check(t, side.given, side.dark, theme.Plain)
			k := Derive(side.given, side.dark, theme.Plain)
			got := Palette{k.Brand, k.Accent, k.Surface, k.Ink, k.Muted, k.Line}
			if got != side.given {
				t.Errorf("%s dark=%v: %+v became %+v", name, side.dark, side.given, got)
			}
		}
	}
}

func TestDerivedColoursAreThoseOfTheMockUp(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"Kaap Noord, brand-line", Derive(KaapNoord().Light, false, false).BrandLine, "#bac3c6"},
		{"Kaap Noord, accent-graphic", Derive(KaapNoord().Light, false, false).AccentGraphic, "#f95507"},
		{"Kaap Noord, dark brand-text", Derive(KaapNoord().Dark, true, false).BrandText, "#80a3b6"},
		{"Tuimel, brand-text", Derive(Tuimel().Light, false, false).BrandText, "#ce2b12"},
		{"Tuimel, action button is paper: sky on tomato is too faint", Derive(Tuimel().Light, false, false).ActBtn, "#ffffff"},
		{"Kaap Noord, action button is the accent", Derive(KaapNoord().Light, false, false).ActBtn, "#ff5a14"},
		{"Maison Vérène, action button is paper", Derive(MaisonVerene().Light, false, true).ActBtn, "#fbf7ef"},
	} {
		if !near(colour(c.got), colour(c.want)) {
			t.Errorf("%s: %s, want about %s", c.name, c.got, c.want)
		}
	}
}

// near allows the last step of two binary searches to differ.
func near(a, b rgb) bool {
	d := func(x, y uint8) int { return max(int(x), int(y)) - min(int(x), int(y)) }
	return max(d(a.r, b.r), d(a.g, b.g), d(a.b, b.b)) <= 3
}

func TestContrastAgreesWithPublishedValues(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21},
		{"#777777", "#ffffff", 4.48},
		{"#767676", "#ffffff", 4.54},
		{"#ff6600", "#000000", 7.15},
	} {
		if got := contrast(colour(c.a), colour(c.b)); got < c.want-0.005 || got > c.want+0.005 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func themes() map[string]Theme {
	return map[string]Theme{"Kaap Noord": KaapNoord(), "Tuimel": Tuimel(), "Maison Vérène": MaisonVerene(), "plain": Plain()}
}
