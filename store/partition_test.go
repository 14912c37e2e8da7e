package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// hot are the tables that requests about an order read and write.
var hot = []string{"orders", "parcels", "scans", "links", "outbox", "inbox", "suppressions", "idempotency"}

const parts = 8

// partition replaces the hot tables by copies split by a hash of the merchant, as a larger house would have them.
func partition(t *testing.T, db *sqlx.DB) {
	t.Helper()
	for _, table := range hot {
		db.MustExec(`alter table ` + table + ` rename to whole_` + table)
		db.MustExec(fmt.Sprintf(`create table %[1]s (like whole_%[1]s including all) partition by hash (merchant_id)`, table))
		db.MustExec(`drop table whole_` + table + ` cascade`)
		for i := range parts {
			db.MustExec(fmt.Sprintf(`create table %[1]s_%[2]d partition of %[1]s for values with (modulus %[3]d, remainder %[2]d)`, table, i, parts))
		}
	}
}

// partOf is the part of a table a merchant's rows are in.
func partOf(t *testing.T, db *sqlx.DB, table string, m parcel.MerchantID) string {
	t.Helper()
	for i := range parts {
		var here bool
		if err := db.Get(&here, fmt.Sprintf(`select satisfies_hash_partition('%s'::regclass, %d, %d, $1::uuid)`, table, parts, i), m); err != nil {
			t.Fatal(err)
		}
		if here {
			return fmt.Sprintf("%s_%d", table, i)
		}
	}
	t.Fatal("a merchant without a part")
	return ""
}

// touched lists the parts that were scanned, or changed, since the statistics were reset. Every session that worked must
// have ended: that is when the last of its figures arrive.
func touched(t *testing.T, db *sqlx.DB) []string {
	t.Helper()
	var names []string
	err := db.Select(&names, `
		select relname from pg_stat_user_tables
		where relname ~ ('^(' || array_to_string($1::text[], '|') || ')_\d+$')
			and coalesce(seq_scan, 0) + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del > 0
		order by relname`, pq.Array(hot))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// twoApart makes two merchants whose rows lie in different parts.
func twoApart(t *testing.T, s *store.Store) (one, two store.Merchant) {
	t.Helper()
	one = storetest.Merchant(t, s, "kaap-noord")
	for i := range 100 {
		two = storetest.Merchant(t, s, fmt.Sprintf("elders-%d", i))
		if partOf(t, s.DB(), "orders", two.ID) != partOf(t, s.DB(), "orders", one.ID) {
			return one, two
		}
	}
	t.Fatal("all merchants are in one part")
	return one, two
}

// Reading the statistics of what ran shows more than a plan does: it is the statements of the program, prepared as the
// program prepares them, and the parts that were really opened.
func TestHotWorkOfOneMerchantTouchesItsPartOnly(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	watcher := storetest.Open(t, store.Config{URL: url, MaxConns: 1})
	partition(t, watcher.DB())
	one, two := twoApart(t, watcher)
	tokens := map[parcel.MerchantID]string{}
	for _, m := range []store.Merchant{one, two} {
		o := mustSave(t, watcher, order(m.ID, "1001"), box("3SABCD123456789"))
		tokens[m.ID] = watcher.ViewToken(o.ID, m.ID)
	}

	for _, work := range hotWork() {
		if _, err := watcher.DB().Exec(`select pg_stat_force_next_flush()`); err != nil {
			t.Fatal(err)
		}
		if _, err := watcher.ReadDB().Exec(`select pg_stat_force_next_flush()`); err != nil {
			t.Fatal(err)
		}
		watcher.DB().MustExec(`select pg_stat_reset()`)

		s := storetest.Open(t, store.Config{URL: url})
		for range 12 { // past the point where the server may settle for a generic plan
			if err := work.run(t, s, one.ID, tokens[one.ID]); err != nil {
				t.Fatalf("%s: %v", work.name, err)
			}
		}
		s.Close()
		var got []string
		eventually(t, work.name+": nothing was touched", func() bool { got = touched(t, watcher.DB()); return len(got) > 0 && ended(t, watcher.DB()) })
		for _, part := range touched(t, watcher.DB()) {
			if !slices.ContainsFunc(hot, func(table string) bool { return part == partOf(t, watcher.DB(), table, one.ID) }) {
				t.Errorf("%s touched %s; of %v", work.name, part, got)
			}
		}
	}
}

// ended says whether the watcher is the only one left.
func ended(t *testing.T, db *sqlx.DB) bool {
	t.Helper()
	var others int
	err := db.Get(&others, `
		select count(*) from pg_stat_activity
		where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and query !~ 'pg_stat_force_next_flush'`)
	if err != nil {
		t.Fatal(err)
	}
	return others == 0
}

type hotJob struct {
	name string
	run  func(t *testing.T, s *store.Store, m parcel.MerchantID, view string) error
}

// hotWork is what happens for every view, scan and order.
func hotWork() []hotJob {
	hour := 0
	return []hotJob{
		{"a page", func(t *testing.T, s *store.Store, m parcel.MerchantID, view string) error {
			return second(s.Tracking(t.Context(), m, view, monday))
		}},
		{"a version probe", func(t *testing.T, s *store.Store, m parcel.MerchantID, view string) error {
			_, _, err := s.TrackingVersion(t.Context(), m, view, monday)
			return err
		}},
		{"a link", func(t *testing.T, s *store.Store, m parcel.MerchantID, view string) error {
			return second(s.OpenLink(t.Context(), m, view, parcel.PurposeView))
		}},
		{"an order read", func(t *testing.T, s *store.Store, m parcel.MerchantID, _ string) error {
			_, _, err := s.Order(t.Context(), m, "1001")
			return err
		}},
		{"a list of orders", func(t *testing.T, s *store.Store, m parcel.MerchantID, _ string) error {
			return second(s.Orders(t.Context(), m, "", 10))
		}},
		{"an order saved", func(t *testing.T, s *store.Store, m parcel.MerchantID, _ string) error {
			hour++
			_, _, err := s.SaveOrder(t.Context(), order(m, fmt.Sprint("2", hour)), []store.ParcelInput{box(fmt.Sprint("3SX", hour))}, monday)
			return err
		}},
		{"a scan", func(t *testing.T, s *store.Store, m parcel.MerchantID, _ string) error {
			hour++
			_, _, err := s.Record(t.Context(), m, []parcel.Scan{scan("3SABCD123456789", hour, parcel.InTransit)}, monday.Add(time.Hour))
			return err
		}},
		{"an unsubscribe", func(t *testing.T, s *store.Store, m parcel.MerchantID, view string) error {
			return s.Unsubscribe(t.Context(), m, view)
		}},
		{"an idempotent request", func(t *testing.T, s *store.Store, m parcel.MerchantID, _ string) error {
			hour++
			_, _, _, err := s.Idempotent(t.Context(), m, string(m), fmt.Sprint(hour), hashOf("a"), func() (int, []byte) { return 200, nil })
			return err
		}},
	}
}
