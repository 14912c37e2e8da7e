package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// SessionRow is a stored session; its id is only in the cookie.
type SessionRow struct {
	Kind    string // "staff" or "shopper"
	StaffID string
	Data    []byte
	Created time.Time
	Seen    time.Time
	Expires time.Time // the absolute limit
}

// LoadSession reads a live session by its random id (idle and absolute limits apply). ErrNotFound for all others, and for
// those of disabled staff.
func (s *Store) LoadSession(ctx context.Context, id string, idle time.Duration, now time.Time) (SessionRow, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	var row SessionRow
	var staffID sql.NullString
	err := s.read.QueryRowContext(ctx, `
		select kind, staff_id, data, created_at, seen_at, expires_at
		from sessions
		where hash = $1 and revoked_at is null and expires_at > $2 and seen_at > $3
			and not exists (select from staff where staff.id = sessions.staff_id and disabled_at is not null)`,
		sessionHash(id), now, now.Add(-idle)).Scan(&row.Kind, &staffID, &row.Data, &row.Created, &row.Seen, &row.Expires)
	if err != nil {
		return SessionRow{}, wrap(err)
	}
	row.StaffID = staffID.String
	return row, nil
}

// SaveSession writes it. A revoked session stays revoked, and whose it is never changes: ErrConflict.
func (s *Store) SaveSession(ctx context.Context, id string, row SessionRow) error {
	data := row.Data
	if data == nil {
		data = []byte{}
	}
	err := one(s.db.ExecContext(ctx, `
		insert into sessions (hash, kind, staff_id, data, created_at, seen_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (hash) do update set data = excluded.data, seen_at = excluded.seen_at, expires_at = excluded.expires_at
		where sessions.revoked_at is null and sessions.kind = excluded.kind
			and sessions.staff_id is not distinct from excluded.staff_id`,
		sessionHash(id), row.Kind, none(row.StaffID), data, row.Created, row.Seen, row.Expires))
	if err == parcel.ErrNotFound { //nolint:errorlint // one gives the bare sentinel
		return parcel.ErrConflict
	}
	return err
}

// TouchSession moves the idle limit on; at most once a minute it writes. For GETs too: it is an access record.
func (s *Store) TouchSession(ctx context.Context, id string, now time.Time) error {
	if s.cfg.ReadOnly {
		return nil
	}
	_, err := s.db.ExecContext(ctx, `
		update sessions set seen_at = $2 where hash = $1 and revoked_at is null and seen_at < $2::timestamptz - interval '1 minute'`,
		sessionHash(id), now)
	return wrap(err)
}

// RevokeSession ends one session. One that is not there is ended already.
func (s *Store) RevokeSession(ctx context.Context, id string) error {
	_, err := s.db.ExecContext(ctx, `update sessions set revoked_at = now() where hash = $1 and revoked_at is null`, sessionHash(id))
	return wrap(err)
}

// RevokeStaffSessions ends all sessions of a person.
func (s *Store) RevokeStaffSessions(ctx context.Context, staffID string) error {
	return wrap(revokeStaffSessions(ctx, s.db, staffID))
}

func revokeStaffSessions(ctx context.Context, db sqlx.ExecerContext, staffID string) error {
	_, err := db.ExecContext(ctx, `update sessions set revoked_at = now() where staff_id = $1 and revoked_at is null`, staffID)
	return err
}

// sessionHash is what stands in the table for an id of at least 128 random bits: a plain hash suffices.
func sessionHash(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:]
}

type nullTime = sql.NullTime

// one turns "no row was touched" into ErrNotFound.
func one(res sql.Result, err error) error {
	if err != nil {
		return wrap(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return wrap(err)
	}
	if n == 0 {
		return parcel.ErrNotFound
	}
	return nil
}
