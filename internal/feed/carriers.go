package feed

import (
	"slices"
	"strings"

	"onderweg/internal/parcel"
)

// carrierSlug gives our slug for a feed's name of a carrier. Feeds write "DHLPaket" and "gls-hungary" where the list of carriers
// says "dhl-paket" and "gls": hyphens do not count, and what follows a known carrier's name is its country or product.
// An unknown carrier keeps its name in the form of a slug.
func carrierSlug(name string) string {
	slug := parcel.CarrierSlug(clean(name, 40))
	for known := slug; known != ""; {
		folded := strings.ReplaceAll(known, "-", "")
		for _, c := range parcel.Carriers {
			same := func(alias string) bool { return strings.ReplaceAll(alias, "-", "") == folded }
			if same(c.Slug) || slices.ContainsFunc(c.Aliases, same) {
				return c.Slug
			}
		}
		i := max(strings.LastIndexByte(known, '-'), 0)
		known = known[:i]
	}

	return slug
}

// trackingNumber reads a number that scans can be filed under, "" when it is none.
func trackingNumber(raw string) string {
	n := parcel.NormaliseTrackingNumber(clean(raw, maxNumber))
	if strings.ContainsRune(n, '\uFFFD') {
		return ""
	}

	return n
}
