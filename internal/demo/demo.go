// Package demo is three invented shops with their shoppers, and a simulator that sends their parcels on their way by
// posting signed webhooks in the carriers' own formats. It is the demo and the harness of the browser tests; no real
// person, shop or address is in it.
package demo

import (
	"embed"
	"fmt"
	"path"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
	"onderweg/store"
)

//go:embed logos/*.png
var logos embed.FS

// shop is one of the three with what it sells and to whom.
type shop struct {
	store.Merchant
	prefix  string // of its order numbers
	goods   []good
	markets []string // countries it ships to, most common first
	logo    string   // base name of its two logo files
}

// good is one article of a shop.
type good struct {
	sku, name, detail, picture string
	price                      int64 // minor units of the euro
}

// shops are the three brands of the demo.
func shops() []shop {
	return []shop{kaapNoord(), tuimel(), maisonVerene()}
}

func kaapNoord() shop {
	return shop{
		Merchant: store.Merchant{
			Merchant: parcel.Merchant{Slug: "kaap-noord", Country: "NL", Rules: rules("Europe/Amsterdam")},
			Name:     "Kaap Noord",
			Sender:   sender("Kaap Noord", "kaapnoord.example.com"),
			Brand: brand.Brand{
				Shop: "https://kaapnoord.example.com/", Languages: []string{"nl", "en"}, Informal: true, Items: true,
				Contact: contact("kaapnoord.example.com"), Legal: legal("kaapnoord.example.com", "Kaap Noord, Noorderkade 1, Noorderkoog"),
				Theme: brand.KaapNoord(),
			},
		},
		prefix: "KN-", logo: "kaap-noord", markets: []string{"NL", "BE", "NL", "DE"},
		goods: []good{
			{"KN-101", "Regenjas Branding", "Leisteen, maat M", "jacket", 18900},
			{"KN-214", "Thermosfles Wacht", "0,75 liter, signaaloranje", "flask", 3495},
			{"KN-330", "Windjack Westkaap", "Zand, maat L", "jacket", 14950},
			{"KN-215", "Veldfles Wad", "1 liter, leisteen", "flask", 2995},
		},
	}
}

func tuimel() shop {
	return shop{
		Merchant: store.Merchant{
			Merchant: parcel.Merchant{Slug: "tuimel", Country: "DE", Rules: rules("Europe/Berlin")},
			Name:     "Tuimel",
			Sender:   sender("Tuimel", "tuimel.example.com"),
			Brand: brand.Brand{
				Shop: "https://tuimel.example.com/", Languages: []string{"nl", "en"}, Informal: true, Items: true,
				Contact: contact("tuimel.example.com"), Legal: legal("tuimel.example.com", "Tuimel, Lindenstraße 9, Lindental"),
				Theme: brand.Tuimel(),
			},
		},
		prefix: "TU-", logo: "tuimel", markets: []string{"DE", "NL", "BE", "DE"},
		goods: []good{
			{"TU-042", "Bauklötze „Stadt“", "42 Teile, Buche", "blocks", 3990},
			{"TU-003", "Kreisel-Trio", "Tomate, Himmel, Natur", "top", 1450},
			{"TU-043", "Bauklötze „Brücke“", "28 Teile, Buche", "blocks", 2990},
			{"TU-007", "Brummkreisel", "Himmel", "top", 1990},
		},
	}
}

func maisonVerene() shop {
	return shop{
		Merchant: store.Merchant{
			Merchant: parcel.Merchant{Slug: "maison-verene", Country: "FR", Rules: rules("Europe/Paris")},
			Name:     "Maison Vérène",
			Sender:   sender("Maison Vérène", "maisonverene.example.com"),
			Brand: brand.Brand{
				Shop: "https://maisonverene.example.com/", Languages: []string{"en", "nl"}, Items: true,
				Contact: contact("maisonverene.example.com"), Legal: legal("maisonverene.example.com", "Maison Vérène, 3 rue des Tilleuls, Valserein"),
				Theme: brand.MaisonVerene(),
			},
		},
		prefix: "MV-", logo: "maison-verene", markets: []string{"FR", "IT", "ES", "FR", "BE"},
		goods: []good{
			{"MV-050", "Rose de Brume", "Eau de parfum, 50 ml", "scent", 12800},
			{"MV-190", "Figuier tardif", "Bougie, 190 g", "candle", 5400},
			{"MV-051", "Cèdre clair", "Eau de parfum, 50 ml", "scent", 13400},
			{"MV-191", "Ambre du soir", "Bougie, 190 g", "candle", 5400},
		},
	}
}

// rules promise two to four business days: an order of three days ago is then still expected tomorrow, whatever the weekday.
func rules(zone string) parcel.Rules {
	return parcel.Rules{Zone: zone, CutoffHour: 16, MinDays: 2, MaxDays: 4, QuietDays: 2, ReadyDays: 7}
}

func sender(name, host string) store.Sender {
	return store.Sender{Name: name, Address: "parcels@" + host, ReplyTo: "hello@" + host}
}

func contact(host string) brand.Contact {
	return brand.Contact{Email: "hello@" + host, Page: "https://" + host + "/contact"}
}

func legal(host, company string) brand.Legal {
	at := func(page string) string { return "https://" + host + "/" + page }

	return brand.Legal{Privacy: at("privacy"), Imprint: at("imprint"), Accessibility: at("accessibility"), Company: company}
}

// logoFile reads one of a shop's two logos: theme is "light" or "dark".
func (s shop) logoFile(theme string) ([]byte, error) {
	body, err := logos.ReadFile(path.Join("logos", s.logo+"-"+theme+".png"))
	if err != nil {
		return nil, fmt.Errorf("logo of %s: %w", s.Name, err)
	}

	return body, nil
}
