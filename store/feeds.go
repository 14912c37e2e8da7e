package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// Feed is a source of scans or orders of one merchant.
type Feed struct {
	Merchant  parcel.MerchantID
	ID        string
	Slug      string
	Kind      string   // a name in feed.All
	Secrets   []string // one or two active ones
	LastEvent time.Time
	Refused   int64
}

// maxSecrets is how many secrets of a feed may be active: the new one and, while it is being rolled out, the old one.
const maxSecrets = 2

// SaveFeed creates or replaces a feed by merchant and slug.
func (s *Store) SaveFeed(ctx context.Context, f Feed) (Feed, error) {
	if err := checkFeed(f); err != nil {
		return Feed{}, err
	}
	plain, err := json.Marshal(f.Secrets)
	if err != nil {
		return Feed{}, err
	}

	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		row := tx.QueryRowContext(ctx, `
			insert into feeds (merchant_id, id, slug, kind, secrets) values ($1, $2, $3, $4, $5)
			on conflict (merchant_id, slug) do update set kind = excluded.kind, secrets = excluded.secrets
			returning id`,
			f.Merchant, newID(), f.Slug, f.Kind, s.seal(plain, "feeds", f.Merchant, f.Slug, "secrets"))
		if err := row.Scan(&f.ID); err != nil {
			return err
		}
		return notify(ctx, tx, merchantChanged(f.Merchant))
	})
	s.feedsCache.drop(f.Merchant)
	return f, err
}

func checkFeed(f Feed) error {
	for field, text := range map[string]string{"slug": f.Slug, "kind": f.Kind} {
		if text == "" {
			return parcel.Invalid{Field: field, Message: "is missing"}
		}
		if err := checkText(field, text, maxName); err != nil {
			return err
		}
	}
	if len(f.Secrets) == 0 || len(f.Secrets) > maxSecrets {
		return parcel.Invalid{Field: "secrets", Message: fmt.Sprintf("are one to %d", maxSecrets)}
	}
	return nil
}

const selectFeed = `
	select id, slug, kind, secrets, last_event_at, refused
	from feeds
	where merchant_id = $1`

// FeedBySlug finds a feed with its secrets; cached like merchants.
func (s *Store) FeedBySlug(ctx context.Context, m parcel.MerchantID, slug string) (Feed, error) {
	return s.feedsCache.get(string(m)+":"+slug, func() (Feed, parcel.MerchantID, error) {
		ctx, cancel := reading(ctx)
		defer cancel()
		f, sealed, err := scanFeed(s.read.QueryRowContext(ctx, selectFeed+` and slug = $2`, m, slug), m)
		if err != nil {
			return Feed{}, m, wrap(err)
		}

		plain, err := s.open(sealed, "feeds", m, slug, "secrets")
		if err != nil {
			return Feed{}, m, fmt.Errorf("feed %s: %w", slug, err)
		}
		if err := json.Unmarshal(plain, &f.Secrets); err != nil {
			return Feed{}, m, fmt.Errorf("feed %s: %w", slug, err)
		}
		return f, m, nil
	})
}

// Feeds lists a merchant's feeds with their health, without secrets.
func (s *Store) Feeds(ctx context.Context, m parcel.MerchantID) ([]Feed, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := s.read.QueryContext(ctx, selectFeed+` order by slug`, m)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	feeds := []Feed{}
	for rows.Next() {
		f, _, err := scanFeed(rows, m)
		if err != nil {
			return nil, wrap(err)
		}
		feeds = append(feeds, f)
	}
	return feeds, wrap(rows.Err())
}

func scanFeed(row scanner, m parcel.MerchantID) (f Feed, sealed []byte, err error) {
	var last sql.NullTime
	f.Merchant = m
	err = row.Scan(&f.ID, &f.Slug, &f.Kind, &sealed, &last, &f.Refused)
	f.LastEvent = last.Time
	return f, sealed, err
}

// FeedRefused counts a forged request.
func (s *Store) FeedRefused(ctx context.Context, m parcel.MerchantID, feedID string) error {
	_, err := s.db.ExecContext(ctx, `
		update feeds set refused = refused + 1, refused_at = now()
		where merchant_id = $1 and id = $2`, m, feedID)
	return wrap(err)
}

// heard notes when feeds were last heard of, to ten seconds: a row of theirs is not written for every event.
func (s *Store) heard(ctx context.Context, rows []InboxRow) error {
	latest := map[[2]string]time.Time{}
	for _, row := range rows {
		key := [2]string{string(row.Merchant), row.Feed.ID}
		if row.ReceivedAt.After(latest[key]) {
			latest[key] = row.ReceivedAt
		}
	}
	merchants, ids, times := columnOf(oidUUID), columnOf(oidUUID), columnOf(oidTimestamptz)
	for key, at := range latest {
		merchants.uuid(key[0])
		ids.uuid(key[1])
		times.time(at)
	}

	_, err := s.db.ExecContext(ctx, `
		with stale as (
			select f.merchant_id, f.id, u.at
			from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as u (merchant_id, id, at)
			join feeds f on f.merchant_id = u.merchant_id and f.id = u.id
			where f.last_event_at is null or f.last_event_at < u.at - interval '10 seconds'
			for update of f skip locked
		)
		update feeds f
		set last_event_at = stale.at
		from stale
		where f.merchant_id = stale.merchant_id and f.id = stale.id`, &merchants, &ids, &times)
	return wrap(err)
}
