package bench

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
	"onderweg/store"
)

// baseURL names the loopback, so that the server answers to every loopback address.
const baseURL = "http://localhost"

const slug = "bench"

// seedBatch is how many orders are stored, or told of, at a time.
const seedBatch = 1000

func openPool(connector driver.Connector) *sql.DB {
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)

	return db
}

// addShop makes the one shop: with everything a page shows.
func (s *stage) addShop(ctx context.Context) (store.Merchant, error) {
	at := func(page string) string { return "https://shop.example.com/" + page }

	return s.store.SaveMerchant(ctx, store.Merchant{
		Merchant: parcel.Merchant{
			Slug: slug, Country: "NL",
			Rules: parcel.Rules{Zone: "Europe/Amsterdam", CutoffHour: 16, MinDays: 1, MaxDays: 2, QuietDays: 2, ReadyDays: 7},
		},
		Name:   "Bench",
		Sender: store.Sender{Name: "Bench", Address: "parcels@shop.example.com", ReplyTo: "hello@shop.example.com"},
		Brand: brand.Brand{
			Shop: at(""), Languages: []string{"nl", "en"}, Items: true,
			Contact: brand.Contact{Email: "hello@shop.example.com", Page: at("contact")},
			Legal:   brand.Legal{Privacy: at("privacy"), Imprint: at("imprint"), Accessibility: at("accessibility"), Company: "Bench, Duinweg 1, Zandhoek"},
			Theme:   brand.KaapNoord(),
		},
	})
}

func orderNumber(i int) string    { return fmt.Sprintf("B-%07d", i) }
func trackingNumber(i int) string { return fmt.Sprintf("3SBNCH%09d", i) }

// seed stores orders with a parcel each, and tells of every parcel what story says.
func (s *stage) seed(ctx context.Context, story []beat) error {
	for from := 0; from < s.options.Orders; from += seedBatch {
		to := min(from+seedBatch, s.options.Orders)
		if err := s.seedSome(ctx, from, to, story); err != nil {
			return fmt.Errorf("seeding: %w", err)
		}
	}

	return s.settle(ctx)
}

func (s *stage) seedSome(ctx context.Context, from, to int, story []beat) error {
	now := s.now()
	rows := make([]store.ImportRow, 0, to-from)
	var scans []parcel.Scan
	for i := from; i < to; i++ {
		rows = append(rows, anOrder(s.shop.ID, i, now))
		for _, b := range story {
			scans = append(scans, b.scan(trackingNumber(i), now))
		}
	}

	if _, _, err := s.store.ImportOrders(ctx, s.shop.ID, rows, now); err != nil {
		return err
	}
	applied, _, err := s.store.Record(ctx, s.shop.ID, scans, now)
	if err == nil && applied != len(scans) {
		err = fmt.Errorf("%d of %d scans were applied", applied, len(scans))
	}

	return err
}

// settle lets the database come to rest: nothing left over from seeding should weigh on what is measured.
func (s *stage) settle(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, `vacuum analyze`)
	_, again := s.db.ExecContext(ctx, `checkpoint`)

	return errors.Join(err, again)
}

func anOrder(m parcel.MerchantID, i int, now time.Time) store.ImportRow {
	return store.ImportRow{
		Order: parcel.Order{
			Merchant: m, Number: orderNumber(i), PlacedAt: now.Add(-72 * time.Hour), Language: "nl", Country: "NL",
			Currency: "EUR", Total: 25390,
			Lines: []parcel.Line{
				{SKU: "B-101", Name: "Regenjas", Detail: "Leisteen, maat M", Quantity: 1, Price: 18900, Picture: "jacket"},
				{SKU: "B-214", Name: "Thermosfles", Detail: "0,75 liter", Quantity: 1, Price: 3495, Picture: "flask"},
				{SKU: "B-215", Name: "Veldfles", Detail: "1 liter", Quantity: 1, Price: 2995, Picture: "flask"},
			},
			Contact: parcel.Contact{
				Name: "Robin Voorbeeld", Email: fmt.Sprintf("robin%d@example.com", i),
				Address: parcel.Address{Street: "Duinweg 2", PostalCode: "1234 AB", City: "Zandhoek"},
			},
		},
		Parcels: []store.ParcelInput{{
			Carrier: "postnl", TrackingNumber: trackingNumber(i),
			Contents: []parcel.Content{{Line: 0, Quantity: 1}, {Line: 1, Quantity: 1}, {Line: 2, Quantity: 1}},
		}},
	}
}

// beat is one scan of a story.
type beat struct {
	milestone parcel.Milestone
	ago       time.Duration
	city      string
	text      string
}

// journey is a parcel's way until the morning of its last day, in eight scans.
func journey() []beat {
	return []beat{
		{parcel.LabelCreated, 60 * time.Hour, "", "Zending is aangemeld"},
		{parcel.HandedToCarrier, 52 * time.Hour, "Noorderkoog", "Zending is ontvangen"},
		{parcel.ArrivedAtHub, 44 * time.Hour, "Noorderkoog", "Zending is gesorteerd"},
		{parcel.InTransit, 36 * time.Hour, "Noorderkoog", "Zending is onderweg"},
		{parcel.ArrivedAtHub, 28 * time.Hour, "Middelzand", "Zending is aangekomen"},
		{parcel.InTransit, 20 * time.Hour, "Middelzand", "Zending is onderweg"},
		{parcel.ArrivedAtHub, 8 * time.Hour, "Zandhoek", "Zending is in het depot"},
		{parcel.OutForDelivery, 2 * time.Hour, "Zandhoek", "Bezorger is onderweg"},
	}
}

func (b beat) scan(number string, now time.Time) parcel.Scan {
	at := now.Add(-b.ago).UTC().Truncate(time.Second)
	raw := at.Format(time.RFC3339)

	return parcel.Scan{
		Fingerprint: parcel.Fingerprint("standard", number, raw, string(b.milestone), b.city, b.text),
		Source:      "standard", Carrier: "postnl", Number: number, Code: string(b.milestone), Milestone: b.milestone,
		When:  parcel.EventTime{Raw: raw, Local: at, UTC: at, ZoneKnown: true},
		Place: parcel.Place{City: b.city, Country: "NL"}, Text: b.text, Received: now,
	}
}

// tokens are the links of all orders.
func (s *stage) tokens(ctx context.Context) ([]string, error) {
	var orders []parcel.OrderID
	err := s.db.SelectContext(ctx, &orders, `select id from orders where merchant_id = $1 order by id`, s.shop.ID)
	if err != nil {
		return nil, err
	}

	tokens := make([]string, len(orders))
	for i, o := range orders {
		tokens[i] = s.store.ViewToken(o, s.shop.ID)
	}

	return tokens, nil
}
