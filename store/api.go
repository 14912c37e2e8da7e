package store

import (
	"context"
	"time"

	"onderweg/internal/parcel"
)

// APIKey is a key without its secret.
type APIKey struct {
	Merchant parcel.MerchantID
	ID       string
	Prefix   string
	Name     string
	Scopes   []string // "orders:read", "orders:write"
	Created  time.Time
	Expires  time.Time
	Revoked  time.Time
	LastUsed time.Time
}

// NewAPIKey makes a key and gives its plain text once: "ow_" + 8 public characters + "_" + 26 secret ones + 6 of checksum.
func (s *Store) NewAPIKey(ctx context.Context, m parcel.MerchantID, name string, scopes []string, expires time.Time) (plain string, key APIKey, err error) {
	return "", APIKey{}, errUnwritten
}

// APIKeyByPlain finds a live key. parcel.ErrNotFound for anything else: bad checksum (without asking the database), unknown, revoked, expired.
func (s *Store) APIKeyByPlain(ctx context.Context, plain string) (APIKey, error) {
	return APIKey{}, errUnwritten
}

// APIKeys lists a merchant's keys.
func (s *Store) APIKeys(ctx context.Context, m parcel.MerchantID) ([]APIKey, error) {
	return nil, errUnwritten
}

// RevokeAPIKey ends one at once.
func (s *Store) RevokeAPIKey(ctx context.Context, m parcel.MerchantID, id string) error {
	return errUnwritten
}

// Idempotent runs f once per (key, idempotency key): a repeat gets the first answer; another body under the same key is
// parcel.Invalid{"Idempotency-Key"}, a running first request parcel.ErrConflict. Kept 24 h. A 5xx is not kept.
func (s *Store) Idempotent(ctx context.Context, m parcel.MerchantID, keyID, idem string, requestHash []byte, f func() (status int, body []byte)) (status int, body []byte, replayed bool, err error) {
	return 0, nil, false, errUnwritten
}
