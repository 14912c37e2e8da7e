package notify

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

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
