package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

func feedOf(t testing.TB, s *store.Store, m parcel.MerchantID) store.Feed {
	t.Helper()
	f, err := s.SaveFeed(t.Context(), store.Feed{Merchant: m, Slug: "aftership", Kind: "aftership", Secrets: []string{"one", "two"}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func incoming(f store.Feed, event string) store.Incoming {
	key := sha256.Sum256([]byte(event))
	return store.Incoming{
		Merchant: f.Merchant, FeedID: f.ID, EventKey: key[:], Body: []byte(event), Headers: map[string]string{"X-Event": event},
	}
}

func receive(t testing.TB, s *store.Store, events ...store.Incoming) {
	t.Helper()
	for _, in := range events {
		if err := s.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
}

func claim(t testing.TB, s *store.Store, lease time.Duration) []store.InboxRow {
	t.Helper()
	rows, err := s.ClaimInbox(t.Context(), 100, lease)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func finish(t testing.TB, s *store.Store, endings ...store.InboxEnding) []string {
	t.Helper()
	lost, err := s.FinishInbox(t.Context(), endings)
	if err != nil {
		t.Fatal(err)
	}
	return lost
}

func rowsIn(t testing.TB, s *store.Store, m parcel.MerchantID, state string) []store.InboxRow {
	t.Helper()
	rows, err := s.InboxRows(t.Context(), m, state, 100)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// committing runs the committers for the length of a test.
func committing(t testing.TB, s *store.Store) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.RunCommitters(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); running.Wait() })
}

func TestARequestIsClaimedAsItCame(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	receive(t, s, incoming(f, "first"), incoming(f, "second"), incoming(f, "first"))

	rows := claim(t, s, time.Minute)
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	r := rows[0]
	if string(r.Body) != "first" || r.Headers["X-Event"] != "first" || r.Feed.Kind != "aftership" || r.Feed.ID != f.ID || r.Attempts != 1 {
		t.Errorf("%+v", r)
	}
	if again := claim(t, s, time.Minute); len(again) != 0 {
		t.Errorf("claimed again: %d rows", len(again))
	}
	if lost := finish(t, s, store.InboxEnding{Row: rows[0], State: "done"}, store.InboxEnding{Row: rows[1], State: "quarantined", Reason: "odd"}); lost != nil {
		t.Errorf("lost %v", lost)
	}
	if got := rowsIn(t, s, f.Merchant, "quarantined"); len(got) != 1 || got[0].Reason != "odd" {
		t.Errorf("quarantined: %+v", got)
	}
	feeds, err := s.Feeds(t.Context(), f.Merchant)
	if err != nil || len(feeds) != 1 || feeds[0].LastEvent.IsZero() || feeds[0].Secrets != nil {
		t.Errorf("feeds %+v, %v", feeds, err)
	}
}

func TestALapsedLeaseGoesToAnotherAndFencesTheFirst(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	receive(t, s, incoming(f, "e"))
	first := claim(t, s, -time.Second)
	second := claim(t, s, time.Minute)
	if len(first) != 1 || len(second) != 1 || second[0].Attempts != 2 {
		t.Fatalf("first %d, second %+v", len(first), second)
	}

	if lost := finish(t, s, store.InboxEnding{Row: first[0], State: "quarantined"}); len(lost) != 1 || lost[0] != first[0].ID {
		t.Errorf("the first still held it: lost %v", lost)
	}
	if lost := finish(t, s, store.InboxEnding{Row: second[0], State: "done"}); lost != nil {
		t.Errorf("the second did not: lost %v", lost)
	}
}

func TestARowThatIsTriedAgainWaitsItsDelay(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	receive(t, s, incoming(f, "later"), incoming(f, "now"))
	rows := claim(t, s, time.Minute)
	finish(t, s, store.InboxEnding{Row: rows[0], State: "pending", Delay: time.Hour}, store.InboxEnding{Row: rows[1], State: "pending"})

	again := claim(t, s, time.Minute)
	if len(again) != 1 || string(again[0].Body) != "now" || again[0].Attempts != 2 {
		t.Errorf("claimed %+v", again)
	}
}

func TestAReleasedRowIsClaimableAtOnceAndTheAttemptDoesNotCount(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	receive(t, s, incoming(f, "e"))
	if err := s.ReleaseInbox(t.Context(), claim(t, s, time.Minute)); err != nil {
		t.Fatal(err)
	}
	if again := claim(t, s, time.Minute); len(again) != 1 || again[0].Attempts != 1 {
		t.Errorf("claimed %+v", again)
	}
}

func TestARowThatEndsEveryProcessIsSetAside(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	receive(t, s, incoming(f, "poison"))
	for n := range 10 {
		if rows := claim(t, s, -time.Second); len(rows) != 1 {
			t.Fatalf("claim %d: %d rows", n, len(rows))
		}
	}
	if rows := claim(t, s, -time.Second); len(rows) != 0 {
		t.Errorf("claimed once more: %+v", rows)
	}
	if rows := rowsIn(t, s, f.Merchant, "quarantined"); len(rows) != 1 || rows[0].Reason == "" {
		t.Errorf("set aside: %+v", rows)
	}

	n, err := s.ReplayInbox(t.Context(), f.Merchant, "quarantined", nil)
	if n != 1 || err != nil {
		t.Fatalf("replayed %d, %v", n, err)
	}
	if rows := claim(t, s, time.Minute); len(rows) != 1 || rows[0].Attempts != 1 {
		t.Errorf("after the replay: %+v", rows)
	}
}

func TestAScanThatComesBeforeItsParcelWaitsForIt(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	receive(t, s, incoming(feedOf(t, s, m), "early"))
	rows := claim(t, s, time.Minute)
	early := scan("3S1", 1, parcel.InTransit)
	n, unknown, err := s.Record(t.Context(), m, []parcel.Scan{early}, monday)
	if n != 0 || len(unknown) != 1 || err != nil {
		t.Fatalf("applied %d, unknown %d, %v", n, len(unknown), err)
	}
	finish(t, s, store.InboxEnding{Row: rows[0], State: "waiting", WaitsFor: "3S1"})

	mustSave(t, s, order(m, "other"), box("3S2"))
	if rows := claim(t, s, time.Minute); len(rows) != 0 {
		t.Errorf("woken by another number")
	}
	o := mustSave(t, s, order(m, "1"), box("3S1"))
	rows = claim(t, s, time.Minute)
	if len(rows) != 1 || rows[0].Attempts != 1 {
		t.Fatalf("woken: %+v", rows)
	}
	mustRecord(t, s, m, early)
	if got := page(t, s, o).Parcels[0].Milestone; got != parcel.InTransit {
		t.Errorf("the page says %s", got)
	}
}

func TestARowThatBeganToWaitTooLateIsWokenBySweep(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	receive(t, s, incoming(feedOf(t, s, m), "early"), incoming(feedOf(t, s, m), "never"))
	rows := claim(t, s, time.Minute)
	mustSave(t, s, order(m, "1"), box("3S1"))
	finish(t, s, store.InboxEnding{Row: rows[0], State: "waiting", WaitsFor: "3S1"},
		store.InboxEnding{Row: rows[1], State: "waiting", WaitsFor: "3S9"})

	if n, err := s.WakeInbox(t.Context()); n != 1 || err != nil {
		t.Errorf("woke %d, %v", n, err)
	}
	if rows := claim(t, s, time.Minute); len(rows) != 1 || string(rows[0].Body) != "early" {
		t.Errorf("claimed %+v", rows)
	}
}

func TestBodiesBeyondAMeasureAreLeftToTheNextClaim(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	for i := range 3 {
		in := incoming(f, fmt.Sprint(i))
		in.Body = bytes.Repeat([]byte("x"), 5<<20)
		receive(t, s, in)
	}
	for n := range 3 {
		if rows := claim(t, s, time.Minute); len(rows) != 1 {
			t.Errorf("claim %d: %d rows", n, len(rows))
		}
	}
}

func TestManyRequestsAtOnceAreAllCommitted(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	committing(t, s)
	const requests, events = 300, 100
	errs := make(chan error, requests)
	for i := range requests {
		go func() { errs <- s.Receive(context.Background(), incoming(f, fmt.Sprint(i%events))) }()
	}
	for range requests {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if rows := claim(t, s, time.Minute); len(rows) != events {
		t.Errorf("%d rows", len(rows))
	}
}

func TestARowThatCannotBeDoesNotTouchTheOthers(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	committing(t, s)
	gone := f
	gone.ID = "01890000-0000-7000-8000-000000000001"
	nul := incoming(f, "nul")
	nul.Headers = map[string]string{"X-Event\x00": "a\x00b\xff"}
	nul.Body = []byte{0, 0xff, 0}

	type result struct {
		gone bool
		err  error
	}
	results := make(chan result)
	for i := range 60 {
		go func() {
			switch i % 3 {
			case 0:
				results <- result{true, s.Receive(context.Background(), incoming(gone, fmt.Sprint(i)))}
			case 1:
				results <- result{false, s.Receive(context.Background(), nul)}
			default:
				results <- result{false, s.Receive(context.Background(), incoming(f, fmt.Sprint(i)))}
			}
		}()
	}
	for range 60 {
		r := <-results
		if r.gone != errors.Is(r.err, parcel.ErrNotFound) || !r.gone && r.err != nil {
			t.Errorf("of a feed that is gone: %v, got %v", r.gone, r.err)
		}
	}
	if rows := claim(t, s, time.Minute); len(rows) != 21 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestAStopCommitsWhatIsQueued(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error)
	go func() { ended <- s.RunCommitters(ctx) }()

	const requests = 200
	errs := make(chan error, requests)
	for i := range requests {
		go func() { errs <- s.Receive(context.Background(), incoming(f, fmt.Sprint(i))) }()
		if i == requests/2 {
			stop()
		}
	}
	for range requests {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	rows, err := s.ClaimInbox(t.Context(), 1000, time.Minute)
	if len(rows) != requests || err != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestAFeedIsFoundWithItsSecrets(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	f := feedOf(t, s, m)
	got, err := s.FeedBySlug(t.Context(), m, "aftership")
	if err != nil || fmt.Sprint(got) != fmt.Sprint(f) {
		t.Errorf("got %+v, %v", got, err)
	}

	f.Secrets = []string{"three"}
	if _, err := s.SaveFeed(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if got, err := s.FeedBySlug(t.Context(), m, "aftership"); err != nil || fmt.Sprint(got.Secrets) != "[three]" {
		t.Errorf("after a change: %+v, %v", got, err)
	}
	if err := s.FeedRefused(t.Context(), m, f.ID); err != nil {
		t.Error(err)
	}
	if feeds, err := s.Feeds(t.Context(), m); err != nil || feeds[0].Refused != 1 {
		t.Errorf("refused: %+v, %v", feeds, err)
	}
	if _, err := s.FeedBySlug(t.Context(), storetest.Merchant(t, s, "moss").ID, "aftership"); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("of another shop: %v", err)
	}
}
