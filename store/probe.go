package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"
)

// errPooler says what to do about a pooler that was not declared.
var errPooler = errors.New("DATABASE_URL leads to a connection pooler: set DIRECT_DATABASE_URL to the server itself")

// probe checks the promise that an address without Direct beside it is direct: our settings must have arrived, and two
// connections must stay two sessions.
func (s *Store) probe(ctx context.Context) error {
	if !s.direct() {
		return s.probeDirect(ctx)
	}
	var readOnly string
	err := s.read.GetContext(ctx, &readOnly, `select current_setting('default_transaction_read_only')`)
	if refusesSettings(err) || (err == nil && readOnly != "on") {
		return errPooler
	}
	if err != nil {
		return fmt.Errorf("the database cannot be reached: %w", wrap(err))
	}
	return s.probeSessions(ctx)
}

// probeDirect checks that behind a declared pooler both addresses answer.
func (s *Store) probeDirect(ctx context.Context) error {
	var one int
	if err := s.read.GetContext(ctx, &one, `select 1`); err != nil {
		return fmt.Errorf("the database cannot be reached: %w", wrap(err))
	}
	connector, err := connector(s.cfg.Direct, map[string]string{"default_transaction_read_only": "on"})
	if err != nil {
		return err
	}
	db := openDB(connector)
	defer db.Close()
	var readOnly string
	err = db.QueryRowContext(ctx, `select current_setting('default_transaction_read_only')`).Scan(&readOnly)
	if refusesSettings(err) || (err == nil && readOnly != "on") {
		return errors.New("DIRECT_DATABASE_URL leads to a connection pooler too: it must lead to the server itself")
	}
	if err != nil {
		return fmt.Errorf("DIRECT_DATABASE_URL cannot be reached: %w", wrap(err))
	}
	return nil
}

// refusesSettings recognises PgBouncer's "unsupported startup parameter".
func refusesSettings(err error) bool {
	pe, ok := errors.AsType[*pq.Error](err)
	return ok && pe.Code == "08P01" && strings.Contains(pe.Message, "startup parameter")
}

// probeSessions takes one connection's server process, lets a second one hold a transaction, and looks again: a pooler
// in transaction mode has given the process away.
func (s *Store) probeSessions(ctx context.Context) error {
	first, err := s.read.Conn(ctx)
	if err != nil {
		return wrap(err)
	}
	defer first.Close()
	before, err := backend(ctx, first)
	if err != nil {
		return wrap(err)
	}

	second, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap(err)
	}
	defer second.Rollback() //nolint:errcheck // it only read
	other, err := backend(ctx, second)
	if err != nil {
		return wrap(err)
	}
	after, err := backend(ctx, first)
	if err != nil {
		return wrap(err)
	}
	if before != after || before == other {
		return errPooler
	}
	return nil
}

type asker interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func backend(ctx context.Context, q asker) (pid int, err error) {
	err = q.QueryRowContext(ctx, `select pg_backend_pid()`).Scan(&pid)
	return pid, err
}
