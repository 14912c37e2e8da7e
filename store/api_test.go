package store_test

import (
	"crypto/sha256"
	"errors"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

var keyForm = regexp.MustCompile(`^ow_[0-9a-z]{8}_[0-9a-z]{26}[0-9A-Za-z]{6}$`)

func aKey(t *testing.T, s *store.Store, m parcel.MerchantID, expires time.Time) (string, store.APIKey) {
	t.Helper()
	plain, key, err := s.NewAPIKey(t.Context(), m, "webshop", []string{"orders:read", "orders:write"}, expires)
	if err != nil {
		t.Fatal(err)
	}
	return plain, key
}

func TestAKeyIsShownOnceAndFoundByItsWholeText(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	plain, key := aKey(t, s, m.ID, time.Time{})
	if !keyForm.MatchString(plain) || key.Prefix != plain[:11] {
		t.Errorf("key %q with prefix %q", plain, key.Prefix)
	}
	found, err := s.APIKeyByPlain(t.Context(), plain)
	if err != nil || found.ID != key.ID || found.Merchant != m.ID || found.Name != "webshop" || len(found.Scopes) != 2 || !found.LastUsed.IsZero() {
		t.Errorf("found %+v, %v", found, err)
	}
	if found, err = s.APIKeyByPlain(t.Context(), plain); err != nil || found.LastUsed.IsZero() {
		t.Errorf("its use was not noted: %+v, %v", found, err)
	}
	var row string
	if err := s.DB().Get(&row, `select api_keys::text || encode(hash, 'escape') from api_keys`); err != nil || strings.Contains(row, plain[12:38]) {
		t.Errorf("the secret stands in %s, %v", row, err)
	}
}

func TestWhatIsNoLiveKeyIsNotFound(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m, other := storetest.Merchant(t, s, "kaap-noord"), storetest.Merchant(t, s, "elders")
	plain, key := aKey(t, s, m.ID, time.Time{})
	past, _ := aKey(t, s, m.ID, time.Now().Add(-time.Second))
	tries := []string{"", "ow_", plain[:43], plain + "0", strings.ToUpper(plain), past}
	for i := range plain {
		flipped := []byte(plain)
		flipped[i] ^= 1
		tries = append(tries, string(flipped))
	}
	for _, try := range tries {
		if _, err := s.APIKeyByPlain(t.Context(), try); !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("%q: %v", try, err)
		}
	}
	if err := s.RevokeAPIKey(t.Context(), other.ID, key.ID); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("another merchant revoked it: %v", err)
	}
	if _, err := s.APIKeyByPlain(t.Context(), plain); err != nil {
		t.Errorf("the live one: %v", err)
	}
	if err := s.RevokeAPIKey(t.Context(), m.ID, key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.APIKeyByPlain(t.Context(), plain); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
	keys, err := s.APIKeys(t.Context(), m.ID)
	if err != nil || len(keys) != 2 || keys[1].ID != key.ID || keys[1].Revoked.IsZero() || keys[0].Expires.IsZero() {
		t.Errorf("the list: %+v, %v", keys, err)
	}
	if keys, err := s.APIKeys(t.Context(), other.ID); err != nil || len(keys) != 0 {
		t.Errorf("another merchant's list: %+v, %v", keys, err)
	}
	for _, scopes := range [][]string{nil, {"everything"}} {
		_, _, err := s.NewAPIKey(t.Context(), m.ID, "x", scopes, time.Time{})
		if _, ok := errors.AsType[parcel.Invalid](err); !ok {
			t.Errorf("scopes %v: %v", scopes, err)
		}
	}
}

func hashOf(body string) []byte { sum := sha256.Sum256([]byte(body)); return sum[:] }

func TestARepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m, other := storetest.Merchant(t, s, "kaap-noord"), storetest.Merchant(t, s, "elders")
	_, key := aKey(t, s, m.ID, time.Time{})
	_, second := aKey(t, s, m.ID, time.Time{})
	runs := 0
	answer := func() (int, []byte) { runs++; return 201, []byte(`{"link":"a token"}`) }
	ask := func(m parcel.MerchantID, keyID, idem, body string) (int, string, bool, error) {
		status, got, replayed, err := s.Idempotent(t.Context(), m, keyID, idem, hashOf(body), answer)
		return status, string(got), replayed, err
	}

	status, body, replayed, err := ask(m.ID, key.ID, "k", "a")
	if err != nil || status != 201 || body != `{"link":"a token"}` || replayed || runs != 1 {
		t.Fatalf("first: %d %q %v %v, %d runs", status, body, replayed, err, runs)
	}
	status, body, replayed, err = ask(m.ID, key.ID, "k", "a")
	if err != nil || status != 201 || body != `{"link":"a token"}` || !replayed || runs != 1 {
		t.Errorf("repeat: %d %q %v %v, %d runs", status, body, replayed, err, runs)
	}
	_, _, _, err = ask(m.ID, key.ID, "k", "b")
	if invalid, ok := errors.AsType[parcel.Invalid](err); !ok || invalid.Field != "Idempotency-Key" || runs != 1 {
		t.Errorf("another body: %v, %d runs", err, runs)
	}
	for what, run := range map[string]func() error{
		"another idempotency key": func() error { _, _, _, err := ask(m.ID, key.ID, "l", "b"); return err },
		"another key":             func() error { _, _, _, err := ask(m.ID, second.ID, "k", "b"); return err },
		"another merchant":        func() error { _, _, _, err := ask(other.ID, key.ID, "k", "b"); return err },
	} {
		before := runs
		if err := run(); err != nil || runs != before+1 {
			t.Errorf("%s: %v, %d runs", what, err, runs-before)
		}
	}
	for _, idem := range []string{"", strings.Repeat("k", 256)} {
		_, _, _, err := ask(m.ID, key.ID, idem, "a")
		if _, ok := errors.AsType[parcel.Invalid](err); !ok {
			t.Errorf("a key of %d characters: %v", len(idem), err)
		}
	}
	var rows string
	if err := s.DB().Get(&rows, `select string_agg(encode(body, 'escape'), ' ') from idempotency`); err != nil || strings.Contains(rows, "token") {
		t.Errorf("answers stand in the clear: %q, %v", rows, err)
	}

	s.DB().MustExec(`update idempotency set created_at = created_at - interval '24 hours 1 second'`)
	before := runs
	if _, _, replayed, err := ask(m.ID, key.ID, "k", "b"); err != nil || replayed || runs != before+1 {
		t.Errorf("a day later: %v %v, %d runs", replayed, err, runs-before)
	}
}

func TestFiftyAtOnceMakeOneCreation(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	_, key := aKey(t, s, m.ID, time.Time{})
	var runs, replays, conflicts atomic.Int64
	begun, goOn := make(chan struct{}), make(chan struct{})
	f := func() (int, []byte) {
		runs.Add(1)
		close(begun)
		<-goOn
		return 201, []byte("made")
	}
	var all sync.WaitGroup
	ask := func() {
		status, body, replayed, err := s.Idempotent(t.Context(), m.ID, key.ID, "k", hashOf("a"), f)
		switch {
		case errors.Is(err, parcel.ErrConflict):
			conflicts.Add(1)
		case err != nil || status != 201 || string(body) != "made":
			t.Errorf("got %d %q %v", status, body, err)
		case replayed:
			replays.Add(1)
		}
	}
	var first sync.WaitGroup
	first.Go(ask)
	<-begun
	for range 49 {
		all.Go(ask)
	}
	all.Wait()
	close(goOn)
	first.Wait()
	if runs.Load() != 1 || conflicts.Load() != 49 || replays.Load() != 0 {
		t.Errorf("%d runs, %d conflicts, %d replays", runs.Load(), conflicts.Load(), replays.Load())
	}
	ask()
	if replays.Load() != 1 || runs.Load() != 1 {
		t.Errorf("afterwards: %d runs, %d replays", runs.Load(), replays.Load())
	}
}

func TestAFailedRequestMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	_, key := aKey(t, s, m.ID, time.Time{})
	ask := func(status int) (int, bool, error) {
		got, _, replayed, err := s.Idempotent(t.Context(), m.ID, key.ID, "k", hashOf("a"), func() (int, []byte) { return status, nil })
		return got, replayed, err
	}
	if status, _, err := ask(503); err != nil || status != 503 {
		t.Errorf("got %d, %v", status, err)
	}
	func() {
		defer func() { recover() }()
		s.Idempotent(t.Context(), m.ID, key.ID, "k", hashOf("a"), func() (int, []byte) { panic("no") })
	}()
	if status, replayed, err := ask(422); err != nil || status != 422 || replayed {
		t.Errorf("after a 503 and a panic: %d %v %v", status, replayed, err)
	}
	if status, replayed, err := ask(201); err != nil || status != 422 || !replayed {
		t.Errorf("a 422 is an answer: %d %v %v", status, replayed, err)
	}

	s.DB().MustExec(`update idempotency set status = 0, body = '', created_at = now() - interval '30 seconds'`)
	if _, _, err := ask(201); !errors.Is(err, parcel.ErrConflict) {
		t.Errorf("still running: %v", err)
	}
	s.DB().MustExec(`update idempotency set created_at = now() - interval '61 seconds'`)
	if status, replayed, err := ask(201); err != nil || status != 201 || replayed {
		t.Errorf("its process is gone: %d %v %v", status, replayed, err)
	}
}
