package feed

import (
	"strings"

	"onderweg/internal/parcel"
)

// carrierPrefixes turns what feeds call carriers into our slugs: the first prefix that fits the feed's name, in lower case and
// without anything but letters and digits, wins. Longer ones stand first.
var carrierPrefixes = []struct{ prefix, slug string }{
	{"dhlexpress", "dhl-express"},
	{"dhl", "dhl"},
	{"deutschepostdhl", "dhl"},
	{"postnl", "postnl"},
	{"postnord", "postnord"},
	{"dpd", "dpd"},
	{"bpost", "bpost"},
	{"gls", "gls"},
	{"ups", "ups"},
	{"fedex", "fedex"},
	{"usps", "usps"},
	{"royalmail", "royal-mail"},
	{"lapostecolissimo", "colissimo"},
	{"colissimo", "colissimo"},
	{"laposte", "laposte"},
	{"chronopost", "chronopost"},
	{"mondialrelay", "mondial-relay"},
	{"spaincorreos", "correos"},
	{"correos", "correos"},
	{"posteitaliane", "poste-italiane"},
	{"austrianpost", "post-at"},
	{"brt", "brt"},
	{"bartolini", "brt"},
}

// carrierSlug gives our slug for a feed's name of a carrier; an unknown carrier keeps its name in the form of a slug.
func carrierSlug(name string) string {
	slug := slugify(name)
	folded := strings.ReplaceAll(slug, "-", "")
	for _, p := range carrierPrefixes {
		if strings.HasPrefix(folded, p.prefix) {
			return p.slug
		}
	}

	return slug
}

// slugify keeps lower-case letters and digits, with hyphens between.
func slugify(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(clean(name, 40)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}

	return strings.TrimSuffix(b.String(), "-")
}

// trackingNumber reads a number that scans can be filed under, "" when it is none.
func trackingNumber(raw string) string {
	n := parcel.NormaliseTrackingNumber(clean(raw, maxNumber))
	if strings.ContainsRune(n, '\uFFFD') {
		return ""
	}

	return n
}
