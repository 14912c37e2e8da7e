package notify

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
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

func TestAConfirmationIsSentOnceAndKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1")
	o := h.outbox(All(Config{Sandbox: true}, h.Store)...)
	if n := drain(t, o); n != 1 {
		t.Fatalf("%d messages", n)
	}
	if n := drain(t, o); n != 0 {
		t.Errorf("%d messages the second time", n)
	}
	if got := h.row(t, order); got.State != "sent" || got.Leased {
		t.Errorf("%+v", got)
	}
	kept, err := h.SandboxMessages(t.Context(), 10)
	if err != nil || len(kept) != 1 || kept[0].Recipient != "daan.1@example.com" {
		t.Fatalf("%d kept, %v", len(kept), err)
	}
}

func TestLinksComeFromTheShopsRowAndOpenWhatTheySay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1")
	c := &told{}
	drain(t, h.outbox(c))
	m := c.sent()[0]
	view, ok := strings.CutPrefix(m.View, h.shop.Brand.Base+"/t/")
	if !ok || h.shop.Brand.Base == "" {
		t.Fatalf("view link %q below %q", m.View, h.shop.Brand.Base)
	}
	unsub, ok := strings.CutPrefix(m.Unsubscribe, h.shop.Brand.Base+"/u/")
	if !ok || unsub == view {
		t.Fatalf("unsubscribe link %q", m.Unsubscribe)
	}
	link, err := h.OpenLink(t.Context(), h.shop.ID, view, parcel.PurposeView)
	if err != nil || link.Order != order.ID || link.Message != m.Message.ID || link.Channel != "email" {
		t.Errorf("%+v, %v", link, err)
	}
	if _, err := h.OpenLink(t.Context(), h.shop.ID, unsub, parcel.PurposeUnsub); err != nil {
		t.Error(err)
	}
	if _, err := h.OpenLink(t.Context(), h.shop.ID, view, parcel.PurposeUnsub); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("a view link opens another purpose: %v", err)
	}
	if m.View != h.shop.Brand.Base+"/t/"+h.MessageToken(h.shop.ID, m.Message.ID, parcel.PurposeView) {
		t.Error("a second writing would carry another link")
	}
}

// TestAConfirmationLeavesWhileTenThousandWait counts who leaves first: every ordinary lane is held up in a send, ten
// thousand messages wait, and the confirmation of a new order leaves all the same.
func TestAConfirmationLeavesWhileTenThousandWait(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fill(t, h, 10_000)

	gate, confirmed, held := make(chan struct{}), make(chan string, 1), make(chan struct{}, 10)
	c := &told{before: func(m Envelope) error {
		if m.Message.Priority == urgent {
			if m.Order.Number == "new" {
				confirmed <- m.Order.Number
			}
			return nil
		}
		held <- struct{}{}
		<-gate
		return nil
	}}
	o := h.outbox(c)
	o.Workers = 2
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := o.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	for range 2 {
		<-held
	}
	h.order(t, "new")
	<-confirmed
	for _, m := range c.sent() {
		if m.Message.Priority != urgent {
			t.Error("something else left before it")
		}
	}

	stop()
	close(gate)
	running.Wait()
	var sent, leased, tried int
	err := h.db.QueryRow(`select count(*) filter (where state = 'sent' and priority > 0), count(*) filter (where lease is not null), count(*) filter (where state = 'queued' and attempts > 0) from outbox`).
		Scan(&sent, &leased, &tried)
	if err != nil {
		t.Fatal(err)
	}
	if sent != 2 || leased != 0 || tried != 0 {
		t.Errorf("after the stop: %d sent, %d leases held, %d attempts charged", sent, leased, tried)
	}
}

// fill puts ordinary messages of n orders in the outbox.
func fill(t *testing.T, h *house, n int) {
	t.Helper()
	rows := make([]store.ImportRow, 0, 1000)
	for i := range n {
		rows = append(rows, store.ImportRow{Order: parcel.Order{
			Merchant: h.shop.ID, Number: fmt.Sprintf("bulk-%d", i), PlacedAt: h.clock().Add(-time.Hour), Language: "nl", Country: "NL",
			Contact: parcel.Contact{Email: "daan@example.com"},
		}})
		if len(rows) < 1000 && i < n-1 {
			continue
		}
		if _, _, err := h.ImportOrders(t.Context(), h.shop.ID, rows, h.clock()); err != nil {
			t.Fatal(err)
		}
		rows = rows[:0]
	}
	_, err := h.db.ExecContext(t.Context(), `
		insert into outbox (merchant_id, id, order_id, kind, key, priority, at)
		select merchant_id, gen_random_uuid(), id, 'order_confirmed', 'bulk', 5, now() from orders where number like 'bulk-%'`)
	if err != nil {
		t.Fatal(err)
	}
}

func TestAWorkerWhoseTimeIsOverSendsNoMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 5 {
		h.order(t, fmt.Sprint(i))
	}
	c := &told{}
	c.before = func(Envelope) error {
		if len(c.sent()) == 1 {
			h.pass(4 * time.Second) // the second send stalls until half of the lease is gone
		}
		return nil
	}
	if n := drain(t, h.outbox(c)); n != 2 {
		t.Errorf("%d dealt with", n)
	}
	if n := len(c.sent()); n != 2 {
		t.Errorf("%d sent", n)
	}
	var free int
	if err := h.db.QueryRow(`select count(*) from outbox where state = 'queued' and lease is null and attempts = 0`).Scan(&free); err != nil || free != 3 {
		t.Errorf("%d given back, %v", free, err)
	}
}

func TestASendThatStallsIsCutBeforeTheLeaseEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.order(t, "1")
	c := &told{}
	deadline := make(chan time.Duration, 1)
	o := h.outbox(deadlineChannel{c, deadline})
	drain(t, o)
	if left := <-deadline; left > 3*o.Timeout || left < 2*o.Timeout {
		t.Errorf("a send may take %v of a lease of %v", left, 4*o.Timeout)
	}
}

// deadlineChannel tells how much time a send is given.
type deadlineChannel struct {
	*told
	left chan time.Duration
}

func (c deadlineChannel) Send(ctx context.Context, m Envelope) (Receipt, error) {
	end, _ := ctx.Deadline()
	c.left <- time.Until(end)
	return c.told.Send(ctx, m)
}

func TestAPanicEndsItsOwnMessageOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	orders := []parcel.Order{h.order(t, "1"), h.order(t, "2"), h.order(t, "3")}
	c := &told{before: func(m Envelope) error {
		if m.Order.Number == "2" {
			panic("daan.2@example.com")
		}
		return nil
	}}
	drain(t, h.outbox(c))
	for i, want := range []string{"sent", "failed", "sent"} {
		if got := h.row(t, orders[i]); got.State != want {
			t.Errorf("order %d: %+v", i+1, got)
		}
	}
	h.silent(t)
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

func (h *house) mail(t *testing.T, p *postoffice) *email {
	t.Helper()
	c := &email{relay: p.relay(time.Second)}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestATemporaryRefusalIsTriedAgainLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1")
	p := newPostoffice(t, map[string][]string{"rcpt": {"450 4.2.0 <daan.1@example.com> greylisted", ""}})
	c := h.mail(t, p)
	o := h.outbox(c)
	drain(t, o)
	got := h.row(t, order)
	if got.State != "queued" || got.Attempts != 1 || got.Wait < 45*time.Second || got.Wait > 75*time.Second || got.Leased {
		t.Errorf("%+v", got)
	}
	if got.Reason != "the mail server refused it for now at recipient: 450 4.2.0 (address) greylisted" {
		t.Errorf("reason %q", got.Reason)
	}
	if drain(t, o) != 0 {
		t.Error("tried again at once")
	}
	h.dueNow(t)
	drain(t, o)
	if got := h.row(t, order); got.State != "sent" || got.Attempts != 2 {
		t.Errorf("%+v", got)
	}
	h.silent(t)
}

func TestAfterSeventyTwoHoursItIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1")
	p := newPostoffice(t, map[string][]string{"rcpt": {"450 4.2.0 no"}})
	o := h.outbox(h.mail(t, p))
	h.pass(73 * time.Hour)
	drain(t, o)
	if got := h.row(t, order); got.State != "failed" || !strings.HasPrefix(got.Reason, "given up after 72 hours") {
		t.Errorf("%+v", got)
	}
}

func TestADeadAddressFailsAndIsLeftAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1", store.ParcelInput{Carrier: "postnl", TrackingNumber: "3SAAAA0000001"})
	p := newPostoffice(t, map[string][]string{"rcpt": {"550 5.1.1 <daan.1@example.com>: no such user"}})
	o := h.outbox(h.mail(t, p))
	drain(t, o)
	if got := h.row(t, order); got.State != "failed" || got.Reason != "the address does not exist" || got.Answer != "550 5.1.1 (address): no such user" {
		t.Errorf("%+v", got)
	}
	if why, err := h.IsSuppressed(t.Context(), h.shop.ID, "email", "daan.1@example.com"); err != nil || why != "bounced" {
		t.Errorf("%q, %v", why, err)
	}
	h.scan(t, "3SAAAA0000001", parcel.Delivered, time.Minute)
	drain(t, o)
	if got := h.fates(t, order)[parcel.DeliveredNotice]; got != parcel.Suppressed {
		t.Errorf("the next one ended as %q", got)
	}
	h.silent(t)
}

func TestAPolicyRefusalFailsAndBlamesNoAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1")
	p := newPostoffice(t, map[string][]string{"dot": {"554 5.7.1 looks like spam"}})
	drain(t, h.outbox(h.mail(t, p)))
	if got := h.row(t, order); got.State != "failed" || got.Answer != "554 5.7.1 looks like spam" {
		t.Errorf("%+v", got)
	}
	if why, _ := h.IsSuppressed(t.Context(), h.shop.ID, "email", "daan.1@example.com"); why != "" {
		t.Errorf("suppressed: %q", why)
	}
}

func TestWithoutAnAnswerTheSameMailIsSentOnceMoreAtMost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1")
	p := newPostoffice(t, map[string][]string{"dot": {lost}})
	o := h.outbox(h.mail(t, p))
	for range 4 {
		drain(t, o)
		h.dueNow(t)
	}
	taken := p.messages()
	if len(taken) != 2 {
		t.Fatalf("sent %d times", len(taken))
	}
	ids := map[string]bool{}
	for _, raw := range taken {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		ids[m.Header.Get("Message-Id")] = true
	}
	if len(ids) != 1 {
		t.Errorf("Message-IDs %v", ids)
	}
	if got := h.row(t, order); got.State != "failed" || got.Reason != "no answer twice: it may have arrived" {
		t.Errorf("%+v", got)
	}
}

func TestAnOutageChargesNoMessageAndIsProbedGently(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	orders := []parcel.Order{h.order(t, "1"), h.order(t, "2"), h.order(t, "3")}
	p := newPostoffice(t, map[string][]string{"greeting": {"554 5.3.2 down", "554 5.3.2 down", ""}})
	o := h.outbox(h.mail(t, p))
	drain(t, o)
	for range 20 { // an impatient hour's worth of wake-ups within the first rest
		drain(t, o)
	}
	if p.calls() != 1 {
		t.Errorf("%d connections within ten seconds", p.calls())
	}
	h.pass(11 * time.Second)
	drain(t, o)
	for range 20 {
		drain(t, o)
	}
	if p.calls() != 2 {
		t.Errorf("%d connections within thirty seconds", p.calls())
	}
	for _, order := range orders {
		if got := h.row(t, order); got.State != "queued" || got.Attempts != 0 || got.Leased {
			t.Errorf("%+v", got)
		}
	}
	h.pass(30 * time.Second)
	drain(t, o)
	drain(t, o)
	for _, order := range orders {
		if got := h.row(t, order); got.State != "sent" {
			t.Errorf("after the outage: %+v", got)
		}
	}
}

func TestAfterAnOutageOnlyTheLatestUsefulMessageLeaves(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1", store.ParcelInput{Carrier: "postnl", TrackingNumber: "3SAAAA0000001"})
	h.scan(t, "3SAAAA0000001", parcel.HandedToCarrier, 3*time.Hour)
	h.scan(t, "3SAAAA0000001", parcel.OutForDelivery, 2*time.Hour)
	h.scan(t, "3SAAAA0000001", parcel.Delivered, time.Hour)
	c := &told{}
	o := h.outbox(c)
	for drain(t, o) > 0 {
	}
	h.dueNow(t)
	got := h.fates(t, order)
	if got[parcel.OnItsWay] != parcel.Superseded || got[parcel.OutToday] != parcel.Superseded || got[parcel.OrderConfirmed] != parcel.Sent {
		t.Errorf("%v", got)
	}
	if d := got[parcel.DeliveredNotice]; d != parcel.Sent && d != parcel.Queued { // at night it waits
		t.Errorf("delivered ended as %q", d)
	}
}

func TestAtNightAMessageWaitsForTheMorning(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	day := h.clock().In(amsterdam)
	h.now = time.Date(day.Year(), day.Month(), day.Day(), 23, 30, 0, 0, amsterdam)
	order := h.order(t, "1", store.ParcelInput{Carrier: "postnl", TrackingNumber: "3SAAAA0000001"})
	h.scan(t, "3SAAAA0000001", parcel.HandedToCarrier, time.Minute)
	c := &told{}
	o := h.outbox(c)
	drain(t, o)
	drain(t, o)
	if got := h.fates(t, order); got[parcel.OrderConfirmed] != parcel.Sent || got[parcel.OnItsWay] != parcel.Queued {
		t.Errorf("%v", got)
	}
	var due time.Time
	if err := h.db.QueryRow(`select due_at from outbox where kind = 'on_its_way'`).Scan(&due); err != nil {
		t.Fatal(err)
	}
	if local := due.In(amsterdam); local.Hour() != 8 || !due.After(h.clock()) {
		t.Errorf("due %v", local)
	}
}

func TestUnsubscribedShoppersStillHearWhatTheyMustAct(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1", store.ParcelInput{Carrier: "postnl", TrackingNumber: "3SAAAA0000001"})
	if err := h.Suppress(t.Context(), h.shop.ID, "email", "daan.1@example.com", "unsubscribed"); err != nil {
		t.Fatal(err)
	}
	c := &told{}
	o := h.outbox(c)
	drain(t, o)
	h.scan(t, "3SAAAA0000001", parcel.HandedToCarrier, 2*time.Hour)
	drain(t, o)
	h.scan(t, "3SAAAA0000001", parcel.DeliveryAttemptFailed, time.Hour)
	drain(t, o)
	got := h.fates(t, order)
	if got[parcel.OrderConfirmed] != parcel.Sent || got[parcel.OnItsWay] != parcel.Suppressed || got[parcel.AttemptFailed] != parcel.Sent {
		t.Errorf("%v", got)
	}
}

func TestManyWorkersSendEachMessageOnceAndEachOrderInTurn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fill(t, h, 400)
	c := &told{}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var running sync.WaitGroup
	all := make(chan struct{})
	var once sync.Once
	c.before = func(Envelope) error {
		if len(c.sent()) >= 399 {
			once.Do(func() { close(all) })
		}
		return nil
	}
	for range 3 {
		o := h.outbox(c)
		o.Batch, o.Now = 20, time.Now
		running.Go(func() {
			if err := o.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	<-all
	stop()
	running.Wait()
	seen := map[string]int{}
	for _, m := range c.sent() {
		seen[m.Message.ID]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	var unfinished int
	if err := h.db.QueryRow(`select count(*) from outbox where state = 'queued'`).Scan(&unfinished); err != nil || len(seen)+unfinished != 400 {
		t.Errorf("%d sent and %d waiting of 400, %v", len(seen), unfinished, err)
	}
}

func TestAnOrderThatCannotBeReadHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	orders := []parcel.Order{h.order(t, "1"), h.order(t, "2"), h.order(t, "3")}
	if _, err := h.db.Exec(`update orders set contact = '\x00' where number = '2'`); err != nil {
		t.Fatal(err)
	}
	c := &told{}
	o := h.outbox(c)
	drain(t, o)
	for i, want := range []string{"sent", "queued", "sent"} {
		if got := h.row(t, orders[i]); got.State != want || got.Leased {
			t.Errorf("order %d: %+v", i+1, got)
		}
	}
	for range unreadableLimit {
		h.dueNow(t)
		drain(t, o)
	}
	if got := h.row(t, orders[1]); got.State != "failed" || got.Reason != "its order cannot be read" {
		t.Errorf("%+v", got)
	}
}

func TestAMessageForAChannelNobodySetUpFailsVisibly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	order := h.order(t, "1")
	drain(t, h.outbox())
	if got := h.row(t, order); got.State != "failed" || got.Reason != "no such channel is set up" {
		t.Errorf("%+v", got)
	}
}

func TestHowManyMayFollow(t *testing.T) {
	t.Parallel()
	for milestone, want := range map[parcel.Milestone]int{
		parcel.OrderPlaced: 3, parcel.PickedAndPacked: 3, parcel.InTransit: 2, parcel.OutForDelivery: 1, parcel.AvailableForPickup: 1,
		parcel.Delivered: 0, parcel.Cancelled: 0, parcel.Lost: 0, parcel.ReturnedToSender: 0,
	} {
		j := job{out: store.Outgoing{Parcels: []parcel.Parcel{{ID: "p", Milestone: milestone}}}}
		if got := j.left(); got != want {
			t.Errorf("%s: %d", milestone, got)
		}
	}
}
