package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"golang.org/x/sync/errgroup"

	"onderweg/internal/holidays"
	"onderweg/internal/notify"
	"onderweg/internal/parcel"
)

// Names of what is measured of the way out.
const (
	plainLoop  = "plain leased batches"
	outboxRung = "outbox"
)

// plainBatch and plainWorkers are of the loop to compare with: as many workers as the outbox has lanes for all messages.
const (
	plainBatch   = 100
	plainWorkers = 2
)

// Outbox measures how fast waiting messages leave by a channel that does nothing, against a plain loop over a queue.
func Outbox(ctx context.Context, o Options) (report Report, err error) {
	s, err := raise(ctx, o)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	s.now = atNoon(time.Now())
	if err := s.seed(ctx, []beat{{parcel.InTransit, time.Hour, "Middelzand", "Zending is onderweg"}}); err != nil {
		return Report{}, err
	}
	if _, err := s.db.ExecContext(ctx, `create table outbox_plain (like outbox including all)`); err != nil {
		return Report{}, err
	}
	results := newResults(plainLoop)
	for range o.Rounds {
		if err := s.outboxRound(ctx, results); err != nil {
			return Report{}, err
		}
	}

	return s.report("outbox", results, []Goal{
		atLeast("P12", "outbox drained by a no-op channel, of a plain leased batch loop", results.ratio(outboxRung, plainLoop, rateOf), 0.5, 0.8),
	}), nil
}

// atNoon is a clock that runs but began at noon of its day: at night most messages wait for the morning.
func atNoon(begun time.Time) func() time.Time {
	u := begun.UTC()
	shift := time.Date(u.Year(), u.Month(), u.Day(), 11, 0, 0, 0, time.UTC).Sub(begun)

	return func() time.Time { return time.Now().Add(shift) }
}

func (s *stage) outboxRound(ctx context.Context, results *results) error {
	if err := s.requeue(ctx); err != nil {
		return err
	}
	for _, r := range []struct {
		name string
		run  func(context.Context, int) error
	}{{plainLoop, s.drainPlain}, {outboxRung, s.drainOutbox}} {
		got, err := s.meter.measure(func() (int, time.Duration, error) {
			begun := time.Now()
			err := r.run(ctx, s.options.Orders)

			return s.options.Orders, time.Since(begun), err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		results.add(r.name, got)
	}

	return nil
}

// requeue lets every message wait again, in both queues, one an order, each since a moment of its own.
func (s *stage) requeue(ctx context.Context) error {
	for _, q := range []string{
		`truncate outbox_plain`,
		`delete from links where outbox_id is not null`,
		`delete from outbox o using outbox x where x.merchant_id = o.merchant_id and x.order_id = o.order_id and x.id < o.id`,
		`update outbox set state = 'queued', reason = '', attempts = 0, finished_at = null, due_at = clock_timestamp() where merchant_id is not null`,
		`insert into outbox_plain select * from outbox`,
	} {
		if _, err := s.db.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	var n int
	if err := s.db.GetContext(ctx, &n, `select count(*) from outbox where state = 'queued'`); err != nil {
		return err
	}
	if n != s.options.Orders {
		return fmt.Errorf("%d messages wait for %d orders", n, s.options.Orders)
	}

	return s.settle(ctx)
}

// drainPlain is a queue as one writes it in an afternoon: lease some, do them, end them.
func (s *stage) drainPlain(ctx context.Context, _ int) error {
	g, ctx := errgroup.WithContext(ctx)
	for range plainWorkers {
		g.Go(func() error {
			for {
				n, err := s.plainBatch(ctx)
				if err != nil || n == 0 {
					return err
				}
			}
		})
	}

	return g.Wait()
}

func (s *stage) plainBatch(ctx context.Context) (int, error) {
	var ids []string
	lease := uuid.Must(uuid.NewV7()).String()
	err := s.db.SelectContext(ctx, &ids, `
		update outbox_plain o
		set lease = $2, lease_until = now() + interval '30 seconds', attempts = o.attempts + 1
		from (
			select id from outbox_plain
			where merchant_id = $1 and state = 'queued' and due_at <= now() and (lease_until is null or lease_until < now())
			order by priority, due_at
			limit $3
			for update skip locked
		) due
		where o.merchant_id = $1 and o.id = due.id
		returning o.id`, s.shop.ID, lease, plainBatch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}

	_, err = s.db.ExecContext(ctx, `
		update outbox_plain
		set state = 'sent', lease = null, lease_until = null, finished_at = now()
		where merchant_id = $1 and id = any($2::uuid[]) and lease = $3`, s.shop.ID, pq.Array(ids), lease)

	return len(ids), err
}

// drainOutbox runs the program's own, until the last message has left and its end is written.
func (s *stage) drainOutbox(ctx context.Context, want int) error {
	nowhere := &nowhere{want: int64(want), done: make(chan struct{})}
	out := notify.Outbox{Store: s.store, Channels: []notify.Channel{nowhere}, Now: s.now, Holidays: holidays.Public}
	ctx, stop := context.WithTimeout(ctx, 10*time.Minute)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- out.Run(ctx) }()
	select {
	case <-nowhere.done:
	case <-ctx.Done():
	}
	stop()
	if err := <-ended; err != nil {
		return err
	}

	var sent int
	err := s.db.GetContext(context.WithoutCancel(ctx), &sent, `select count(*) from outbox where state = 'sent'`)
	if err == nil && sent != want {
		err = fmt.Errorf("%d of %d messages were sent", sent, want)
	}

	return err
}

// nowhere is a channel that takes everything at once.
type nowhere struct {
	want, sent int64
	done       chan struct{}
}

func (n *nowhere) Name() string { return "email" }

func (n *nowhere) Send(context.Context, notify.Envelope) (notify.Receipt, error) {
	if atomic.AddInt64(&n.sent, 1) == n.want {
		close(n.done)
	}

	return notify.Receipt{}, nil
}

func (n *nowhere) Close() error { return nil }
