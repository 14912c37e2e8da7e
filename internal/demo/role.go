package demo

import (
	"bytes"
	"fmt"
	"image/png"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// role is one order with its parcel, ready to be played.
type role struct {
	order   parcel.Order
	carrier string
	number  string
	country country
	zone    *time.Location
}

// cast invents the n-th order of a shop; i chooses goods and shopper.
func (s *Stage) cast(c company, i int, n int64) role {
	code := c.markets[i%len(c.markets)]
	land := countries()[code]
	carrier := land.carriers[i%len(land.carriers)]

	zone, err := time.LoadLocation(land.zone)
	if err != nil {
		zone = time.UTC
	}

	first, second := c.goods[i%len(c.goods)], c.goods[(i+1)%len(c.goods)]

	return role{
		carrier: carrier, number: number(carrier, 20400+n), country: land, zone: zone,
		order: parcel.Order{
			Merchant: c.ID, Number: fmt.Sprintf("%s%d", c.prefix, 20400+n), Language: land.language, Country: code, Currency: "EUR",
			Total: first.price + second.price + 495, Lines: []parcel.Line{first.line(), second.line()}, Contact: land.shopper(int(n)),
		},
	}
}

func (g good) line() parcel.Line {
	return parcel.Line{SKU: g.sku, Name: g.name, Detail: g.detail, Quantity: 1, Price: g.price, Picture: g.picture}
}

// parcels gives the shipments of a plot.
func (r role) parcels(p plot, now time.Time) []store.ParcelInput {
	if p.pack < 0 && len(p.beats) == 0 {
		return nil
	}

	in := store.ParcelInput{Reference: "1", Carrier: r.carrier, TrackingNumber: r.number, Contents: []parcel.Content{{Line: 0, Quantity: 1}, {Line: 1, Quantity: 1}}}
	if p.pack >= 0 {
		in.PackedAt = now.Add(-time.Duration(p.pack)*24*time.Hour - 25*time.Minute)
	}

	if !p.split {
		return []store.ParcelInput{in}
	}

	in.Contents = in.Contents[:1]
	rest := store.ParcelInput{Reference: "2", Carrier: r.carrier, Contents: []parcel.Content{{Line: 1, Quantity: 1}}, PackedAt: now.Add(-3 * time.Hour)}

	return []store.ParcelInput{in, rest}
}

// scan tells one event as this parcel's carrier would.
func (r role) scan(m parcel.Milestone, when time.Time, hub bool, reason parcel.Reason, how parcel.Handover) parcel.Scan {
	local := when.In(r.zone)
	_, offset := local.Zone()

	place := parcel.Place{City: r.order.Contact.Address.City, Country: r.order.Country}
	if hub {
		place.City = r.country.hub
	}

	return parcel.Scan{
		Carrier: r.carrier, Number: r.number, Milestone: m, Reason: reason, Handover: how, Place: place, Text: r.country.words[m],
		When: parcel.EventTime{
			Raw: local.Format(time.RFC3339), Local: time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC),
			Offset: offset, UTC: when.UTC(), ZoneKnown: true,
		},
		Pickup: r.pickup(m, when),
	}
}

// pickup is the shop that keeps a parcel which nobody was home for.
func (r role) pickup(m parcel.Milestone, when time.Time) parcel.Pickup {
	if m != parcel.AvailableForPickup {
		return parcel.Pickup{}
	}

	names := map[string]string{"NL": "Bakkerij Smit", "BE": "Krantenwinkel De Linde", "DE": "Blumen Krause", "FR": "Librairie Au fil des pages", "ES": "Papelería Luna", "IT": "Tabaccheria Sole"}
	a := r.order.Contact.Address

	return parcel.Pickup{
		Name: names[r.order.Country], Address: fmt.Sprintf(r.country.streets[0], 12) + ", " + a.PostalCode + " " + a.City,
		Until: parcel.DateOf(when.In(r.zone)).AddDays(3), Hours: "9:00–18:00",
	}
}

func inDays(now time.Time, zone *time.Location, n int) parcel.Window {
	day := parcel.DateOf(now.In(zone)).AddDays(n)

	return parcel.Window{From: day, To: day}
}

// laterToday is the hour and a half that begins in an hour, kept within the day.
func laterToday(now time.Time, zone *time.Location) parcel.Window {
	local := now.In(zone)
	day := parcel.DateOf(local)
	from := min((local.Hour()*60+local.Minute()+60)/10*10, 22*60+20)

	return parcel.Window{From: day, To: day, FromMinute: from, ToMinute: from + 90}
}

func pngSize(body []byte) (width, height int, err error) {
	c, err := png.DecodeConfig(bytes.NewReader(body))

	return c.Width, c.Height, err
}

// request is the role's order in the words of the API.
func (r role) request() map[string]any {
	o := r.order
	lines := make([]map[string]any, 0, len(o.Lines))
	contents := make([]map[string]int, 0, len(o.Lines))

	for i, l := range o.Lines {
		lines = append(lines, map[string]any{"sku": l.SKU, "name": l.Name, "detail": l.Detail, "picture": l.Picture, "quantity": l.Quantity, "price": euros(l.Price)})
		contents = append(contents, map[string]int{"line": i, "quantity": l.Quantity})
	}

	return map[string]any{
		"number": o.Number, "placed_at": o.PlacedAt.Format(time.RFC3339), "language": o.Language, "country": o.Country, "currency": o.Currency,
		"total": euros(o.Total), "lines": lines,
		"contact": map[string]any{"name": o.Contact.Name, "email": o.Contact.Email, "phone": o.Contact.Phone, "address": o.Contact.Address},
		"parcels": []map[string]any{{
			"reference": "1", "carrier": r.carrier, "tracking_number": r.number, "contents": contents, "packed_at": o.PlacedAt.Format(time.RFC3339),
		}},
	}
}

func euros(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }
