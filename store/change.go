package store

import (
	"bytes"
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// Lock order, everywhere in this package: order rows first, by id; the parcels of an order only under its lock. So two
// writers can wait for each other, but never in a ring.

// heldParcel is a parcel under its order's lock, with what the database has of it.
type heldParcel struct {
	parcel.Parcel
	reference string
	state     []byte       // as read
	check     sql.NullTime // as read

	created bool // not in the database yet
	touched bool // a given field has changed
	stale   bool // what is derived must be derived anew
	named   bool // an input of the row at hand is about it
}

// turn is the one thing that happens to a parcel: it gives the scans that were new and the notices that follow.
type turn func(p *parcel.Parcel) (fresh []parcel.Scan, notices []parcel.Notice)

// change is the only way a known parcel changes: lock, turn, and save parcel, scans, notices, version and wake-up in one
// transaction. Parcels on which the turn changes nothing are not written. Ids that are gone are passed over.
func (s *Store) change(ctx context.Context, m parcel.MerchantID, ids []parcel.ParcelID, f turn) error {
	shop, err := s.MerchantByID(ctx, m)
	if err != nil {
		return err
	}

	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		held, err := lockParcels(ctx, tx, m, ids)
		if err != nil {
			return err
		}

		w := newChanges(m)
		for i := range held {
			h := &held[i]
			h.Rules = shop.Rules
			ended := h.Milestone.Final()
			fresh, notices := f(&h.Parcel)
			w.add(h, fresh, notices, ended)
		}
		return w.save(ctx, tx)
	})
}

// lockParcels locks the orders of some parcels and the parcels, and reads what Apply and Tick need.
func lockParcels(ctx context.Context, tx *sqlx.Tx, m parcel.MerchantID, ids []parcel.ParcelID) ([]heldParcel, error) {
	rows, err := tx.QueryContext(ctx, `
		select o.id, o.country, o.placed_at, p.id, p.carrier, p.tracking_number, p.state, p.next_check_at
		from orders o
		join parcels p on p.merchant_id = o.merchant_id and p.order_id = o.id
		where o.merchant_id = $1 and p.merchant_id = $1 and p.id = any($2::uuid[])
		order by o.id, p.id
		for no key update of o, p`, m, uuids(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	held := make([]heldParcel, 0, len(ids))
	for rows.Next() {
		h := heldParcel{Parcel: parcel.Parcel{Merchant: m}}
		err := rows.Scan(&h.Order, &h.Country, &h.PlacedAt, &h.ID, &h.Carrier, &h.TrackingNumber, &h.state, &h.check)
		if err != nil {
			return nil, err
		}
		if err := h.open(); err != nil {
			return nil, err
		}
		held = append(held, h)
	}
	return held, rows.Err()
}

// open decodes what was read of a parcel.
func (h *heldParcel) open() error {
	h.PlacedAt = h.PlacedAt.UTC()
	if h.check.Valid {
		h.NextCheck = h.check.Time.UTC()
	}
	return decodeState(h.state, &h.Parcel, true)
}

// changes collects what a transaction writes.
type changes struct {
	merchant parcel.MerchantID
	parcels  *parcelRows
	scans    *scanRows
	notices  *noticeRows
	orders   []parcel.OrderID // whose pages changed
	ended    []parcel.OrderID // with a parcel that reached or left its end
}

func newChanges(m parcel.MerchantID) *changes {
	return &changes{merchant: m, parcels: newParcelRows(), scans: newScanRows(), notices: newNoticeRows()}
}

// add notes what the turn did to one parcel; ended says whether it was at its end before.
func (w *changes) add(h *heldParcel, fresh []parcel.Scan, notices []parcel.Notice, ended bool) {
	state := encodeState(&h.Parcel)
	shown := !bytes.Equal(state, h.state)
	if shown || !h.NextCheck.Equal(h.check.Time) {
		w.parcels.add(h, state)
	}
	if shown {
		w.orders = appendOnce(w.orders, h.Order)
	}
	if ended != h.Milestone.Final() {
		w.ended = appendOnce(w.ended, h.Order)
	}

	for i := range fresh {
		w.scans.add(h.ID, &fresh[i])
	}
	for _, n := range notices {
		w.notices.add(h.Order, n)
	}
}

// appendOnce relies on parcels coming order by order.
func appendOnce(ids []parcel.OrderID, id parcel.OrderID) []parcel.OrderID {
	if n := len(ids); n > 0 && ids[n-1] == id {
		return ids
	}
	return append(ids, id)
}

// save writes all of it in one round trip, and a second one when a parcel came to its end.
func (w *changes) save(ctx context.Context, tx *sqlx.Tx) error {
	if w.parcels.ids.n == 0 {
		return nil
	}

	p, sc, no := w.parcels, w.scans, w.notices
	_, err := tx.ExecContext(ctx, `
		with moved as (
			update parcels p
			set milestone = u.milestone, ended_at = u.ended_at, eta_from = u.eta_from, eta_to = u.eta_to,
				promised_to = u.promised_to, exceptions = u.exceptions::jsonb, state = u.state,
				last_scan_at = u.last_scan_at, next_check_at = u.next_check_at, updated_at = now()
			from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::date[], $6::date[], $7::date[], $8::text[],
					$9::bytea[], $10::timestamptz[], $11::timestamptz[])
				as u (id, milestone, ended_at, eta_from, eta_to, promised_to, exceptions, state, last_scan_at, next_check_at)
			where p.merchant_id = $1 and p.id = u.id
		), kept as (
			insert into scans (merchant_id, parcel_id, fingerprint, source, code, milestone, raw_time, at)
			select $1, u.id, u.fingerprint, u.source, u.code, u.milestone, u.raw_time, coalesce(u.at, now())
			from unnest($12::uuid[], $13::bytea[], $14::text[], $15::text[], $16::text[], $17::text[], $18::timestamptz[])
				as u (id, fingerprint, source, code, milestone, raw_time, at)
			on conflict do nothing
		), queued as (
			insert into outbox (merchant_id, id, order_id, parcel_id, kind, key, priority, at)
			select $1, u.id, u.order_id, u.parcel_id, u.kind, u.key, u.priority, coalesce(u.at, now())
			from unnest($19::uuid[], $20::uuid[], $21::uuid[], $22::text[], $23::text[], $24::bigint[], $25::timestamptz[])
				as u (id, order_id, parcel_id, kind, key, priority, at)
			on conflict do nothing
			returning 1
		), bumped as (
			update orders o
			set version = o.version + 1, updated_at = now()
			from unnest($26::uuid[]) as u (id)
			where o.merchant_id = $1 and o.id = u.id
			returning o.id
		)
		select pg_notify('onderweg', 'o:' || id::text) from bumped
		union all
		(select pg_notify('onderweg', 'q') from queued limit 1)`,
		w.merchant,
		&p.ids, &p.milestones, &p.ended, &p.etaFrom, &p.etaTo, &p.promised,
		&p.exceptions, &p.states, &p.lastScans, &p.checks,
		&sc.parcels, &sc.fingerprints, &sc.sources, &sc.codes, &sc.milestones,
		&sc.raw, &sc.times,
		&no.ids, &no.orders, &no.parcels, &no.kinds, &no.keys, &no.priorities,
		&no.times,
		uuids(w.orders))
	if err != nil {
		return err
	}
	return w.saveEnds(ctx, tx)
}

// saveEnds sets since when an order has nothing left to wait for: the last end of its parcels, or null while one is open.
func (w *changes) saveEnds(ctx context.Context, tx *sqlx.Tx) error {
	if len(w.ended) == 0 {
		return nil
	}

	_, err := tx.ExecContext(ctx, `
		update orders o
		set ended_at = x.ended_at
		from (
			select order_id, case when bool_and(ended_at is not null) then max(ended_at) end as ended_at
			from parcels
			where merchant_id = $1 and order_id = any($2::uuid[])
			group by order_id
		) x
		where o.merchant_id = $1 and o.id = x.order_id and o.ended_at is distinct from x.ended_at`,
		w.merchant, uuids(w.ended))
	return err
}
