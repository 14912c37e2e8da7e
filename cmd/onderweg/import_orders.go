package main

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// orderColumns is the format of orders: a row is a line of an order, rows of one order follow each other. Described in
// docs/operations.md.
var orderColumns = []column{
	{name: "order_number", required: true, also: []string{"order", "order number", "order id", "number", "bestelnummer", "ordernummer", "bestellnummer", "auftragsnummer", "numéro de commande"}},
	{name: "placed_at", required: true, also: []string{"created at", "order date", "date", "besteldatum", "datum", "bestelldatum", "date de commande"}},
	{name: "email", also: []string{"e-mail", "email address", "customer email", "billing email", "e-mailadres", "e-mail-adresse"}},
	{name: "phone", also: []string{"telephone", "shipping phone", "billing phone", "telefoon", "telefoonnummer", "telefon", "téléphone"}},
	{name: "name", also: []string{"customer", "customer name", "recipient", "naam", "klant", "empfänger", "nom"}},
	{name: "street", also: []string{"address", "address1", "shipping street", "shipping address1", "straat", "adres", "straße", "strasse", "rue", "adresse"}},
	{name: "extra", also: []string{"address2", "shipping address2", "toevoeging", "adresszusatz"}},
	{name: "postal_code", also: []string{"zip", "postcode", "postal code", "shipping zip", "shipping postcode", "plz", "code postal"}},
	{name: "city", also: []string{"town", "shipping city", "plaats", "woonplaats", "stad", "ort", "stadt", "ville"}},
	{name: "country", also: []string{"country code", "shipping country", "land", "pays"}},
	{name: "language", also: []string{"locale", "taal", "sprache", "langue"}},
	{name: "currency", also: []string{"valuta", "währung", "devise"}},
	{name: "total", also: []string{"order total", "amount", "totaal", "totaalbedrag", "gesamt", "gesamtbetrag", "montant"}},
	{name: "item", also: []string{"product", "product name", "item name", "lineitem name", "line item", "artikel", "productnaam", "article"}},
	{name: "detail", also: []string{"variant", "variante", "size", "maat"}},
	{name: "sku", also: []string{"lineitem sku", "item sku", "article number", "artikelnummer"}},
	{name: "quantity", also: []string{"qty", "lineitem quantity", "item quantity", "aantal", "anzahl", "menge", "quantité"}},
	{name: "price", also: []string{"unit price", "lineitem price", "item price", "prijs", "stuksprijs", "preis", "prix"}},
	{name: "line_total", also: []string{"item total", "line total", "regeltotaal", "zeilensumme"}},
	{name: "items", also: []string{"line items", "artikelen", "articles"}},
	{name: "parcel", also: []string{"parcel reference", "shipment", "zending", "pakket", "sendung", "colis"}},
	{name: "carrier", also: []string{"shipping carrier", "tracking company", "vervoerder", "versanddienst", "transporteur"}},
	{name: "tracking_number", also: []string{"tracking", "tracking code", "barcode", "track & trace", "trackingcode", "zendingsnummer", "sendungsnummer", "numéro de suivi"}},
	{name: "packed_at", also: []string{"packed", "fulfilled at", "ingepakt", "gepackt"}},
}

// ofTheOrder are the columns that say something of the whole order: a later row of it leaves them empty or says the same.
var ofTheOrder = []string{"placed_at", "email", "phone", "name", "street", "extra", "postal_code", "city", "country", "language", "currency", "total"}

const maxLines = 500 // of one order

// importOrders reads orders with their lines and parcels. Nobody is told of what is old.
func importOrders(ctx context.Context, c *call) error {
	flags := c.importFlags()
	monthFirst := c.flags.Bool("month-first", false, "read 11/25/2026 instead of 25/11/2026")
	c.about = "A row is a line of an order; rows of one order follow each other. See \"Importing\" in docs/operations.md."
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := requireMerchant(*flags.merchant); err != nil {
		return err
	}

	file, err := openCSV(c.args[0], knownIn(orderColumns))
	if err != nil {
		return err
	}
	at, err := columnsOf(file.header, orderColumns)
	if err != nil {
		return fmt.Errorf("%s: %w", file.path, err)
	}

	s, _, closing, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closing()
	m, err := shop(ctx, s, *flags.merchant)
	if err != nil {
		return err
	}

	reader, err := newOrderReader(file, at, m, *monthFirst)
	if err != nil {
		return err
	}
	defer reader.in.close()

	im := importer[store.ImportRow]{kind: "orders", file: file, again: *flags.again, parse: reader.next, save: saveOrders(s, m)}
	t, err := im.run(ctx, c, s, m)
	if err != nil {
		return err
	}

	return t.report(c, file, "orders")
}

// saveOrders saves a batch; one that the store refuses is taken order by order to find out which.
func saveOrders(s *store.Store, m store.Merchant) func(context.Context, []store.ImportRow) (int, map[int]string, error) {
	return func(ctx context.Context, rows []store.ImportRow) (int, map[int]string, error) {
		created, _, err := s.ImportOrders(ctx, m.ID, rows, time.Now())
		var invalid parcel.Invalid
		if !errors.As(err, &invalid) {
			return created, nil, err
		}

		refused := map[int]string{}
		for i := range rows {
			n, _, err := s.ImportOrders(ctx, m.ID, rows[i:i+1], time.Now())
			created += n
			if errors.As(err, &invalid) {
				refused[i] = strings.TrimPrefix(invalid.Error(), "orders[0].")
			} else if err != nil {
				return created, refused, err
			}
		}

		return created, refused, nil
	}
}

// orderReader makes orders of rows.
type orderReader struct {
	in       *records
	at       columns
	merchant store.Merchant
	clock    clock

	seed   maphash.Seed
	seen   map[uint64]struct{} // order numbers so far: a few bytes each, also for millions
	ahead  *rawRow             // the first row of the next order
	broken []reject
	rows   int64 // records read
	ended  bool
}

func newOrderReader(f *csvFile, at columns, m store.Merchant, monthFirst bool) (*orderReader, error) {
	in, err := f.records()
	if err != nil {
		return nil, err
	}

	zone, err := time.LoadLocation(m.Rules.Zone)
	if err != nil {
		zone = time.UTC
	}

	return &orderReader{
		in: in, at: at, merchant: m, clock: clock{zone: zone, monthFirst: monthFirst},
		seed: maphash.MakeSeed(), seen: map[uint64]struct{}{},
	}, nil
}

// next gives one order, or the rows that make none, and how many records were read for it; io.EOF beside the last.
func (r *orderReader) next() (item[store.ImportRow], []reject, int64, error) {
	rows, err := r.group()
	if err != nil {
		return item[store.ImportRow]{}, nil, r.rows, err
	}
	rejects := r.broken
	r.broken = nil

	read := r.rows
	if r.ahead != nil {
		read--
	}
	if r.ended {
		err = io.EOF
	}
	if len(rows) == 0 {
		return item[store.ImportRow]{}, rejects, read, err
	}

	row, bad := r.order(rows)
	if bad != nil {
		return item[store.ImportRow]{}, append(rejects, bad.all(rows)...), read, err
	}

	return item[store.ImportRow]{row, rows}, rejects, read, err
}

// group reads the rows of one order: to the first row with another number. Broken rows are set aside; one in the middle
// of an order spoils it only when its number cannot be known, and then it is told alone.
func (r *orderReader) group() ([]rawRow, error) {
	var rows []rawRow
	if r.ahead != nil {
		rows, r.ahead = append(rows, *r.ahead), nil
	}

	for {
		cells, line, err := r.in.next()
		if errors.Is(err, io.EOF) {
			r.ended = true

			return rows, nil
		}
		r.rows++

		var bad badRecord
		if errors.As(err, &bad) {
			r.broken = append(r.broken, reject{rawRow{line: bad.line}, bad.reason})

			continue
		}
		if err != nil {
			return nil, err
		}

		row := rawRow{line, slices.Clone(cells)}
		if len(rows) > 0 && r.number(row) != r.number(rows[0]) {
			r.ahead = &row

			return rows, nil
		}
		rows = append(rows, row)
		if len(rows) > maxLines*2 {
			return rows, nil
		}
	}
}

func (r *orderReader) number(row rawRow) string { return r.at.cell(row.cells, "order_number") }

// badOrder is why an order cannot be taken, and which row of it is to blame (0 for all of them).
type badOrder struct {
	line   int
	reason string
}

// all rejects every row of the order: half an order would be wrong.
func (b *badOrder) all(rows []rawRow) []reject {
	var out []reject
	for _, row := range rows {
		reason := b.reason
		if b.line != 0 && row.line != b.line {
			reason = fmt.Sprintf("line %d of the same order cannot be taken", b.line)
		}
		out = append(out, reject{row, reason})
	}

	return out
}

// order makes one order of its rows.
func (r *orderReader) order(rows []rawRow) (store.ImportRow, *badOrder) {
	for _, row := range rows {
		if err := r.checkRow(row, rows[0]); err != nil {
			return store.ImportRow{}, &badOrder{row.line, err.Error()}
		}
	}
	if len(rows) > maxLines {
		return store.ImportRow{}, &badOrder{0, fmt.Sprintf("an order has at most %d lines", maxLines)}
	}
	number := r.number(rows[0])
	key := maphash.String(r.seed, number)
	if _, twice := r.seen[key]; twice {
		return store.ImportRow{}, &badOrder{0, "the rows of order " + number + " do not follow each other: it stands earlier in the file"}
	}
	r.seen[key] = struct{}{}

	order, decimals, err := r.head(rows[0])
	if err != nil {
		return store.ImportRow{}, &badOrder{rows[0].line, err.Error()}
	}

	out := store.ImportRow{Order: order}
	for _, row := range rows {
		if err := r.line(&out, row, decimals); err != nil {
			return store.ImportRow{}, &badOrder{row.line, err.Error()}
		}
	}
	if len(out.Order.Lines) == 0 {
		return store.ImportRow{}, &badOrder{0, "the order has no line: give item, or items"}
	}
	if r.at.cell(rows[0].cells, "total") == "" {
		for _, l := range out.Order.Lines {
			out.Order.Total += l.Price
		}
	}

	return out, nil
}

func (r *orderReader) checkRow(row, first rawRow) error {
	if err := checkCells(row.cells); err != nil {
		return err
	}
	if len(row.cells) != len(r.in.file.header) {
		return fmt.Errorf("has %d cells, and the header has %d", len(row.cells), len(r.in.file.header))
	}
	if n := len(r.number(row)); n == 0 || n > 100 {
		return fmt.Errorf("order_number is empty or longer than 100 bytes")
	}
	for _, name := range ofTheOrder {
		if is, was := r.at.cell(row.cells, name), r.at.cell(first.cells, name); is != "" && is != was {
			return fmt.Errorf("%s differs from the first row of the order", name)
		}
	}

	return nil
}

// head reads what is said of the whole order from its first row.
func (r *orderReader) head(row rawRow) (parcel.Order, int, error) {
	get := func(name string) string { return oneLine(r.at.cell(row.cells, name)) }

	o := parcel.Order{Merchant: r.merchant.ID, Number: get("order_number"), Country: r.merchant.Country}
	o.Contact = parcel.Contact{Name: get("name"), Address: parcel.Address{
		Street: get("street"), Extra: get("extra"), PostalCode: get("postal_code"), City: get("city"),
	}}

	var decimals int
	steps := []struct {
		name string
		take func(text string) error
	}{
		{"placed_at", func(s string) (err error) { o.PlacedAt, err = r.clock.parse(s); return err }},
		{"country", func(s string) (err error) { o.Country, err = orElse(s, o.Country, countryOf); return err }},
		{"language", func(s string) (err error) { o.Language, err = orElse(s, "", languageOf); return err }},
		{"email", func(s string) (err error) { o.Contact.Email, err = orElse(s, "", emailOf); return err }},
		{"phone", func(s string) (err error) {
			o.Contact.Phone, err = orElse(s, "", func(s string) (string, error) { return phoneOf(s, o.Country) })
			return err
		}},
		{"currency", func(s string) (err error) {
			o.Currency, decimals, err = currencyOf(strings.ToUpper(s), r.merchant.Country)
			return err
		}},
		{"total", func(s string) (err error) { o.Total, err = amountOr(s, 0, decimals); return err }},
	}
	for _, step := range steps {
		if err := step.take(get(step.name)); err != nil {
			return o, 0, fmt.Errorf("%s %w", step.name, err)
		}
	}

	return o, decimals, nil
}

// line adds what one row says: a line, or several in the cell items, and the parcel they travel in.
func (r *orderReader) line(out *store.ImportRow, row rawRow, decimals int) error {
	get := func(name string) string { return oneLine(r.at.cell(row.cells, name)) }
	first := len(out.Order.Lines)

	if name := get("item"); name != "" {
		l, err := lineOf(get, name, decimals)
		if err != nil {
			return err
		}
		out.Order.Lines = append(out.Order.Lines, l)
	}
	lines, err := itemsOf(get("items"), decimals)
	if err != nil {
		return fmt.Errorf("items %w", err)
	}
	out.Order.Lines = append(out.Order.Lines, lines...)
	if len(out.Order.Lines) > maxLines {
		return fmt.Errorf("items: an order has at most %d lines", maxLines)
	}

	in := store.ParcelInput{
		Reference: get("parcel"), Carrier: strings.ToLower(get("carrier")),
		TrackingNumber: parcel.NormaliseTrackingNumber(get("tracking_number")),
	}
	if packed := get("packed_at"); packed != "" {
		if in.PackedAt, err = r.clock.parse(packed); err != nil {
			return fmt.Errorf("packed_at %w", err)
		}
	}
	if in.Reference == "" && in.TrackingNumber == "" {
		return nil
	}

	at := slices.IndexFunc(out.Parcels, func(p store.ParcelInput) bool {
		return p.Reference == in.Reference && p.Carrier == in.Carrier && p.TrackingNumber == in.TrackingNumber
	})
	if at < 0 {
		at = len(out.Parcels)
		out.Parcels = append(out.Parcels, in)
	}
	for i := first; i < len(out.Order.Lines); i++ {
		out.Parcels[at].Contents = append(out.Parcels[at].Contents, parcel.Content{Line: i, Quantity: out.Order.Lines[i].Quantity})
	}

	return nil
}

// lineOf reads a line from the columns of its row. price is of one piece, line_total of all.
func lineOf(get func(string) string, name string, decimals int) (parcel.Line, error) {
	l := parcel.Line{SKU: get("sku"), Name: name, Detail: get("detail"), Quantity: 1}

	if s := get("quantity"); s != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(s, ".0"), ",0"))
		if err != nil || n < 1 || n > 100_000 {
			return l, fmt.Errorf("quantity is no number from 1 to 100000")
		}
		l.Quantity = n
	}

	price, err := amountOr(get("price"), 0, decimals)
	if err != nil {
		return l, fmt.Errorf("price %w", err)
	}
	if l.Price, err = amountOr(get("line_total"), price*int64(l.Quantity), decimals); err != nil {
		return l, fmt.Errorf("line_total %w", err)
	}

	return l, nil
}

// itemsOf reads several lines from one cell: "2x Wool socks @ 12,50 | Hat". The number of pieces and the price of one may
// be left out.
func itemsOf(s string, decimals int) ([]parcel.Line, error) {
	if s == "" {
		return nil, nil
	}

	var lines []parcel.Line
	for part := range strings.SplitSeq(s, "|") {
		l := parcel.Line{Name: strings.TrimSpace(part), Quantity: 1}
		if i := strings.LastIndex(l.Name, " @ "); i >= 0 {
			price, err := parseAmount(l.Name[i+3:], decimals)
			if err != nil {
				return nil, fmt.Errorf("%d: the price %w", len(lines)+1, err)
			}
			l.Name, l.Price = strings.TrimSpace(l.Name[:i]), price
		}
		if number, name, ok := strings.Cut(l.Name, "x "); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(number)); err == nil && n > 0 && n <= 100_000 {
				l.Name, l.Quantity = strings.TrimSpace(name), n
			}
		}
		if l.Name == "" {
			return nil, fmt.Errorf("%d: has no name", len(lines)+1)
		}
		l.Price *= int64(l.Quantity)
		lines = append(lines, l)
	}

	return lines, nil
}

// orElse reads a cell, or gives another value for an empty one.
func orElse(s, empty string, read func(string) (string, error)) (string, error) {
	if s == "" {
		return empty, nil
	}

	return read(s)
}

func amountOr(s string, empty int64, decimals int) (int64, error) {
	if s == "" {
		return empty, nil
	}

	return parseAmount(s, decimals)
}
