package notify

import (
	"context"
	"log/slog"
	"time"

	"onderweg/store"
)

// ledger writes how messages ended: each as soon as it is known, those that wait together in one statement. Between a
// send and its line in the database lies one commit, and that is all a crash can cost.
type ledger struct {
	store *store.Store
	log   *slog.Logger
	lines chan store.Ending
}

const ledgerPage = 200

func newLedger(s *store.Store, log *slog.Logger) *ledger {
	return &ledger{store: s, log: log, lines: make(chan store.Ending, ledgerPage)}
}

func (l *ledger) enter(e store.Ending) { l.lines <- e }

// close says that nothing more will be entered.
func (l *ledger) close() { close(l.lines) }

// run writes until the ledger is closed and everything stands in the database.
func (l *ledger) run(ctx context.Context) {
	for first := range l.lines {
		page := []store.Ending{first}
	waiting:
		for len(page) < ledgerPage {
			select {
			case e, open := <-l.lines:
				if !open {
					break waiting
				}
				page = append(page, e)
			default:
				break waiting
			}
		}
		l.write(ctx, page)
	}
}

// write tries for as long as a lease can last; after that another worker may have taken the messages again.
func (l *ledger) write(ctx context.Context, page []store.Ending) {
	until := time.Now().Add(writeFor)
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		lost, err := l.store.FinishMessages(ctx, page)
		if err == nil {
			for _, id := range lost {
				l.log.Warn("outbox lease was lost before the end was written", "message", id)
			}
			return
		}
		if time.Now().Add(wait).After(until) {
			l.log.Error("outbox endings not written", "n", len(page), "err", err)
			return
		}
		pause := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

const writeFor = 10 * time.Second
