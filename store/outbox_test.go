package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

func claimAll(t testing.TB, s *store.Store, limit int, lease time.Duration) []store.Message {
	t.Helper()
	msgs, err := s.ClaimOutbox(t.Context(), store.AnyPriority, limit, lease)
	if err != nil {
		t.Fatal(err)
	}
	return msgs
}

func send(t testing.TB, s *store.Store, msgs ...store.Message) []string {
	t.Helper()
	endings := make([]store.Ending, len(msgs))
	for i, m := range msgs {
		endings[i] = store.Ending{Message: m, Outcome: parcel.Sent, MessageID: "id", Answer: "250 ok"}
	}
	lost, err := s.FinishMessages(t.Context(), endings)
	if err != nil {
		t.Fatal(err)
	}
	return lost
}

func TestANewOrderIsConfirmedOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1"), box("3S1"))
	mustSave(t, s, order(m, "1"), box("3S1"))

	msgs := claimAll(t, s, 10, time.Minute)
	if len(msgs) != 1 {
		t.Fatalf("%d messages", len(msgs))
	}
	got := msgs[0]
	if got.Kind != parcel.OrderConfirmed || got.Order != o.ID || got.Parcel != "" || got.Priority != 0 || got.Attempt != 1 ||
		got.Channel != "email" || !got.At.Equal(monday) {
		t.Errorf("%+v", got)
	}
	if lost := send(t, s, got); lost != nil {
		t.Errorf("lost %v", lost)
	}
	history, err := s.MessageHistory(t.Context(), m, o.ID)
	if err != nil || len(history) != 1 || history[0].Outcome != parcel.Sent || history[0].Finished.IsZero() {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestAnOrderThatIsSavedInSilenceIsNotConfirmed(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	if _, _, err := s.SaveOrder(t.Context(), order(m, "1"), nil, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if msgs := claimAll(t, s, 10, time.Minute); len(msgs) != 0 {
		t.Errorf("%+v", msgs)
	}
}

func TestAMessageIsLoadedWithAllAWorkerMustKnow(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	a, b := storetest.Merchant(t, s, "kaap-noord").ID, storetest.Merchant(t, s, "moss").ID
	first := mustSave(t, s, order(a, "1"), box("3S1"), box("3S2"))
	second := mustSave(t, s, order(b, "1"), box("3S1"))
	mustRecord(t, s, a, scan("3S1", 1, parcel.OutForDelivery))
	if err := s.Suppress(t.Context(), b, "email", " Sanne@example.com", "bounced"); err != nil {
		t.Fatal(err)
	}

	loaded, err := s.LoadOutgoing(t.Context(), claimAll(t, s, 10, time.Minute))
	if err != nil || len(loaded) != 2 {
		t.Fatalf("%d loaded, %v", len(loaded), err)
	}
	for _, out := range loaded {
		want, parcels, history, why := first, 2, 1, ""
		if out.Message.Merchant == b {
			want, parcels, history, why = second, 1, 0, "bounced"
		}
		if out.Order.ID != want.ID || out.Order.Contact.Email != "sanne@example.com" || len(out.Parcels) != parcels ||
			len(out.History) != history || out.Suppressed != why {
			t.Errorf("%+v", out)
		}
	}
}

func TestAConfirmationPassesTheQueueOfItsShop(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	for i := range 30 {
		mustSave(t, s, order(m, fmt.Sprint(i)), box(fmt.Sprint("3S", i)))
	}
	for msgs := claimAll(t, s, 100, time.Minute); len(msgs) > 0; msgs = claimAll(t, s, 100, time.Minute) {
		send(t, s, msgs...)
	}
	var scans []parcel.Scan
	for i := range 30 {
		scans = append(scans, scan(fmt.Sprint("3S", i), 1, parcel.InTransit))
	}
	mustRecord(t, s, m, scans...)
	late := mustSave(t, s, order(m, "late"))

	if msgs := claimAll(t, s, 5, time.Minute); len(msgs) != 5 || msgs[0].Order != late.ID {
		t.Errorf("claimed %+v", msgs)
	}
	if msgs, err := s.ClaimOutbox(t.Context(), 0, 5, time.Minute); err != nil || len(msgs) != 0 {
		t.Errorf("the urgent lane got %+v, %v", msgs, err)
	}
}

func TestALongQueueOfOneShopDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	big, small := storetest.Merchant(t, s, "kaap-noord").ID, storetest.Merchant(t, s, "moss").ID
	for i := range 60 {
		mustSave(t, s, order(big, fmt.Sprint(i)))
	}
	for i := range 3 {
		mustSave(t, s, order(small, fmt.Sprint(i)))
	}

	got := map[parcel.MerchantID]int{}
	for _, msg := range claimAll(t, s, 10, time.Minute) {
		got[msg.Merchant]++
	}
	if got[small] != 3 || got[big] != 7 {
		t.Errorf("the small shop got %d, the big one %d", got[small], got[big])
	}
}

func TestMessagesOfAnOrderLeaveOneByOne(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	mustSave(t, s, order(m, "1"), box("3S1"))
	mustRecord(t, s, m, scan("3S1", 1, parcel.InTransit))
	mustRecord(t, s, m, scan("3S1", 2, parcel.OutForDelivery))

	for _, kind := range []parcel.Kind{parcel.OrderConfirmed, parcel.OnItsWay, parcel.OutToday} {
		msgs := claimAll(t, s, 10, time.Minute)
		if len(msgs) != 1 || msgs[0].Kind != kind {
			t.Fatalf("claimed %+v, want %s", msgs, kind)
		}
		if more := claimAll(t, s, 10, time.Minute); len(more) != 0 {
			t.Errorf("beside it: %+v", more)
		}
		send(t, s, msgs...)
	}
}

func TestAMessageWhoseLeaseLapsedIsFencedOff(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	mustSave(t, s, order(storetest.Merchant(t, s, "kaap-noord").ID, "1"))
	first := claimAll(t, s, 1, -time.Second)
	second := claimAll(t, s, 1, time.Minute)
	if len(first) != 1 || len(second) != 1 || second[0].Attempt != 2 {
		t.Fatalf("first %+v, second %+v", first, second)
	}

	if lost := send(t, s, first...); len(lost) != 1 {
		t.Errorf("lost %v", lost)
	}
	if err := s.RetryMessage(t.Context(), first[0], time.Now(), "later"); !errors.Is(err, parcel.ErrConflict) {
		t.Errorf("retried: %v", err)
	}
	if err := s.ReleaseMessages(t.Context(), first); err != nil {
		t.Error(err)
	}
	if lost := send(t, s, second...); lost != nil {
		t.Errorf("the holder lost %v", lost)
	}
	if lost := send(t, s, second...); len(lost) != 1 {
		t.Errorf("ended twice: lost %v", lost)
	}
}

func TestAMessageIsDueAgainWhenItIsRetried(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	mustSave(t, s, order(storetest.Merchant(t, s, "kaap-noord").ID, "1"))
	msg := claimAll(t, s, 1, time.Minute)[0]
	msg.Unanswered = 1
	if err := s.RetryMessage(t.Context(), msg, time.Now().Add(time.Hour), "no answer"); err != nil {
		t.Fatal(err)
	}
	if msgs := claimAll(t, s, 1, time.Minute); len(msgs) != 0 {
		t.Errorf("before its time: %+v", msgs)
	}
}

func TestAReleasedMessageIsDueAtOnceAndTheAttemptDoesNotCount(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	mustSave(t, s, order(storetest.Merchant(t, s, "kaap-noord").ID, "1"))
	if err := s.ReleaseMessages(t.Context(), claimAll(t, s, 1, time.Minute)); err != nil {
		t.Fatal(err)
	}
	if msgs := claimAll(t, s, 1, time.Minute); len(msgs) != 1 || msgs[0].Attempt != 1 {
		t.Errorf("claimed %+v", msgs)
	}
}

func TestManyWorkersSendEachMessageOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	const orders = 60
	for i := range orders {
		mustSave(t, s, order(m, fmt.Sprint(i)), box(fmt.Sprint("3S", i)))
		mustRecord(t, s, m, scan(fmt.Sprint("3S", i), 1, parcel.OutForDelivery))
	}

	var mu sync.Mutex
	times := map[string]int{}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for {
				msgs, err := s.ClaimOutbox(t.Context(), store.AnyPriority, 7, time.Minute)
				if err != nil || len(msgs) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				for _, msg := range msgs {
					times[msg.ID]++
				}
				mu.Unlock()
				send(t, s, msgs...)
			}
		})
	}
	workers.Wait()

	for msgs := claimAll(t, s, 100, time.Minute); len(msgs) > 0; msgs = claimAll(t, s, 100, time.Minute) {
		for _, msg := range msgs {
			times[msg.ID]++
		}
		send(t, s, msgs...)
	}
	if len(times) != 2*orders {
		t.Errorf("%d messages, want %d", len(times), 2*orders)
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
}

func TestASuppressedAddressIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	a, b := storetest.Merchant(t, s, "kaap-noord").ID, storetest.Merchant(t, s, "moss").ID
	for _, step := range []struct{ reason, want string }{
		{"unsubscribed", "unsubscribed"}, {"bounced", "bounced"}, {"unsubscribed", "bounced"},
	} {
		if err := s.Suppress(t.Context(), a, "email", "Sanne@Example.com", step.reason); err != nil {
			t.Fatal(err)
		}
		if got, err := s.IsSuppressed(t.Context(), a, "email", "sanne@example.com "); got != step.want || err != nil {
			t.Errorf("after %s: %q, %v", step.reason, got, err)
		}
	}
	if got, err := s.IsSuppressed(t.Context(), b, "email", "sanne@example.com"); got != "" || err != nil {
		t.Errorf("at another shop: %q, %v", got, err)
	}
}

func TestTheSandboxKeepsAMessageOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	mustSave(t, s, order(m, "1"))
	id := claimAll(t, s, 1, time.Minute)[0].ID
	for _, subject := range []string{"Bedankt", "Nog eens"} {
		err := s.SaveSandbox(t.Context(), store.SandboxMessage{
			Merchant: m, OutboxID: id, Channel: "email", Recipient: "sanne@example.com", Subject: subject, Raw: []byte("Subject: x"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.SandboxMessages(t.Context(), 10)
	if err != nil || len(list) != 1 || list[0].Subject != "Bedankt" {
		t.Fatalf("%+v, %v", list, err)
	}
	got, err := s.SandboxMessage(t.Context(), list[0].ID)
	if err != nil || string(got.Raw) != "Subject: x" || got.OutboxID != id {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.SandboxMessage(t.Context(), "x"); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("an id that is none: %v", err)
	}
}
