package store

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
)

// statement is a hot one: prepared when the connection is direct, sent whole behind a pooler.
type statement struct {
	prepared *sqlx.Stmt // nil behind a pooler
	db       *sqlx.DB
	query    string
}

// preparedKey is a query on one of the two handles.
type preparedKey struct {
	db    *sqlx.DB
	query string
}

// stmt gives the statement of a read, prepared once a process (and once a connection, by database/sql). Queries must be
// constants: they are kept for good.
func (s *Store) stmt(ctx context.Context, query string) (statement, error) {
	return s.prepare(ctx, s.read, query)
}

// writing is stmt for a write.
func (s *Store) writing(ctx context.Context, query string) (statement, error) {
	return s.prepare(ctx, s.db, query)
}

func (s *Store) prepare(ctx context.Context, db *sqlx.DB, query string) (statement, error) {
	if !s.direct() {
		return statement{db: db, query: query}, nil
	}
	key := preparedKey{db, query}
	if kept, ok := s.prepared.Load(key); ok {
		return statement{prepared: kept.(*sqlx.Stmt)}, nil
	}

	s.preparing.Lock()
	defer s.preparing.Unlock()
	if kept, ok := s.prepared.Load(key); ok {
		return statement{prepared: kept.(*sqlx.Stmt)}, nil
	}
	fresh, err := db.PreparexContext(ctx, query)
	if err != nil {
		return statement{}, wrap(err)
	}
	s.prepared.Store(key, fresh)
	return statement{prepared: fresh}, nil
}

// Exec writes.
func (q statement) Exec(ctx context.Context, args ...any) (sql.Result, error) {
	if q.prepared != nil {
		return q.prepared.ExecContext(ctx, args...)
	}
	return q.db.ExecContext(ctx, q.query, args...)
}

// QueryIn reads the rows of a write within a transaction.
func (q statement) QueryIn(ctx context.Context, tx *sqlx.Tx, args ...any) (*sql.Rows, error) {
	if q.prepared != nil {
		return tx.StmtxContext(ctx, q.prepared).QueryContext(ctx, args...)
	}
	return tx.QueryContext(ctx, q.query, args...)
}

// QueryRow reads one row by hand; Scan's error is to be wrapped.
func (q statement) QueryRow(ctx context.Context, args ...any) *sql.Row {
	if q.prepared != nil {
		return q.prepared.QueryRowContext(ctx, args...)
	}
	return q.db.QueryRowContext(ctx, q.query, args...)
}

// Query reads rows by hand.
func (q statement) Query(ctx context.Context, args ...any) (*sql.Rows, error) {
	if q.prepared != nil {
		return q.prepared.QueryContext(ctx, args...)
	}
	return q.db.QueryContext(ctx, q.query, args...)
}

// Get reads one row into dest.
func (q statement) Get(ctx context.Context, dest any, args ...any) error {
	if q.prepared != nil {
		return q.prepared.GetContext(ctx, dest, args...)
	}
	return q.db.GetContext(ctx, dest, q.query, args...)
}

// Select reads all rows into dest.
func (q statement) Select(ctx context.Context, dest any, args ...any) error {
	if q.prepared != nil {
		return q.prepared.SelectContext(ctx, dest, args...)
	}
	return q.db.SelectContext(ctx, dest, q.query, args...)
}
