package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"onderweg/internal/parcel"
)

// trackingQuery reads all that the page of a view link shows, one row a parcel, and never the contact. Each of its three
// steps names the merchant first and goes by a unique key or an order's id: about nine pages of index and table.
const trackingQuery = `
	select l.expires_at, l.revoked_at, o.id, o.number, o.placed_at, o.language, o.country, o.currency, o.total, o.lines,
		o.version, p.id, p.carrier, p.tracking_number, p.state
	from links l
	join orders o on o.merchant_id = l.merchant_id and o.id = l.order_id
	left join parcels p on p.merchant_id = o.merchant_id and p.order_id = o.id
	where l.merchant_id = $1 and l.hash = $2 and l.purpose = 'view'
	order by p.id`

// Tracking reads what the page of a view link shows, in one query: order, parcels, history. parcel.ErrNotFound for an
// unknown token, parcel.ErrExpired for one that ended or was revoked. How long a link lives: see parcel.LinkLife.
func (s *Store) Tracking(ctx context.Context, m parcel.MerchantID, token string, now time.Time) (parcel.Tracking, error) {
	token, ok := parcel.NormaliseToken(token)
	if !ok {
		return parcel.Tracking{}, parcel.ErrNotFound
	}
	q, err := s.stmt(ctx, trackingQuery)
	if err != nil {
		return parcel.Tracking{}, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := q.Query(ctx, m, parcel.TokenHash(token))
	if err != nil {
		return parcel.Tracking{}, wrap(err)
	}
	defer rows.Close()

	t := parcel.Tracking{Merchant: m}
	var link linkEnds
	for rows.Next() {
		if err := scanTracking(rows, &t, &link); err != nil {
			return parcel.Tracking{}, err
		}
	}
	if err := rows.Err(); err != nil {
		return parcel.Tracking{}, wrap(err)
	}
	if t.Order == "" {
		return parcel.Tracking{}, parcel.ErrNotFound
	}

	t.Expires = link.end(parcel.LinkLife(t.PlacedAt, t.Parcels))
	if !now.Before(t.Expires) {
		return parcel.Tracking{}, parcel.ErrExpired
	}
	return t, nil
}

// linkEnds is what a link's row says of its end.
type linkEnds struct{ expires, revoked sql.NullTime }

// end is when the link ends, or has ended: with the order's life, on its own day if that is sooner, when revoked at once.
func (l linkEnds) end(life parcel.Life) time.Time {
	end := life.End
	if l.expires.Valid && l.expires.Time.Before(end) {
		end = l.expires.Time
	}
	if l.revoked.Valid && l.revoked.Time.Before(end) {
		return time.Unix(0, 0)
	}
	return end
}

// scanTracking reads one row: the order from the first, a parcel from each.
func scanTracking(rows *sql.Rows, t *parcel.Tracking, link *linkEnds) error {
	var lines, state sql.RawBytes
	var id, carrier, number sql.NullString
	err := rows.Scan(&link.expires, &link.revoked, &t.Order, &t.Number, &t.PlacedAt, &t.Language, &t.Country, &t.Currency,
		&t.Total, &lines, &t.Version, &id, &carrier, &number, &state)
	if err != nil {
		return wrap(err)
	}

	if t.Parcels == nil {
		t.PlacedAt = t.PlacedAt.UTC()
		if t.Lines, err = decodeLines(lines); err != nil {
			return fmt.Errorf("order %s: %w", t.Order, err)
		}
	}
	if !id.Valid {
		return nil
	}

	t.Parcels = append(t.Parcels, parcel.Parcel{
		Merchant: t.Merchant, Order: t.Order, ID: parcel.ParcelID(id.String), Carrier: carrier.String,
		TrackingNumber: number.String, Country: t.Country, PlacedAt: t.PlacedAt,
	})
	if err := decodeState(state, &t.Parcels[len(t.Parcels)-1], false); err != nil {
		return fmt.Errorf("parcel %s: %w", id.String, err)
	}
	return nil
}

// TrackingVersion is the cheap probe before Tracking: which order, and at which version. It fails as Tracking does.
func (s *Store) TrackingVersion(ctx context.Context, m parcel.MerchantID, token string, now time.Time) (order parcel.OrderID, version int64, err error) {
	token, ok := parcel.NormaliseToken(token)
	if !ok {
		return "", 0, parcel.ErrNotFound
	}
	q, err := s.stmt(ctx, `
		select l.expires_at, l.revoked_at, o.id, o.version, o.placed_at, o.ended_at
		from links l
		join orders o on o.merchant_id = l.merchant_id and o.id = l.order_id
		where l.merchant_id = $1 and l.hash = $2 and l.purpose = 'view'`)
	if err != nil {
		return "", 0, err
	}

	ctx, cancel := reading(ctx)
	defer cancel()
	var link linkEnds
	var placed time.Time
	var ended sql.NullTime
	err = q.QueryRow(ctx, m, parcel.TokenHash(token)).Scan(&link.expires, &link.revoked, &order, &version, &placed, &ended)
	if err != nil {
		return "", 0, wrap(err)
	}
	if !now.Before(link.end(parcel.LinkLifeSince(placed, ended.Time))) {
		return "", 0, parcel.ErrExpired
	}
	return order, version, nil
}
