package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"onderweg/internal/parcel"
)

// ViewToken gives the token of the order's own view link (derived, so that it can be shown again; only its hash is
// stored). It hangs on the oldest key that is configured, so that it stays the same when a key is added.
func (s *Store) ViewToken(o parcel.OrderID, m parcel.MerchantID) string {
	return s.keys[len(s.keys)-1].token("view", string(m), string(o))
}

// MessageToken derives the token of one message's link from its outbox id: the same after a crash.
func (s *Store) MessageToken(m parcel.MerchantID, outboxID string, purpose parcel.Purpose) string {
	return s.keys[0].token("message", string(m), outboxID, string(purpose))
}

// NewLink is a link to store with the plain token it opens by.
type NewLink struct {
	Token string
	Link  parcel.Link
}

// SaveLink stores a link by its token's hash; saving it again changes nothing.
func (s *Store) SaveLink(ctx context.Context, token string, l parcel.Link) error {
	return s.SaveLinks(ctx, []NewLink{{Token: token, Link: l}})
}

// SaveLinks is SaveLink for many at once.
func (s *Store) SaveLinks(ctx context.Context, links []NewLink) error {
	if len(links) == 0 {
		return nil
	}
	save, err := s.writing(ctx, saveLinksQuery)
	if err != nil {
		return err
	}
	_, err = save.Exec(ctx, linkColumns(links)...)
	return wrap(err)
}

const saveLinksQuery = `
	insert into links (merchant_id, hash, order_id, parcel_id, purpose, channel, outbox_id, expires_at)
	select * from unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[])
	on conflict (merchant_id, hash) do nothing`

// linkColumns are the arguments of saveLinksQuery.
func linkColumns(links []NewLink) []any {
	n := len(links)
	merchants, orders, parcels, messages := make([]string, n), make([]string, n), make([]sql.NullString, n), make([]sql.NullString, n)
	hashes, purposes, channels, expires := make([][]byte, n), make([]string, n), make([]string, n), make([]sql.NullTime, n)
	for i, l := range links {
		hashes[i] = parcel.TokenHash(l.Token)
		merchants[i], orders[i] = string(l.Link.Merchant), string(l.Link.Order)
		parcels[i], messages[i] = none(l.Link.Parcel), none(l.Link.Message)
		purposes[i], channels[i], expires[i] = string(l.Link.Purpose), l.Link.Channel, zeroNull(l.Link.Expires)
	}
	return []any{
		pq.Array(merchants), pq.Array(hashes), pq.Array(orders), pq.Array(parcels), pq.Array(purposes), pq.Array(channels),
		pq.Array(messages), pq.Array(expires),
	}
}

// OpenLink finds a live link of one purpose. ErrNotFound for unknown ones and for another purpose, ErrExpired for ended ones.
func (s *Store) OpenLink(ctx context.Context, m parcel.MerchantID, token string, purpose parcel.Purpose) (parcel.Link, error) {
	token, ok := parcel.NormaliseToken(token)
	if !ok {
		return parcel.Link{}, parcel.ErrNotFound
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	l := parcel.Link{Merchant: m, Purpose: purpose}
	var onParcel, message sql.NullString
	var expires sql.NullTime
	var ended bool
	err := s.read.QueryRowContext(ctx, `
		select order_id, parcel_id, channel, outbox_id, expires_at, revoked_at is not null or coalesce(expires_at <= now(), false)
		from links where merchant_id = $1 and hash = $2 and purpose = $3`,
		m, parcel.TokenHash(token), purpose).Scan(&l.Order, &onParcel, &l.Channel, &message, &expires, &ended)
	if err != nil {
		return parcel.Link{}, wrap(err)
	}
	if ended {
		return parcel.Link{}, parcel.ErrExpired
	}
	l.Parcel, l.Message, l.Expires = parcel.ParcelID(onParcel.String), message.String, expires.Time
	return l, nil
}

// RevokeLink ends a link at once, on all replicas.
func (s *Store) RevokeLink(ctx context.Context, m parcel.MerchantID, token string) error {
	token, ok := parcel.NormaliseToken(token)
	if !ok {
		return parcel.ErrNotFound
	}
	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		var o parcel.OrderID
		err := tx.QueryRowContext(ctx, `
			update links set revoked_at = coalesce(revoked_at, now())
			where merchant_id = $1 and hash = $2
			returning order_id`, m, parcel.TokenHash(token)).Scan(&o)
		if err != nil {
			return err
		}
		return notify(ctx, tx, orderChanged(o))
	})
}

// Unsubscribe stops one channel for the address of the link's order. Idempotent; writes nothing for an unknown token, and
// does not say so: whoever tries tokens learns nothing. An ended link still unsubscribes.
func (s *Store) Unsubscribe(ctx context.Context, m parcel.MerchantID, token string) error {
	token, ok := parcel.NormaliseToken(token)
	if !ok {
		return nil
	}
	_, err := s.db.ExecContext(ctx, `
		with used as (
			update links set uses = uses + 1, first_used_at = coalesce(first_used_at, now())
			where merchant_id = $1 and hash = $2 and purpose = $3
			returning merchant_id, order_id, channel
		)
		insert into suppressions (merchant_id, channel, address_hash, reason)
		select used.merchant_id, used.channel, orders.email_hash, 'unsubscribed'
		from used join orders on orders.merchant_id = used.merchant_id and orders.id = used.order_id
		where orders.email_hash is not null and used.channel = 'email'
		on conflict (merchant_id, channel, address_hash) do nothing`,
		m, parcel.TokenHash(token), parcel.PurposeUnsub)
	return wrap(err)
}

// Allow counts one event against a shared limit: limit per window, over all replicas. It says whether it still fits.
// Windows are laid end to end from the epoch. What follows the first colon of name (an address, a token) is hashed
// before it is written.
func (s *Store) Allow(ctx context.Context, name string, limit int, windowSeconds int) (bool, error) {
	if limit <= 0 || windowSeconds <= 0 {
		return false, nil
	}
	var n int64
	err := s.db.QueryRowContext(ctx, `
		insert into counters (name, bucket, n)
		values ($1, to_timestamp(floor(extract(epoch from now()) / $2::int) * $2::int), 1)
		on conflict (name, bucket) do update set n = counters.n + 1 where counters.n < $3
		returning n`, s.counterName(name), windowSeconds, limit).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, wrap(err)
	}
	return true, nil
}

func (s *Store) counterName(name string) string {
	what, who, ok := strings.Cut(name, ":")
	if !ok {
		return what
	}
	return what + ":" + hex.EncodeToString(s.keyedHash("", "counter "+what, who)[:16])
}

// Tidy removes what has served its time: counters of past days, answers kept for repeats, ended sessions, sign-in links.
// To be run now and then; each statement is short.
func (s *Store) Tidy(ctx context.Context, now time.Time) error {
	for _, query := range []string{
		`delete from counters where bucket < $1::timestamptz - interval '2 days'`,
		`delete from idempotency where created_at < $1::timestamptz - interval '24 hours'`,
		`delete from sessions where least(expires_at, revoked_at) < $1::timestamptz - interval '1 day'`,
		`delete from staff_links where expires_at < $1::timestamptz - interval '30 days'`,
	} {
		if _, err := s.db.ExecContext(ctx, query, now); err != nil {
			return wrap(err)
		}
	}
	if err := s.sweepSandbox(ctx, now); err != nil {
		return err
	}
	return s.sweepBodies(ctx, now)
}
