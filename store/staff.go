package store

import (
	"context"
	"time"

	"onderweg/internal/parcel"
)

// Staff is a person who works for one or more merchants.
type Staff struct {
	ID    string
	Email string
	Name  string
	Roles map[parcel.MerchantID]string // "owner", "editor", "support", "viewer"
}

// SaveStaff creates or updates a person by e-mail, and their role at a merchant ("" removes it).
func (s *Store) SaveStaff(ctx context.Context, email, name string, m parcel.MerchantID, role string) (Staff, error) {
	return Staff{}, errUnwritten
}

// StaffByID reads one with roles.
func (s *Store) StaffByID(ctx context.Context, id string) (Staff, error) {
	return Staff{}, errUnwritten
}

// AllStaff lists everyone: for the operator's commands only.
func (s *Store) AllStaff(ctx context.Context) ([]Staff, error) { return nil, errUnwritten }

// DisableStaff locks a person out and ends their sessions.
func (s *Store) DisableStaff(ctx context.Context, email string) error { return errUnwritten }

// NewStaffLink makes a one-time sign-in link token.
func (s *Store) NewStaffLink(ctx context.Context, staffID string, life time.Duration) (string, error) {
	return "", errUnwritten
}

// PeekStaffLink says whether a token could still be used; it writes nothing.
func (s *Store) PeekStaffLink(ctx context.Context, token string, now time.Time) error {
	return errUnwritten
}

// UseStaffLink uses it: once, in a single conditional update.
func (s *Store) UseStaffLink(ctx context.Context, token string, now time.Time) (Staff, error) {
	return Staff{}, errUnwritten
}

// SessionRow is a stored session; its id is only in the cookie.
type SessionRow struct {
	Kind    string // "staff" or "shopper"
	StaffID string
	Data    []byte
	Created time.Time
	Seen    time.Time
	Expires time.Time
}

// LoadSession reads a live session by its random id (idle and absolute limits apply).
func (s *Store) LoadSession(ctx context.Context, id string, idle time.Duration, now time.Time) (SessionRow, error) {
	return SessionRow{}, errUnwritten
}

// SaveSession writes it.
func (s *Store) SaveSession(ctx context.Context, id string, row SessionRow) error {
	return errUnwritten
}

// RevokeSession ends one session.
func (s *Store) RevokeSession(ctx context.Context, id string) error { return errUnwritten }

// RevokeStaffSessions ends all sessions of a person.
func (s *Store) RevokeStaffSessions(ctx context.Context, staffID string) error { return errUnwritten }
