package store

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"onderweg/internal/parcel"
)

// channel is the one channel of a database. Its payloads name what changed and carry nothing of it.
const channel = "onderweg"

// Payloads of new work; changes of an order or a merchant carry their id.
const (
	newInbox  = "i"
	newOutbox = "q"
)

func orderChanged(o parcel.OrderID) string       { return "o:" + string(o) }
func merchantChanged(m parcel.MerchantID) string { return "m:" + string(m) }

// notify tells every process when tx commits, each thing once however often it is named.
func notify(ctx context.Context, tx *sqlx.Tx, payloads ...string) error {
	if len(payloads) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `select pg_notify('onderweg', p) from (select distinct unnest($1::text[]) as p) as told`,
		pq.Array(payloads))
	return err
}

// Live wakes whoever waits for an order, a brand or new work. One LISTEN connection a process; after a reconnect everyone is woken.
type Live struct {
	store     *Store
	connected atomic.Bool
	inbox     chan struct{}
	outbox    chan struct{}

	mu       sync.Mutex
	up       bool // there is a connection, perhaps with something missed before it
	watchers map[parcel.OrderID]map[chan struct{}]struct{}
	onOrder  []func(parcel.OrderID)
}

// NewLive makes one for the process; Run must run for it to wake anyone.
func (s *Store) NewLive() *Live {
	return &Live{
		store:    s,
		inbox:    make(chan struct{}, 1),
		outbox:   make(chan struct{}, 1),
		watchers: map[parcel.OrderID]map[chan struct{}]struct{}{},
	}
}

// livePing is how often a silent connection is checked: a firewall may drop it without telling.
const livePing = 30 * time.Second

// Run listens until ctx ends. It reconnects by itself, after 50 ms at first and 2 s at last.
func (l *Live) Run(ctx context.Context) error {
	listener := pq.NewListener(l.store.directURL(), 50*time.Millisecond, 2*time.Second, l.happened)
	stop := context.AfterFunc(ctx, func() { listener.Close() }) // Listen waits for the first connection
	defer func() {
		stop()
		listener.Close()
		l.link(false)
		go func() { // the listener ends when nobody holds it up
			for range listener.Notify {
			}
		}()
	}()

	if err := listener.Listen(channel); err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // ended before the first connection
		}
		return wrap(err)
	}
	l.catchUp()
	return l.listen(ctx, listener)
}

// happened is called by the listener, ahead of what it still has to hand over.
func (l *Live) happened(e pq.ListenerEventType, _ error) {
	l.link(e == pq.ListenerEventConnected || e == pq.ListenerEventReconnected)
}

// link notes whether there is a connection. Being connected begins only when everyone has been woken for what was missed.
func (l *Live) link(up bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up = up
	if !up {
		l.connected.Store(false)
	}
}

// catchUp wakes everyone: what happened while nobody listened was not heard.
func (l *Live) catchUp() {
	l.wakeAll()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connected.Store(l.up)
}

func (l *Live) listen(ctx context.Context, listener *pq.Listener) error {
	ping := time.NewTicker(livePing)
	defer ping.Stop()
	for {
		select {
		case n, open := <-listener.Notify:
			switch {
			case !open:
				return nil
			case n == nil: // reconnected
				l.catchUp()
			default:
				l.wake(n.Extra)
			}
		case <-ping.C:
			go listener.Ping() //nolint:errcheck // a dead connection shows itself as disconnected
		case <-ctx.Done():
			return nil
		}
	}
}

// wake hands one payload on.
func (l *Live) wake(payload string) {
	kind, id, _ := strings.Cut(payload, ":")
	switch kind {
	case newInbox:
		fill(l.inbox)
	case newOutbox:
		fill(l.outbox)
	case "m":
		l.store.forget(parcel.MerchantID(id))
	case "o":
		l.wakeOrder(parcel.OrderID(id))
	}
}

func (l *Live) wakeOrder(o parcel.OrderID) {
	l.mu.Lock()
	told := l.onOrder
	for slot := range l.watchers[o] {
		fill(slot)
	}
	l.mu.Unlock()
	for _, f := range told {
		f(o)
	}
}

func (l *Live) wakeAll() {
	l.store.forget("")
	fill(l.inbox)
	fill(l.outbox)
	l.mu.Lock()
	told := l.onOrder
	for _, slots := range l.watchers {
		for slot := range slots {
			fill(slot)
		}
	}
	l.mu.Unlock()
	for _, f := range told {
		f("")
	}
}

// forget drops what the process keeps of a merchant; of all of them for "".
func (s *Store) forget(m parcel.MerchantID) {
	s.merchants.drop(m)
	s.feedsCache.drop(m)
}

// fill puts a value into a one-slot channel; one that waits already will do.
func fill(slot chan struct{}) {
	select {
	case slot <- struct{}{}:
	default:
	}
}

// Connected says whether notifications are flowing; caches must probe when they are not.
func (l *Live) Connected() bool { return l.connected.Load() }

// Watch gives a one-slot channel that gets a value after any change of the order, and a func that ends the watch.
func (l *Live) Watch(o parcel.OrderID) (<-chan struct{}, func()) {
	slot := make(chan struct{}, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watchers[o] == nil {
		l.watchers[o] = map[chan struct{}]struct{}{}
	}
	l.watchers[o][slot] = struct{}{}
	return slot, func() { l.unwatch(o, slot) }
}

func (l *Live) unwatch(o parcel.OrderID, slot chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.watchers[o], slot)
	if len(l.watchers[o]) == 0 {
		delete(l.watchers, o)
	}
}

// OnOrder calls f for each changed order (and with "" after a reconnect: all may have changed). f must not block.
func (l *Live) OnOrder(f func(parcel.OrderID)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onOrder = append(l.onOrder[:len(l.onOrder):len(l.onOrder)], f)
}

// Inbox gives a value when there may be new work in the inbox.
func (l *Live) Inbox() <-chan struct{} { return l.inbox }

// Outbox gives a value when there may be new work in the outbox.
func (l *Live) Outbox() <-chan struct{} { return l.outbox }
