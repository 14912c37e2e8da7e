package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"

	"onderweg/store"
)

// serve runs the web server, the workers, or both, until the first SIGTERM; then it drains.
func serve(ctx context.Context, c *call) error {
	role := c.flags.String("role", "all", "`ROLE` of this process: web, worker or all")
	mode := c.flags.String("migrate", "on", "on brings the schema up to date first, off only checks it (`on|off`)")
	c.about = `The first SIGTERM or Ctrl-C drains within 25 seconds: not ready, live pages closed, requests finished, leases
given back. The second ends at once. Several processes may serve one database; --role splits them.`
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if !slices.Contains([]string{"web", "worker", "all"}, *role) {
		return usageError("--role is web, worker or all")
	}
	if *mode != "on" && *mode != "off" {
		return usageError("--migrate is on or off")
	}
	cfg, err := c.config(needDatabase, needSecret, needWeb)
	if err != nil {
		return err
	}

	log := newLog(cfg, c.stderr)
	for _, w := range warnings(c.env) {
		log.Warn(w)
	}
	if cfg.SMTPHost == "" && *role != "web" {
		log.Warn("SMTP_URL is not set: no mail leaves, messages wait in the outbox")
	}

	db, err := cfg.startDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.stop()
	s, err := openServing(ctx, cfg, *mode == "on")
	if err != nil {
		return err
	}
	defer s.Close()

	h := house{cfg: cfg, store: s, log: log, web: *role != "worker", work: *role != "web", databaseGone: db.gone}
	if h.web {
		if h.listener, err = listen(ctx, cfg.ListenAddr, "LISTEN_ADDR"); err != nil {
			return err
		}
		log.Info("listening", "address", h.listener.Addr().String(), "base_url", string(cfg.BaseURL), "version", buildName())
	}

	return h.run(ctx)
}

// openServing opens the store with a schema that fits: brought up to date, or only checked.
func openServing(ctx context.Context, cfg Config, upgrade bool) (*store.Store, error) {
	if upgrade {
		if err := store.Migrate(ctx, cfg.migrateURL()); err != nil {
			return nil, cfg.plain(err)
		}
	}

	s, err := store.Open(ctx, cfg.store())
	if err != nil {
		return nil, cfg.plain(err)
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(cfg.plain(err), s.Close())
	}

	return s, nil
}

// listen opens a port before anything starts, so that a taken one is told at once.
func listen(ctx context.Context, address listenAddr, setting string) (net.Listener, error) {
	if address == "" {
		return nil, problems{setting + ": must not be off"}
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", string(address))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}

	return ln, nil
}

// newLog writes to stderr, as JSON unless LOG_FORMAT says text.
func newLog(cfg Config, w interface{ Write([]byte) (int, error) }) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}

	return slog.New(slog.NewJSONHandler(w, options))
}
