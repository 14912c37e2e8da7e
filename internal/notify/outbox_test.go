package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

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
