package handlers

import (
	"fmt"
	"math"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/web"
)

// orderIn is an order as the API takes it. Money is a decimal text in the order's currency.
type orderIn struct {
	Number   string      `json:"number"`
	PlacedAt *time.Time  `json:"placed_at"`
	Language string      `json:"language"`
	Country  string      `json:"country"`
	Currency string      `json:"currency"`
	Total    string      `json:"total"`
	Lines    []lineIn    `json:"lines"`
	Contact  contactIn   `json:"contact"`
	Parcels  *[]parcelIn `json:"parcels"`
}

type lineIn struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Detail   string `json:"detail"`
	Quantity int    `json:"quantity"`
	Price    string `json:"price"`
	Picture  string `json:"picture"`
}

type contactIn struct {
	Name    string    `json:"name"`
	Email   string    `json:"email"`
	Phone   string    `json:"phone"`
	Address addressIn `json:"address"`
}

type addressIn struct {
	Street     string `json:"street"`
	Extra      string `json:"extra"`
	PostalCode string `json:"postal_code"`
	City       string `json:"city"`
}

type parcelIn struct {
	Reference      string       `json:"reference"`
	Carrier        string       `json:"carrier"`
	TrackingNumber string       `json:"tracking_number"`
	Contents       []contentOut `json:"contents"`
	PackedAt       *time.Time   `json:"packed_at"`
}

type contentOut struct {
	Line     int `json:"line"`
	Quantity int `json:"quantity"`
}

// Limits of an order. They are far beyond any shop's and keep rows readable.
const (
	maxLines    = 500
	maxParcels  = 100
	maxText     = 300
	maxQuantity = 1_000_000
)

var (
	countryShape  = regexp.MustCompile(`^[A-Z]{2}$`)
	carrierShape  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,40}$`)
	phoneShape    = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	pictureShape  = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	moneyShape    = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$`)
	earliestOrder = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// order checks everything and gives the domain's order, or every field that is wrong.
func (in orderIn) order(m store.Merchant, now time.Time) (parcel.Order, []store.ParcelInput, error) {
	var wrong web.Problems
	o := parcel.Order{
		Merchant: m.ID, Number: in.Number, PlacedAt: now, Language: languageTag("language", in.Language, &wrong),
		Country: in.Country, Currency: in.Currency, Contact: in.Contact.contact(&wrong),
	}
	text("number", in.Number, 1, 100, &wrong)
	if !countryShape.MatchString(in.Country) {
		wrong = append(wrong, parcel.Invalid{Field: "country", Message: "must be two capital letters, like NL"})
	}
	if in.PlacedAt != nil {
		o.PlacedAt = *in.PlacedAt
		if o.PlacedAt.Before(earliestOrder) || o.PlacedAt.After(now.Add(24*time.Hour)) {
			wrong = append(wrong, parcel.Invalid{Field: "placed_at", Message: "must be a moment between the year 2000 and now"})
		}
	}
	scale, known := scaleOf(in.Currency)
	if !known {
		wrong = append(wrong, parcel.Invalid{Field: "currency", Message: "must be a currency code, like EUR"})
	}
	o.Total = money("total", in.Total, scale, &wrong)
	o.Lines = lines(in.Lines, scale, &wrong)
	parcels := in.parcels(&wrong)
	if len(wrong) > 0 {
		return parcel.Order{}, nil, wrong
	}
	return o, parcels, nil
}

func lines(in []lineIn, scale int, wrong *web.Problems) []parcel.Line {
	if len(in) == 0 || len(in) > maxLines {
		*wrong = append(*wrong, parcel.Invalid{Field: "lines", Message: "must be 1 to " + strconv.Itoa(maxLines) + " lines"})
		return nil
	}
	out := make([]parcel.Line, len(in))
	for i, l := range in {
		at := "lines[" + strconv.Itoa(i) + "]."
		text(at+"sku", l.SKU, 0, 100, wrong)
		text(at+"name", l.Name, 1, maxText, wrong)
		text(at+"detail", l.Detail, 0, maxText, wrong)
		if l.Quantity < 1 || l.Quantity > maxQuantity {
			*wrong = append(*wrong, parcel.Invalid{Field: at + "quantity", Message: "must be 1 or more"})
		}
		if l.Picture != "" && !pictureShape.MatchString(l.Picture) {
			*wrong = append(*wrong, parcel.Invalid{Field: at + "picture", Message: "must be the name of a drawing"})
		}
		out[i] = parcel.Line{
			SKU: l.SKU, Name: l.Name, Detail: l.Detail, Quantity: l.Quantity, Picture: l.Picture,
			Price: money(at+"price", l.Price, scale, wrong),
		}
	}
	return out
}

func (in contactIn) contact(wrong *web.Problems) parcel.Contact {
	text("contact.name", in.Name, 0, maxText, wrong)
	if in.Email != "" {
		if a, err := mail.ParseAddress(in.Email); err != nil || a.Address != in.Email || len(in.Email) > 254 {
			*wrong = append(*wrong, parcel.Invalid{Field: "contact.email", Message: "must be one plain address, like a@example.com"})
		}
	}
	if in.Phone != "" && !phoneShape.MatchString(in.Phone) {
		*wrong = append(*wrong, parcel.Invalid{Field: "contact.phone", Message: "must be an international number, like +31201234567"})
	}
	text("contact.address.street", in.Address.Street, 0, maxText, wrong)
	text("contact.address.extra", in.Address.Extra, 0, maxText, wrong)
	text("contact.address.postal_code", in.Address.PostalCode, 0, 20, wrong)
	text("contact.address.city", in.Address.City, 0, maxText, wrong)
	return parcel.Contact{Name: in.Name, Email: in.Email, Phone: in.Phone, Address: parcel.Address(in.Address)}
}

func (in orderIn) parcels(wrong *web.Problems) []store.ParcelInput {
	if in.Parcels == nil {
		return nil
	}
	if len(*in.Parcels) > maxParcels {
		*wrong = append(*wrong, parcel.Invalid{Field: "parcels", Message: "must be at most " + strconv.Itoa(maxParcels)})
		return nil
	}
	out := make([]store.ParcelInput, len(*in.Parcels))
	for i, p := range *in.Parcels {
		at := "parcels[" + strconv.Itoa(i) + "]."
		out[i] = p.parcel(at, wrong)
		for _, content := range p.Contents {
			if content.Line >= len(in.Lines) {
				*wrong = append(*wrong, parcel.Invalid{Field: at + "contents", Message: "names a line the order does not have"})
				break
			}
		}
	}
	return out
}

func (in parcelIn) parcel(at string, wrong *web.Problems) store.ParcelInput {
	text(at+"reference", in.Reference, 0, 100, wrong)
	text(at+"tracking_number", in.TrackingNumber, 0, 100, wrong)
	if in.Carrier != "" && !carrierShape.MatchString(in.Carrier) {
		*wrong = append(*wrong, parcel.Invalid{Field: at + "carrier", Message: "must be a carrier's name, like postnl"})
	}
	if len(in.Contents) > maxLines {
		*wrong = append(*wrong, parcel.Invalid{Field: at + "contents", Message: "must be at most " + strconv.Itoa(maxLines)})
		return store.ParcelInput{}
	}
	p := store.ParcelInput{
		Reference: in.Reference, Carrier: in.Carrier, TrackingNumber: parcel.NormaliseTrackingNumber(in.TrackingNumber),
	}
	for _, content := range in.Contents {
		if content.Line < 0 || content.Line >= maxLines || content.Quantity < 1 || content.Quantity > maxQuantity {
			*wrong = append(*wrong, parcel.Invalid{Field: at + "contents", Message: "must name lines from 0 and quantities from 1"})
			break
		}
		p.Contents = append(p.Contents, parcel.Content(content))
	}
	if in.PackedAt != nil {
		p.PackedAt = *in.PackedAt
		if y := p.PackedAt.Year(); y < 2000 || y > 2200 {
			*wrong = append(*wrong, parcel.Invalid{Field: at + "packed_at", Message: "must be a moment in this century"})
		}
	}
	return p
}

// text checks the length of a text, in characters, and that it has no control characters.
func text(field, s string, least, most int, wrong *web.Problems) {
	n := len([]rune(s))
	switch {
	case strings.TrimSpace(s) == "" && least > 0:
		*wrong = append(*wrong, parcel.Invalid{Field: field, Message: "must not be empty"})
	case n > most:
		*wrong = append(*wrong, parcel.Invalid{Field: field, Message: "must be at most " + strconv.Itoa(most) + " characters"})
	case !printable(s):
		*wrong = append(*wrong, parcel.Invalid{Field: field, Message: "must not contain control characters"})
	}
}

func languageTag(field, s string, wrong *web.Problems) string {
	if s == "" {
		return ""
	}
	tag, err := language.Parse(s)
	if err != nil || len(s) > 35 {
		*wrong = append(*wrong, parcel.Invalid{Field: field, Message: "must be a language tag, like nl or nl-BE"})
		return ""
	}
	return tag.String()
}

// scaleOf is the number of decimals of a currency, by the same table that pages and mails show amounts with.
func scaleOf(code string) (int, bool) {
	unit, err := currency.ParseISO(code)
	if err != nil || unit.String() != code {
		return 0, false
	}
	return parcel.CurrencyDigits(code), true
}

// money reads a decimal text into minor units.
func money(field, s string, scale int, wrong *web.Problems) int64 {
	if s == "" {
		return 0
	}
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", max(0, scale-len(fraction))), 10, 64)
	if !moneyShape.MatchString(s) || len(fraction) > scale || err != nil || n > math.MaxInt64/10 {
		*wrong = append(*wrong, parcel.Invalid{Field: field, Message: "must be an amount as text, like " + decimal(6495, scale)})
		return 0
	}
	return n
}

// decimal writes minor units as a decimal text.
func decimal(n int64, scale int) string {
	if scale == 0 {
		return strconv.FormatInt(n, 10)
	}
	unit := int64(math.Pow10(scale))
	return fmt.Sprintf("%d.%0*d", n/unit, scale, n%unit)
}
