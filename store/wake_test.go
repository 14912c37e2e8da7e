package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// listening runs a Live for the length of a test and waits until it hears.
func listening(t *testing.T, s *store.Store) *store.Live {
	t.Helper()
	live := s.NewLive()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := live.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); running.Wait() })
	eventually(t, "the listener did not connect", live.Connected)
	for _, slot := range []<-chan struct{}{live.Inbox(), live.Outbox()} { // whoever comes late looks once
		select {
		case <-slot:
		case <-time.After(10 * time.Second):
			t.Fatal("nobody was woken at the start")
		}
	}
	return live
}

func mustWake(t *testing.T, what string, slot <-chan struct{}) {
	t.Helper()
	select {
	case <-slot:
	case <-time.After(10 * time.Second):
		t.Errorf("%s woke nobody", what)
	}
}

func TestWhoeverWaitsIsWoken(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	f := feedOf(t, s, m)
	live := listening(t, s)

	o := mustSave(t, s, order(m, "1"), box("3S1"))
	mustWake(t, "a new order: the outbox", live.Outbox())
	watch, stop := live.Watch(o.ID)
	defer stop()
	mustRecord(t, s, m, scan("3S1", 1, parcel.OutForDelivery))
	mustWake(t, "a scan: the page", watch)
	mustWake(t, "a scan: the outbox", live.Outbox())
	mustSave(t, s, order(m, "1"), box("3S2"))
	mustWake(t, "a second parcel: the page", watch)

	receive(t, s, incoming(f, "direct"))
	mustWake(t, "a request: the intake", live.Inbox())
	committing(t, s)
	receive(t, s, incoming(f, "together"))
	mustWake(t, "a request among others: the intake", live.Inbox())

	rows := claim(t, s, time.Minute)
	finish(t, s, store.InboxEnding{Row: rows[0], State: "waiting", WaitsFor: "3S3"}, store.InboxEnding{Row: rows[1], State: "done"})
	mustSave(t, s, order(m, "3"), box("3S3"))
	mustWake(t, "a parcel that was waited for: the intake", live.Inbox())
}

func TestAFullQueueSaysBusy(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	f := feedOf(t, s, storetest.Merchant(t, s, "kaap-noord").ID)
	committing(t, s)
	tx := s.DB().MustBegin()
	defer tx.Rollback() //nolint:errcheck // ended below
	tx.MustExec(`lock table inbox in exclusive mode`)

	const requests = 6000 // more than the queue and two batches hold
	errs := make(chan error, requests)
	for i := range requests {
		go func() { errs <- s.Receive(context.Background(), incoming(f, fmt.Sprint(i))) }()
	}
	if err := <-errs; !errors.Is(err, parcel.ErrBusy) { // the first answer, while nothing can be committed
		t.Errorf("got %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}

	taken := 0
	for range requests - 1 {
		err := <-errs
		switch {
		case err == nil:
			taken++
		case !errors.Is(err, parcel.ErrBusy):
			t.Error(err)
		}
	}
	if taken < 4096 {
		t.Errorf("%d were taken", taken)
	}
}
