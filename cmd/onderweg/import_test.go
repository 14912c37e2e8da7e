package main

import (
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// importing is a database with a shop, and the environment that leads there.
func importing(t *testing.T) (env map[string]string, s *store.Store, m store.Merchant) {
	t.Helper()
	address := storetest.URL(t)
	s = storetest.Open(t, store.Config{URL: address})
	m = storetest.Merchant(t, s, "kaap-noord")
	env = map[string]string{"DATABASE_URL": address, "SECRET_KEY": hex.EncodeToString(storetest.Keys().Current)}

	return env, s, m
}

// generate writes a file of orders with two lines each, the second half with a parcel. bad gives rows that cannot be taken.
func generate(t testing.TB, path string, orders int, bad func(i int) bool) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(file)
	w.Write([]string{"order_number", "placed_at", "email", "name", "street", "postal_code", "city", "country", "item", "sku", "quantity", "price", "carrier", "tracking_number"})
	for i := range orders {
		number, price := fmt.Sprintf("N%07d", i), "129.95"
		if bad != nil && bad(i) {
			price = "free"
		}
		carrier, tracking := "", ""
		if i%2 == 1 {
			carrier, tracking = "postnl", fmt.Sprintf("3SKAAP%09d", i)
		}
		w.Write([]string{number, "2026-11-20 14:30", fmt.Sprintf("shopper%d@example.com", i), "Anna Smit", "Kade 1", "1011 AB", "Amsterdam", "NL", "Walking boot", "B42", "1", price, carrier, tracking})
		w.Write([]string{number, "", "", "", "", "", "", "", "Wool socks", "S1", "2", "12.50", carrier, tracking})
	}
	w.Flush()
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// counts reads what a database holds.
func counts(t *testing.T, env map[string]string) string {
	t.Helper()
	var orders, parcels, links, messages int
	var total int64
	err := storetest.DB(t, env["DATABASE_URL"]).QueryRowContext(t.Context(), `
		select (select count(*) from orders), (select coalesce(sum(total), 0) from orders), (select count(*) from parcels),
		       (select count(*) from links), (select count(*) from outbox)`).Scan(&orders, &total, &parcels, &links, &messages)
	if err != nil {
		t.Fatal(err)
	}
	if links != orders {
		t.Errorf("%d orders have %d links", orders, links)
	}

	return fmt.Sprintf("%d orders of %d, %d parcels, %d messages", orders, total, parcels, messages)
}

func TestOrdersAreImportedOnceAndTellNobody(t *testing.T) {
	t.Parallel()

	env, s, m := importing(t)
	path := filepath.Join(t.TempDir(), "orders.csv")
	generate(t, path, 2500, nil)

	got := program(t, env, "import", "orders", path, "--merchant", "kaap-noord")
	if got.code != exitDone || !strings.Contains(got.stdout, "2500 orders imported (2500 new)") || got.stderr != "" {
		t.Fatalf("got %+v", got)
	}
	const want = "2500 orders of 38737500, 1250 parcels, 0 messages"
	if is := counts(t, env); is != want {
		t.Errorf("got %s", is)
	}

	o, parcels, err := s.Order(t.Context(), m.ID, "N0000001")
	if err != nil {
		t.Fatal(err)
	}
	if o.Total != 15495 || o.Contact.Email != "shopper1@example.com" || o.Contact.Address.City != "Amsterdam" || len(o.Lines) != 2 {
		t.Errorf("got %+v", o)
	}
	if len(parcels) != 1 || parcels[0].TrackingNumber != "3SKAAP000000001" || len(parcels[0].Contents) != 2 {
		t.Errorf("got %+v", parcels)
	}
	if _, err := s.Tracking(t.Context(), m.ID, s.ViewToken(o.ID, m.ID), o.PlacedAt); err != nil {
		t.Errorf("its page: %v", err)
	}

	again := program(t, env, "import", "orders", path, "--merchant", "kaap-noord")
	if again.code != exitDone || !strings.Contains(again.stdout, "0 orders imported") || !strings.Contains(again.stdout, "2500 orders were imported by an earlier run") {
		t.Errorf("got %+v", again)
	}
	whole := program(t, env, "import", "orders", path, "--merchant", "kaap-noord", "--again")
	if whole.code != exitDone || !strings.Contains(whole.stdout, "2500 orders imported (0 new)") {
		t.Errorf("got %+v", whole)
	}
	if is := counts(t, env); is != want {
		t.Errorf("after the same file twice more: %s", is)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*rejects*")); len(left) != 0 {
		t.Errorf("a file of rejects was left: %v", left)
	}
}

func TestBadRowsGoToTheRejectsFileAndItCanBeImportedAfterARepair(t *testing.T) {
	t.Parallel()

	env, _, _ := importing(t)
	path := filepath.Join(t.TempDir(), "orders.csv")
	generate(t, path, 1200, func(i int) bool { return i%400 == 7 })

	got := program(t, env, "import", "orders", path, "--merchant", "kaap-noord")
	if got.code != exitRejected || !strings.Contains(got.stdout, "1197 orders imported") || !strings.Contains(got.stdout, "6 rows were rejected") {
		t.Fatalf("got %+v", got)
	}
	rejects := filepath.Join(filepath.Dir(path), "orders.rejects.csv")
	text, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if !slices.Equal(rows[0][:3], []string{"line", "reason", "order_number"}) {
		t.Errorf("header %v", rows[0])
	}
	if rows[1][0] != "16" || !strings.Contains(rows[1][1], "price is no amount") || rows[1][2] != "N0000007" || !strings.Contains(rows[2][1], "line 16 of the same order") {
		t.Errorf("got %v and %v", rows[1], rows[2])
	}

	repaired := filepath.Join(filepath.Dir(path), "repaired.csv")
	if err := os.WriteFile(repaired, []byte(strings.ReplaceAll(string(text), "free", "129.95")), 0o600); err != nil {
		t.Fatal(err)
	}
	fixed := program(t, env, "import", "orders", repaired, "--merchant", "kaap-noord")
	if fixed.code != exitDone || !strings.Contains(fixed.stdout, "3 orders imported (3 new)") {
		t.Errorf("got %+v", fixed)
	}
	if is := counts(t, env); is != "1200 orders of 18594000, 600 parcels, 0 messages" {
		t.Errorf("got %s", is)
	}
}

func TestWhatTheStoreRefusesIsRejectedAloneAndAskedAgainNextTime(t *testing.T) {
	t.Parallel()

	env, _, _ := importing(t)
	long := strings.Repeat("x", 400)
	path := write(t, "order_number,placed_at,item,carrier,tracking_number\n1,2026-11-20,Hat,,\n2,2026-11-20,Hat,postnl,"+long+"\n3,2026-11-20,Hat,,\n")

	for range 2 {
		got := program(t, env, "import", "orders", path, "--merchant", "kaap-noord")
		if got.code != exitRejected || !strings.Contains(got.stdout, "1 rows were rejected") {
			t.Errorf("got %+v", got)
		}
	}
	if is := counts(t, env); is != "2 orders of 0, 0 parcels, 0 messages" {
		t.Errorf("got %s", is)
	}
}

// An import that is killed at any moment and started again ends as one that was left alone, rejects included.
func TestAKilledImportGoesOnAndEndsTheSame(t *testing.T) {
	t.Parallel()

	const orders = 20_000
	bad := func(i int) bool { return i%3000 == 11 }
	plain, _, _ := importing(t)
	path := filepath.Join(t.TempDir(), "orders.csv")
	generate(t, path, orders, bad)
	if got := program(t, plain, "import", "orders", path, "--merchant", "kaap-noord"); got.code != exitRejected {
		t.Fatalf("got %+v", got)
	}
	rejects := filepath.Join(filepath.Dir(path), "orders.rejects.csv")
	wantRejects, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(rejects)

	env, _, _ := importing(t)
	db := storetest.DB(t, env["DATABASE_URL"])
	for kills := range 3 {
		p := start(t, env, "import", "orders", path, "--merchant", "kaap-noord")
		waitFor(t, func() bool {
			var n int
			if err := db.QueryRowContext(t.Context(), `select count(*) from orders`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			select {
			case <-p.ended:
				return true
			default:
				return n > (kills+1)*3000
			}
		})
		p.cmd.Process.Signal(syscall.SIGKILL)
		p.end(t)
	}

	last := program(t, env, "import", "orders", path, "--merchant", "kaap-noord")
	if last.code != exitRejected {
		t.Fatalf("got %+v", last)
	}
	if is, want := counts(t, env), counts(t, plain); is != want {
		t.Errorf("got %s, want %s", is, want)
	}
	gotRejects, err := os.ReadFile(rejects)
	if err != nil || string(gotRejects) != string(wantRejects) {
		t.Errorf("rejects differ: %v\n%s\nwant\n%s", err, gotRejects, wantRejects)
	}
}

func TestScansAreAppliedAndUnknownParcelsAreRejectedUntilTheyAreKnown(t *testing.T) {
	t.Parallel()

	env, s, m := importing(t)
	orders := write(t, "order_number,placed_at,item,carrier,tracking_number\n1,2026-11-20,Hat,postnl,3SKAAP1\n")
	late := write(t, "order_number,placed_at,item,carrier,tracking_number\n2,2026-11-20,Hat,postnl,3SKAAP2\n")
	scans := filepath.Join(t.TempDir(), "scans.csv")
	text := "tracking_number;carrier;time;milestone;city;country;text\n" +
		"3s kaap 1;PostNL;2026-11-20 18:00;in_transit;Zwolle;NL;Zending gesorteerd\n" +
		"3SKAAP1;postnl;2026-11-21 13:05;delivered;Amsterdam;NL;Bezorgd\n" +
		"3SKAAP2;postnl;2026-11-21 13:05;delivered;Amsterdam;NL;Bezorgd\n" +
		"3SKAAP1;postnl;soon;delivered;;;\n" +
		"3SKAAP1;postnl;2026-11-20;flown_away;;;\n" +
		"3SKAAP1;postnl;2026-11-20;;;;Just a word\n"
	if err := os.WriteFile(scans, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := program(t, env, "import", "orders", orders, "--merchant", "kaap-noord"); got.code != exitDone {
		t.Fatalf("got %+v", got)
	}

	got := program(t, env, "import", "scans", scans, "--merchant", "kaap-noord")
	if got.code != exitRejected || !strings.Contains(got.stdout, "3 rows were rejected") {
		t.Fatalf("got %+v", got)
	}
	_, parcels, err := s.Order(t.Context(), m.ID, "1")
	if err != nil || len(parcels) != 1 || parcels[0].Milestone != parcel.Delivered || len(parcels[0].Scans) != 3 {
		t.Errorf("got %+v, %v", parcels, err)
	}
	rejects, err := os.ReadFile(strings.TrimSuffix(scans, ".csv") + ".rejects.csv")
	for _, want := range []string{"4;no parcel has this tracking number", "5;time: ", `6;milestone ""flown_away""`} {
		if err != nil || !strings.Contains(strings.ReplaceAll(string(rejects), `;"`, `;`), want) {
			t.Errorf("no %q in %v\n%s", want, err, rejects)
		}
	}

	if got := program(t, env, "import", "orders", late, "--merchant", "kaap-noord"); got.code != exitDone {
		t.Fatalf("got %+v", got)
	}
	again := program(t, env, "import", "scans", scans, "--merchant", "kaap-noord")
	if again.code != exitRejected || !strings.Contains(again.stdout, "2 rows were rejected") {
		t.Errorf("got %+v", again)
	}
	if _, parcels, err = s.Order(t.Context(), m.ID, "2"); err != nil || len(parcels) != 1 || parcels[0].Milestone != parcel.Delivered {
		t.Errorf("got %+v, %v", parcels, err)
	}
}

func TestAnImportForAShopThatIsNotThereSaysSo(t *testing.T) {
	t.Parallel()

	env, _, _ := importing(t)
	got := program(t, env, "import", "orders", write(t, plainOrders), "--merchant", "kaap-zuid")
	if got.code != exitFailed || !strings.Contains(got.stderr, `shop "kaap-zuid": not found`) {
		t.Errorf("got %+v", got)
	}
}
