// Package store is PostgreSQL: all SQL of the program lives here, inline beside its scan. It knows nothing of HTTP.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// Config is how to reach the database.
type Config struct {
	URL      string // may be a pooler in transaction mode when Direct is set
	Direct   string // for LISTEN and session locks; "" means URL is direct
	Keys     Keys   // from SECRET_KEY
	MaxConns int    // 0 means 8
	ReadOnly bool   // reads run with default_transaction_read_only=on (always so for GET handlers)
	Holidays parcel.Holidays
}

// Store is a handle on the database. Safe for concurrent use.
type Store struct {
	db   *sqlx.DB // writes
	read *sqlx.DB // reads only: default_transaction_read_only=on
	cfg  Config
}

var errUnwritten = errors.New("unwritten")

// Open connects, refuses an undeclared pooler, and starts nothing.
func Open(ctx context.Context, cfg Config) (*Store, error) { return nil, errUnwritten }

// Close ends every connection.
func (s *Store) Close() error { return errUnwritten }

// Ping answers whether the database and its schema can be used: for /readyz and doctor.
func (s *Store) Ping(ctx context.Context) error { return errUnwritten }

// Migrate brings the schema to the newest version, under a lock that eight replicas may ask for at once.
func Migrate(ctx context.Context, url string) error { return errUnwritten }

// Keys are the secrets everything sealed or derived hangs on.
type Keys struct {
	Current  []byte   // 32 bytes
	Previous [][]byte // still open old seals
}

var _ = time.Now
