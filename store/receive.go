package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"onderweg/internal/parcel"
)

// Incoming is one verified request of a feed.
type Incoming struct {
	Merchant parcel.MerchantID
	FeedID   string
	EventKey []byte // 32 bytes: SHA-256 of the event id, or of the body
	Body     []byte
	Headers  map[string]string
}

// Bounds of the way in. A request waits for one commit, and in a rush for the commit before it too.
const (
	committers     = 2
	commitRows     = 500
	commitBytes    = 4 << 20
	queueRows      = 4096
	queueBytes     = 64 << 20
	commitDeadline = 8 * time.Second
)

// receiving is the queue between requests and committers.
type receiving struct {
	mu      sync.RWMutex // held for reading while a row is put in, for writing while the committers come and go
	running bool
	queue   chan *receipt
	bytes   atomic.Int64 // of bodies in the queue
}

// receipt is a row on its way, and the answer its request waits for.
type receipt struct {
	Incoming
	headers string
	done    chan error
}

// Receive commits one request and returns; requests that arrive together share a transaction (two committers, a bounded
// queue). A repeated event key is taken and changes nothing. parcel.ErrBusy when the queue is full. Where RunCommitters
// does not run it commits by itself.
func (s *Store) Receive(ctx context.Context, in Incoming) error {
	r, err := newReceipt(in)
	if err != nil {
		return err
	}

	queued, err := s.receiving.put(r)
	if err != nil {
		return err
	}
	if !queued {
		if err := s.insertInbox(ctx, []*receipt{r}); err != nil {
			return err
		}
		return s.tellInbox(ctx)
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err() // it may be committed all the same: who sent it will send it again
	}
}

func newReceipt(in Incoming) (*receipt, error) {
	if len(in.EventKey) == 0 {
		return nil, parcel.Invalid{Field: "event_key", Message: "is missing"}
	}
	if !isUUID(in.FeedID) {
		return nil, parcel.ErrNotFound
	}

	if in.Body == nil {
		in.Body = []byte{} // nil is null
	}
	headers := make(map[string]string, len(in.Headers))
	for name, value := range in.Headers { // jsonb takes no U+0000, and JSON no broken characters
		headers[cleanText(name, maxName)] = cleanText(value, 8*maxWords)
	}
	text, err := json.Marshal(headers)
	if err != nil {
		return nil, err
	}
	return &receipt{Incoming: in, headers: string(text), done: make(chan error, 1)}, nil
}

// put hands a row to the committers; queued is false when there are none.
func (q *receiving) put(r *receipt) (queued bool, err error) {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if !q.running {
		return false, nil
	}

	size := int64(len(r.Body))
	if q.bytes.Add(size) > queueBytes {
		q.bytes.Add(-size)
		return false, parcel.ErrBusy
	}
	select {
	case q.queue <- r:
		return true, nil
	default:
		q.bytes.Add(-size)
		return false, parcel.ErrBusy
	}
}

// RunCommitters commits what Receive is given until ctx ends; then it commits what is queued and returns nil. Only one may
// run at a time.
func (s *Store) RunCommitters(ctx context.Context) error {
	q := &s.receiving
	q.mu.Lock()
	if q.running {
		q.mu.Unlock()
		return errors.New("the committers run already")
	}
	q.queue, q.running = make(chan *receipt, queueRows), true
	q.mu.Unlock()

	var working, telling sync.WaitGroup
	news := make(chan struct{}, 1)
	for range committers {
		working.Go(func() { s.commitAll(news) })
	}
	telling.Go(func() { s.tellNews(news) })

	<-ctx.Done()
	q.mu.Lock()
	q.running = false
	close(q.queue) // nobody puts without running
	q.mu.Unlock()
	working.Wait()
	close(news)
	telling.Wait()
	return nil
}

// commitAll takes what is there, without waiting for more, until the queue is closed and empty.
func (s *Store) commitAll(news chan struct{}) {
	q := &s.receiving
	for first := range q.queue {
		s.commitBatch(q.take(first))
		fill(news)
	}
}

// take adds to a first row what else is in the queue, up to a batch.
func (q *receiving) take(first *receipt) []*receipt {
	batch, size := []*receipt{first}, len(first.Body)
	for len(batch) < commitRows && size < commitBytes {
		r := q.next()
		if r == nil {
			break
		}
		batch = append(batch, r)
		size += len(r.Body)
	}

	q.bytes.Add(-int64(size))
	return batch
}

// next gives a row that is there already, else nil.
func (q *receiving) next() *receipt {
	select {
	case r := <-q.queue: // nil when it is closed
		return r
	default:
		return nil
	}
}

// commitBatch answers every row of a batch. What one row does wrong is not the others' fault: when the statement fails
// for another reason than an absent database, each is tried alone.
func (s *Store) commitBatch(batch []*receipt) {
	ctx, cancel := context.WithTimeout(context.Background(), commitDeadline)
	defer cancel()
	err := s.insertInbox(ctx, batch)
	if err == nil || len(batch) == 1 || errors.Is(err, parcel.ErrBusy) {
		for _, r := range batch {
			r.done <- err
		}
		return
	}
	for _, r := range batch {
		r.done <- s.insertInbox(ctx, []*receipt{r})
	}
}

// insertInbox writes rows in the order of their key: two batches never wait for each other in a ring.
func (s *Store) insertInbox(ctx context.Context, batch []*receipt) error {
	slices.SortFunc(batch, func(a, b *receipt) int {
		return cmp.Or(cmp.Compare(a.Merchant, b.Merchant), cmp.Compare(a.FeedID, b.FeedID), bytes.Compare(a.EventKey, b.EventKey))
	})
	merchants, ids, feeds := columnOf(oidUUID), columnOf(oidUUID), columnOf(oidUUID)
	keys, bodies, headers := columnOf(oidBytea), columnOf(oidBytea), columnOf(oidText)
	for _, r := range batch {
		merchants.uuid(string(r.Merchant))
		ids.uuid(newID())
		feeds.uuid(r.FeedID)
		keys.bytes(r.EventKey)
		bodies.bytes(r.Body)
		headers.text(r.headers)
	}

	_, err := s.db.ExecContext(ctx, `
		insert into inbox (merchant_id, id, feed_id, event_key, body, headers)
		select u.merchant_id, u.id, u.feed_id, u.event_key, u.body, u.headers::jsonb
		from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[], $6::text[])
			as u (merchant_id, id, feed_id, event_key, body, headers)
		on conflict (merchant_id, feed_id, event_key) do nothing`,
		&merchants, &ids, &feeds, &keys, &bodies, &headers)
	return wrap(err)
}

// tellNews wakes the intake once for all batches that were committed meanwhile.
func (s *Store) tellNews(news <-chan struct{}) {
	for range news {
		ctx, cancel := context.WithTimeout(context.Background(), commitDeadline)
		_ = s.tellInbox(ctx) // the intake looks by itself now and then
		cancel()
	}
}

// tellInbox notifies apart from the commit: commits that notify wait for each other in the server. There is nothing
// durable in it, so it need not wait for the disk.
func (s *Store) tellInbox(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, `select set_config('synchronous_commit', 'off', true), pg_notify('onderweg', $1)`, newInbox)
	return wrap(err)
}
