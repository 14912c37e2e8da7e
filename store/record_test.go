package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// journey is a random history of one parcel.
func journey(r *rand.Rand, number string) []parcel.Scan {
	scans := make([]parcel.Scan, 1+r.IntN(12))
	for i := range scans {
		scans[i] = scan(number, 1+r.IntN(72), parcel.Milestones[r.IntN(len(parcel.Milestones))])
		scans[i].Received = monday.Add(80 * time.Hour)
		if r.IntN(4) == 0 {
			day := parcel.Date{Year: 2026, Month: time.November, Day: 24 + r.IntN(6)}
			scans[i].Window = parcel.Window{From: day, To: day}
		}
	}
	return scans
}

// folded is what the domain alone makes of scans.
func folded(shop store.Merchant, p parcel.Parcel, scans []parcel.Scan) parcel.Parcel {
	pure := parcel.Parcel{
		Merchant: p.Merchant, Order: p.Order, ID: p.ID, Carrier: p.Carrier, TrackingNumber: p.TrackingNumber, Country: p.Country,
		PlacedAt: p.PlacedAt, Rules: shop.Rules,
	}
	pure.Begin(monday)
	for _, s := range scans {
		pure.Apply(s)
	}
	pure.Since.Raw = ""
	for i := range pure.Scans {
		pure.Scans[i].When.Raw = "" // kept in the table of scans
	}
	return pure
}

func parcelsOf(t testing.TB, s *store.Store, m parcel.MerchantID, number string) []parcel.Parcel {
	t.Helper()
	_, parcels, err := s.Order(t.Context(), m, number)
	if err != nil {
		t.Fatal(err)
	}
	return parcels
}

func TestAnyBatchesFromManyWorkersEndAsThePureFold(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	shop := storetest.Merchant(t, s, "kaap-noord")
	r := rand.New(rand.NewPCG(11, 12))
	const orders, workers = 20, 8

	journeys := map[string][]parcel.Scan{}
	var all []parcel.Scan
	for i := range orders {
		a, b := fmt.Sprint("3SA", i), fmt.Sprint("3SB", i)
		mustSave(t, s, order(shop.ID, fmt.Sprint(i)), box(a), box(b))
		journeys[a], journeys[b] = journey(r, a), journey(r, b)
		all = append(all, journeys[a]...)
		all = append(all, journeys[b]...)
	}
	told := slices.Concat(all, all, all)
	r.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })

	work := make(chan []parcel.Scan)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for batch := range work {
				if _, _, err := s.Record(context.Background(), shop.ID, batch, monday.Add(90*time.Hour)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for len(told) > 0 {
		n := min(len(told), 1+r.IntN(40))
		work <- told[:n]
		told = told[n:]
	}
	close(work)
	running.Wait()

	for i := range orders {
		for _, got := range parcelsOf(t, s, shop.ID, fmt.Sprint(i)) {
			want := folded(shop, got, journeys[got.TrackingNumber])
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("got  %+v\nwant %+v", got, want)
			}
		}
	}
}

func TestTwoHundredCallersOfOneParcelEndAsOneAfterAnother(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	shop := storetest.Merchant(t, s, "kaap-noord")
	mustSave(t, s, order(shop.ID, "1"), box("3S1"))
	scans := []parcel.Scan{
		scan("3S1", 1, parcel.HandedToCarrier), scan("3S1", 5, parcel.InTransit), scan("3S1", 9, parcel.OutForDelivery),
		scan("3S1", 12, parcel.DeliveryAttemptFailed), scan("3S1", 30, parcel.Delivered),
	}
	for i := range scans {
		scans[i].Received = monday.Add(40 * time.Hour)
	}

	var running sync.WaitGroup
	var mu sync.Mutex
	applied := 0
	for i := range 200 {
		running.Go(func() {
			n, unknown, err := s.Record(context.Background(), shop.ID, scans[i%5:i%5+1], monday.Add(50*time.Hour))
			if err != nil || len(unknown) > 0 {
				t.Errorf("%v, %d unknown", err, len(unknown))
			}
			mu.Lock()
			applied += n
			mu.Unlock()
		})
	}
	running.Wait()

	got := parcelsOf(t, s, shop.ID, "1")[0]
	if want := folded(shop, got, scans); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if applied != len(scans) {
		t.Errorf("applied %d", applied)
	}
}

func TestARepeatedScanChangesNothing(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, store.Config{URL: url})
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1"), box("3S1"))
	if n := mustRecord(t, s, m, scan("3S1", 1, parcel.InTransit), scan("3S1", 1, parcel.InTransit)); n != 1 {
		t.Errorf("applied %d", n)
	}
	for range 3 {
		if n := mustRecord(t, s, m, scan("3S1", 1, parcel.InTransit)); n != 0 {
			t.Errorf("applied %d again", n)
		}
	}

	if tr := page(t, s, o); tr.Version != 2 {
		t.Errorf("version %d", tr.Version)
	}
	var scans, notices int
	err := storetest.DB(t, url).QueryRow(`select (select count(*) from scans), (select count(*) from outbox where parcel_id is not null)`).
		Scan(&scans, &notices)
	if err != nil || scans != 1 || notices != 1 {
		t.Errorf("%d scans and %d notices, %v", scans, notices, err)
	}
}

func TestAReusedNumberGoesToTheParcelItIsAbout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule          string
		oldAge        time.Duration // of the older parcel, the newer one is new
		oldEnd        parcel.Milestone
		newEnd        parcel.Milestone
		scanAge       time.Duration
		carriers      [3]string // of the old parcel, the new one, the scan
		wantOld, want bool
	}{
		{"the newer, when both are open", 50 * day, parcel.InTransit, parcel.InTransit, 0, [3]string{"dpd", "dpd", "dpd"}, false, true},
		{"the open one, when the newer has come to its end", 50 * day, parcel.InTransit, parcel.Delivered, 0, [3]string{"dpd", "dpd", "dpd"}, true, true},
		{"the newer, when both have come to an end", 50 * day, parcel.Delivered, parcel.Delivered, 0, [3]string{"dpd", "dpd", "dpd"}, false, true},
		{"the newer, when the open one is too old", 130 * day, parcel.InTransit, parcel.Delivered, 0, [3]string{"dpd", "dpd", "dpd"}, false, true},
		{"the older, for a scan from before the newer was made", 50 * day, parcel.Delivered, parcel.InTransit, 40 * day, [3]string{"dpd", "dpd", "dpd"}, true, true},
		{"the one of the scan's carrier", 50 * day, parcel.Delivered, parcel.InTransit, 0, [3]string{"dpd", "dhl", "dpd"}, true, true},
		{"nobody, when it is another carrier's", 50 * day, parcel.InTransit, parcel.InTransit, 0, [3]string{"dpd", "dhl", "ups"}, false, false},
		{"any, when the scan knows no carrier", 50 * day, parcel.Delivered, parcel.InTransit, 0, [3]string{"dpd", "dhl", ""}, false, true},
	} {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t)
			s := storetest.Open(t, store.Config{URL: url})
			m := storetest.Merchant(t, s, "kaap-noord").ID
			now := time.Now().UTC().Truncate(time.Second)
			for i, end := range []parcel.Milestone{test.oldEnd, test.newEnd} {
				number := []string{"old", "new"}[i]
				first := scan("REUSED", 1, end)
				first.Carrier = test.carriers[i]
				mustSave(t, s, order(m, number), store.ParcelInput{Carrier: test.carriers[i], TrackingNumber: "REUSED"})
				mustRecord(t, s, m, first)
				if i == 0 { // out of the way of the second
					run(t, url, `update parcels set created_at = $1`, now.Add(-test.oldAge))
					run(t, url, `update parcels set tracking_number = 'ASIDE'`)
				}
			}
			run(t, url, `update parcels set tracking_number = 'REUSED'`)

			news := scan("REUSED", 2, parcel.Customs)
			news.Carrier = test.carriers[2]
			news.When.UTC = now.Add(-test.scanAge)
			_, unknown, err := s.Record(t.Context(), m, []parcel.Scan{news}, now)
			if err != nil || (len(unknown) == 0) != test.want {
				t.Fatalf("%d unknown, %v", len(unknown), err)
			}
			old, fresh := len(parcelsOf(t, s, m, "old")[0].Scans) == 2, len(parcelsOf(t, s, m, "new")[0].Scans) == 2
			if old != test.wantOld || fresh != (test.want && !test.wantOld) {
				t.Errorf("the old one got it: %v, the new one: %v", old, fresh)
			}
		})
	}
}

const day = 24 * time.Hour

func run(t testing.TB, url, query string, args ...any) {
	t.Helper()
	if _, err := storetest.DB(t, url).ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func TestScansThatCannotBeStoredAreMadeStorable(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1"), box("3S1"))
	for what, change := range map[string]func(*parcel.Scan){
		"the year 0":            func(s *parcel.Scan) { s.When.UTC, s.When.Local = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{} },
		"the year 9999":         func(s *parcel.Scan) { s.When.UTC = time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC) },
		"the year 20000":        func(s *parcel.Scan) { s.When.UTC = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"no time":               func(s *parcel.Scan) { s.When = parcel.EventTime{} },
		"U+0000":                func(s *parcel.Scan) { s.Text, s.Code, s.When.Raw = "a\x00b", "\x00", "\x00" },
		"a lone surrogate":      func(s *parcel.Scan) { s.Place.City, s.Pickup.Name = "\xed\xa0\x80", "\xff" },
		"an endless text":       func(s *parcel.Scan) { s.Text = string(make([]byte, 1<<20)) },
		"an impossible day":     func(s *parcel.Scan) { s.Window.To = parcel.Date{Year: 1 << 40, Month: 99, Day: -5} },
		"a fingerprint of text": func(s *parcel.Scan) { s.Fingerprint = "not hexadecimal \x00" },
	} {
		bad := scan("3S1", 1, parcel.InTransit)
		bad.Fingerprint = parcel.Fingerprint("standard", "3S1", what, "", "", "")
		change(&bad)
		n, unknown, err := s.Record(t.Context(), m, []parcel.Scan{bad}, monday)
		if n != 1 || len(unknown) != 0 || err != nil {
			t.Errorf("%s: applied %d, %d unknown, %v", what, n, len(unknown), err)
		}
	}
	if _, err := s.Tracking(t.Context(), m, s.ViewToken(o.ID, m), monday); err != nil {
		t.Errorf("the page: %v", err)
	}
	if _, err := s.TickDue(t.Context(), monday.AddDate(0, 1, 0), 10); err != nil {
		t.Errorf("the clock: %v", err)
	}
}

func TestScansWithoutANumberAreUnknown(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	mustSave(t, s, order(m, "1"), store.ParcelInput{Carrier: "postnl"})
	n, unknown, err := s.Record(t.Context(), m, []parcel.Scan{scan("", 1, parcel.InTransit), scan(" - ", 1, parcel.InTransit)}, monday)
	if n != 0 || len(unknown) != 2 || err != nil {
		t.Errorf("applied %d, %d unknown, %v", n, len(unknown), err)
	}
}

func TestAParcelTakesNoMoreThanAThousandScans(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	mustSave(t, s, order(m, "1"), box("3S1"))
	scans := make([]parcel.Scan, 1100)
	for i := range scans {
		scans[i] = scan("3S1", i, parcel.None)
		scans[i].Fingerprint = parcel.Fingerprint("standard", "3S1", fmt.Sprint(i), "", "", "")
	}
	if n := mustRecord(t, s, m, scans...); n != 1000 {
		t.Errorf("applied %d", n)
	}
	if n := len(parcelsOf(t, s, m, "1")[0].Scans); n != 1000 {
		t.Errorf("the parcel has %d", n)
	}
}

func TestTheClockTellsWhatNoScanTells(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1"), box("3S1"))
	mustRecord(t, s, m, scan("3S1", 1, parcel.InTransit))
	before := page(t, s, o)

	if n, err := s.TickDue(t.Context(), monday.Add(2*time.Hour), 10); n != 0 || err != nil {
		t.Errorf("before its time: %d, %v", n, err)
	}
	later := monday.AddDate(0, 0, 20)
	looked := 0
	for range 20 {
		n, err := s.TickDue(t.Context(), later, 10)
		if err != nil {
			t.Fatal(err)
		}
		if looked += n; n == 0 {
			break
		}
	}
	after := page(t, s, o)
	if looked == 0 || looked > 10 || after.Version <= before.Version || len(after.Parcels[0].Exceptions) == 0 {
		t.Errorf("looked %d times, version %d, exceptions %+v", looked, after.Version, after.Parcels[0].Exceptions)
	}
}

func TestACarrierMayChangeUnderOneLink(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1"), store.ParcelInput{Reference: "box", Carrier: "postnl", TrackingNumber: "3S1"})
	mustRecord(t, s, m, scan("3S1", 1, parcel.HandedToCarrier))
	mustSave(t, s, order(m, "1"), store.ParcelInput{Reference: "box", Carrier: "dhl", TrackingNumber: "JD1"})
	moved := scan("JD1", 3, parcel.OutForDelivery)
	moved.Carrier = "dhl"
	mustRecord(t, s, m, moved)

	tr := page(t, s, o)
	if len(tr.Parcels) != 1 || tr.Parcels[0].Milestone != parcel.OutForDelivery || len(tr.Parcels[0].Scans) != 2 || tr.Parcels[0].Carrier != "dhl" {
		t.Errorf("%+v", tr.Parcels)
	}
}
