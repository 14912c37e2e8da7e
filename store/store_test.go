package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

func TestEightProgramsMigrateAnEmptyDatabaseTogether(t *testing.T) {
	t.Parallel()
	url := storetest.Empty(t)
	began := time.Now()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := store.Migrate(t.Context(), url); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	t.Logf("eight at once took %v", took.Round(time.Millisecond))
	if took > 20*time.Second {
		t.Errorf("eight at once took %v", took)
	}
	if err := storetest.Open(t, store.Config{URL: url}).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPingTellsASchemaThatIsMissing(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{URL: storetest.Empty(t)})
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "onderweg migrate") {
		t.Errorf("got %v", err)
	}
	s = storetest.New(t)
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := s.DB().Exec(`delete from goose_db_version where version_id > 0`); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "version 0") {
		t.Errorf("got %v", err)
	}
}

func TestOpenNamesWhatIsWrongWithoutThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://someone:hunter2@127.0.0.1:1/nowhere?sslmode=disable",
		"postgres://someone:hunter2@%zz/",
	} {
		_, err := store.Open(t.Context(), store.Config{URL: url, Keys: storetest.Keys()})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
	_, err := store.Open(t.Context(), store.Config{URL: "postgres://someone@127.0.0.1:1/nowhere?sslmode=disable", Keys: storetest.Keys()})
	if !errors.Is(err, parcel.ErrBusy) {
		t.Errorf("a server that is away gives %v", err)
	}
	_, err = store.Open(t.Context(), store.Config{URL: "postgres://someone@127.0.0.1:1/nowhere"})
	if err == nil || !strings.Contains(err.Error(), "32 bytes") {
		t.Errorf("without a key: %v", err)
	}
}

func TestReadsCannotWriteAndStatementsEnd(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	_, err := s.ReadDB().Exec(`insert into counters (name, bucket) values ('x', now())`)
	if pe, ok := errors.AsType[*pq.Error](err); !ok || pe.Code != "25006" {
		t.Errorf("the read handle wrote: %v", err)
	}
	for name, db := range map[string]*sqlx.DB{"writes": s.DB(), "reads": s.ReadDB()} {
		var timeout string
		if err := db.Get(&timeout, `select current_setting('statement_timeout')`); err != nil || timeout != "5s" {
			t.Errorf("%s: statement_timeout %q, %v", name, timeout, err)
		}
	}
}

func TestAStatementIsPreparedOnceAndReadByMany(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	const query = `select $1::int * 2`
	var all sync.WaitGroup
	for worker := range 10 {
		all.Go(func() {
			for i := range 50 {
				find, err := s.Stmt(t.Context(), query)
				if err != nil {
					t.Error(err)
					return
				}
				var got int
				if err := find.QueryRow(t.Context(), worker*100+i).Scan(&got); err != nil || got != (worker*100+i)*2 {
					t.Errorf("got %d, %v", got, err)
				}
			}
		})
	}
	all.Wait()
	find, err := s.Stmt(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	var one int
	var many []int
	if err := errors.Join(find.Get(t.Context(), &one, 21), find.Select(t.Context(), &many, 4)); err != nil || one != 42 || len(many) != 1 || many[0] != 8 {
		t.Errorf("got %d, %v, %v", one, many, err)
	}
	rows, err := find.Query(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	if _, err := s.Stmt(t.Context(), `select from nowhere`); err == nil {
		t.Error("a statement without a table was prepared")
	}
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	failed := errors.New("no")
	err := s.InTx(t.Context(), func(tx *sqlx.Tx) error {
		if _, err := tx.Exec(`insert into counters (name, bucket) values ('x', now())`); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() { recover() }()
		s.InTx(t.Context(), func(tx *sqlx.Tx) error {
			tx.MustExec(`insert into counters (name, bucket) values ('y', now())`)
			panic("no")
		})
	}()
	var n int
	if err := s.DB().Get(&n, `select count(*) from counters`); err != nil || n != 0 {
		t.Errorf("%d rows stayed, %v", n, err)
	}
}

func TestErrorsOfTheDatabaseBecomeThoseOfTheDomain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		from error
		want error
	}{
		{sql.ErrNoRows, parcel.ErrNotFound},
		{&pq.Error{Code: "23505", Constraint: "orders_number"}, parcel.ErrConflict},
		{&pq.Error{Code: "23503"}, parcel.ErrNotFound},
		{&pq.Error{Code: "40001"}, parcel.ErrBusy},
		{&pq.Error{Code: "40P01"}, parcel.ErrBusy},
		{&pq.Error{Code: "53300"}, parcel.ErrBusy},
		{&pq.Error{Code: "57014"}, parcel.ErrBusy},
		{&pq.Error{Code: "57P03"}, parcel.ErrBusy},
		{context.DeadlineExceeded, parcel.ErrBusy},
		{context.Canceled, context.Canceled},
		{parcel.ErrExpired, parcel.ErrExpired},
		{fmt.Errorf("while reading: %w", parcel.ErrForbidden), parcel.ErrForbidden},
	} {
		if got := store.Wrap(row.from); !errors.Is(got, row.want) {
			t.Errorf("%v becomes %v, want %v", row.from, got, row.want)
		}
		if got := store.Wrap(store.Wrap(row.from)); got.Error() != store.Wrap(row.from).Error() {
			t.Errorf("%v wrapped twice says %v", row.from, got)
		}
	}
	if store.Wrap(nil) != nil {
		t.Error("nothing became an error")
	}

	s := storetest.New(t)
	for what, query := range map[string]string{
		"not a uuid":   `select 'Jo@example.com'::uuid`,
		"not a date":   `select 'Jo@example.com'::timestamptz`,
		"not in range": `select 99999999999999999999::bigint`,
	} {
		_, err := s.DB().Exec(query)
		err = store.Wrap(err)
		if _, ok := errors.AsType[parcel.Invalid](err); !ok || strings.Contains(err.Error(), "example.com") {
			t.Errorf("%s becomes %v", what, err)
		}
	}
	_, err := s.DB().Exec(`insert into counters (name, bucket) values ($1, now())`, "a\x00b")
	if _, ok := errors.AsType[parcel.Invalid](store.Wrap(err)); !ok {
		t.Errorf("a NUL in a text becomes %v", err)
	}
}
