package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"onderweg/internal/parcel"
)

// APIKey is a key without its secret.
type APIKey struct {
	Merchant parcel.MerchantID
	ID       string
	Prefix   string
	Name     string
	Scopes   []string // of Scopes
	Created  time.Time
	Expires  time.Time // zero for never
	Revoked  time.Time
	LastUsed time.Time // to the minute
}

// Scopes are what a key may be allowed.
var Scopes = []string{"orders:read", "orders:write"}

const selectKey = `
	select merchant_id, id, prefix, name, scopes, created_at, expires_at, revoked_at, last_used_at
	from api_keys`

// NewAPIKey makes a key and gives its plain text once: "ow_" + 8 public characters + "_" + 26 secret ones + 6 of checksum.
func (s *Store) NewAPIKey(ctx context.Context, m parcel.MerchantID, name string, scopes []string, expires time.Time) (plain string, key APIKey, err error) {
	if len(scopes) == 0 {
		return "", APIKey{}, parcel.Invalid{Field: "scopes", Message: "are missing"}
	}
	for _, scope := range scopes {
		if !slices.Contains(Scopes, scope) {
			return "", APIKey{}, parcel.Invalid{Field: "scopes", Message: "may be " + strings.Join(Scopes, ", ")}
		}
	}
	if plain, err = newPlainKey(); err != nil {
		return "", APIKey{}, err
	}
	key, err = scanKey(s.db.QueryRowContext(ctx, `
		insert into api_keys (merchant_id, id, prefix, hash, name, scopes, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7)
		returning merchant_id, id, prefix, name, scopes, created_at, expires_at, revoked_at, last_used_at`,
		m, newID(), plain[:keyPrefix], keyHash(plain), name, pq.Array(scopes), zeroNull(expires)))
	if err != nil {
		return "", APIKey{}, err
	}
	return plain, key, nil
}

// APIKeyByPlain finds a live key. parcel.ErrNotFound for anything else: bad checksum (without asking the database), unknown, revoked, expired.
func (s *Store) APIKeyByPlain(ctx context.Context, plain string) (APIKey, error) {
	if !plausibleKey(plain) {
		return APIKey{}, parcel.ErrNotFound
	}
	find, err := s.stmt(ctx, selectKey+`
		where hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`)
	if err != nil {
		return APIKey{}, err
	}
	asking, cancel := reading(ctx)
	defer cancel()
	key, err := scanKey(find.QueryRow(asking, keyHash(plain)))
	if err != nil {
		return APIKey{}, err
	}
	return key, s.keyUsed(ctx, key)
}

// keyUsed notes the minute in which a key was used.
func (s *Store) keyUsed(ctx context.Context, key APIKey) error {
	if s.cfg.ReadOnly || time.Since(key.LastUsed) < time.Minute {
		return nil
	}
	_, err := s.db.ExecContext(ctx, `
		update api_keys set last_used_at = now()
		where merchant_id = $1 and id = $2 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
		key.Merchant, key.ID)
	return wrap(err)
}

// APIKeys lists a merchant's keys, newest first.
func (s *Store) APIKeys(ctx context.Context, m parcel.MerchantID) ([]APIKey, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := s.read.QueryContext(ctx, selectKey+` where merchant_id = $1 order by id desc`, m)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	keys := []APIKey{}
	for rows.Next() {
		key, err := scanKey(rows)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, wrap(rows.Err())
}

func scanKey(row scanner) (APIKey, error) {
	var key APIKey
	var expires, revoked, used nullTime
	err := row.Scan(&key.Merchant, &key.ID, &key.Prefix, &key.Name, pq.Array(&key.Scopes), &key.Created, &expires, &revoked, &used)
	if err != nil {
		return APIKey{}, wrap(err)
	}
	key.Expires, key.Revoked, key.LastUsed = expires.Time, revoked.Time, used.Time
	return key, nil
}

// RevokeAPIKey ends one at once.
func (s *Store) RevokeAPIKey(ctx context.Context, m parcel.MerchantID, id string) error {
	return one(s.db.ExecContext(ctx, `
		update api_keys set revoked_at = coalesce(revoked_at, now()) where merchant_id = $1 and id = $2`, m, id))
}

// Lengths of the parts of a plain key.
const (
	keyPrefix = len("ow_") + 8
	keyBody   = keyPrefix + len("_") + 26
	keyLength = keyBody + 6
)

func newPlainKey() (string, error) {
	public, err := parcel.NewToken(rand.Reader)
	if err != nil {
		return "", err
	}
	secret, err := parcel.NewToken(rand.Reader)
	if err != nil {
		return "", err
	}
	body := "ow_" + public[:8] + "_" + secret
	return body + checksum(body), nil
}

// plausibleKey tells typing errors, and keys of others, from ours.
func plausibleKey(plain string) bool {
	return len(plain) == keyLength && strings.HasPrefix(plain, "ow_") && plain[keyBody:] == checksum(plain[:keyBody])
}

// checksum is a CRC-32 in six base62 digits, so that secret scanners can tell a key from a random text.
func checksum(body string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := crc32.ChecksumIEEE([]byte(body))
	var out [6]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = digits[sum%62]
		sum /= 62
	}
	return string(out[:])
}

func keyHash(plain string) []byte {
	sum := sha256.Sum256([]byte(plain))
	return sum[:]
}
