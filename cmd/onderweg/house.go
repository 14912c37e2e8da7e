package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"onderweg/handlers"
	"onderweg/internal/feed"
	"onderweg/internal/holidays"
	"onderweg/internal/notify"
	"onderweg/store"
	"onderweg/web"
)

const (
	tickEvery   = time.Minute
	tickBatch   = 500
	sweepEvery  = time.Hour
	stopWithin  = 27 * time.Second // the web server drains for at most 25 of them
	probeWithin = 2 * time.Second
)

// house is one running process: it owns every goroutine of the program.
type house struct {
	cfg      Config
	store    *store.Store
	log      *slog.Logger
	web      bool // answer requests on listener
	work     bool // empty inbox and outbox, notice time passing
	sandbox  bool // messages stay in the house and are shown at /dev/mailbox: demo only
	listener net.Listener

	databaseGone <-chan struct{}                    // closed when the private server ended; nil without one
	beside       []func(ctx context.Context) error  // more to run until stopping: the simulator of the demo
	ready        func(s *web.Server, l *store.Live) // called once before anything starts; may be nil
}

// errStuck says that something did not end in time.
var errStuck = errors.New("not everything ended in time: leases that are left run out by themselves")

// run keeps everything going until ctx ends or one part fails, and waits for all of it.
//
// It ends in two steps. First the web server drains and the workers give their leases back. What requests that still run
// need, the committers and the listener, ends after the web server.
func (h house) run(ctx context.Context) error {
	live := h.store.NewLive()
	server, err := h.newServer(live)
	if err != nil {
		return err
	}
	sending, err := h.cfg.notify()
	if err != nil {
		return err
	}
	sending.Sandbox = h.sandbox
	metrics, err := h.listenMetrics(ctx)
	if err != nil {
		return err
	}

	g, failed := errgroup.WithContext(context.WithoutCancel(ctx))
	stopping, stop := context.WithCancel(failed)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	late, end := context.WithCancel(failed)
	defer end()

	if h.ready != nil {
		h.ready(server, live)
	}
	g.Go(func() error {
		defer end()
		if !h.web {
			<-stopping.Done()

			return nil
		}

		return server.Serve(stopping, h.listener)
	})
	h.start(g, late, map[string]func(context.Context) error{
		"listener": live.Run, "committers": h.store.RunCommitters, "metrics": h.serveMetrics(server, metrics), "database": h.watchDatabase,
	})
	if h.work {
		h.start(g, stopping, h.workers(live, notify.All(sending, h.store)))
	}
	for _, f := range h.beside {
		g.Go(func() error { return quiet(f(stopping)) })
	}

	return h.wait(stopping, g)
}

// start runs parts that have a name, for their errors.
func (h house) start(g *errgroup.Group, ctx context.Context, parts map[string]func(context.Context) error) {
	for name, run := range parts {
		g.Go(func() error {
			if err := quiet(run(ctx)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}

			return nil
		})
	}
}

// quiet takes the end of the context for what it is: no failure.
func quiet(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}

	return err
}

// wait waits for all parts, once stopping began only so long.
func (h house) wait(stopping context.Context, g *errgroup.Group) error {
	ended := make(chan error, 1)
	go func() { ended <- g.Wait() }()

	select {
	case err := <-ended:
		return err
	case <-stopping.Done():
	}

	h.log.Info("stopping")
	limit := time.NewTimer(stopWithin)
	defer limit.Stop()
	select {
	case err := <-ended:
		h.log.Info("stopped")

		return err
	case <-limit.C:
		return errStuck
	}
}

func (h house) newServer(live *store.Live) (*web.Server, error) {
	server, err := web.New(web.Config{
		Store: h.store, Live: live, Log: h.log, BaseURL: string(h.cfg.BaseURL), TrustedProxies: h.cfg.TrustedProxies,
		Sandbox: h.sandbox, Keys: h.cfg.store().Keys, Build: buildName(),
	})
	if err != nil {
		return nil, err
	}

	return server, handlers.Routes(server)
}

// workers empties the queues and notices that time passes. Without a channel messages wait in the outbox: a worker that
// took them could only fail them.
func (h house) workers(live *store.Live, channels []notify.Channel) map[string]func(context.Context) error {
	intake := feed.Intake{Store: h.store, Live: live, Log: h.log, Now: time.Now}
	parts := map[string]func(context.Context) error{
		"intake": intake.Run,
		"ticker": h.every(tickEvery, h.tick),
		"sweep":  h.every(sweepEvery, h.sweep),
	}

	if len(channels) > 0 {
		outbox := notify.Outbox{Store: h.store, Live: live, Channels: channels, Log: h.log, Now: time.Now, Holidays: holidays.New()}
		parts["outbox"] = outbox.Run
	}

	return parts
}

// every calls f at once and then again and again. A failure is logged and tried again: the database may be away.
func (h house) every(period time.Duration, f func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		ticker := time.NewTicker(period)
		defer ticker.Stop()

		for {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				h.log.Error("will try again", "error", err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
			}
		}
	}
}

// tick looks at every parcel whose time has come.
func (h house) tick(ctx context.Context) error {
	for {
		n, err := h.store.TickDue(ctx, time.Now(), tickBatch)
		if err != nil || n < tickBatch {
			return err
		}
	}
}

// sweep removes what has been kept long enough.
func (h house) sweep(ctx context.Context) error {
	return h.store.Tidy(ctx, time.Now())
}

// watchDatabase ends the program when its private server is gone.
func (h house) watchDatabase(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-h.databaseGone:
		return errors.New("the private PostgreSQL ended")
	}
}

// listenMetrics opens the port for machines; nil when it is off.
func (h house) listenMetrics(ctx context.Context) (net.Listener, error) {
	if h.cfg.MetricsAddr == "" {
		return nil, nil //nolint:nilnil // off
	}

	return listen(ctx, h.cfg.MetricsAddr, "METRICS_ADDR")
}

// serveMetrics answers machines: /metrics, and the health of a process that has no web server.
func (h house) serveMetrics(server *web.Server, ln net.Listener) func(context.Context) error {
	return func(ctx context.Context) error {
		if ln == nil {
			<-ctx.Done()

			return nil
		}

		mux := http.NewServeMux()
		mux.Handle("GET /metrics", server.Metrics())
		mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
		mux.HandleFunc("GET /readyz", h.readyz)
		srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 15 * time.Second, MaxHeaderBytes: 16 << 10}

		ended := make(chan error, 1)
		go func() { ended <- srv.Serve(ln) }()
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			err := srv.Close()
			<-ended //nolint:errcheck // always http.ErrServerClosed by now

			return err
		}
	}
}

func (h house) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), probeWithin)
	defer cancel()

	if err := h.store.Ping(ctx); err != nil {
		http.Error(w, "the database is away", http.StatusServiceUnavailable)

		return
	}
	fmt.Fprintln(w, "ok")
}
