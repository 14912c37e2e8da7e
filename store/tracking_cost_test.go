package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// Gates of a tracking page's read. Source: performance reference, P3 and P4.
const (
	mostPages  = 14
	mostAllocs = 120
)

// fillShop imports orders with two lines and a parcel, and lets eight scans of every fourth parcel come in.
func fillShop(t testing.TB, s *store.Store, m parcel.MerchantID, orders int) []parcel.Order {
	t.Helper()
	for from := 0; from < orders; from += 1000 {
		if _, _, err := s.ImportOrders(t.Context(), m, importRows(m, from, min(1000, orders-from)), monday); err != nil {
			t.Fatal(err)
		}
	}
	for hour := range 8 {
		var scans []parcel.Scan
		for i := 0; i < orders; i += 4 {
			scans = append(scans, scan(fmt.Sprint("3SN", i), hour+1, parcel.InTransit))
		}
		mustRecord(t, s, m, scans...)
	}

	list, err := s.Orders(t.Context(), m, "", orders)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAPageTouchesFewBlocks(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, store.Config{URL: url})
	m := storetest.Merchant(t, s, "kaap-noord").ID
	orders := fillShop(t, s, m, 10_000)
	db := storetest.DB(t, url)
	if _, err := db.ExecContext(t.Context(), `vacuum analyze`); err != nil {
		t.Fatal(err)
	}

	worst, total, views := 0, 0, 0
	for i := 3; i < len(orders); i += 397 {
		var text string
		err := db.QueryRowContext(t.Context(), `explain (analyze, buffers, format json) `+store.TrackingQuery,
			m, parcel.TokenHash(s.ViewToken(orders[i].ID, m))).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		var plans []struct {
			Plan struct {
				Rows int `json:"Actual Rows"`
				Hit  int `json:"Shared Hit Blocks"`
				Read int `json:"Shared Read Blocks"`
			}
		}
		if err := json.Unmarshal([]byte(text), &plans); err != nil {
			t.Fatal(err)
		}
		p := plans[0].Plan
		if p.Rows != 1 {
			t.Fatalf("%d rows: %s", p.Rows, text)
		}
		worst = max(worst, p.Hit+p.Read)
		total += p.Hit + p.Read
		views++
	}
	t.Logf("pages of index and table per view at 10,000 orders: %.1f, at most %d", float64(total)/float64(views), worst)
	if worst > mostPages {
		t.Errorf("a view touches %d pages, at most %d are allowed", worst, mostPages)
	}
}

func TestAPageIsReadWithFewAllocations(t *testing.T) {
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1"), box("3S1"))
	for hour := range 8 {
		mustRecord(t, s, m, scan("3S1", hour+1, parcel.InTransit))
	}
	token := s.ViewToken(o.ID, m)

	got := testing.AllocsPerRun(200, func() {
		if _, err := s.Tracking(t.Context(), m, token, monday.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	})
	probe := testing.AllocsPerRun(200, func() {
		if _, _, err := s.TrackingVersion(t.Context(), m, token, monday.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("allocations: %v for a page with eight scans, %v for the probe", got, probe)
	if got > mostAllocs {
		t.Errorf("%v allocations, at most %d are allowed", got, mostAllocs)
	}
}

func BenchmarkTracking(b *testing.B) {
	s := storetest.New(b)
	m := storetest.Merchant(b, s, "kaap-noord").ID
	o := mustSave(b, s, order(m, "1"), box("3S1"))
	for hour := range 8 {
		mustRecord(b, s, m, scan("3S1", hour+1, parcel.InTransit))
	}
	token := s.ViewToken(o.ID, m)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Tracking(b.Context(), m, token, monday.Add(time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
}
