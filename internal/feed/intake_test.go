package feed

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// shop is a merchant with one feed, an intake and a log that can be read.
type shop struct {
	t      testing.TB
	store  *store.Store
	m      parcel.MerchantID
	feed   store.Feed
	intake *Intake
	log    *bytes.Buffer
	events int
}

func open(t testing.TB, kind string) *shop {
	t.Helper()
	s := &shop{t: t, store: storetest.New(t), log: &bytes.Buffer{}}
	s.m = storetest.Merchant(t, s.store, "winkel").ID
	s.feed = s.addFeed(kind)
	s.intake = &Intake{
		Store: s.store, Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: func() time.Time { return received },
	}

	return s
}

func (s *shop) addFeed(kind string) store.Feed {
	s.t.Helper()
	f, err := s.store.SaveFeed(s.t.Context(), store.Feed{Merchant: s.m, Slug: kind, Kind: kind, Secrets: []string{ours}})
	if err != nil {
		s.t.Fatal(err)
	}

	return f
}

// order saves an order with one parcel.
func (s *shop) order(number, tracking string) {
	s.t.Helper()
	_, _, err := s.store.SaveOrder(s.t.Context(), parcel.Order{
		Merchant: s.m, Number: number, PlacedAt: received.Add(-72 * time.Hour), Language: "nl", Country: "NL", Currency: "EUR", Total: 1995,
		Lines: []parcel.Line{{Name: "Mug", Quantity: 1, Price: 1995}}, Contact: parcel.Contact{Email: "a@example.com"},
	}, []store.ParcelInput{{Carrier: "postnl", TrackingNumber: tracking}}, received.Add(-72*time.Hour))
	if err != nil {
		s.t.Fatal(err)
	}
}

// take puts a body into the inbox as the web would.
func (s *shop) take(body string) {
	s.t.Helper()
	s.events++
	a, _ := ByKind(s.feed.Kind)
	key := http.Header{"Webhook-Id": {fmt.Sprint("event-", s.events)}}
	err := s.store.Receive(s.t.Context(), store.Incoming{
		Merchant: s.m, FeedID: s.feed.ID, EventKey: a.EventKey(key, []byte(body)), Body: []byte(body),
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// empty runs the intake until nothing is left to claim.
func (s *shop) empty() {
	s.t.Helper()
	for range 100 {
		n, err := s.intake.Once(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	s.t.Fatal("the inbox does not get empty")
}

func (s *shop) rows(state string) []store.InboxRow {
	s.t.Helper()
	rows, err := s.store.InboxRows(s.t.Context(), s.m, state, 10_000)
	if err != nil {
		s.t.Fatal(err)
	}

	return rows
}

// expectRows says how many rows must be in each state.
func (s *shop) expectRows(want map[string]int) {
	s.t.Helper()
	for _, state := range []string{pending, done, waiting, quarantined, ignored} {
		if rows := s.rows(state); len(rows) != want[state] {
			for _, r := range rows {
				s.t.Logf("%s: %s", state, r.Reason)
			}
			s.t.Errorf("%d rows are %s, want %d", len(rows), state, want[state])
		}
	}
}

func (s *shop) parcel(order string) parcel.Parcel {
	s.t.Helper()
	_, parcels, err := s.store.Order(s.t.Context(), s.m, order)
	if err != nil {
		s.t.Fatal(err)
	}

	return parcels[0]
}

// standardBody is a request of our own format with one scan an hour after another.
func standardBody(number string, milestones ...parcel.Milestone) string {
	var scans []string
	for i, m := range milestones {
		when := received.Add(time.Duration(i-10) * time.Hour).Format(time.RFC3339)
		scans = append(scans, fmt.Sprintf(`{"time":%q,"milestone":%q,"country":"NL","text":"scan %d"}`, when, m, i))
	}

	return fmt.Sprintf(`{"type":"parcel.scanned","timestamp":%q,"data":{"tracking_number":%q,"carrier":"postnl","scans":[%s]}}`,
		received.Format(time.RFC3339), number, strings.Join(scans, ","))
}

func TestScansMoveTheirParcel(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	s.order("1001", "3SDEMO0001")
	s.take(standardBody("3s demo-0001", parcel.HandedToCarrier, parcel.InTransit, parcel.OutForDelivery))
	s.empty()

	s.expectRows(map[string]int{done: 1})
	if p := s.parcel("1001"); p.Milestone != parcel.OutForDelivery || len(p.Scans) != 3 {
		t.Errorf("the parcel is %s with %d scans", p.Milestone, len(p.Scans))
	}
}

func TestEveryFeedReachesTheParcel(t *testing.T) {
	t.Parallel()
	for _, a := range All() {
		t.Run(a.Kind(), func(t *testing.T) {
			t.Parallel()
			s := open(t, a.Kind())
			s.order("1001", "3SDEMO0000001")
			for _, b := range batches(a, journey()) {
				body, _ := composed(t, a, b)
				s.take(string(body))
			}
			s.empty()
			if p := s.parcel("1001"); p.Milestone != parcel.Delivered || len(p.Scans) != len(journey()) {
				t.Errorf("the parcel is %s with %d scans", p.Milestone, len(p.Scans))
			}
		})
	}
}

func TestRepeatedAndReorderedEventsChangeNothing(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	s.order("1001", "3SDEMO0001")
	s.take(standardBody("3SDEMO0001", parcel.HandedToCarrier, parcel.InTransit, parcel.OutForDelivery, parcel.Delivered))
	s.empty()
	want := s.parcel("1001")

	s.take(standardBody("3SDEMO0001", parcel.HandedToCarrier, parcel.InTransit, parcel.OutForDelivery, parcel.Delivered))
	s.take(standardBody("3SDEMO0001", parcel.HandedToCarrier))
	s.take(standardBody("3SDEMO0001", parcel.HandedToCarrier, parcel.InTransit))
	s.empty()

	got := s.parcel("1001")
	if got.Milestone != want.Milestone || len(got.Scans) != len(want.Scans) || got.Since != want.Since {
		t.Errorf("the parcel went from %s with %d scans to %s with %d", want.Milestone, len(want.Scans), got.Milestone, len(got.Scans))
	}
}

func TestAnEventForAParcelThatIsNotThereWaitsForIt(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	s.order("1001", "3SDEMO0001")
	s.take(standardBody("3SDEMO0002", parcel.HandedToCarrier, parcel.OutForDelivery))
	s.take(standardBody("3SDEMO0001", parcel.InTransit))
	s.empty()
	s.expectRows(map[string]int{waiting: 1, done: 1})

	s.order("1002", "3S-DEMO 0002")
	s.empty()
	s.expectRows(map[string]int{done: 2})
	if p := s.parcel("1002"); p.Milestone != parcel.OutForDelivery {
		t.Errorf("the parcel is %s", p.Milestone)
	}
}

func TestOddEventsAreSetAsideWithAReasonAndTheirGoodScansCount(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	s.order("1001", "3SDEMO0001")
	s.take(`{"type":"ping"}`)
	s.take(`not JSON`)
	s.take(`{"type":"parcel.scanned","type":"parcel.scanned"}`)
	s.take(strings.Replace(standardBody("3SDEMO0001", parcel.InTransit, parcel.OutForDelivery),
		received.Add(-9*time.Hour).Format(time.RFC3339), "9999-01-01T00:00:00Z", 1))
	s.take(standardBody("3SDEMO0001", "teleported"))
	s.empty()

	s.expectRows(map[string]int{ignored: 1, quarantined: 3, done: 1})
	for _, r := range s.rows(quarantined) {
		if r.Reason == "" {
			t.Error("a row was set aside without a reason")
		}
	}
	if p := s.parcel("1001"); p.Milestone != parcel.InTransit || len(p.Scans) != 2 {
		t.Errorf("the parcel is %s with %d scans", p.Milestone, len(p.Scans))
	}
	if log := s.log.String(); !strings.Contains(log, "in the future") || strings.Contains(log, "3SDEMO0001") {
		t.Errorf("the log must say why, without numbers: %s", log)
	}

	n, err := s.store.ReplayInbox(t.Context(), s.m, quarantined, nil)
	if err != nil || n != 3 {
		t.Fatalf("%d rows are played again, %v", n, err)
	}
	s.empty()
	s.expectRows(map[string]int{ignored: 1, quarantined: 3, done: 1})
}

// panicking is a feed with a fault: it panics on some bodies.
type panicking struct{ Adapter }

func (p panicking) Parse(h http.Header, body []byte, at time.Time) ([]parcel.Scan, error) {
	if bytes.Contains(body, []byte("PANIC")) {
		panic("a fault in the program")
	}

	return p.Adapter.Parse(h, body, at)
}

func TestAPanicSetsAsideItsRowAndNoOther(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	a, _ := ByKind("standard")
	s.intake.Adapters = []Adapter{panicking{a}}
	s.order("1001", "3SDEMO0001")
	for i := range 100 {
		switch i % 25 {
		case 3:
			s.take(standardBody("PANIC", parcel.InTransit))
		case 7:
			s.take(`{"type":`)
		default:
			s.take(standardBody("3SDEMO0001", parcel.InTransit))
		}
	}
	s.empty()
	s.expectRows(map[string]int{done: 92, quarantined: 8})
}

func TestAFeedThatIsNoMoreSetsItsRowsAside(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	s.intake.Adapters = []Adapter{sendcloud{}}
	s.take(standardBody("3SDEMO0001", parcel.InTransit))
	s.empty()
	if rows := s.rows(quarantined); len(rows) != 1 || !strings.Contains(rows[0].Reason, `"standard"`) {
		t.Errorf("got %+v", rows)
	}
}

func TestARowThatNeverEndsIsSetAsideAfterTenTries(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	s.take(standardBody("3SDEMO0001", parcel.InTransit))
	for range maxAttempts { // processes that die with the row in their hands; the lease is over at once
		rows, err := s.store.ClaimInbox(t.Context(), 10, time.Nanosecond)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
	}
	s.empty()
	if rows := s.rows(quarantined); len(rows) != 1 || !strings.Contains(rows[0].Reason, "10 times") {
		t.Errorf("got %+v", rows)
	}
}

func TestARowThatCannotBeRecordedIsTriedAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	last := time.Duration(0)
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		e := &entry{row: store.InboxRow{Attempts: attempt}}
		s.intake.failed(e, parcel.ErrBusy)
		switch {
		case attempt == maxAttempts && e.ending.State != quarantined:
			t.Errorf("the last try ends %s", e.ending.State)
		case attempt < maxAttempts && (e.ending.State != pending || e.ending.Delay <= last && e.ending.Delay < maxDelay):
			t.Errorf("try %d: %s after %v", attempt, e.ending.State, e.ending.Delay)
		}
		last = e.ending.Delay
	}

	e := &entry{}
	s.intake.failed(e, parcel.Invalid{Field: "text", Message: "holds characters that cannot be stored"})
	if e.ending.State != quarantined || !strings.Contains(e.ending.Reason, "cannot be stored") {
		t.Errorf("what the database refuses ends %+v", e.ending)
	}
}

func TestNothingEndsWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := open(t, "standard")
	s.store = storetest.Open(t, store.Config{URL: url})
	s.m = storetest.Merchant(t, s.store, "winkel").ID
	s.feed = s.addFeed("standard")
	s.take(standardBody("3SDEMO0001", parcel.InTransit))

	rows, err := s.store.ClaimInbox(t.Context(), 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	away := storetest.Open(t, store.Config{URL: url})
	if err := away.Close(); err != nil {
		t.Fatal(err)
	}
	s.intake.Store = away
	if err := s.intake.workOff(t.Context(), rows); err == nil {
		t.Error("a batch was worked off without a database")
	}
	if err := s.store.ReleaseInbox(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	s.intake.Store = s.store
	s.empty()
	s.expectRows(map[string]int{waiting: 1})
}

func TestRunWakesForNewsAndStopsCleanly(t *testing.T) {
	t.Parallel()
	s := open(t, "standard")
	s.order("1001", "3SDEMO0001")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.intake.Live = s.store.NewLive()
	ended := make(chan error, 2)
	go func() { ended <- s.intake.Live.Run(ctx) }()
	go func() { ended <- s.intake.Run(ctx) }()

	_, parcels, err := s.store.Order(ctx, s.m, "1001")
	if err != nil {
		t.Fatal(err)
	}
	changed, stop := s.intake.Live.Watch(parcels[0].Order)
	defer stop()
	s.take(standardBody("3SDEMO0001", parcel.OutForDelivery))
	for s.parcel("1001").Milestone != parcel.OutForDelivery {
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatal("the scan was not applied")
		}
	}

	cancel()
	for range 2 {
		if err := <-ended; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}
	s.expectRows(map[string]int{done: 1})
}
