package store

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"onderweg/internal/parcel"
)

// What an order may hold. Above it lies a mistake or mischief, not a purchase.
const (
	maxLines    = 1000
	maxParcels  = 200
	maxName     = 100
	maxWords    = 1000
	maxQuantity = 1_000_000
)

// checkRow refuses an order that cannot be stored or shown. The fields are named as in the API.
func checkRow(row *ImportRow, now time.Time) error {
	o := &row.Order
	row.trim()
	switch {
	case o.Number == "":
		return parcel.Invalid{Field: "number", Message: "is missing"}
	case !o.PlacedAt.IsZero() && !plausible(o.PlacedAt, now):
		return parcel.Invalid{Field: "placed_at", Message: "is not a time an order can be from"}
	case o.Country != "" && !isUpper(o.Country, 2):
		return parcel.Invalid{Field: "country", Message: "is not a two-letter code"}
	case o.Currency != "" && !isUpper(o.Currency, 3):
		return parcel.Invalid{Field: "currency", Message: "is not a three-letter code"}
	case len(o.Lines) > maxLines:
		return parcel.Invalid{Field: "lines", Message: "are too many"}
	case len(row.Parcels) > maxParcels:
		return parcel.Invalid{Field: "parcels", Message: "are too many"}
	}
	if err := checkTexts(o); err != nil {
		return err
	}
	for i, l := range o.Lines {
		if err := checkLine(fmt.Sprintf("lines[%d]", i), l); err != nil {
			return err
		}
	}
	for i, p := range row.Parcels {
		if err := checkParcel(fmt.Sprintf("parcels[%d].", i), p, now); err != nil {
			return err
		}
	}
	return nil
}

// trim takes blanks off the ends of what identifies, and writes codes the way they are compared.
func (row *ImportRow) trim() {
	o := &row.Order
	o.Number = strings.TrimSpace(o.Number)
	o.Country = strings.ToUpper(strings.TrimSpace(o.Country))
	o.Currency = strings.ToUpper(strings.TrimSpace(o.Currency))
	for i := range row.Parcels {
		p := &row.Parcels[i]
		p.Reference = strings.TrimSpace(p.Reference)
		p.Carrier = strings.ToLower(strings.TrimSpace(p.Carrier))
		p.TrackingNumber = parcel.NormaliseTrackingNumber(p.TrackingNumber)
	}
}

// plausible says whether a shop can have sold or packed something then. Clocks may be a day ahead.
func plausible(t, now time.Time) bool {
	if t.Year() < 2000 || t.Year() > 2999 {
		return false
	}
	return now.IsZero() || t.Before(now.Add(24*time.Hour))
}

func isUpper(code string, length int) bool {
	return len(code) == length && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func checkTexts(o *parcel.Order) error {
	c := o.Contact
	list := []struct {
		field, text string
		limit       int
	}{
		{"number", o.Number, maxName},
		{"language", o.Language, 35},
		{"contact.name", c.Name, 4 * maxName},
		{"contact.email", c.Email, 254},
		{"contact.phone", c.Phone, maxName},
		{"contact.address.street", c.Address.Street, maxWords},
		{"contact.address.extra", c.Address.Extra, maxWords},
		{"contact.address.postal_code", c.Address.PostalCode, maxName},
		{"contact.address.city", c.Address.City, 4 * maxName},
	}
	for _, x := range list {
		if err := checkText(x.field, x.text, x.limit); err != nil {
			return err
		}
	}
	return nil
}

func checkLine(at string, l parcel.Line) error {
	if l.Quantity < 0 || l.Quantity > maxQuantity {
		return parcel.Invalid{Field: at + ".quantity", Message: "is out of range"}
	}
	for field, text := range map[string]string{"sku": l.SKU, "name": l.Name, "detail": l.Detail, "picture": l.Picture} {
		if err := checkText(at+"."+field, text, maxWords); err != nil {
			return err
		}
	}
	return nil
}

func checkParcel(at string, p ParcelInput, now time.Time) error {
	if !p.PackedAt.IsZero() && !plausible(p.PackedAt, now) {
		return parcel.Invalid{Field: at + "packed_at", Message: "is not a time a parcel can be from"}
	}
	for field, text := range map[string]string{"reference": p.Reference, "carrier": p.Carrier, "tracking_number": p.TrackingNumber} {
		if err := checkText(at+field, text, maxName); err != nil {
			return err
		}
	}
	return nil
}

// checkContents refuses lines the order does not have. at stands before the fields' names.
func checkContents(at string, contents []parcel.Content, lines int) error {
	for i, c := range contents {
		if c.Line < 0 || c.Line >= lines {
			return parcel.Invalid{Field: fmt.Sprintf("%scontents[%d].line", at, i), Message: "is not a line of the order"}
		}
		if c.Quantity < 0 || c.Quantity > maxQuantity {
			return parcel.Invalid{Field: fmt.Sprintf("%scontents[%d].quantity", at, i), Message: "is out of range"}
		}
	}
	return nil
}

// checkText refuses what PostgreSQL cannot store and what no form would send.
func checkText(field, text string, limit int) error {
	if len(text) > limit {
		return parcel.Invalid{Field: field, Message: "is too long"}
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return parcel.Invalid{Field: field, Message: "holds characters that cannot be stored"}
	}
	return nil
}

// cleanText makes a carrier's words storable: no broken characters, no controls but line breaks, not longer than limit.
func cleanText(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	dirty := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if utf8.ValidString(text) && strings.IndexFunc(text, dirty) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if dirty(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}
