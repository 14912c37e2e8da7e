package brand

import (
	"regexp"
	"strings"
	"testing"
)

func plainURL(name string) string { return "/static/" + name }

func TestStylesheetSetsEveryTokenForBothThemes(t *testing.T) {
	css := string(KaapNoord().CSS(plainURL))
	for _, want := range []string{
		`@font-face{font-family:"Archivo Narrow";src:url(/static/fonts/archivo-narrow.woff2)`,
		`@font-face{font-family:"Public Sans stand-in";src:local("Arial")`, "size-adjust:105.6%",
		"--brand:#23414f;", "--brand:#294a5a;", "color-scheme:dark;", ":root[data-theme=dark]{", "--track:-0.018em;", "--radius:2px;",
	} {
		if !strings.Contains(css, want) {
			t.Errorf("the stylesheet lacks %q", want)
		}
	}
	if n := strings.Count(css, "--on-act-btn:"); n != 3 {
		t.Errorf("tokens stand in %d blocks, want light, dark by the system and dark by choice", n)
	}
}

func TestNothingAMerchantWritesGetsIntoTheStylesheet(t *testing.T) {
	const attack = "red}*{background:url(https://evil.example)}"
	hostile := Theme{
		Light: Palette{attack, attack, attack, attack, attack, attack}, Dark: Palette{attack, attack, attack, attack, attack, attack},
		Shadow: attack, Display: attack, Text: attack, Road: attack, Party: attack, Motif: attack, Weight: 1 << 40, Radius: -1 << 40, Scale: 1e300,
	}
	css := string(hostile.CSS(plainURL))
	if strings.Contains(css, "evil") {
		t.Error("a merchant's text stands in the stylesheet")
	}
	if !regexp.MustCompile(`^[\x20-\x7e\n]+$`).MatchString(css) {
		t.Error("the stylesheet holds characters it should not")
	}
	if open, closed := strings.Count(css, "{"), strings.Count(css, "}"); open != closed {
		t.Errorf("%d blocks open, %d close", open, closed)
	}
}

func TestHashFollowsTheLook(t *testing.T) {
	a, b := KaapNoord(), KaapNoord()
	if a.Hash() != b.Hash() || len(a.Hash()) != 16 {
		t.Errorf("%q and %q for the same look", a.Hash(), b.Hash())
	}
	b.Dark.Line = "#2a3740"
	if a.Hash() == b.Hash() {
		t.Error("another colour, the same name: browsers would keep the old stylesheet")
	}
}

func TestPreloadsOneFileForOneFamily(t *testing.T) {
	if got := Plain().FontFiles(); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if got := Tuimel().FontFiles(); len(got) != 2 || got[0] != "fonts/baloo-2.woff2" || got[1] != "fonts/nunito.woff2" {
		t.Errorf("got %v", got)
	}
}
