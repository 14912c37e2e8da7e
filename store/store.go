// Package store is PostgreSQL: all SQL of the program lives here, inline beside its scan. It knows nothing of HTTP.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"onderweg/internal/parcel"
)

// Config is how to reach the database.
type Config struct {
	URL      string // may be a pooler in transaction mode when Direct is set
	Direct   string // for LISTEN and session locks; "" means URL is direct
	Keys     Keys   // from SECRET_KEY
	MaxConns int    // of each of the two pools, for writes and for reads; 0 means 8
	ReadOnly bool   // writes are refused too: every connection has default_transaction_read_only=on
	BaseURL  string // address of the shared host, no final slash: brands without a host of their own live below it
	Holidays parcel.Holidays
}

// Store is a handle on the database. Safe for concurrent use.
type Store struct {
	db   *sqlx.DB // writes
	read *sqlx.DB // reads only: default_transaction_read_only=on when the connection is direct
	cfg  Config
	keys keyring

	prepared   sync.Map // preparedKey → *sqlx.Stmt, when the connection is direct
	preparing  sync.Mutex
	merchants  *cache[Merchant]
	feedsCache *cache[Feed]

	receiving receiving // requests of feeds on their way into the inbox
}

// Limits of one statement and of one read as a whole. The server gives up first: that keeps the connection.
const (
	statementTimeout = 5 * time.Second
	readTimeout      = 6 * time.Second
	openTimeout      = 10 * time.Second
)

// Open connects, refuses an undeclared pooler, and starts nothing.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	ring, err := newKeyring(cfg.Keys)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, keys: ring, merchants: newCache[Merchant](), feedsCache: newCache[Feed]()}
	if s.db, err = s.connect(cfg.ReadOnly); err != nil {
		return nil, err
	}
	if s.read, err = s.connect(true); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}

	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := s.probe(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// direct says whether the connection keeps its session: no pooler in between.
func (s *Store) direct() bool { return s.cfg.Direct == "" }

// directURL is where LISTEN and session locks go.
func (s *Store) directURL() string {
	if s.cfg.Direct != "" {
		return s.cfg.Direct
	}
	return s.cfg.URL
}

// connect makes a pool. Settings of the session go with the start-up packet, which poolers refuse: behind one, set them
// on the role ("alter role … set statement_timeout").
func (s *Store) connect(readOnly bool) (*sqlx.DB, error) {
	settings := map[string]string{}
	if s.direct() {
		settings["statement_timeout"] = fmt.Sprint(statementTimeout.Milliseconds())
		settings["idle_in_transaction_session_timeout"] = "60000"
		// Every query names a merchant. Planned for the value, one of a shop that has grown since the last analyze is thought to
		// find a handful of rows by merchant alone, and reads all of the shop's. Planned for any value, it goes by the whole key.
		settings["plan_cache_mode"] = "force_generic_plan"
		if readOnly {
			settings["default_transaction_read_only"] = "on"
		}
	}
	connector, err := connector(s.cfg.URL, settings)
	if err != nil {
		return nil, err
	}
	db := sqlx.NewDb(openDB(connector), "postgres")
	conns := s.cfg.MaxConns
	if conns == 0 {
		conns = 8
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}

// connector reads an address and adds what every connection must have. binary_parameters sends a query and its arguments
// in one go: without it, a pooler in transaction mode answers with other queries' rows (see TestNoAnswersAreSwapped).
func connector(url string, settings map[string]string) (*pq.Connector, error) {
	cfg, err := pq.NewConfig(url)
	if err != nil {
		return nil, errors.New("the database address cannot be read") // the error would repeat the password
	}
	cfg.BinaryParameters = true
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = "onderweg"
	}
	if cfg.Runtime == nil {
		cfg.Runtime = map[string]string{}
	}
	for name, value := range settings {
		cfg.Runtime[name] = value
	}
	return pq.NewConnectorConfig(cfg)
}

// Close ends every connection.
func (s *Store) Close() error { return errors.Join(s.db.Close(), s.read.Close()) }

// Ping answers whether the database and its schema can be used: for /readyz and doctor.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	want, err := newestMigration()
	if err != nil {
		return err
	}
	var have int64
	err = s.read.GetContext(ctx, &have, `select coalesce(max(version_id), 0) from goose_db_version where is_applied`)
	if isUndefinedTable(err) {
		return errors.New("the database has no schema yet: run `onderweg migrate`")
	}
	if err != nil {
		return wrap(err)
	}
	if have < want {
		return fmt.Errorf("the schema is at version %d, this program needs %d: run `onderweg migrate`", have, want)
	}
	return nil
}

// reading gives a read its own deadline in place of the caller's: a shopper who hangs up would otherwise cancel the
// query and cost the connection.
func reading(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
}

// inTx runs f in one transaction: committed when f gives nil, else rolled back. Errors are wrapped once, here. (lib/pq
// begins every transaction "read write" unless told otherwise, over default_transaction_read_only.)
func (s *Store) inTx(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: s.cfg.ReadOnly})
	if err != nil {
		return wrap(err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing; before it, f's error tells more
	if err := f(tx); err != nil {
		return wrap(err)
	}
	return wrap(tx.Commit())
}
