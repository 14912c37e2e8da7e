package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// How the inbox is emptied. A batch is far quicker than its lease; a row that was claimed by a process that died is claimed
// again when the lease has run out.
const (
	intakeWorkers = 2
	intakeBatch   = 500
	intakeLease   = 30 * time.Second
	intakePoll    = 2 * time.Second
	wakeEvery     = time.Minute
	maxTogether   = 3 // attempts after which a row is worked off alone
	maxAttempts   = 10
	maxDelay      = 10 * time.Minute
)

// States a row ends in; see store.InboxEnding.
const (
	done        = "done"
	waiting     = "waiting"
	quarantined = "quarantined"
	ignored     = "ignored"
	pending     = "pending"
)

// Intake empties the inbox: it claims rows, reads them, records their scans and says how each row ended. Nothing a row holds
// can stop it, and no row is lost: what cannot be read or recorded is set aside with a reason, where staff see it.
type Intake struct {
	Store    *store.Store
	Live     *store.Live // wakes it at once; without one it looks every two seconds
	Log      *slog.Logger
	Now      func() time.Time
	Adapters []Adapter // nil for All
}

// Run works until ctx ends, finishes the batches at hand and returns nil.
func (i *Intake) Run(ctx context.Context) error {
	more := make(chan struct{}, intakeWorkers)
	g, ctx := errgroup.WithContext(ctx)
	for range intakeWorkers {
		g.Go(func() error { return i.work(ctx, more) })
	}
	g.Go(func() error { return i.wake(ctx) })

	return g.Wait()
}

// work empties the inbox, waits for news and begins again. A full batch calls the other workers.
func (i *Intake) work(ctx context.Context, more chan struct{}) error {
	poll := time.NewTicker(intakePoll)
	defer poll.Stop()
	var news <-chan struct{}
	if i.Live != nil {
		news = i.Live.Inbox()
	}

	trouble := 0
	for {
		n, err := i.Once(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			trouble++
			i.Log.Warn("inbox not emptied", "err", err, "times", trouble)
			if !pause(ctx, backoff(trouble)) {
				return nil
			}
			continue
		case n == intakeBatch:
			fill(more)
			trouble = 0
			continue
		}
		trouble = 0

		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-more:
		case <-poll.C:
		}
	}
}

// wake looks now and then for rows that wait for a parcel which has come.
func (i *Intake) wake(ctx context.Context) error {
	tick := time.NewTicker(wakeEvery)
	defer tick.Stop()
	for {
		if _, err := i.Store.WakeInbox(ctx); err != nil && ctx.Err() == nil {
			i.Log.Warn("waiting rows of the inbox not looked at", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Once claims one batch and works it off. It gives the number of rows claimed.
func (i *Intake) Once(ctx context.Context) (int, error) {
	rows, err := i.Store.ClaimInbox(ctx, intakeBatch, intakeLease)
	if err != nil {
		return 0, fmt.Errorf("claiming inbox rows: %w", err)
	}
	if len(rows) == 0 {
		return 0, nil
	}

	// What was claimed is finished, even when the program is told to stop meanwhile: it takes less than the lease.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), intakeLease/2)
	defer cancel()
	if err := i.workOff(ctx, rows); err != nil { // rows that ended are not held any more, and stay as they are
		if again := i.Store.ReleaseInbox(ctx, rows); again != nil {
			i.Log.Warn("inbox rows not given back, their lease will run out", "err", again)
		}
		return len(rows), err
	}

	return len(rows), nil
}

// entry is a claimed row with what was read of it and how it ends.
type entry struct {
	row    store.InboxRow
	scans  []parcel.Scan
	ending store.InboxEnding
}

// workOff works a batch off. Rows that came back several times are worked off one by one: if one of them ends the process, the
// others have ended before. An error means that the database is away; rows that have not ended by then are claimed again.
func (i *Intake) workOff(ctx context.Context, rows []store.InboxRow) error {
	var together []store.InboxRow
	for _, row := range rows {
		if row.Attempts <= maxTogether {
			together = append(together, row)
			continue
		}
		if err := i.settle(ctx, []store.InboxRow{row}); err != nil {
			return err
		}
	}

	return i.settle(ctx, together)
}

// settle reads, records and ends rows.
func (i *Intake) settle(ctx context.Context, rows []store.InboxRow) error {
	entries := make([]*entry, len(rows))
	for n, row := range rows {
		entries[n] = i.read(row)
	}
	for _, group := range byMerchant(entries) {
		if err := i.record(ctx, group); err != nil {
			return err
		}
	}
	for _, e := range entries {
		i.note(e)
	}

	return i.finish(ctx, entries)
}

// finish writes how rows ended, halving as record does.
func (i *Intake) finish(ctx context.Context, entries []*entry) error {
	if len(entries) == 0 {
		return nil
	}
	endings := make([]store.InboxEnding, len(entries))
	for n, e := range entries {
		endings[n] = e.ending
	}

	lost, err := i.Store.FinishInbox(ctx, endings)
	switch {
	case err == nil && len(lost) > 0:
		i.Log.Warn("leases of inbox rows ran out before they ended", "rows", len(lost))
		return nil
	case err == nil:
		return nil
	case ctx.Err() != nil || i.Store.Ping(ctx) != nil:
		return fmt.Errorf("finishing inbox rows: %w", err)
	case len(entries) == 1:
		i.Log.Error("the end of an inbox row cannot be written, its lease will run out", "row", entries[0].row.ID, "err", err)
		return nil
	}

	half := len(entries) / 2
	if err := i.finish(ctx, entries[:half]); err != nil {
		return err
	}

	return i.finish(ctx, entries[half:])
}

// read parses a row. Whatever happens concerns this row alone.
func (i *Intake) read(row store.InboxRow) (e *entry) {
	e = &entry{row: row}
	e.end(done, "")
	defer func() {
		if p := recover(); p != nil {
			i.Log.Error("reading an inbox row panicked", "row", row.ID, "feed", row.Feed.Kind, "stack", string(debug.Stack()))
			e.scans = nil
			e.end(quarantined, "reading it failed inside the program")
		}
	}()

	if row.Attempts > maxAttempts {
		e.end(quarantined, fmt.Sprintf("tried %d times without an end", maxAttempts))
		return e
	}
	a, ok := i.adapter(row.Feed.Kind)
	if !ok {
		e.end(quarantined, fmt.Sprintf("there is no feed of the kind %q", row.Feed.Kind))
		return e
	}

	scans, err := a.Parse(headers(row.Headers), row.Body, row.ReceivedAt)
	switch {
	case errors.Is(err, ErrNothing):
		e.end(ignored, "")
	case err != nil:
		e.end(quarantined, Reason(err))
	}
	e.scans = scans

	return e
}

func (i *Intake) adapter(kind string) (Adapter, bool) {
	for _, a := range i.Adapters {
		if a.Kind() == kind {
			return a, true
		}
	}
	if i.Adapters != nil {
		return nil, false
	}

	return ByKind(kind)
}

// record records the scans of one merchant's rows together. When that fails it halves them until the row that fails stands
// alone: a scan recorded twice is recorded once, so the others may be tried again. An error means that the database is away.
func (i *Intake) record(ctx context.Context, group []*entry) error {
	var scans []parcel.Scan
	for _, e := range group {
		scans = append(scans, e.scans...)
	}
	if len(scans) == 0 {
		return nil
	}

	unknown, err := i.tryRecord(ctx, group[0].row.Merchant, scans)
	switch {
	case err == nil:
		await(group, unknown)
		return nil
	case ctx.Err() != nil || i.Store.Ping(ctx) != nil:
		return fmt.Errorf("recording scans: %w", err)
	case len(group) == 1:
		i.failed(group[0], err)
		return nil
	}

	half := len(group) / 2
	if err := i.record(ctx, group[:half]); err != nil {
		return err
	}

	return i.record(ctx, group[half:])
}

// errPanicked stands for a panic while recording.
var errPanicked = errors.New("recording panicked")

func (i *Intake) tryRecord(ctx context.Context, m parcel.MerchantID, scans []parcel.Scan) (unknown []parcel.Scan, err error) {
	defer func() {
		if p := recover(); p != nil {
			i.Log.Error("recording scans panicked", "merchant", m, "scans", len(scans), "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	_, unknown, err = i.Store.Record(ctx, m, scans, i.Now())

	return unknown, err
}

// await ends rows whose parcel is not known: they wait for it. A row that is set aside anyway stays so; replayed, it waits.
func await(group []*entry, unknown []parcel.Scan) {
	numbers := map[string]bool{}
	for _, s := range unknown {
		numbers[s.Number] = true
	}
	for _, e := range group {
		for _, s := range e.scans {
			if numbers[s.Number] && e.ending.State == done {
				e.end(waiting, "no parcel has this tracking number yet")
				e.ending.WaitsFor = s.Number
			}
		}
	}
}

// failed ends a row that cannot be recorded: what the database refuses or panics will not be better later, the rest is tried
// again after a while.
func (i *Intake) failed(e *entry, err error) {
	var invalid parcel.Invalid
	switch {
	case errors.Is(err, errPanicked):
		e.end(quarantined, "recording it failed inside the program")
	case errors.As(err, &invalid):
		e.end(quarantined, "the database refused it: "+invalid.Error())
	case e.row.Attempts >= maxAttempts:
		e.end(quarantined, fmt.Sprintf("recording it failed %d times", maxAttempts))
	default:
		e.end(pending, "recording it failed, it is tried again")
		e.ending.Delay = backoff(e.row.Attempts)
	}
	i.Log.Warn("inbox row not recorded", "row", e.row.ID, "feed", e.row.Feed.Kind, "attempt", e.row.Attempts, "err", err)
}

// note writes one line about a row that people should look at.
func (i *Intake) note(e *entry) {
	if e.ending.State == quarantined {
		i.Log.Warn("inbox row set aside", "row", e.row.ID, "merchant", e.row.Merchant, "feed", e.row.Feed.Slug, "kind", e.row.Feed.Kind,
			"reason", e.ending.Reason)
	}
}

func (e *entry) end(state, reason string) {
	e.ending = store.InboxEnding{Row: e.row, State: state, Reason: reason}
}
