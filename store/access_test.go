package store_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// anOrder writes the least an order can be.
func anOrder(t *testing.T, s *store.Store, m parcel.MerchantID, email string) parcel.OrderID {
	t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	_, err := s.DB().Exec(`
		insert into orders (merchant_id, id, number, placed_at, contact, email_hash) values ($1, $2, $3, now(), $4, $5)`,
		m, id, "N-"+id[24:], []byte("sealed"), s.KeyedHash(m, "email", email))
	if err != nil {
		t.Fatal(err)
	}
	return parcel.OrderID(id)
}

func token(t *testing.T) string {
	t.Helper()
	made, err := parcel.NewToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// count asks a fresh database how many rows a table has.
func count(t *testing.T, s *store.Store, table string) int {
	t.Helper()
	var n int
	if err := s.DB().Get(&n, `select count(*) from `+table); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestALinkOpensForItsMerchantAndPurposeOnly(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m, other := storetest.Merchant(t, s, "kaap-noord"), storetest.Merchant(t, s, "elders")
	order := anOrder(t, s, m.ID, "jo@example.com")
	purposes := []parcel.Purpose{parcel.PurposeView, parcel.PurposeUnsub, "act", "rate"}
	tokens := map[parcel.Purpose]string{}
	for _, purpose := range purposes {
		tokens[purpose] = token(t)
		link := parcel.Link{Merchant: m.ID, Order: order, Purpose: purpose, Channel: "email", Message: string(order), Expires: time.Now().Add(time.Hour).Truncate(time.Microsecond)}
		if err := s.SaveLink(t.Context(), tokens[purpose], link); err != nil {
			t.Fatal(err)
		}
		got, err := s.OpenLink(t.Context(), m.ID, strings.ToUpper(tokens[purpose]), purpose)
		if err != nil || !got.Expires.Equal(link.Expires) {
			t.Fatalf("%s: %+v, %v", purpose, got, err)
		}
		if got.Expires = link.Expires; got != link {
			t.Errorf("got %+v, want %+v", got, link)
		}
	}

	for _, of := range purposes {
		for _, at := range purposes {
			_, err := s.OpenLink(t.Context(), m.ID, tokens[of], at)
			if of == at && err != nil || of != at && !errors.Is(err, parcel.ErrNotFound) {
				t.Errorf("a link for %s opened for %s: %v", of, at, err)
			}
		}
		if _, err := s.OpenLink(t.Context(), other.ID, tokens[of], of); !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("another merchant: %v", err)
		}
	}
}

func TestNeighboursOfALiveTokenOpenNothing(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	order := anOrder(t, s, m.ID, "jo@example.com")
	live := token(t)
	if err := s.SaveLink(t.Context(), live, parcel.Link{Merchant: m.ID, Order: order, Purpose: parcel.PurposeView, Channel: "api"}); err != nil {
		t.Fatal(err)
	}
	tries := []string{"", live[:25], live + "0", " " + live, live + "\n", live[1:] + live[:1], strings.Repeat("0", 26), "ıſ" + live[2:], live[:25] + "\x00"}
	for i := range live {
		for bit := range 8 {
			flipped := []byte(live)
			flipped[i] ^= 1 << bit
			if !strings.EqualFold(string(flipped), live) {
				tries = append(tries, string(flipped))
			}
		}
	}
	for range 200 {
		tries = append(tries, token(t))
	}
	for _, try := range tries {
		if same, ok := parcel.NormaliseToken(try); ok && same == live {
			continue // read as the same token: o for 0, i and l for 1
		}
		if _, err := s.OpenLink(t.Context(), m.ID, try, parcel.PurposeView); !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("%q gives %v", try, err)
		}
	}
	if _, err := s.OpenLink(t.Context(), m.ID, live, parcel.PurposeView); err != nil {
		t.Errorf("the live one gives %v", err)
	}
}

func TestOnlyTheHashOfATokenIsStored(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	order := anOrder(t, s, m.ID, "jo@example.com")
	live := token(t)
	if err := s.SaveLink(t.Context(), live, parcel.Link{Merchant: m.ID, Order: order, Purpose: parcel.PurposeView}); err != nil {
		t.Fatal(err)
	}
	var row string
	if err := s.DB().Get(&row, `select links::text || encode(hash, 'escape') from links`); err != nil || strings.Contains(row, live) {
		t.Errorf("the row is %s, %v", row, err)
	}
}

func TestEndedLinksAreToldApartFromUnknownOnes(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	live := listen(t, s)
	m := storetest.Merchant(t, s, "kaap-noord")
	order := anOrder(t, s, m.ID, "jo@example.com")
	past, revoked := token(t), token(t)
	err := s.SaveLinks(t.Context(), []store.NewLink{
		{Token: past, Link: parcel.Link{Merchant: m.ID, Order: order, Purpose: parcel.PurposeView, Expires: time.Now().Add(-time.Minute)}},
		{Token: revoked, Link: parcel.Link{Merchant: m.ID, Order: order, Purpose: parcel.PurposeView}},
	})
	if err != nil {
		t.Fatal(err)
	}
	slot, end := live.Watch(order)
	defer end()

	if err := s.RevokeLink(t.Context(), m.ID, revoked); err != nil {
		t.Fatal(err)
	}
	woken(t, "an open page", slot)
	if err := s.RevokeLink(t.Context(), m.ID, revoked); err != nil {
		t.Errorf("revoked twice: %v", err)
	}
	if err := s.SaveLink(t.Context(), revoked, parcel.Link{Merchant: m.ID, Order: order, Purpose: parcel.PurposeView}); err != nil {
		t.Errorf("saved again: %v", err)
	}
	for what, ended := range map[string]string{"past": past, "revoked": revoked} {
		if _, err := s.OpenLink(t.Context(), m.ID, ended, parcel.PurposeView); !errors.Is(err, parcel.ErrExpired) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := s.RevokeLink(t.Context(), m.ID, token(t)); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("an unknown one: %v", err)
	}
	other := storetest.Merchant(t, s, "elders")
	if err := s.RevokeLink(t.Context(), other.ID, past); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("another merchant's: %v", err)
	}
	if err := s.SaveLink(t.Context(), token(t), parcel.Link{Merchant: other.ID, Order: order, Purpose: parcel.PurposeView}); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("a link to another merchant's order: %v", err)
	}
}

func TestUnsubscribingStopsTheAddressAtThatMerchantAndNothingElse(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	order := anOrder(t, s, m.ID, "jo@example.com")
	unsub, view := token(t), token(t)
	err := s.SaveLinks(t.Context(), []store.NewLink{
		{Token: unsub, Link: parcel.Link{Merchant: m.ID, Order: order, Purpose: parcel.PurposeUnsub, Channel: "email"}},
		{Token: view, Link: parcel.Link{Merchant: m.ID, Order: order, Purpose: parcel.PurposeView, Channel: "email"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, nothing := range []string{view, token(t), "", "not a token"} {
		if err := s.Unsubscribe(t.Context(), m.ID, nothing); err != nil {
			t.Errorf("%q: %v", nothing, err)
		}
	}
	if n := count(t, s, "suppressions"); n != 0 {
		t.Fatalf("%d addresses stopped by links that cannot", n)
	}
	for range 2 {
		if err := s.Unsubscribe(t.Context(), m.ID, unsub); err != nil {
			t.Fatal(err)
		}
	}
	var hash []byte
	var reason string
	if err := s.DB().QueryRow(`select address_hash, reason from suppressions where merchant_id = $1 and channel = 'email'`, m.ID).Scan(&hash, &reason); err != nil {
		t.Fatal(err)
	}
	if string(hash) != string(s.KeyedHash(m.ID, "email", "Jo@Example.com")) || reason != "unsubscribed" {
		t.Errorf("stopped %x because %q", hash, reason)
	}
	var uses int
	var first sql.NullTime
	if err := s.DB().QueryRow(`select uses, first_used_at from links where purpose = 'unsub'`).Scan(&uses, &first); err != nil || uses != 2 || !first.Valid {
		t.Errorf("used %d times, first %v, %v", uses, first, err)
	}
}

func TestALimitHoldsOverEveryReplica(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	replicas := []*store.Store{storetest.Open(t, store.Config{URL: url}), storetest.Open(t, store.Config{URL: url}), storetest.Open(t, store.Config{URL: url})}
	const limit = 20
	var allowed atomic.Int64
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for range 20 {
				ok, err := replicas[i%3].Allow(t.Context(), "miss:203.0.113.9", limit, 1_000_000_000)
				if err != nil {
					t.Error(err)
				}
				if ok {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := allowed.Load(); n != limit {
		t.Errorf("%d of 240 were allowed, the limit is %d", n, limit)
	}
	if ok, err := replicas[0].Allow(t.Context(), "miss:203.0.113.10", limit, 1_000_000_000); err != nil || !ok {
		t.Errorf("another address: %v, %v", ok, err)
	}
	if ok, err := replicas[0].Allow(t.Context(), "none", 0, 60); err != nil || ok {
		t.Errorf("a limit of nothing: %v, %v", ok, err)
	}
	var names string
	if err := replicas[0].DB().Get(&names, `select string_agg(name, ' ') from counters`); err != nil || strings.Contains(names, "203.0.113") || !strings.Contains(names, "miss:") {
		t.Errorf("the names are %q, %v", names, err)
	}
}

func TestALimitBeginsAnewInTheNextWindow(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if ok, err := s.Allow(t.Context(), "x", 1, 1); err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	eventually(t, "the window never ends", func() bool { ok, err := s.Allow(t.Context(), "x", 1, 1); return err == nil && ok })
}

func TestTidyRemovesWhatHasServedItsTimeOnly(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	now := time.Now()
	key := uuid.NewString()
	for i, age := range []time.Duration{time.Hour, 60 * 24 * time.Hour} {
		at := now.Add(-age)
		id := uuid.NewString()
		s.DB().MustExec(`insert into counters (name, bucket) values ('x', $1)`, at)
		s.DB().MustExec(`insert into idempotency (merchant_id, key_id, key, request_hash, created_at) values ($1, $2, $3, '', $4)`, m.ID, key, id, at)
		s.DB().MustExec(`insert into sessions (hash, kind, data, expires_at) values ($1, 'shopper', '', $2)`, []byte{byte(i)}, at)
		s.DB().MustExec(`insert into staff (id, email) values ($1::uuid, $1::text || '@example.com')`, id)
		s.DB().MustExec(`insert into staff_links (hash, staff_id, expires_at) values ($1, $2, $3)`, []byte{byte(i)}, id, at)
	}
	if err := s.Tidy(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"counters", "idempotency", "sessions", "staff_links"} {
		if n := count(t, s, table); n != 1 {
			t.Errorf("%s: %d rows stay, want the young one", table, n)
		}
	}
}
