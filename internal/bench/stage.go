package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"golang.org/x/sync/errgroup"

	"onderweg/handlers"
	"onderweg/internal/holidays"
	"onderweg/internal/postgres"
	"onderweg/store"
	"onderweg/web"
)

// stage is a private PostgreSQL that keeps its promises to the disk, the program's store on it, and a pool of our own for
// the rungs to compare with.
type stage struct {
	options  Options
	database *postgres.Server
	dir      string
	store    *store.Store
	live     *store.Live
	db       *sqlx.DB
	meter    meter
	loader   *loader
	shop     store.Merchant
	keys     store.Keys
	now      func() time.Time

	parts   *errgroup.Group
	ctx     context.Context //nolint:containedctx // the life of parts, which are started one by one
	endPart context.CancelFunc
}

// raise starts everything but the servers. What it gives must be closed.
func raise(ctx context.Context, o Options) (s *stage, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}

	key := make([]byte, 32)
	rand.Read(key) //nolint:errcheck // it never fails
	s = &stage{options: o, keys: store.Keys{Current: key}, now: time.Now}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()

	if err := s.startDatabase(ctx); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	if s.shop, err = s.addShop(ctx); err != nil {
		return nil, err
	}
	if s.loader, err = startLoader(ctx, o.Command); err != nil {
		return nil, err
	}

	lasting, end := context.WithCancel(ctx)
	s.endPart = end
	s.parts, s.ctx = errgroup.WithContext(lasting)

	return s, nil
}

func (s *stage) startDatabase(ctx context.Context) (err error) {
	if s.dir, err = os.MkdirTemp("", "onderweg-bench-"); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if err := os.Chmod(s.dir, 0o711); err != nil {
		return fmt.Errorf("bench: %w", err)
	}

	s.database, err = postgres.Start(ctx, postgres.Options{Dir: s.dir, Fsync: true, Ephemeral: true})
	if err != nil {
		return err
	}

	return store.Migrate(ctx, s.url())
}

func (s *stage) url() string { return s.database.URL("postgres") }

func (s *stage) open(ctx context.Context) (err error) {
	s.store, err = store.Open(ctx, store.Config{
		URL: s.url(), Keys: s.keys, MaxConns: conns, BaseURL: baseURL, Holidays: holidays.Public,
	})
	if err != nil {
		return err
	}
	s.live = s.store.NewLive()

	cfg, err := pq.NewConfig(s.url())
	if err != nil {
		return err
	}
	cfg.BinaryParameters = true
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return err
	}
	s.db = sqlx.NewDb(openPool(connector), "postgres")
	s.meter, err = newMeter(ctx, s.db)

	return err
}

// close ends everything, in the opposite order. It may be called on what is half raised.
func (s *stage) close() error {
	var errs []error
	if s.endPart != nil {
		s.endPart()
		errs = append(errs, s.parts.Wait())
	}
	if s.loader != nil {
		errs = append(errs, s.loader.close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.database != nil {
		errs = append(errs, s.database.Stop())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}

	return errors.Join(errs...)
}

// run keeps a part going until the stage is closed.
func (s *stage) run(part func(context.Context) error) {
	s.parts.Go(func() error {
		if err := part(s.ctx); !errors.Is(err, context.Canceled) {
			return err
		}

		return nil
	})
}

// serve starts the whole program's web server and gives its address. Its log is written, to nowhere.
func (s *stage) serve(pageCache int64) (address string, err error) {
	server, err := web.New(web.Config{
		Store: s.store, Live: s.live, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), BaseURL: baseURL,
		Keys: s.keys, Build: "bench", Now: s.now, PageCache: pageCache,
	})
	if err != nil {
		return "", err
	}
	if err := handlers.Routes(server); err != nil {
		return "", err
	}

	ln, err := s.listen()
	if err != nil {
		return "", err
	}
	s.run(func(ctx context.Context) error { return server.Serve(ctx, ln) })

	return ln.Addr().String(), nil
}

func (s *stage) listen() (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(s.ctx, "tcp", "127.0.0.1:0")
}

// until asks again and again, until the answer is yes.
func until(ctx context.Context, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()

	for {
		ok, err := done()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-again.C:
		}
	}
}
