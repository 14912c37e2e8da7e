package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"

	"onderweg/migrations"
)

// migrationLock is the key of the session lock that starting replicas wait for: the bytes of "onderweg".
const migrationLock = 0x6f6e646572776567

// Migrate brings the schema to the newest version, under a lock that eight replicas may ask for at once. The address
// must be direct: a pooler keeps no session lock.
func Migrate(ctx context.Context, url string) error {
	connector, err := connector(url, nil)
	if err != nil {
		return err
	}
	db := openDB(connector)
	defer db.Close()

	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS,
		goose.WithSessionLocker(locker{}), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// locker is goose's lock with our patience: its own asks every five seconds. It asks again and again instead of waiting
// inside the server, because a waiting session holds a snapshot and can stall "create index concurrently".
type locker struct{}

func (locker) SessionLock(ctx context.Context, conn *sql.Conn) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var got bool
		if err := conn.QueryRowContext(ctx, `select pg_try_advisory_lock($1)`, int64(migrationLock)).Scan(&got); err != nil {
			return err
		}
		if got {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (locker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	var had bool
	if err := conn.QueryRowContext(ctx, `select pg_advisory_unlock($1)`, int64(migrationLock)).Scan(&had); err != nil {
		return err
	}
	if !had {
		return errors.New("the migration lock was lost: DIRECT_DATABASE_URL must not lead to a pooler")
	}
	return nil
}

// newestMigration is the number of the last file.
func newestMigration() (int64, error) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return 0, err
	}
	var newest int64
	for _, file := range files {
		number, _, _ := strings.Cut(file, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s has no number", file)
		}
		newest = max(newest, n)
	}
	return newest, nil
}

func openDB(c *pq.Connector) *sql.DB { return sql.OpenDB(c) }
