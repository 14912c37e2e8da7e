package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/labstack/echo/v4"
	"github.com/lib/pq"

	"onderweg/internal/feed"
	"onderweg/internal/parcel"
	"onderweg/store"
)

// Names of what is measured of the way in.
const (
	copied              = "COPY, one connection"
	inserted, inserted2 = "one insert a request, 64", "one insert a request, 256"
	accepted, accepted2 = "accepted, 64 clients", "accepted, 256 clients"
	applied             = "fully applied"
	few, many           = 64, 256 // clients
)

// fastest is how many requests a second are kept ready: a machine that takes more ends its round early.
const fastest = 15_000

// feedSecret is nobody's: the database it opens lasts a minute.
const feedSecret = "whsec_b25kZXJ3ZWctYmVuY2gtc2VjcmV0LW5ldmVyLXVzZS1pdA=="

// Ingest measures the way in: webhooks against COPY and against one insert a request, and the intake against both.
func Ingest(ctx context.Context, o Options) (report Report, err error) {
	s, err := raise(ctx, o)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	if err := s.seed(ctx, journey()[:2]); err != nil {
		return Report{}, err
	}
	in, err := s.newIngest(ctx)
	if err != nil {
		return Report{}, err
	}
	results := newResults(copied)
	for range o.Rounds {
		if err := in.round(ctx, results); err != nil {
			return Report{}, err
		}
	}

	return s.report("ingest", results, []Goal{
		atLeast("P9", "webhook accepted at 64 clients, of COPY", results.ratio(accepted, copied, rateOf), 0.15, 0.19),
		atLeast("P9", "webhook accepted at 256 clients, of COPY", results.ratio(accepted2, copied, rateOf), 0.25, 0.30),
		atMost("P10", "webhook p99 at 256 clients, of one insert a request", results.ratio(accepted2, inserted2, p99Of), 0.5, 0.2),
		atLeast("P11", "scan fully applied, of accepted at 64 clients", results.ratio(applied, accepted, rateOf), 0.5, 0.65),
	}), nil
}

// ingest is the program's server and a plain one that takes the same requests.
type ingest struct {
	*stage
	feed        store.Feed
	adapter     feed.Adapter
	real, plain string // addresses
	insert      *sqlx.Stmt
	count       int // requests of one rung in one round
	sent        int // scans told so far
}

const inboxColumns = `merchant_id, id, feed_id, event_key, body, headers`

func (s *stage) newIngest(ctx context.Context) (*ingest, error) {
	in := &ingest{stage: s, count: max(many, int(s.options.Span.Seconds()*fastest))}
	in.adapter, _ = feed.ByKind("standard")
	var err error
	in.feed, err = s.store.SaveFeed(ctx, store.Feed{Merchant: s.shop.ID, Slug: "standard", Kind: "standard", Secrets: []string{feedSecret}})
	if err != nil {
		return nil, err
	}
	in.feed.Merchant, in.feed.Secrets = s.shop.ID, []string{feedSecret}

	for _, table := range []string{"inbox_copy", "inbox_plain"} { // the inbox with all its indexes
		if _, err := s.db.ExecContext(ctx, `create table `+table+` (like inbox including all)`); err != nil {
			return nil, err
		}
	}
	in.insert, err = s.db.PreparexContext(ctx, `
		insert into inbox_plain (`+inboxColumns+`) values ($1, $2, $3, $4, $5, $6)
		on conflict (merchant_id, feed_id, event_key) do nothing`)
	if err != nil {
		return nil, err
	}

	e := echo.New()
	e.POST("/feeds/:shop/:feed", in.receivePlain)
	if in.plain, err = s.servePlain(e); err != nil {
		return nil, err
	}
	s.run(s.live.Run)
	s.run(s.store.RunCommitters)
	in.real, err = s.serve(0)

	return in, err
}

// receivePlain is what a plain program does with a webhook: verify and insert.
func (in *ingest) receivePlain(c echo.Context) error {
	r := c.Request()
	body, err := io.ReadAll(io.LimitReader(r.Body, 256<<10))
	if err != nil {
		return err
	}
	if err := in.adapter.Verify(in.feed.Secrets, r.Header, body, time.Now()); err != nil {
		return err
	}
	_, err = in.insert.ExecContext(r.Context(), in.shop.ID, uuid.Must(uuid.NewV7()).String(), in.feed.ID, in.adapter.EventKey(r.Header, body), body, "{}")
	if err != nil {
		return err
	}

	return c.NoContent(http.StatusAccepted)
}

// round measures each rung once. The intake rests while requests are taken and then has them all to itself.
func (in *ingest) round(ctx context.Context, results *results) error {
	first, err := in.compose()
	if err != nil {
		return err
	}
	second, err := in.compose()
	if err != nil {
		return err
	}
	if _, err := in.db.ExecContext(ctx, `truncate inbox_copy, inbox_plain`); err != nil {
		return err
	}
	if err := errors.Join(in.loader.give("first", first.requests), in.loader.give("second", second.requests)); err != nil {
		return err
	}

	got, err := in.meter.measure(func() (int, time.Duration, error) { return in.copy(ctx, first) })
	if err != nil {
		return err
	}
	results.add(copied, got)
	for _, r := range []rung{
		{inserted, in.post(in.plain, "first", few)},
		{accepted, in.post(in.real, "first", few)},
		{inserted2, in.post(in.plain, "second", many)},
		{accepted2, in.post(in.real, "second", many)},
	} {
		if got, err = in.requests(r.job); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		results.add(r.name, got)
	}
	if got, err = in.meter.measure(func() (int, time.Duration, error) { return in.apply(ctx) }); err != nil {
		return err
	}
	results.add(applied, got)

	return nil
}

func (in *ingest) post(address, set string, clients int) job {
	return job{Address: address, Clients: clients, Set: set, Once: true, Span: patience, Want: http.StatusAccepted}
}

// mail is a set of signed requests as they go over the wire, and their parts.
type mail struct {
	requests []string
	bodies   [][]byte
	keys     [][]byte
}

// laps is what parcels go through while their scans come in, again and again.
func laps() []parcel.Milestone {
	return []parcel.Milestone{parcel.InTransit, parcel.ArrivedAtHub, parcel.OutForDelivery, parcel.InTransit, parcel.ArrivedAtHub}
}

// compose signs requests of one scan each, every parcel's turn coming round.
func (in *ingest) compose() (mail, error) {
	var m mail
	now := in.now()
	for range in.count {
		lap := in.sent / in.options.Orders
		number := in.sent % in.options.Orders
		b := beat{laps()[lap%len(laps())], 40*time.Hour - time.Duration(lap)*time.Minute, "Middelzand", fmt.Sprintf("Ronde %d", lap)}
		in.sent++

		body, h, err := in.adapter.Compose(feed.Batch{
			Secret: feedSecret, ID: fmt.Sprintf("bench-%d", in.sent), Sent: now, Carrier: "postnl", Number: trackingNumber(number),
			OrderNumber: orderNumber(number), Country: "NL", Scans: []parcel.Scan{b.scan(trackingNumber(number), now)},
		})
		if err != nil {
			return mail{}, err
		}
		m.requests = append(m.requests, wire(h, body))
		m.bodies = append(m.bodies, body)
		m.keys = append(m.keys, in.adapter.EventKey(h, body))
	}

	return m, nil
}

// wire writes a request as it is sent.
func wire(h http.Header, body []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "POST /feeds/%s/standard HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n", slug, len(body))
	_ = h.Write(&b) // a builder takes everything
	b.WriteString("\r\n")
	b.Write(body)

	return b.String()
}

// copy writes the rows of a set with COPY, the fastest way into a table of this shape.
func (in *ingest) copy(ctx context.Context, m mail) (done int, took time.Duration, err error) {
	begun := time.Now()
	tx, err := in.db.BeginTxx(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	rows, err := tx.PrepareContext(ctx, pq.CopyIn("inbox_copy", strings.Split(inboxColumns, ", ")...))
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for i := range m.bodies {
		_, err := rows.ExecContext(ctx, string(in.shop.ID), uuid.Must(uuid.NewV7()).String(), in.feed.ID, m.keys[i], m.bodies[i], "{}")
		if err != nil {
			return 0, 0, err
		}
	}
	if _, err := rows.ExecContext(ctx); err != nil {
		return 0, 0, err
	}

	return len(m.bodies), time.Since(begun), tx.Commit()
}

// apply runs the intake until nothing is pending: scans recorded, parcels and orders moved, notices queued.
func (in *ingest) apply(ctx context.Context) (done int, took time.Duration, err error) {
	before, err := in.doneRows(ctx)
	if err != nil {
		return 0, 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	intake := feed.Intake{Store: in.store, Live: in.live, Log: slog.New(slog.DiscardHandler), Now: in.now}
	begun := time.Now()
	go func() { ended <- intake.Run(ctx) }()
	err = until(ctx, "the intake", func() (bool, error) {
		var left bool
		err := in.db.GetContext(ctx, &left, `select exists (select from inbox where state = 'pending')`)

		return !left, err
	})
	took = time.Since(begun)
	stop()
	if err = errors.Join(err, <-ended); err != nil {
		return 0, 0, err
	}

	after, err := in.doneRows(context.WithoutCancel(ctx))
	if err == nil && after-before != 2*in.count {
		err = fmt.Errorf("%d of %d requests were applied", after-before, 2*in.count)
	}

	return after - before, took, err
}

func (in *ingest) doneRows(ctx context.Context) (n int, err error) {
	err = in.db.GetContext(ctx, &n, `select count(*) from inbox where state = 'done'`)

	return n, err
}
