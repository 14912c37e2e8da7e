package notify

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// house is a store with one shop, a clock that stands still, and a log that is read afterwards.
type house struct {
	*store.Store
	db   *sql.DB
	shop store.Merchant
	log  bytes.Buffer
	mu   sync.Mutex
	now  time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	url := storetest.URL(t)
	h := &house{Store: storetest.Open(t, store.Config{URL: url}), db: storetest.DB(t, url), now: time.Now()}
	h.shop = storetest.Merchant(t, h.Store, "kaap-noord")
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	h.now = h.now.Add(d)
	h.mu.Unlock()
}

func (h *house) outbox(channels ...Channel) *Outbox {
	o := &Outbox{
		Store: h.Store, Channels: channels, Now: h.clock, Rand: func() float64 { return 0.5 }, Timeout: 2 * time.Second,
		Log: slog.New(slog.NewJSONHandler(&h.log, nil)), Poll: 10 * time.Millisecond,
	}
	o.defaults()
	return o
}

// drain does one claim of everything and waits until its ends are written.
func drain(t *testing.T, o *Outbox) int {
	t.Helper()
	l := o.lane("test", store.AnyPriority, o.Batch)
	l.ledger = newLedger(o.Store, o.Log)
	var books sync.WaitGroup
	books.Go(func() { l.ledger.run(t.Context()) })
	n, err := l.drain(t.Context())
	l.ledger.close()
	books.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (h *house) order(t *testing.T, number string, parcels ...store.ParcelInput) parcel.Order {
	t.Helper()
	o, _, err := h.SaveOrder(t.Context(), parcel.Order{
		Merchant: h.shop.ID, Number: number, PlacedAt: h.clock().Add(-time.Hour), Language: "nl", Country: "NL", Currency: "EUR", Total: 1000,
		Lines:   []parcel.Line{{Name: "Regenjas", Quantity: 1, Price: 1000}},
		Contact: parcel.Contact{Name: "Daan Verhoog", Email: "daan." + number + "@example.com"},
	}, parcels, h.clock())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (h *house) scan(t *testing.T, number string, m parcel.Milestone, ago time.Duration) {
	t.Helper()
	at := h.clock().Add(-ago).UTC()
	local := at.Add(time.Hour)
	_, unknown, err := h.Record(t.Context(), h.shop.ID, []parcel.Scan{{
		Fingerprint: parcel.Fingerprint("standard", number, at.String(), string(m), "", ""), Source: "standard", Carrier: "postnl",
		Number: number, Code: string(m), Milestone: m,
		When: parcel.EventTime{Raw: at.Format(time.RFC3339), Local: time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC), Offset: 3600, UTC: at, ZoneKnown: true},
	}}, h.clock())
	if err != nil || len(unknown) > 0 {
		t.Fatal(err, unknown)
	}
}

// fates is kind → outcome of an order's messages.
func (h *house) fates(t *testing.T, o parcel.Order) map[parcel.Kind]parcel.Outcome {
	t.Helper()
	list, err := h.MessageHistory(t.Context(), h.shop.ID, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	fates := map[parcel.Kind]parcel.Outcome{}
	for _, r := range list {
		fates[r.Kind] = r.Outcome
	}
	return fates
}

// row is a row of the outbox as staff would see it.
type row struct {
	State, Reason, Answer string
	Attempts, Unanswered  int
	Leased                bool
	Wait                  time.Duration
}

func (h *house) row(t *testing.T, o parcel.Order) row {
	t.Helper()
	var r row
	var seconds float64
	err := h.db.QueryRowContext(t.Context(), `
		select state, reason, answer, attempts, unanswered, lease is not null, extract(epoch from due_at - now())
		from outbox where order_id = $1 and kind = 'order_confirmed'`, o.ID).
		Scan(&r.State, &r.Reason, &r.Answer, &r.Attempts, &r.Unanswered, &r.Leased, &seconds)
	if err != nil {
		t.Fatal(err)
	}
	r.Wait = time.Duration(seconds * float64(time.Second))
	return r
}

func (h *house) dueNow(t *testing.T) {
	t.Helper()
	if _, err := h.db.ExecContext(t.Context(), `update outbox set due_at = now() where state = 'queued'`); err != nil {
		t.Fatal(err)
	}
}

// told is a channel that takes everything and remembers in which order. before is called with each message first.
type told struct {
	mu     sync.Mutex
	list   []Envelope
	before func(Envelope) error
}

func (c *told) Name() string { return "email" }
func (c *told) Close() error { return nil }

func (c *told) Send(_ context.Context, m Envelope) (Receipt, error) {
	if c.before != nil {
		if err := c.before(m); err != nil {
			return Receipt{}, err
		}
	}
	c.mu.Lock()
	c.list = append(c.list, m)
	c.mu.Unlock()
	return Receipt{ID: m.Message.ID}, nil
}

func (c *told) sent() []Envelope {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Envelope(nil), c.list...)
}

// silent fails when the log or the outbox names an address or a token.
func (h *house) silent(t *testing.T) {
	t.Helper()
	rows := h.log.String()
	var reasons sql.NullString
	if err := h.db.QueryRow(`select string_agg(reason || ' ' || answer, ' ') from outbox`).Scan(&reasons); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"daan", "@example.com", "/t/", "/u/", "Verhoog"} {
		if strings.Contains(rows, secret) || strings.Contains(reasons.String, secret) {
			t.Errorf("%q stands in a log or a reason:\n%s\n%s", secret, rows, reasons.String)
		}
	}
}
