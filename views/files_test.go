package views

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onderweg/internal/brand"
	"onderweg/static"
)

// demoBrands are the three houses of the demo with their logos.
func demoBrands(t *testing.T) []brand.Brand {
	t.Helper()
	houses := []brand.Brand{
		{Name: "Kaap Noord", Slug: "kaap-noord", Informal: true, Theme: brand.KaapNoord()},
		{Name: "Tuimel", Slug: "tuimel", Informal: true, Theme: brand.Tuimel()},
		{Name: "Maison Vérène", Slug: "maison-verene", Theme: brand.MaisonVerene()},
	}
	for i := range houses {
		b := &houses[i]
		host := "https://" + b.Slug + ".example.com/"
		b.Path, b.Base, b.Shop, b.Items = "/"+b.Slug, "https://track.example.com/"+b.Slug, host, true
		b.Languages = []string{"nl", "en"}
		b.Contact = brand.Contact{Email: "hallo@" + b.Slug + ".example.com", Phone: "+31 20 555 01 23", Page: host + "hulp"}
		b.Legal = brand.Legal{Privacy: host + "privacy", Accessibility: host + "toegankelijkheid", Imprint: host + "colofon", Company: b.Name + " B.V., Noorderkoog"}
		b.Logo.Light, b.Logo.Width, b.Logo.Height = logo(t, b.Slug+"-light")
		b.Logo.Dark, _, _ = logo(t, b.Slug+"-dark")
	}
	return houses
}

func logoFile(name string) string {
	return filepath.Join("..", "internal", "demo", "logos", name+".png")
}

func logo(t *testing.T, name string) (hash string, width, height int) {
	t.Helper()
	body, err := os.ReadFile(logoFile(name))
	if err != nil {
		t.Fatal(err)
	}
	c, err := png.DecodeConfig(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16]), c.Width, c.Height
}

// TestPreviewsAsFiles writes every page with what it loads below $PREVIEWS, to be looked at in a browser.
func TestPreviewsAsFiles(t *testing.T) {
	dir := os.Getenv("PREVIEWS")
	if dir == "" {
		return
	}
	save := func(name string, body []byte) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range static.Files() {
		save("static/"+f.Path, f.Body)
	}
	now := time.Date(2026, 11, 24, 11, 50, 0, 0, time.UTC)
	for _, b := range demoBrands(t) {
		save(b.Path+"/brand/"+b.Theme.Hash()+".css", b.Theme.CSS(static.URL))
		for name, hash := range map[string]string{"light": b.Logo.Light, "dark": b.Logo.Dark} {
			body, err := os.ReadFile(logoFile(b.Slug + "-" + name))
			if err != nil {
				t.Fatal(err)
			}
			save(b.Path+"/brand/"+hash+".png", body)
		}
		for _, lang := range b.Languages {
			for _, p := range Previews() {
				var out strings.Builder
				if err := p.Make(b, lang, now).Render(context.Background(), &out); err != nil {
					t.Fatal(err)
				}
				save(b.Slug+"-"+lang+"-"+p.Name+".html", []byte(out.String()))
			}
		}
	}
}
