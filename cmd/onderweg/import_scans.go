package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// scanColumns is the format of scans: a row is one event of one parcel. Described in docs/operations.md.
var scanColumns = []column{
	{name: "tracking_number", required: true, also: []string{"tracking", "tracking code", "barcode", "track & trace", "zendingsnummer", "sendungsnummer", "numéro de suivi"}},
	{name: "carrier", required: true, also: []string{"courier", "vervoerder", "versanddienst", "transporteur"}},
	{name: "time", required: true, also: []string{"when", "date", "timestamp", "event time", "tijd", "datum", "zeit", "heure"}},
	{name: "milestone", also: []string{"status", "mijlpaal"}},
	{name: "code", also: []string{"event code", "status code"}},
	{name: "reason", also: []string{"reden", "grund", "motif"}},
	{name: "text", also: []string{"description", "message", "omschrijving", "beschreibung"}},
	{name: "city", also: []string{"town", "plaats", "ort", "ville"}},
	{name: "country", also: []string{"country code", "land", "pays"}},
	{name: "place", also: []string{"facility", "location", "locatie", "standort", "lieu"}},
}

var reasons = []parcel.Reason{
	parcel.ReasonDelayed, parcel.ReasonWeather, parcel.ReasonNotHome, parcel.ReasonClosed, parcel.ReasonAddress, parcel.ReasonRefused, parcel.ReasonDamaged,
	parcel.ReasonCustoms, parcel.ReasonPayment, parcel.ReasonDocuments, parcel.ReasonMissorted, parcel.ReasonNotCollected, parcel.ReasonOther,
}

// importScans applies events to parcels that exist. The message policy keeps quiet about what is older than two days.
func importScans(ctx context.Context, c *call) error {
	flags := c.importFlags()
	c.about = "A row is one event of one parcel. See \"Importing\" in docs/operations.md."
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := requireMerchant(*flags.merchant); err != nil {
		return err
	}

	file, err := openCSV(c.args[0], knownIn(scanColumns))
	if err != nil {
		return err
	}
	at, err := columnsOf(file.header, scanColumns)
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

	in, err := file.records()
	if err != nil {
		return err
	}
	defer in.close()

	reader := scanReader{in: in, at: at, merchant: m}
	im := importer[parcel.Scan]{kind: "scans", file: file, again: *flags.again, parse: reader.next, save: saveScans(s, m)}
	t, err := im.run(ctx, c, s, m)
	if err != nil {
		return err
	}

	return t.report(c, file, "scans")
}

// saveScans records a batch. Scans of parcels nobody knows are refused: a later run of the file, after the orders came,
// takes them.
func saveScans(s *store.Store, m store.Merchant) func(context.Context, []parcel.Scan) (int, map[int]string, error) {
	return func(ctx context.Context, scans []parcel.Scan) (int, map[int]string, error) {
		applied, unknown, err := s.Record(ctx, m.ID, scans, time.Now())
		if err != nil || len(unknown) == 0 {
			return applied, nil, err
		}

		missing := map[string]bool{}
		for _, scan := range unknown {
			missing[scan.Fingerprint] = true
		}
		refused := map[int]string{}
		for i, scan := range scans {
			if missing[scan.Fingerprint] {
				refused[i] = "no parcel has this tracking number: import its order first, then this file again"
			}
		}

		return applied, refused, nil
	}
}

// scanReader makes scans of rows.
type scanReader struct {
	in       *records
	at       columns
	merchant store.Merchant
	rows     int64
}

func (r *scanReader) next() (item[parcel.Scan], []reject, int64, error) {
	cells, line, err := r.in.next()
	if errors.Is(err, io.EOF) {
		return item[parcel.Scan]{}, nil, r.rows, err
	}
	r.rows++

	var bad badRecord
	if errors.As(err, &bad) {
		return item[parcel.Scan]{}, []reject{{rawRow{line: bad.line}, bad.reason}}, r.rows, nil
	}
	if err != nil {
		return item[parcel.Scan]{}, nil, r.rows, err
	}

	row := rawRow{line, slices.Clone(cells)}
	scan, wrong := r.scan(row.cells)
	if wrong != nil {
		return item[parcel.Scan]{}, []reject{{row, wrong.Error()}}, r.rows, nil //nolint:nilerr // the row is rejected with it
	}

	return item[parcel.Scan]{scan, []rawRow{row}}, nil, r.rows, nil
}

func (r *scanReader) scan(cells []string) (parcel.Scan, error) {
	if err := checkCells(cells); err != nil {
		return parcel.Scan{}, err
	}
	if len(cells) != len(r.in.file.header) {
		return parcel.Scan{}, fmt.Errorf("has %d cells, and the header has %d", len(cells), len(r.in.file.header))
	}
	get := func(name string) string { return oneLine(r.at.cell(cells, name)) }

	scan := parcel.Scan{
		Source: "csv", Carrier: strings.ToLower(get("carrier")), Number: parcel.NormaliseTrackingNumber(get("tracking_number")),
		Code: get("code"), Milestone: parcel.Milestone(get("milestone")), Reason: parcel.Reason(get("reason")),
		Place: parcel.Place{City: get("city"), Name: get("place")}, Text: get("text"),
	}
	if scan.Carrier == "" || scan.Number == "" {
		return scan, fmt.Errorf("tracking_number and carrier must not be empty")
	}
	if scan.Milestone != parcel.None && !slices.Contains(parcel.Milestones, scan.Milestone) {
		return scan, fmt.Errorf("milestone %q is none of ours: see docs/operations.md, or leave it empty", scan.Milestone)
	}
	if scan.Reason != parcel.NoReason && !slices.Contains(reasons, scan.Reason) {
		return scan, fmt.Errorf("reason %q is none of ours: see docs/operations.md, or leave it empty", scan.Reason)
	}
	scan.Unmapped = scan.Milestone == parcel.None

	var err error
	if scan.Place.Country, err = orElse(get("country"), "", countryOf); err != nil {
		return scan, fmt.Errorf("country %w", err)
	}
	raw := get("time")
	scan.When, err = parcel.ParseTime(raw, parcel.TimeHints{Country: scan.Place.Country, Zone: r.merchant.Rules.Zone})
	if err != nil {
		return scan, fmt.Errorf("time: %w", err)
	}
	scan.Fingerprint = parcel.Fingerprint(scan.Source, scan.Carrier+scan.Number, raw, scan.Code+string(scan.Milestone), scan.Place.City+scan.Place.Name, scan.Text)

	return scan, nil
}
