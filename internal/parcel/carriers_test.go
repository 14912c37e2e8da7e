package parcel

import (
	"net/url"
	"strings"
	"testing"
)

func TestCarriersGoByManyNames(t *testing.T) {
	for name, want := range map[string]string{
		"Post NL": "PostNL", "postnl": "PostNL", "POSTNL": "PostNL", "postnl-3s": "PostNL", "dhl-germany": "DHL", "DHL Express": "DHL Express",
		"la-poste-colissimo": "Colissimo", "spain-correos-es": "Correos", "italy-sda": "Poste Italiane", "Österreichische Post": "Österreichische Post",
		"austrian-post-registered": "Österreichische Post", "Royal Mail": "Royal Mail", "UPS": "UPS", "fietskoeriers utrecht": "Fietskoeriers Utrecht",
		"x--y": "X Y", "": "", "\x00": "", "日本郵便": "",
	} {
		if got := CarrierName(name); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
}

func TestASlugIsTheSameForAllNamesOfACarrier(t *testing.T) {
	seen := map[string]string{}
	for _, c := range Carriers {
		for _, name := range append([]string{c.Slug, c.Name}, c.Aliases...) {
			if got := CarrierSlug(name); got != c.Slug {
				t.Errorf("%q gives %q, want %q", name, got, c.Slug)
			}
			if other := seen[slugify(name)]; other != "" && other != c.Slug {
				t.Errorf("%q is of %q and of %q", name, other, c.Slug)
			}
			seen[slugify(name)] = c.Slug
			if name != c.Name && slugify(name) != name {
				t.Errorf("%q could never be found: names are compared as %q", name, slugify(name))
			}
		}
	}
	if got := CarrierSlug("Fietskoeriers Utrecht"); got != "fietskoeriers-utrecht" {
		t.Errorf("an unknown carrier gets the slug %q", got)
	}
}

func TestTheCarriersOwnPageIsFound(t *testing.T) {
	for _, c := range []struct{ slug, number, postcode, country, lang, want string }{
		{"postnl", "3SDEVC6659149", "1234 ab", "NL", "nl", "https://jouw.postnl.nl/track-and-trace/3SDEVC6659149-NL-1234AB"},
		{"postnl", "3SDEVC6659149", "", "NL", "nl", "https://jouw.postnl.nl/track-and-trace"},
		{"dhl", "00340434292135100124", "", "DE", "de", "https://www.dhl.com/de-de/home/tracking/tracking-parcel.html?submit=1&tracking-id=00340434292135100124"},
		{"dhl-express", "3318810025", "", "FR", "fr", "https://mydhl.express.dhl/fr/fr/tracking.html#/results?id=3318810025"},
		{"ups", "1Z999AA10123456784", "", "BE", "nl-BE", "https://www.ups.com/track?loc=nl_BE&tracknum=1Z999AA10123456784"},
		{"gls", "747N6K", "", "", "", "https://gls-group.com/NL/en/parcel-tracking/?match=747N6K"},
		{"bpost", "323200", "", "BE", "nl", "https://track.bpost.cloud/btr/web/#/search?itemCode=323200&lang=nl"},
		{"spain-correos-es", "PQ1", "", "ES", "es", "https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number=PQ1"},
		{"trunkrs", "1", "", "NL", "nl", ""},
		{"nobody", "1", "", "NL", "nl", ""},
		{"ups", "", "", "NL", "nl", ""},
	} {
		if got := CarrierURL(c.slug, c.number, c.postcode, c.country, c.lang); got != c.want {
			t.Errorf("%s: %q, want %q", c.slug, got, c.want)
		}
	}
}

// hostile values are what a forged feed could put in a number or a postcode.
func hostile() []string {
	return []string{
		"../../evil", "//evil.example", "@evil.example/", "?x=1", "#frag", "&a=b", "%2e%2e%2f", "javascript:alert(1)", "a b", "é€", "\x00\r\n", "{pc}{cc}", `"><script>`, "\\evil",
	}
}

func TestNoNumberLeadsAwayFromTheCarrier(t *testing.T) {
	for _, c := range Carriers {
		for _, bad := range hostile() {
			for _, args := range [][4]string{{bad, "1234AB", "NL", "nl"}, {"1", bad, "NL", "nl"}, {"1", "1", bad, "nl"}, {"1", "1", "NL", bad}} {
				address := CarrierURL(c.Slug, args[0], args[1], args[2], args[3])
				if address == "" {
					continue
				}
				got, err := url.Parse(address)
				if err != nil {
					t.Errorf("%s: %q cannot be read: %v", c.Slug, address, err)
					continue
				}
				table, _ := url.Parse(c.Page)
				if got.Scheme != "https" || got.Host != table.Host || got.User != nil {
					t.Errorf("%s: %q leads away", c.Slug, address)
				}
				if strings.Count(got.EscapedPath(), "/") > strings.Count(table.Path, "/") || len(got.Query()) != len(table.Query()) && address != c.Without {
					t.Errorf("%s: %q has another shape than %q", c.Slug, address, c.Page)
				}
				if strings.ContainsAny(address, " \r\n\"<>\\") || strings.Contains(address, "{") {
					t.Errorf("%s: %q is not escaped", c.Slug, address)
				}
			}
		}
	}
}

func TestEveryPageIsHTTPSAndItsBraceWordsAreKnown(t *testing.T) {
	known := strings.NewReplacer("{n}", "", "{pc}", "", "{cc}", "", "{CC}", "", "{lang}", "")
	for _, c := range Carriers {
		if c.Page == "" {
			continue
		}
		if !strings.HasPrefix(c.Page, "https://") || !strings.Contains(c.Page, "{n}") || strings.ContainsAny(known.Replace(c.Page), "{}") {
			t.Errorf("%s: %q", c.Slug, c.Page)
		}
		if c.Needs != "" && (!strings.Contains(c.Page, c.Needs) || c.Without == "") {
			t.Errorf("%s: needs %q, which is not in %q, or has no page without", c.Slug, c.Needs, c.Page)
		}
	}
}
