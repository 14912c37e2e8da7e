package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

const someOrder = parcel.OrderID("01930000-0000-7000-8000-00000000000a")

// listen runs a Live until the test ends and waits until it hears.
func listen(t *testing.T, s *store.Store) *store.Live {
	t.Helper()
	live := s.NewLive()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- live.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	eventually(t, "nothing is heard", live.Connected)
	return live
}

func tell(t *testing.T, s *store.Store, payloads ...string) {
	t.Helper()
	err := s.InTx(t.Context(), func(tx *sqlx.Tx) error { return store.Notify(t.Context(), tx, payloads...) })
	if err != nil {
		t.Fatal(err)
	}
}

func woken(t *testing.T, what string, slot <-chan struct{}) {
	t.Helper()
	select {
	case <-slot:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s was not woken", what)
	}
}

func empty(t *testing.T, what string, slot <-chan struct{}) {
	t.Helper()
	select {
	case <-slot:
		t.Errorf("%s was woken", what)
	default:
	}
}

func TestAChangeWakesItsWatchersAfterTheCommit(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	live := listen(t, s)
	<-live.Inbox() // filled on connecting
	<-live.Outbox()
	slot, end := live.Watch(someOrder)
	second, endSecond := live.Watch(someOrder)
	defer endSecond()
	other, endOther := live.Watch("01930000-0000-7000-8000-00000000000b")
	defer endOther()
	var mu sync.Mutex
	heard := []parcel.OrderID{}
	live.OnOrder(func(o parcel.OrderID) { mu.Lock(); defer mu.Unlock(); heard = append(heard, o) })

	err := s.InTx(t.Context(), func(tx *sqlx.Tx) error {
		if err := store.Notify(t.Context(), tx, "o:"+string(someOrder), "o:"+string(someOrder), "i"); err != nil {
			return err
		}
		empty(t, "a watcher before the commit", slot)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	woken(t, "the watcher", slot)
	woken(t, "the second watcher", second)
	woken(t, "the inbox", live.Inbox())
	empty(t, "the outbox", live.Outbox())
	empty(t, "the watcher of another order", other)
	mu.Lock()
	if len(heard) != 1 || heard[0] != someOrder {
		t.Errorf("one change named twice was heard as %v", heard)
	}
	mu.Unlock()

	end()
	tell(t, s, "o:"+string(someOrder), "q")
	woken(t, "the outbox", live.Outbox())
	woken(t, "the second watcher", second)
	empty(t, "a watcher that went away", slot)
}

func TestARolledBackChangeWakesNobody(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	live := listen(t, s)
	slot, end := live.Watch(someOrder)
	defer end()
	s.InTx(t.Context(), func(tx *sqlx.Tx) error {
		if err := store.Notify(t.Context(), tx, "o:"+string(someOrder)); err != nil {
			t.Error(err)
		}
		return parcel.ErrConflict
	})
	tell(t, s, "q")
	<-live.Outbox() // from connecting, or from tell
	empty(t, "a watcher", slot)
}

func TestAfterTheConnectionWasLostEveryoneIsWoken(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	live := listen(t, s)
	slot, end := live.Watch(someOrder)
	defer end()
	all := make(chan struct{}, 1)
	live.OnOrder(func(o parcel.OrderID) {
		if o == "" {
			all <- struct{}{}
		}
	})
	for range 3 {
		_, err := s.DB().Exec(`select pg_terminate_backend(pid) from pg_stat_activity
			where datname = current_database() and query ilike 'listen%' and pid <> pg_backend_pid()`)
		if err != nil {
			t.Fatal(err)
		}
		woken(t, "the watcher", slot)
		woken(t, "who wants to know of all orders", all)
		eventually(t, "it does not listen again", live.Connected)
		tell(t, s, "o:"+string(someOrder))
		woken(t, "the watcher, as before", slot)
	}
}

func TestWithoutADatabaseItEndsWhenAskedTo(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	live := s.NewLive()
	if err := live.Run(ctx); err != nil {
		t.Error(err)
	}
	if live.Connected() {
		t.Error("it says it hears")
	}
}
