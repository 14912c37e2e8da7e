package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// Staff is a person who works for one or more merchants.
type Staff struct {
	ID       string
	Email    string
	Name     string
	Roles    map[parcel.MerchantID]string // "owner", "editor", "support", "viewer"
	Disabled time.Time                    // zero while they may sign in
}

// Roles are what staff may do, the mightiest first.
var Roles = []string{"owner", "editor", "support", "viewer"}

const selectStaff = `
	select staff.id, staff.email, staff.name, staff.disabled_at,
		coalesce((select json_object_agg(merchant_id, role) from memberships where staff_id = staff.id), '{}')
	from staff`

// SaveStaff creates or updates a person by e-mail, and their role at a merchant ("" removes it). Without a merchant only
// the person is saved; an empty name leaves the name as it is. It does not let a disabled person in again.
func (s *Store) SaveStaff(ctx context.Context, email, name string, m parcel.MerchantID, role string) (Staff, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if !strings.Contains(email, "@") {
		return Staff{}, parcel.Invalid{Field: "email", Message: "is not an e-mail address"}
	}
	if role != "" && !slices.Contains(Roles, role) {
		return Staff{}, parcel.Invalid{Field: "role", Message: "is none of " + strings.Join(Roles, ", ")}
	}

	var saved Staff
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, `
			insert into staff (id, email, name) values ($1, $2, $3)
			on conflict (email) do update set name = coalesce(nullif(excluded.name, ''), staff.name)
			returning id`, newID(), email, name).Scan(&id)
		if err != nil {
			return err
		}
		if err := setRole(ctx, tx, id, m, role); err != nil {
			return err
		}
		saved, err = scanStaff(tx.QueryRowContext(ctx, selectStaff+` where staff.id = $1`, id))
		return err
	})
	return saved, err
}

func setRole(ctx context.Context, tx *sqlx.Tx, id string, m parcel.MerchantID, role string) error {
	if m == "" {
		return nil
	}
	if role == "" {
		_, err := tx.ExecContext(ctx, `delete from memberships where merchant_id = $1 and staff_id = $2`, m, id)
		return err
	}
	_, err := tx.ExecContext(ctx, `
		insert into memberships (merchant_id, staff_id, role) values ($1, $2, $3)
		on conflict (merchant_id, staff_id) do update set role = excluded.role`, m, id, role)
	return err
}

// StaffByID reads one with roles. A disabled person is not found.
func (s *Store) StaffByID(ctx context.Context, id string) (Staff, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	return scanStaff(s.read.QueryRowContext(ctx, selectStaff+` where staff.id = $1 and staff.disabled_at is null`, id))
}

// AllStaff lists everyone: for the operator's commands only.
func (s *Store) AllStaff(ctx context.Context) ([]Staff, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := s.read.QueryContext(ctx, selectStaff+` order by staff.email`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	everyone := []Staff{}
	for rows.Next() {
		person, err := scanStaff(rows)
		if err != nil {
			return nil, err
		}
		everyone = append(everyone, person)
	}
	return everyone, wrap(rows.Err())
}

func scanStaff(row scanner) (Staff, error) {
	var person Staff
	var disabled nullTime
	var roles []byte
	if err := row.Scan(&person.ID, &person.Email, &person.Name, &disabled, &roles); err != nil {
		return Staff{}, wrap(err)
	}
	person.Disabled = disabled.Time
	if err := json.Unmarshal(roles, &person.Roles); err != nil {
		return Staff{}, fmt.Errorf("roles of %s: %w", person.ID, err)
	}
	return person, nil
}

// DisableStaff locks a person out and ends their sessions and sign-in links.
func (s *Store) DisableStaff(ctx context.Context, email string) error {
	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, `
			update staff set disabled_at = coalesce(disabled_at, now()) where email = lower($1)
			returning id`, email).Scan(&id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `delete from staff_links where staff_id = $1`, id); err != nil {
			return err
		}
		return revokeStaffSessions(ctx, tx, id)
	})
}

// EnableStaff lets a disabled person in again, with new links and sessions only.
func (s *Store) EnableStaff(ctx context.Context, email string) error {
	return one(s.db.ExecContext(ctx, `update staff set disabled_at = null where email = lower($1)`, email))
}

// NewStaffLink makes a one-time sign-in link token.
func (s *Store) NewStaffLink(ctx context.Context, staffID string, life time.Duration) (string, error) {
	token, err := parcel.NewToken(rand.Reader)
	if err != nil {
		return "", err
	}
	err = one(s.db.ExecContext(ctx, `
		insert into staff_links (hash, staff_id, expires_at)
		select $1, id, now() + make_interval(secs => $3) from staff where id = $2 and disabled_at is null`,
		parcel.TokenHash(token), staffID, life.Seconds()))
	if err != nil {
		return "", err
	}
	return token, nil
}

// PeekStaffLink says whether a token could still be used; it writes nothing. ErrNotFound or ErrExpired when it could not.
func (s *Store) PeekStaffLink(ctx context.Context, token string, now time.Time) error {
	token, ok := parcel.NormaliseToken(token)
	if !ok {
		return parcel.ErrNotFound
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	var ended bool
	err := s.read.QueryRowContext(ctx, `
		select used_at is not null or expires_at <= $2 from staff_links where hash = $1`,
		parcel.TokenHash(token), now).Scan(&ended)
	if err != nil {
		return wrap(err)
	}
	if ended {
		return parcel.ErrExpired
	}
	return nil
}

// UseStaffLink uses it: once, in a single conditional update. ErrNotFound or ErrExpired as PeekStaffLink.
func (s *Store) UseStaffLink(ctx context.Context, token string, now time.Time) (Staff, error) {
	token, ok := parcel.NormaliseToken(token)
	if !ok {
		return Staff{}, parcel.ErrNotFound
	}
	person, err := scanStaff(s.db.QueryRowContext(ctx, `
		with used as (
			update staff_links set used_at = $2
			from staff
			where hash = $1 and used_at is null and expires_at > $2 and staff.id = staff_id and staff.disabled_at is null
			returning staff_id
		)`+selectStaff+` join used on used.staff_id = staff.id`, parcel.TokenHash(token), now))
	if err == nil {
		return person, nil
	}
	if why := s.PeekStaffLink(ctx, token, now); why != nil {
		return Staff{}, why
	}
	return Staff{}, err
}
