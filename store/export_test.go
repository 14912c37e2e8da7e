package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// What the tests of this package need from inside.

var (
	Wrap   = wrap
	Notify = notify
)

func (s *Store) InTx(ctx context.Context, f func(*sqlx.Tx) error) error { return s.inTx(ctx, f) }

func (s *Store) Stmt(ctx context.Context, query string) (statement, error) { return s.stmt(ctx, query) }

func (s *Store) DB() *sqlx.DB { return s.db }

func (s *Store) ReadDB() *sqlx.DB { return s.read }

func (s *Store) KeyedHash(m parcel.MerchantID, use, value string) []byte {
	return s.keyedHash(m, use, value)
}

// TrackingQuery is the page's one query.
const TrackingQuery = trackingQuery
