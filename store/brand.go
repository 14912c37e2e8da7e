package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

// Merchant is a shop with its brand, as the process keeps it in its cache: not to be changed in place.
type Merchant struct {
	parcel.Merchant
	Name    string
	Brand   brand.Brand
	Sender  Sender
	Version int64
}

// Sender is who the shop's mails are from.
type Sender struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	ReplyTo string `json:"reply_to"`
}

// reserved are first path parts of the shared host: no shop can live under them.
var reserved = []string{
	"admin", "api", "assets", "brand", "csp", "dev", "feeds", "healthz", "live", "metrics", "openapi", "readyz", "robots",
	"static", "well-known", "www",
}

const selectMerchant = `
	select id, slug, coalesce(host, ''), name, country, rules, brand, sender, version
	from merchants`

// MerchantBySlug finds a shop by its path prefix; from a cache that Live invalidates (60 s beside it).
func (s *Store) MerchantBySlug(ctx context.Context, slug string) (Merchant, error) {
	return s.merchant(ctx, "slug:"+slug, selectMerchant+` where slug = $1`, slug)
}

// MerchantByHost finds a shop by its own host (lower case, no port).
func (s *Store) MerchantByHost(ctx context.Context, host string) (Merchant, error) {
	return s.merchant(ctx, "host:"+host, selectMerchant+` where host = $1`, host)
}

// MerchantByID finds a shop by its id.
func (s *Store) MerchantByID(ctx context.Context, id parcel.MerchantID) (Merchant, error) {
	return s.merchant(ctx, "id:"+string(id), selectMerchant+` where id = $1`, id)
}

func (s *Store) merchant(ctx context.Context, key, query string, arg any) (Merchant, error) {
	return s.merchants.get(key, func() (Merchant, parcel.MerchantID, error) {
		ctx, cancel := reading(ctx)
		defer cancel()
		m, err := s.scanMerchant(s.read.QueryRowContext(ctx, query, arg))
		return m, m.ID, err
	})
}

// Merchants lists all shops, by slug: for the operator's commands only.
func (s *Store) Merchants(ctx context.Context) ([]Merchant, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := s.read.QueryContext(ctx, selectMerchant+` order by slug`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	all := []Merchant{}
	for rows.Next() {
		m, err := s.scanMerchant(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, wrap(rows.Err())
}

type scanner interface{ Scan(dest ...any) error }

func (s *Store) scanMerchant(row scanner) (Merchant, error) {
	var m Merchant
	var rules, look, sender []byte
	err := row.Scan(&m.ID, &m.Slug, &m.Host, &m.Name, &m.Country, &rules, &look, &sender, &m.Version)
	if err != nil {
		return Merchant{}, wrap(err)
	}
	for into, from := range map[any][]byte{&m.Rules: rules, &m.Brand: look, &m.Sender: sender} {
		if err := json.Unmarshal(from, into); err != nil {
			return Merchant{}, fmt.Errorf("merchant %s: %w", m.Slug, err)
		}
	}
	return s.dress(m), nil
}

// dress adds what is not stored: where the shop's pages are, and the calendar.
func (s *Store) dress(m Merchant) Merchant {
	m.Brand.Name, m.Brand.Slug = m.Name, m.Slug
	m.Brand.Base, m.Brand.Path = baseOf(s.cfg.BaseURL, m.Merchant)
	m.Rules.Holiday = s.cfg.Holidays
	return m
}

// baseOf gives the address of a shop's pages and the path part of it, both without a final slash.
func baseOf(shared string, m parcel.Merchant) (base, path string) {
	if m.Host != "" {
		return "https://" + m.Host, ""
	}
	base = strings.TrimRight(shared, "/") + "/" + m.Slug
	u, err := url.Parse(base)
	if err != nil {
		return base, "/" + m.Slug
	}
	return base, u.Path
}

// SaveMerchant creates or replaces a shop by its slug and gives its id. The version grows, caches are told.
func (s *Store) SaveMerchant(ctx context.Context, m Merchant) (Merchant, error) {
	if err := checkMerchant(m); err != nil {
		return Merchant{}, err
	}
	if m.ID == "" {
		m.ID = parcel.MerchantID(newID())
	}
	rules, look, sender, err := merchantJSON(m)
	if err != nil {
		return Merchant{}, err
	}

	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		row := tx.QueryRowContext(ctx, `
			insert into merchants (id, slug, name, host, country, rules, brand, sender)
			values ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8)
			on conflict (slug) do update set
				name = excluded.name, host = excluded.host, country = excluded.country, rules = excluded.rules,
				brand = excluded.brand, sender = excluded.sender, version = merchants.version + 1
			returning id, version`,
			m.ID, m.Slug, m.Name, m.Host, m.Country, rules, look, sender)
		if err := row.Scan(&m.ID, &m.Version); err != nil {
			return err
		}
		return notify(ctx, tx, merchantChanged(m.ID))
	})
	if err != nil {
		return Merchant{}, err
	}
	s.merchants.drop(m.ID)
	return s.dress(m), nil
}

func checkMerchant(m Merchant) error {
	if slices.Contains(reserved, m.Slug) {
		return parcel.Invalid{Field: "slug", Message: "is reserved"}
	}
	if m.Name == "" {
		return parcel.Invalid{Field: "name", Message: "is missing"}
	}
	if len(m.Country) != 2 {
		return parcel.Invalid{Field: "country", Message: "is not a two-letter code"}
	}
	if _, err := time.LoadLocation(m.Rules.Zone); err != nil {
		return parcel.Invalid{Field: "zone", Message: "is not a time zone"}
	}
	return nil
}

func merchantJSON(m Merchant) (rules, look, sender string, err error) {
	texts := make([]string, 3)
	for i, part := range []any{m.Rules, m.Brand, m.Sender} {
		b, err := json.Marshal(part)
		if err != nil {
			return "", "", "", fmt.Errorf("merchant %s: %w", m.Slug, err)
		}
		texts[i] = string(b)
	}
	return texts[0], texts[1], texts[2], nil
}

// SaveBrandFile keeps a re-encoded image and gives its hash (32 hex digits).
func (s *Store) SaveBrandFile(ctx context.Context, m parcel.MerchantID, contentType string, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:16])
	_, err := s.db.ExecContext(ctx, `
		insert into brand_files (merchant_id, hash, content_type, body) values ($1, $2, $3, $4)
		on conflict (merchant_id, hash) do nothing`, m, hash, contentType, body)
	if err != nil {
		return "", wrap(err)
	}
	return hash, nil
}

// BrandFile reads one.
func (s *Store) BrandFile(ctx context.Context, m parcel.MerchantID, hash string) (contentType string, body []byte, err error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	err = s.read.QueryRowContext(ctx, `
		select content_type, body from brand_files where merchant_id = $1 and hash = $2`, m, hash).Scan(&contentType, &body)
	if err != nil {
		return "", nil, wrap(err)
	}
	return contentType, body, nil
}

// newID is a version 7 UUID: it grows with time, so that rows made together lie together.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// none turns "" into null.
func none[T ~string](v T) sql.NullString { return sql.NullString{String: string(v), Valid: v != ""} }

// zeroNull turns the zero time into null.
func zeroNull(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }
