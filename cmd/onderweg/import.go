package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"onderweg/store"
)

const (
	importBatch   = 1000 // items that are saved at once
	importSavers  = 3    // batches saved at the same time
	importWaiting = 2    // batches read ahead of that
)

// rawRow is a row of the file as it was, for the rejects file.
type rawRow struct {
	line  int
	cells []string
}

// reject is a row that was not imported, and why.
type reject struct {
	rawRow
	reason string
}

// item is what one or more rows mean.
type item[T any] struct {
	value T
	rows  []rawRow
}

// batch is a piece of the file: what was understood, what was not, and how far the file was read for it.
type batch[T any] struct {
	items   []item[T]
	rejects []reject
	rows    int64 // records read, to the end of this batch
	bytes   int64
	saved   chan error // gets one value when the batch was saved
	first   int        // how many items were new
	unsaved bool       // the database refused some items
}

// importer is one import of a file: kind names it in the table of progress, parse gives the next item or io.EOF, save
// writes items and gives the reasons for those that cannot be saved, by index.
type importer[T any] struct {
	kind  string
	file  *csvFile
	parse func() (item[T], []reject, int64, error)
	save  func(ctx context.Context, values []T) (created int, refused map[int]string, err error)
	again bool
}

// tally is what an import did.
type tally struct {
	items, created, skipped int
	rejected                int
	took                    time.Duration
}

// run takes the file through a pipeline: one reader, a few savers, and in the order of the file the progress and the
// rejects. Progress is kept in complete batches, so that an import that was cut off goes on there; rows before it are
// read again, without being saved, so that the rejects file is always whole. Once the database has refused an item the
// progress stays where it is: a later run asks again.
func (im *importer[T]) run(ctx context.Context, c *call, s *store.Store, m store.Merchant) (tally, error) {
	began := time.Now()

	var done int64
	if !im.again {
		var err error
		if done, _, err = s.ImportProgress(ctx, m.ID, im.kind, im.file.hash); err != nil {
			return tally{}, err
		}
	}

	rejects, err := createRejects(im.file)
	if err != nil {
		return tally{}, err
	}
	defer rejects.close()

	g, ctx := errgroup.WithContext(ctx)
	queue := make(chan *batch[T], importWaiting)
	inOrder := make(chan *batch[T], importWaiting+importSavers+1)

	g.Go(func() error {
		defer close(queue)
		defer close(inOrder)

		return im.read(ctx, done, queue, inOrder)
	})
	for range importSavers {
		g.Go(func() error { return im.saveAll(ctx, queue) })
	}

	var t tally
	g.Go(func() error {
		t, err = im.settle(ctx, c, s, m, done, inOrder, rejects)

		return err
	})

	if err := g.Wait(); err != nil {
		return t, fmt.Errorf("%w; what was imported stays: run the same command again to go on", err)
	}
	t.took = time.Since(began)

	return t, rejects.keep()
}

// read fills batches. One that ends before done was saved by an earlier run and is only passed on for its rejects.
func (im *importer[T]) read(ctx context.Context, done int64, queue, inOrder chan<- *batch[T]) error {
	for b, more := new(batch[T]), true; more; b = new(batch[T]) {
		b.saved = make(chan error, 1)
		for len(b.items) < importBatch && len(b.rejects) < importBatch && more {
			it, rejects, rows, err := im.parse()
			more = !errors.Is(err, io.EOF)
			if err != nil && more {
				return err
			}
			if len(it.rows) > 0 {
				b.items = append(b.items, it)
			}
			b.rejects = append(b.rejects, rejects...)
			b.rows, b.bytes = rows, im.file.read.Load()
		}

		to := queue
		if b.rows <= done || len(b.items) == 0 {
			b.saved <- errSkipped
			to = nil
		}
		if err := pass(ctx, b, to, inOrder); err != nil {
			return err
		}
	}

	return nil
}

// errSkipped marks a batch that needs no saving.
var errSkipped = errors.New("skipped")

func pass[T any](ctx context.Context, b *batch[T], queue, inOrder chan<- *batch[T]) error {
	for _, to := range []chan<- *batch[T]{inOrder, queue} {
		if to == nil {
			continue
		}
		select {
		case to <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	return nil
}

func (im *importer[T]) saveAll(ctx context.Context, queue <-chan *batch[T]) error {
	for b := range queue {
		err := im.saveOne(ctx, b)
		b.saved <- err
		if err != nil {
			return err
		}
	}

	return nil
}

func (im *importer[T]) saveOne(ctx context.Context, b *batch[T]) error {
	values := make([]T, len(b.items))
	for i, it := range b.items {
		values[i] = it.value
	}

	created, refused, err := im.save(ctx, values)
	b.first, b.unsaved = created, len(refused) > 0
	for i, reason := range refused {
		for _, row := range b.items[i].rows {
			b.rejects = append(b.rejects, reject{row, reason})
		}
	}

	return err
}

// settle takes the batches in the order of the file.
func (im *importer[T]) settle(ctx context.Context, c *call, s *store.Store, m store.Merchant, done int64, inOrder <-chan *batch[T], rejects *rejectsFile) (tally, error) {
	bar := c.bar(im.file)
	defer bar.Close() //nolint:errcheck // only drawing

	var (
		t      tally
		frozen bool
		rows   = done
		bytes  int64
		told   = time.Now()
	)
	for b := range inOrder {
		var err error
		select {
		case err = <-b.saved:
		case <-ctx.Done():
			return t, ctx.Err()
		}
		switch {
		case errors.Is(err, errSkipped):
			t.skipped += len(b.items)
		case err != nil:
			return t, err
		default:
			t.items += len(b.items)
			t.created += b.first
		}
		if err := rejects.add(b.rejects); err != nil {
			return t, err
		}
		bar.Set64(b.bytes) //nolint:errcheck // only drawing

		frozen = frozen || b.unsaved
		if !frozen && b.rows > rows {
			rows, bytes = b.rows, b.bytes
		}
		if rows > done && time.Since(told) > time.Second/4 {
			told = time.Now()
			if err := s.SaveImportProgress(ctx, m.ID, im.kind, im.file.hash, rows, bytes, false); err != nil {
				return t, err
			}
		}
	}

	t.rejected = rejects.rows

	return t, s.SaveImportProgress(ctx, m.ID, im.kind, im.file.hash, rows, bytes, !frozen)
}

// bar draws on a terminal only: a log gets the one line at the end.
func (c *call) bar(f *csvFile) *progressbar.ProgressBar {
	file, ok := c.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return progressbar.NewOptions64(f.size, progressbar.OptionSetVisibility(false))
	}

	return progressbar.NewOptions64(f.size,
		progressbar.OptionSetWriter(file), progressbar.OptionSetDescription("importing"), progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
}

// report says in a line or two what an import did.
func (t tally) report(c *call, f *csvFile, noun string) error {
	rate := float64(t.items) / max(t.took.Seconds(), 0.001)
	fmt.Fprintf(c.stdout, "%s: %d %s imported (%d new) in %s, %.0f/s\n", f.path, t.items, noun, t.created, t.took.Round(10*time.Millisecond), rate)
	if t.skipped > 0 {
		fmt.Fprintf(c.stdout, "%d %s were imported by an earlier run of this file (--again takes them once more)\n", t.skipped, noun)
	}
	if t.rejected == 0 {
		return nil
	}
	fmt.Fprintf(c.stdout, "%d rows were rejected: %s has them with the reasons\n", t.rejected, rejectsPath(f.path))

	return rejected(t.rejected)
}

// importFlags are the flags both imports have, and the shop and file they name.
type importFlags struct {
	merchant *string
	again    *bool
}

func (c *call) importFlags() importFlags {
	return importFlags{
		merchant: c.flags.String("merchant", "", "`SLUG` of the shop (required)"),
		again:    c.flags.Bool("again", false, "take the whole file, also what an earlier run imported"),
	}
}

// shop finds the shop a command is about.
func shop(ctx context.Context, s *store.Store, slug string) (store.Merchant, error) {
	m, err := s.MerchantBySlug(ctx, slug)
	if err != nil {
		return m, fmt.Errorf("shop %q: %w (see `onderweg merchant list`)", slug, err)
	}

	return m, nil
}

// need a shop's slug before anything is opened.
func requireMerchant(slug string) error {
	if strings.TrimSpace(slug) == "" {
		return usageError("--merchant SLUG says which shop it is for (see `onderweg merchant list`)")
	}

	return nil
}
