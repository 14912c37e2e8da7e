package brand

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func shop() Brand {
	return Brand{
		Name: "Kaap Noord", Languages: []string{"nl", "en"}, Shop: "https://kaapnoord.example.com/",
		Contact: Contact{Email: "hallo@kaapnoord.example.com", Phone: "+31 20 123 45 67", Page: "https://kaapnoord.example.com/hulp"},
		Legal:   Legal{Privacy: "https://kaapnoord.example.com/privacy"},
		Theme:   KaapNoord(),
		Logo:    Logo{Light: strings.Repeat("a", 32), Width: 300, Height: 60},
	}
}

func TestDemoThemesAreValid(t *testing.T) {
	for name, theme := range themes() {
		if err := theme.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := shop().Validate(); err != nil {
		t.Error(err)
	}
}

func TestHostileValuesAreRefused(t *testing.T) {
	const attack = "red}*{background:url(https://evil.example)}"
	for field, change := range map[string]func(*Brand){
		"theme.light.brand":   func(b *Brand) { b.Theme.Light.Brand = attack },
		"theme.light.accent":  func(b *Brand) { b.Theme.Light.Accent = "#12345" },
		"theme.light.surface": func(b *Brand) { b.Theme.Light.Surface = "#12345g" },
		"theme.light.ink":     func(b *Brand) { b.Theme.Light.Ink = "" },
		"theme.light.muted":   func(b *Brand) { b.Theme.Light.Muted = "#123456;" },
		"theme.dark.line":     func(b *Brand) { b.Theme.Dark.Line = "var(--x)" },
		"theme.display":       func(b *Brand) { b.Theme.Display = `Jost";}` },
		"theme.text":          func(b *Brand) { b.Theme.Text = "Cormorant" },
		"theme.road":          func(b *Brand) { b.Theme.Road = "ridge x" },
		"theme.party":         func(b *Brand) { b.Theme.Party = "" },
		"theme.motif":         func(b *Brand) { b.Theme.Motif = "url(x)" },
		"theme.shadow":        func(b *Brand) { b.Theme.Shadow = "0 0 1px red" },
		"theme.scale":         func(b *Brand) { b.Theme.Scale = math.NaN() },
		"theme.lead":          func(b *Brand) { b.Theme.Lead = math.Inf(1) },
		"theme.track":         func(b *Brand) { b.Theme.Track = -1 },
		"theme.h2":            func(b *Brand) { b.Theme.H2 = 99 },
		"theme.line":          func(b *Brand) { b.Theme.Line = -0.1 },
		"theme.radius":        func(b *Brand) { b.Theme.Radius = -1 },
		"theme.weight":        func(b *Brand) { b.Theme.Weight = 950 },
		"theme.logo_height":   func(b *Brand) { b.Theme.LogoHeight = 400 },
		"shop":                func(b *Brand) { b.Shop = "javascript:alert(1)" },
		"contact.page":        func(b *Brand) { b.Contact.Page = "//evil.example" },
		"contact.email":       func(b *Brand) { b.Contact.Email = "a@example.com?bcc=b@example.com" },
		"contact.phone":       func(b *Brand) { b.Contact.Phone = "call me" },
		"legal.privacy":       func(b *Brand) { b.Legal.Privacy = "http://example.com" },
		"legal.imprint":       func(b *Brand) { b.Legal.Imprint = `https:\evil.example` },
		"legal.accessibility": func(b *Brand) { b.Legal.Accessibility = "https://user:pw@example.com/" },
		"languages":           func(b *Brand) { b.Languages = nil },
		"languages.0":         func(b *Brand) { b.Languages = []string{`nl"><script>`} },
		"logo.light":          func(b *Brand) { b.Logo.Light = "../../secret" },
		"logo.dark":           func(b *Brand) { b.Logo.Dark = "x" },
		"logo":                func(b *Brand) { b.Logo.Width = 0 },
	} {
		b := shop()
		change(&b)
		var invalid Invalid
		if err := b.Validate(); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
