package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// importRows are orders with two lines and a parcel each.
func importRows(m parcel.MerchantID, from, n int) []store.ImportRow {
	rows := make([]store.ImportRow, n)
	for i := range rows {
		number := fmt.Sprint("N", from+i)
		rows[i] = store.ImportRow{Order: order(m, number), Parcels: []store.ParcelInput{{
			Carrier: "postnl", TrackingNumber: "3S" + number, Contents: []parcel.Content{{Line: 0, Quantity: 1}, {Line: 1, Quantity: 2}},
		}}}
	}
	return rows
}

func TestAnImportMayComeAgain(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	mustSave(t, s, order(m, "N3"))
	for n, want := range [][2]int{{9, 1}, {0, 10}} {
		created, updated, err := s.ImportOrders(t.Context(), m, importRows(m, 0, 10), monday)
		if created != want[0] || updated != want[1] || err != nil {
			t.Errorf("run %d: created %d, updated %d, %v", n, created, updated, err)
		}
	}

	o, parcels, err := s.Order(t.Context(), m, "N7")
	if err != nil || len(parcels) != 1 || o.Version != 1 {
		t.Fatalf("%+v, %+v, %v", o, parcels, err)
	}
	if tr := page(t, s, o); len(tr.Lines) != 2 || len(tr.Parcels[0].Contents) != 2 {
		t.Errorf("its page: %+v", tr)
	}
	if msgs := claimAll(t, s, 100, time.Minute); len(msgs) != 1 {
		t.Errorf("%d messages, only the saved order has one", len(msgs))
	}
}

func TestRowsOfOneOrderComeTogether(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	rows := importRows(m, 0, 3)
	rows = append(rows, store.ImportRow{Order: parcel.Order{Number: "N1"}, Parcels: []store.ParcelInput{box("second")}})
	created, updated, err := s.ImportOrders(t.Context(), m, rows, monday)
	if created != 3 || updated != 0 || err != nil {
		t.Errorf("created %d, updated %d, %v", created, updated, err)
	}
	if _, parcels, err := s.Order(t.Context(), m, "N1"); err != nil || len(parcels) != 2 {
		t.Errorf("%d parcels, %v", len(parcels), err)
	}
}

func TestABadRowIsNamed(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	rows := importRows(m, 0, 3)
	rows[2].Order.Contact.Email = "a\x00"
	_, _, err := s.ImportOrders(t.Context(), m, rows, monday)
	if invalid, ok := errors.AsType[parcel.Invalid](err); !ok || invalid.Field != "orders[2].contact.email" {
		t.Error(err)
	}
	if list, _ := s.Orders(t.Context(), m, "", 10); len(list) != 0 {
		t.Errorf("%d orders were saved", len(list))
	}
}

func TestOverlappingImportsAtOnceEndAsOne(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	var running sync.WaitGroup
	for i := range 6 {
		running.Go(func() {
			rows := importRows(m, 10*i, 40)
			if i%2 == 1 {
				slices.Reverse(rows)
			}
			if _, _, err := s.ImportOrders(t.Context(), m, rows, monday); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if list, err := s.Orders(t.Context(), m, "", 1000); err != nil || len(list) != 90 {
		t.Errorf("%d orders, %v", len(list), err)
	}
}

func TestAnImportGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	hash := bytes.Repeat([]byte{7}, 32)
	for _, want := range [][2]int64{{0, 0}, {1000, 88_000}, {2000, 176_000}} {
		if want[0] > 0 {
			if err := s.SaveImportProgress(t.Context(), m, "orders", hash, want[0], want[1], want[0] == 2000); err != nil {
				t.Fatal(err)
			}
		}
		rows, size, err := s.ImportProgress(t.Context(), m, "orders", hash)
		if rows != want[0] || size != want[1] || err != nil {
			t.Errorf("got %d rows and %d bytes, want %v, %v", rows, size, want, err)
		}
	}
	if rows, _, err := s.ImportProgress(t.Context(), m, "scans", hash); rows != 0 || err != nil {
		t.Errorf("of another kind: %d, %v", rows, err)
	}
}

func TestOldRequestsLoseTheirBodies(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	receive(t, s, incoming(f, "odd"), incoming(f, "waits"))
	rows := claim(t, s, time.Minute)
	finish(t, s, store.InboxEnding{Row: rows[0], State: "quarantined", Reason: "odd"},
		store.InboxEnding{Row: rows[1], State: "waiting", WaitsFor: "3S1"})

	for _, test := range []struct {
		days                 int
		quarantined, ignored int
		body                 string
	}{{29, 1, 0, "odd"}, {31, 1, 1, ""}} {
		if err := s.Tidy(t.Context(), time.Now().AddDate(0, 0, test.days)); err != nil {
			t.Fatal(err)
		}
		odd, ignored := rowsIn(t, s, f.Merchant, "quarantined"), rowsIn(t, s, f.Merchant, "ignored")
		if len(odd) != test.quarantined || len(ignored) != test.ignored || string(odd[0].Body) != test.body {
			t.Errorf("after %d days: %+v and %+v", test.days, odd, ignored)
		}
	}

	if n, err := s.ReplayInbox(t.Context(), f.Merchant, "quarantined", nil); n != 0 || err != nil {
		t.Errorf("replayed %d, %v", n, err)
	}
	receive(t, s, incoming(f, "odd"))
	if rows := claim(t, s, time.Minute); len(rows) != 0 {
		t.Errorf("a known event came again: %+v", rows)
	}
}

// BenchmarkImportOrders prints orders a second, with two lines and a parcel each, sealing and links included.
func BenchmarkImportOrders(b *testing.B) {
	s := storetest.New(b)
	m := storetest.Merchant(b, s, "kaap-noord").ID
	const batch = 1000
	from := 0
	for b.Loop() {
		if _, _, err := s.ImportOrders(b.Context(), m, importRows(m, from, batch), monday); err != nil {
			b.Fatal(err)
		}
		from += batch
	}
	b.ReportMetric(float64(from)/b.Elapsed().Seconds(), "orders/s")
}

// BenchmarkImportOrdersByTwo is the same from two goroutines, as the command does it.
func BenchmarkImportOrdersByTwo(b *testing.B) {
	s := storetest.New(b)
	m := storetest.Merchant(b, s, "kaap-noord").ID
	const batch = 1000
	b.SetParallelism(1)
	var mu sync.Mutex
	from := 0
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			mu.Lock()
			start := from
			from += batch
			mu.Unlock()
			if _, _, err := s.ImportOrders(b.Context(), m, importRows(m, start, batch), monday); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(from)/b.Elapsed().Seconds(), "orders/s")
}
