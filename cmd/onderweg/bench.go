package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"onderweg/internal/bench"
)

// The three measurements, on a private PostgreSQL of their own that is removed afterwards.
func benchPage(ctx context.Context, c *call) error   { return c.bench(ctx, 1, 5, bench.Page) }
func benchIngest(ctx context.Context, c *call) error { return c.bench(ctx, 1, 3, bench.Ingest) }
func benchOutbox(ctx context.Context, c *call) error { return c.bench(ctx, 1, 3, bench.Outbox) }

// bench measures and prints. Seconds and rounds are what makes a run about a minute.
func (c *call) bench(ctx context.Context, seconds float64, rounds int, measure func(context.Context, bench.Options) (bench.Report, error)) error {
	orders := c.flags.Int("orders", 20_000, "`NUMBER` of orders in the database; the goals are meant for 1,000,000")
	c.flags.Float64Var(&seconds, "seconds", seconds, "`TIME` of one rung in one round")
	c.flags.IntVar(&rounds, "rounds", rounds, "`NUMBER` of rounds; every rung runs once in each")
	asJSON := c.flags.Bool("json", false, "print JSON")
	strict := c.flags.Bool("strict", false, "fail when a gate does not hold")
	c.about = `Measures the real server against plainer programs on a private PostgreSQL, which is made for it and removed. What
the rungs and goals mean stands in docs/performance.md.`
	if err := c.parse(0, 0); err != nil {
		return err
	}

	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("load generator: %w", err)
	}
	report, err := measure(ctx, bench.Options{
		Orders: *orders, Span: time.Duration(seconds * float64(time.Second)), Rounds: rounds,
		Command: func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, self, "bench", "load") },
	})
	if err != nil {
		return err
	}

	if *asJSON {
		err = report.JSON(c.stdout)
	} else {
		report.Print(c.stdout)
	}
	if err == nil && *strict && report.Below() {
		return errSaid
	}

	return err
}

// benchLoad is the other process of the three.
func benchLoad(_ context.Context, c *call) error {
	c.about = "Started by the other three, so that its use of the processors is not counted as the server's."
	if err := c.parse(0, 0); err != nil {
		return err
	}

	return bench.Load(os.Stdin, c.stdout)
}
