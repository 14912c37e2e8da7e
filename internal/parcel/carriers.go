package parcel

import (
	"net/url"
	"slices"
	"strings"
)

// Carrier is a carrier we know by name.
type Carrier struct {
	Slug    string
	Name    string
	Aliases []string // other names it goes by, in the form slugify gives
	Page    string   // its own tracking page: https, with {n} number, {pc} postcode, {cc} and {CC} country, {lang} language; "" for none
	Needs   string   // the placeholder without which the page is of no use, e.g. "{pc}"
	Without string   // the page to use then
}

// Carriers are the ones known by name, with their public tracking pages. Source: carriers reference, section 20.
//
//nolint:gochecknoglobals // a table that is never written
var Carriers = []Carrier{
	{Slug: "postnl", Name: "PostNL", Aliases: []string{"post-nl", "postnl-3s", "postnl-domestic", "postnl-international", "postnl-parcels", "tnt-post", "dutch-post"}, Page: "https://jouw.postnl.nl/track-and-trace/{n}-{CC}-{pc}", Needs: "{pc}", Without: "https://jouw.postnl.nl/track-and-trace"},
	{Slug: "dhl", Name: "DHL", Aliases: []string{"dhl-germany", "dhl-paket", "dhl-parcel", "dhl-parcel-nl", "dhl-nl", "dhl-benelux", "dhlparcel", "dhl-ecommerce", "dhlecommerce", "dhl-parcel-benelux", "dhl-parcel-de", "dhl-de", "dhl-es", "dhl-spain-domestic", "deutsche-post-dhl", "dhl-global-mail"}, Page: "https://www.dhl.com/{cc}-{lang}/home/tracking/tracking-parcel.html?submit=1&tracking-id={n}"},
	{Slug: "dhl-express", Name: "DHL Express", Aliases: []string{"dhlexpress", "dhl-worldwide", "mydhl"}, Page: "https://mydhl.express.dhl/{cc}/{lang}/tracking.html#/results?id={n}"},
	{Slug: "deutsche-post", Name: "Deutsche Post", Aliases: []string{"deutschepost", "deutsch-post", "dpag"}},
	{Slug: "dpd", Name: "DPD", Aliases: []string{"dpd-nl", "dpd-de", "dpd-be", "dpd-uk", "dpd-at", "dpd-poland", "dpd-germany", "dpdgroup", "dpd-fr", "geopost"}, Page: "https://www.dpdgroup.com/{cc}/mydpd/my-parcels/track?lang={lang}&parcelNumber={n}"},
	{Slug: "gls", Name: "GLS", Aliases: []string{"gls-nl", "gls-netherlands", "gls-de", "gls-italy", "gls-it", "gls-spain", "gls-es", "gls-group", "gls-eu"}, Page: "https://gls-group.com/{CC}/{lang}/parcel-tracking/?match={n}"},
	{Slug: "ups", Name: "UPS", Aliases: []string{"united-parcel-service", "ups-mi", "ups-mail-innovations", "upsdap"}, Page: "https://www.ups.com/track?loc={lang}_{CC}&tracknum={n}"},
	{Slug: "fedex", Name: "FedEx", Aliases: []string{"fedex-ground", "fedex-express", "fedex-europe", "tnt-express", "tnt"}, Page: "https://www.fedex.com/fedextrack/?trknbr={n}"},
	{Slug: "bpost", Name: "bpost", Aliases: []string{"b-post", "bpost-international", "belgium-post", "be-post"}, Page: "https://track.bpost.cloud/btr/web/#/search?itemCode={n}&lang={lang}"},
	{Slug: "colissimo", Name: "Colissimo", Aliases: []string{"la-poste-colissimo", "la-poste", "laposte", "coliposte"}, Page: "https://www.laposte.fr/outils/suivre-vos-envois?code={n}"},
	{Slug: "chronopost", Name: "Chronopost", Aliases: []string{"chronopost-france", "chronopost-international"}, Page: "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={n}"},
	{Slug: "mondial-relay", Name: "Mondial Relay", Aliases: []string{"mondialrelay"}},
	{Slug: "correos", Name: "Correos", Aliases: []string{"spain-correos-es", "correos-spain", "correos-de-espana", "correos-express"}, Page: "https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number={n}"},
	{Slug: "seur", Name: "SEUR"},
	{Slug: "mrw", Name: "MRW", Aliases: []string{"mrw-spain"}},
	{Slug: "poste-italiane", Name: "Poste Italiane", Aliases: []string{"posteitaliane", "italy-sda", "sda", "poste-it", "crono"}, Page: "https://www.poste.it/cerca/index.html#/risultati-spedizioni/{n}"},
	{Slug: "brt", Name: "BRT", Aliases: []string{"bartolini", "brt-it", "brt-bartolini"}, Page: "https://vas.brt.it/vas/sped_det_show.hsm?chisono={n}"},
	{Slug: "royal-mail", Name: "Royal Mail", Aliases: []string{"royalmail"}, Page: "https://www.royalmail.com/track-your-item#/tracking-results/{n}"},
	{Slug: "parcelforce", Name: "Parcelforce", Aliases: []string{"parcel-force", "parcelforce-worldwide"}},
	{Slug: "evri", Name: "Evri", Aliases: []string{"hermes-uk", "myhermes"}},
	{Slug: "hermes", Name: "Hermes", Aliases: []string{"hermes-de", "hermes-germany", "myhermes-de"}},
	{Slug: "post-at", Name: "Österreichische Post", Aliases: []string{"austrian-post", "austria-post", "at-post", "postat", "austrian-post-registered", "oesterreichische-post", "osterreichische-post"}, Page: "https://www.post.at/sv/sendungssuche?snr={n}"},
	{Slug: "postnord", Name: "PostNord", Aliases: []string{"post-nord", "postnord-se", "sweden-posten", "danmark-post", "postnord-dk", "postnord-sweden"}, Page: "https://www.postnord.se/en/our-tools/track-and-trace?shipmentId={n}"},
	{Slug: "swiss-post", Name: "Swiss Post", Aliases: []string{"swisspost", "die-post", "schweizerische-post", "post-ch"}},
	{Slug: "an-post", Name: "An Post", Aliases: []string{"anpost"}},
	{Slug: "ctt", Name: "CTT", Aliases: []string{"portugal-ctt", "ctt-expresso", "ctt-express"}},
	{Slug: "inpost", Name: "InPost", Aliases: []string{"inpost-paczkomaty", "in-post"}},
	{Slug: "poczta-polska", Name: "Poczta Polska", Aliases: []string{"polish-post"}},
	{Slug: "post-luxembourg", Name: "POST Luxembourg", Aliases: []string{"luxembourg-post", "post-lu"}},
	{Slug: "posti", Name: "Posti", Aliases: []string{"finland-posti"}},
	{Slug: "posten", Name: "Posten Bring", Aliases: []string{"posten-norge", "posten-bring", "bring"}},
	{Slug: "budbee", Name: "Budbee"},
	{Slug: "trunkrs", Name: "Trunkrs"},
	{Slug: "cycloon", Name: "Cycloon"},
	{Slug: "homerr", Name: "Homerr"},
	{Slug: "usps", Name: "USPS", Aliases: []string{"us-postal-service", "united-states-postal-service"}, Page: "https://tools.usps.com/go/TrackConfirmAction?tLabels={n}"},
	{Slug: "asendia", Name: "Asendia", Aliases: []string{"asendia-uk", "asendia-de", "asendia-usa", "asendia-eu"}, Page: "https://tracking.asendia.com/tracking/{n}"},
	{Slug: "spring", Name: "Spring GDS", Aliases: []string{"spring-gds", "spring-global"}, Page: "https://www.mailingtechnology.com/tracking/?tn={n}"},
	{Slug: "landmark", Name: "Landmark Global", Aliases: []string{"landmark-global"}, Page: "https://track.landmarkglobal.com/?search={n}"},
}

// CarrierSlug is the slug of a carrier by any of its names; of one that is not known, its name in the form of a slug.
func CarrierSlug(name string) string {
	slug := slugify(name)
	if c, ok := carrier(slug); ok {
		return c.Slug
	}
	return slug
}

// CarrierName is what a shopper calls a carrier: its own spelling when known, else the slug in words.
func CarrierName(slug string) string {
	if c, ok := carrier(slugify(slug)); ok {
		return c.Name
	}
	words := strings.Fields(strings.ReplaceAll(slugify(slug), "-", " "))
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, " ")
}

// CarrierURL is the carrier's own public page about a parcel, "" when none is known. The shopper's postcode goes into it
// only where the carrier demands it: such an address must not be logged or shared.
func CarrierURL(slug, number, postcode, country, lang string) string {
	c, ok := carrier(slugify(slug))
	if !ok || c.Page == "" || number == "" {
		return ""
	}
	if c.Needs == "{pc}" && (postcode == "" || country == "") {
		return c.Without
	}
	return fill(c.Page, []string{
		"{n}", number,
		"{pc}", strings.ToUpper(strings.ReplaceAll(postcode, " ", "")),
		"{cc}", strings.ToLower(letters(country, "nl")),
		"{CC}", strings.ToUpper(letters(country, "nl")),
		"{lang}", strings.ToLower(letters(lang, "en")),
	})
}

// letters gives the first two letters of a code, or a default when it has not even those.
func letters(code, otherwise string) string {
	if len(code) < 2 || slugify(code[:2]) != strings.ToLower(code[:2]) {
		return otherwise
	}
	return code[:2]
}

// fill puts values into a page's address, each escaped for the part it stands in. Host and scheme are the table's alone.
func fill(page string, values []string) string {
	u, err := url.Parse(page)
	if err != nil {
		return ""
	}
	escaped := slices.Clone(values)
	for i := 1; i < len(escaped); i += 2 {
		escaped[i] = strings.ReplaceAll(url.QueryEscape(escaped[i]), "+", "%20")
	}
	plain, escape := strings.NewReplacer(values...), strings.NewReplacer(escaped...)

	query := u.Query()
	for key := range query {
		query.Set(key, plain.Replace(query.Get(key)))
	}
	u.RawQuery = query.Encode()
	u.Path, u.RawPath = plain.Replace(u.Path), escape.Replace(u.Path)
	u.Fragment, u.RawFragment = plain.Replace(u.Fragment), escape.Replace(u.Fragment)
	return u.String()
}

func carrier(slug string) (Carrier, bool) {
	i := slices.IndexFunc(Carriers, func(c Carrier) bool { return c.Slug == slug || slices.Contains(c.Aliases, slug) })
	if i < 0 {
		return Carrier{}, false
	}
	return Carriers[i], true
}

// slugify writes a name in lower-case ASCII letters and digits with single hyphens.
func slugify(name string) string {
	var slug strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if r == 'ö' {
			r = 'o'
		}
		if ('a' > r || r > 'z') && ('0' > r || r > '9') {
			gap = slug.Len() > 0
			continue
		}
		if gap {
			slug.WriteByte('-')
			gap = false
		}
		slug.WriteRune(r)
	}
	return slug.String()
}
