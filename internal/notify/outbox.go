package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// Outbox sends what is due. Several processes may run one each. One lane takes confirmations only, so that they never
// wait behind a slow batch; the others take everything, most urgent first.
type Outbox struct {
	Store    *store.Store
	Live     *store.Live // wakes the lanes; nil means they poll only
	Channels []Channel
	Log      *slog.Logger
	Now      func() time.Time // nil means time.Now
	Rand     func() float64   // from 0 to 1, spreads retries; nil means math/rand
	Workers  int              // lanes for everything; 0 means 2
	Batch    int              // messages of one claim; 0 means 100
	Timeout  time.Duration    // of one step of a send; 0 means 2 s. A claim is worked for twice this, leased for four times.
	Poll     time.Duration    // between looks when nothing wakes; 0 means 5 s
	Holidays parcel.Holidays

	rest rest
}

const (
	defaultWorkers = 2
	defaultBatch   = 100
	defaultPoll    = 5 * time.Second
	urgentBatch    = 20

	// attemptLimit is past what 72 hours of retries need: a message that is still there ends workers that take it.
	attemptLimit = 30

	// urgent is the priority of confirmations.
	urgent = 0
)

// Run sends until ctx ends, then gives back what it did not send and returns.
func (o *Outbox) Run(ctx context.Context) error {
	o.defaults()
	lanes := []*lane{o.lane("urgent", urgent, urgentBatch)}
	for i := range o.Workers {
		lanes = append(lanes, o.lane(fmt.Sprintf("all-%d", i+1), store.AnyPriority, o.Batch))
	}

	ledger := newLedger(o.Store, o.Log)
	writing, written := context.WithCancel(context.WithoutCancel(ctx))
	defer written()
	var books sync.WaitGroup
	books.Go(func() { ledger.run(writing) })

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return o.wake(ctx, lanes) })
	for _, l := range lanes {
		l.ledger = ledger
		group.Go(func() error { return l.run(ctx) })
	}
	err := group.Wait()

	ledger.close()
	books.Wait()
	for _, c := range o.Channels {
		err = errors.Join(err, c.Close())
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (o *Outbox) defaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers <= 0 {
		o.Workers = defaultWorkers
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
}

func (o *Outbox) lane(name string, priority, batch int) *lane {
	return &lane{o: o, name: name, priority: priority, batch: batch, bell: make(chan struct{}, 1)}
}

// wake rings every lane when there is new work, and now and then in case a call was missed.
func (o *Outbox) wake(ctx context.Context, lanes []*lane) error {
	var live <-chan struct{}
	if o.Live != nil {
		live = o.Live.Outbox()
	}
	poll := time.NewTicker(o.Poll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-live:
		case <-poll.C:
		}
		for _, l := range lanes {
			select {
			case l.bell <- struct{}{}:
			default:
			}
		}
	}
}

func (o *Outbox) channel(name string) Channel {
	for _, c := range o.Channels {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// lane is one worker: it claims, sends one message after the other, and claims again.
type lane struct {
	o        *Outbox
	name     string
	priority int
	batch    int
	bell     chan struct{}
	ledger   *ledger
}

func (l *lane) run(ctx context.Context) error {
	for {
		n, err := l.drain(ctx)
		if err != nil && ctx.Err() == nil {
			l.o.Log.Error("outbox lane", "lane", l.name, "err", err)
		}
		if n > 0 && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.bell:
		}
	}
}

// drain does one claim and says how many messages it dealt with. The clock of the claim starts before the database is
// asked, so that our deadline is always sooner than the lease's.
func (l *lane) drain(ctx context.Context) (int, error) {
	o := l.o
	began := o.Now()
	admitted, probe := o.rest.admit(began)
	if !admitted {
		return 0, nil
	}
	limit := l.batch
	if probe {
		limit = 1
	}
	msgs, err := o.Store.ClaimOutbox(ctx, l.priority, limit, 4*o.Timeout)
	if err != nil || len(msgs) == 0 {
		return 0, err
	}
	// What was claimed is finished or given back even when the program is stopping.
	work, cancel := context.WithDeadline(context.WithoutCancel(ctx), time.Now().Add(4*o.Timeout))
	defer cancel()
	b := &batch{lane: l, began: began, stop: ctx, left: msgs, probe: probe}
	defer b.giveBack(work)
	return b.work(work)
}

// batch is one claim.
type batch struct {
	lane  *lane
	began time.Time
	stop  context.Context // the program's: done means no further message is begun
	left  []store.Message // not dealt with yet
	done  int
	probe bool // the provider was down: this one message shows whether it still is
}

func (b *batch) work(ctx context.Context) (int, error) {
	jobs, err := b.prepare(ctx)
	if err != nil {
		return 0, err
	}
	for _, j := range jobs {
		if b.over() {
			return b.done, nil
		}
		if !b.lane.deal(ctx, j, b) {
			return b.done, nil
		}
		b.drop(j.out.Message.ID)
		b.done++
	}
	return b.done, nil
}

// over says whether no further send may begin: the program stops, the provider rests, or half of the lease is gone.
func (b *batch) over() bool {
	o := b.lane.o
	now := o.Now()
	return b.stop.Err() != nil || !b.probe && o.rest.on(now) || now.Sub(b.began) >= 2*o.Timeout
}

func (b *batch) drop(id string) {
	for i, m := range b.left {
		if m.ID == id {
			b.left = append(b.left[:i:i], b.left[i+1:]...)
			return
		}
	}
}

func (b *batch) giveBack(ctx context.Context) {
	if len(b.left) == 0 {
		return
	}
	if err := b.lane.o.Store.ReleaseMessages(ctx, b.left); err != nil {
		b.lane.o.Log.Warn("outbox leases not given back: they run out by themselves", "n", len(b.left), "err", err)
	}
}

// deal decides about one message and carries it out. It answers false when the message was not dealt with and is to be
// given back. A panic in one message is that message's end, not the program's.
func (l *lane) deal(ctx context.Context, j job, b *batch) (dealt bool) {
	defer func() {
		if r := recover(); r != nil {
			l.o.Log.Error("outbox message panicked", "message", j.out.Message.ID, "kind", j.out.Message.Kind,
				"panic", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
			l.end(j, parcel.Failed, "the program stumbled over this message", Receipt{})
			dealt = true
		}
	}()
	d := j.decide(l.o.Now())
	switch {
	case j.out.Message.Attempt > attemptLimit:
		l.end(j, parcel.Failed, "given up after too many attempts", Receipt{})
		return true
	case d.Outcome != parcel.Queued:
		l.end(j, d.Outcome, d.Reason, Receipt{})
		return true
	case d.At.After(l.o.Now()):
		l.later(ctx, j, d.At, d.Reason)
		return true
	}
	return l.send(ctx, j, b)
}

// send hands a message to its channel before the end of the claim's time: a step more than the stop, well before the lease.
func (l *lane) send(ctx context.Context, j job, b *batch) bool {
	o := l.o
	channel := o.channel(j.out.Message.Channel)
	if channel == nil {
		l.end(j, parcel.Failed, "no such channel is set up", Receipt{})
		return true
	}
	left := 3*o.Timeout - o.Now().Sub(b.began)
	sending, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	receipt, err := channel.Send(sending, j.envelope(o.Now()))
	if err == nil {
		o.rest.end()
		l.end(j, parcel.Sent, "", receipt)
		return true
	}
	return l.refused(ctx, j, b, receipt, err)
}

// refused does what a refusal asks for.
func (l *lane) refused(ctx context.Context, j job, b *batch, receipt Receipt, err error) bool {
	o, msg := l.o, &j.out.Message
	refusal := Refusal{Fate: Later, Reason: "it could not be sent"}
	if !errors.As(err, &refusal) {
		o.Log.Error("outbox send", "message", msg.ID, "kind", msg.Kind, "err", err)
	}
	receipt.Answer = refusal.Answer

	switch refusal.Fate {
	case Down:
		pause := o.rest.begin(o.Now(), o.Rand(), b.probe)
		o.Log.Warn("outbox rests", "channel", msg.Channel, "seconds", int(pause.Seconds()), "why", refusal.Error())
		if o.Now().Sub(msg.CreatedAt) < giveUpAfter {
			return false
		}
	case Never:
		if refusal.Dead {
			l.suppress(ctx, j)
		}
		l.end(j, parcel.Failed, refusal.Reason, receipt)
		return true
	case Unanswered:
		if msg.Unanswered++; msg.Unanswered > 1 {
			l.end(j, parcel.Failed, "no answer twice: it may have arrived", receipt)
			return true
		}
	}
	now := o.Now()
	if now.Sub(msg.CreatedAt) >= giveUpAfter {
		l.end(j, parcel.Failed, "given up after 72 hours: "+refusal.Reason, receipt)
		return true
	}
	l.later(ctx, j, now.Add(delay(msg.Attempt, o.Rand())), refusal.Error())
	return true
}

func (l *lane) suppress(ctx context.Context, j job) {
	msg := j.out.Message
	if err := l.o.Store.Suppress(ctx, msg.Merchant, msg.Channel, j.out.Order.Contact.Email, "bounced"); err != nil {
		l.o.Log.Error("outbox suppress", "message", msg.ID, "err", err)
	}
}

// later gives the message back for another time.
func (l *lane) later(ctx context.Context, j job, due time.Time, reason string) {
	err := l.o.Store.RetryMessage(ctx, j.out.Message, due, reason)
	if err != nil {
		l.o.Log.Warn("outbox retry not written: the lease runs out by itself", "message", j.out.Message.ID, "err", err)
	}
}

// end writes how the message ended.
func (l *lane) end(j job, outcome parcel.Outcome, reason string, r Receipt) {
	l.ledger.enter(store.Ending{Message: j.out.Message, Outcome: outcome, Reason: reason, MessageID: r.ID, Answer: r.Answer})
	if outcome == parcel.Failed {
		l.o.Log.Warn("outbox message failed", "message", j.out.Message.ID, "kind", j.out.Message.Kind, "why", reason, "answer", r.Answer)
	}
}
