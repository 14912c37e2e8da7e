// Package bench measures how fast the program is, as ratios to plainer programs that do less: only ratios travel from one
// machine to another. Each measurement runs the real server on a private PostgreSQL, with a load generator in a process of
// its own. What is measured and what it must reach stands in docs/performance.md.
package bench

import (
	"context"
	"errors"
	"os/exec"
	"time"
)

// Options are how to measure.
type Options struct {
	Orders  int                                 // in the database, with a parcel of eight scans each
	Span    time.Duration                       // of one rung in one round
	Rounds  int                                 // each rung runs once in each; what counts is the median over them
	Command func(ctx context.Context) *exec.Cmd // another process that runs Load
}

// clients of a page's rungs.
const clients = 16

// conns is the size of every pool of connections to the database.
const conns = 8

var errTooSmall = errors.New("at least one order, one round and a span above zero")

func (o Options) check() error {
	if o.Orders < 1 || o.Rounds < 1 || o.Span <= 0 {
		return errTooSmall
	}

	return nil
}
