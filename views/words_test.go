package views

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

func catalogue(t *testing.T, tag string) map[string]string {
	t.Helper()
	body, err := catalogues.ReadFile("locales/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(body, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestEveryLanguageHasEveryKeyAndPlural(t *testing.T) {
	english := catalogue(t, Fallback)
	for _, tag := range Languages() {
		texts := catalogue(t, tag)
		for key := range english {
			if _, ok := texts[key]; !ok && !strings.HasSuffix(key, formal) {
				t.Errorf("%s lacks %q", tag, key)
			}
		}
		for key, text := range texts {
			base := strings.TrimSuffix(key, formal)
			if _, ok := english[base]; !ok {
				t.Errorf("%s has %q, English has not", tag, key)
			}
			if text == "" {
				t.Errorf("%s: %q is empty", tag, key)
			}
			if one, ok := strings.CutSuffix(base, ".one"); ok {
				if _, ok := texts[one+".other"]; !ok {
					t.Errorf("%s: %q has no form for other numbers", tag, one)
				}
			}
		}
	}
}

func TestEveryLanguageFillsTheSamePlaces(t *testing.T) {
	english := catalogue(t, Fallback)
	for _, tag := range Languages() {
		for key, text := range catalogue(t, tag) {
			want := places(english[strings.TrimSuffix(key, formal)])
			for _, p := range places(text) {
				if !slices.Contains(want, p) {
					t.Errorf("%s: %q names {%s}, English does not", tag, key, p)
				}
			}
		}
	}
}

func places(text string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`\{([a-z]+)\}`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// Dutch says "je" or "u" to one person, never both.
func TestDutchIsEitherInformalOrFormal(t *testing.T) {
	je := regexp.MustCompile(`(?i)\b(je|jij|jou|jouw|jullie)\b`)
	u := regexp.MustCompile(`\b([Uu]|[Uu]w|uzelf)\b`)
	texts := catalogue(t, "nl")
	for key, text := range texts {
		section, _, _ := strings.Cut(key, ".")
		if section == "desk" || section == "signin" || section == "mailbox" {
			continue // the staff's own pages have one tone
		}
		if strings.HasSuffix(key, formal) {
			if word := je.FindString(text); word != "" {
				t.Errorf("%s says %q to someone it calls u", key, word)
			}
			if texts[strings.TrimSuffix(key, formal)] == text {
				t.Errorf("%s repeats the informal text", key)
			}
			continue
		}
		if word := u.FindString(text); word != "" {
			t.Errorf("%s says %q among friends", key, word)
		}
		// "jullie" is the shop, spoken to by the shopper.
		if word := je.FindString(text); word != "" && !strings.EqualFold(word, "jullie") {
			if _, ok := texts[key+formal]; !ok {
				t.Errorf("%s says %q and has no formal variant", key, word)
			}
		}
	}
}

func TestWordsAreCalm(t *testing.T) {
	for _, tag := range Languages() {
		for key, text := range catalogue(t, tag) {
			for _, bad := range []string{"!", "Oops", "Oeps", "please note", "let op"} {
				if strings.Contains(text, bad) {
					t.Errorf("%s: %s says %q", tag, key, bad)
				}
			}
			if strings.Contains(text, "—") || strings.Contains(text, "  ") {
				t.Errorf("%s: %s is not set well: %q", tag, key, text)
			}
		}
	}
}

func TestNoKeyIsUnusedAndNoneIsMissing(t *testing.T) {
	source := sources(t, "..")
	texts := catalogue(t, Fallback)
	for key := range texts {
		if !used(source, key) {
			t.Errorf("nobody says %q", key)
		}
	}
	source = sources(t, ".")
	for _, m := range regexp.MustCompile(`\b(?:T|text)\((?:ctx, )?"([a-z]+(?:\.[a-z0-9]+)+)"`).FindAllStringSubmatch(source, -1) {
		if _, ok := texts[m[1]]; !ok {
			t.Errorf("nobody wrote %q", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\bN\((?:ctx, )?"([a-z]+(?:\.[a-z0-9]+)*)"`).FindAllStringSubmatch(source, -1) {
		if _, ok := texts[m[1]+".other"]; !ok {
			t.Errorf("nobody wrote the plural %q", m[1])
		}
	}
}

// used says whether a key stands in the source, whole or as a beginning that code adds an ending to. The mails name
// their keys without the section.
func used(source, key string) bool {
	inSection := strings.TrimPrefix(key, "mail.")
	if strings.Contains(source, `"`+key+`"`) || strings.Contains(source, `"`+inSection+`"`) {
		return true
	}
	for _, k := range []string{key, inSection} {
		for cut := strings.LastIndexByte(k, '.'); cut > 0; cut = strings.LastIndexByte(k, '.') {
			k = k[:cut]
			if k == "mail" || k == "desk" {
				break
			}
			if strings.Contains(source, `"`+k+`."`) || strings.Contains(source, `"`+k+`"`) {
				return true
			}
		}
	}
	return false
}

// sources is every line of code below a folder that may name a key.
func sources(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "var") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return nil
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".templ" {
			return nil
		}
		body, err := os.ReadFile(path)
		all.Write(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestDatesReadAsPeopleWriteThem(t *testing.T) {
	d := parcel.Date{Year: 2026, Month: time.November, Day: 26}
	nl, en := Speak("nl", true), Speak("en-GB", true)
	hours := parcel.Window{From: d, To: d, FromMinute: 14*60 + 10, ToMinute: 15*60 + 40}
	for _, c := range []struct{ got, want string }{
		{nl.Day(d), "donderdag 26 november"},
		{nl.ShortDay(d), "do 26 nov"},
		{nl.Clock(8*60 + 12), "08.12 uur"},
		{nl.Time(8*60 + 12), "08.12"},
		{nl.Window(hours), "donderdag 26 november, tussen 14.10 en 15.40 uur"},
		{nl.Window(parcel.Window{From: d, To: d.AddDays(1)}), "donderdag 26 november of vrijdag 27 november"},
		{nl.Window(parcel.Window{From: d, To: d.AddDays(3)}), "tussen donderdag 26 november en zondag 29 november"},
		{nl.Near(d, d), "vandaag"},
		{nl.Near(d.AddDays(1), d), "morgen"},
		{nl.Near(d.AddDays(-1), d), "gisteren"},
		{nl.Soon(d.AddDays(4), d), "maandag"},
		{nl.Soon(d.AddDays(7), d), "donderdag 3 december"},
		{nl.Money(18900, "EUR"), "€ 189,00"},
		{nl.Money(123456789, "EUR"), "€ 1.234.567,89"},
		{nl.Money(-5, "EUR"), "€ −0,05"},
		{en.Day(d), "Thursday 26 November"},
		{en.ShortDay(d), "Thu 26 Nov"},
		{en.Clock(8*60 + 12), "08:12"},
		{en.Window(hours), "Thursday 26 November, between 14:10 and 15:40"},
		{en.Money(18900, "GBP"), "£189.00"},
		{en.Money(1890, "JPY"), "JPY1,890"},
		{Capital("één"), "Één"},
		{Capital(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestPluralsFollowTheLanguage(t *testing.T) {
	nl := Speak("nl", true)
	for n, want := range map[int]string{0: "0 artikelen", 1: "1 artikel", 2: "2 artikelen"} {
		if got := nl.N("articles", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestTheBrandDecidesBetweenJeAndU(t *testing.T) {
	ctx := WithLanguage(context.Background(), "nl")
	if got := T(WithBrand(ctx, brand.Brand{Informal: true}), "say.way"); got != "Je pakket is onderweg." {
		t.Errorf("got %q", got)
	}
	if got := T(WithBrand(ctx, brand.Brand{}), "say.way"); got != "Uw pakket is onderweg." {
		t.Errorf("got %q", got)
	}
}

func TestPickChoosesWhatTheShopperReads(t *testing.T) {
	for _, c := range []struct {
		name    string
		offered []string
		wanted  []string
		want    string
	}{
		{"the strongest wish", []string{"nl", "en"}, []string{"en", "nl"}, "en"},
		{"a region falls back to its language", []string{"nl", "en"}, []string{"nl-BE"}, "nl"},
		{"a language finds its region", []string{"nl-BE", "fr-BE"}, []string{"fr"}, "fr-BE"},
		{"an empty wish is no wish", []string{"nl", "en"}, []string{"", "en"}, "en"},
		{"quality decides", []string{"nl", "en"}, []string{"en;q=0.4, nl;q=0.9"}, "nl"},
		{"one bad tag does not spoil the rest", []string{"nl", "en"}, []string{"nl-BE;q=0.9, fr;q=0.95, xx-"}, "nl"},
		{"q=0 is a refusal", []string{"nl", "en"}, []string{"en;q=0"}, "nl"},
		{"rubbish", []string{"nl", "en"}, []string{strings.Repeat("a,", 9999), "\x00;;q=x"}, "nl"},
		{"nothing fits", []string{"nl", "en"}, []string{"ja"}, "nl"},
		{"nothing is offered", nil, []string{"nl"}, "en"},
	} {
		if got := Pick(c.offered, c.wanted...); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestOddPatternsDoNoHarm(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{a}", "1"}, {"{b}", "{b}"}, {"{a", "{a"}, {"}{", "}{"}, {"{}", "{}"}, {"x", "x"},
	} {
		if got := fill(c.text, []any{"a", 1}); got != c.want {
			t.Errorf("%q gives %q", c.text, got)
		}
	}
	if got := fill("{a}", []any{"a", "{a}"}); got != "{a}" {
		t.Errorf("a value is filled again: %q", got)
	}
}

func TestThePlainStylesheetIsThePlainTheme(t *testing.T) {
	body, err := os.ReadFile("../static/css/plain.css")
	if err != nil {
		t.Fatal(err)
	}
	want := brand.Plain().CSS(func(name string) string { return "static:" + name })
	if string(body) != string(want) {
		t.Error("static/css/plain.css is not what brand.Plain gives: write it anew")
	}
}
