package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// saves collects what saveOrders writes.
type saves struct {
	store   *Store
	shop    Merchant
	now     time.Time
	confirm bool

	fresh    *orderRows
	changed  *orderRows
	parcels  *parcelRows
	links    *linkRows
	notices  *noticeRows
	numbers  []string // of parcels that are new or have changed: inbox rows may wait for them
	payloads []string // of notify
}

func (s *Store) newSaves(shop Merchant, now time.Time, confirm bool) *saves {
	return &saves{
		store: s, shop: shop, now: now, confirm: confirm, fresh: newOrderRows(), changed: newOrderRows(),
		parcels: newParcelRows(), links: newLinkRows(), notices: newNoticeRows(),
	}
}

// add turns one order into rows.
func (w *saves) add(o *heldOrder) error {
	for _, h := range o.parcels {
		w.addParcel(o, h)
	}

	ended := endOfOrder(o.parcels)
	if !o.created && !o.touched && !o.shown && ended.Equal(o.ended) {
		return nil
	}
	if !o.created {
		if o.shown {
			o.Version++
			w.payloads = append(w.payloads, orderChanged(o.ID))
		}
		return w.changed.add(w.store, o, ended)
	}

	w.links.add(parcel.TokenHash(w.store.ViewToken(o.ID, o.Merchant)), o.ID)
	if w.confirm {
		w.notices.add(o.ID, o.Placed())
		w.payloads = append(w.payloads, newOutbox)
	}
	return w.fresh.add(w.store, o, ended)
}

// addParcel derives a parcel anew where it must be, and turns it into a row when anything changed by that.
func (w *saves) addParcel(o *heldOrder, h *heldParcel) {
	if !h.stale {
		return
	}

	now := w.now
	if now.IsZero() {
		now = o.PlacedAt
	}
	h.Rules = w.shop.Rules
	h.Begin(now)

	state := encodeState(&h.Parcel)
	if bytes.Equal(state, h.state) && !h.touched {
		return
	}
	o.shown = true
	w.parcels.add(h, state)
	if h.touched && h.TrackingNumber != "" {
		w.numbers = append(w.numbers, h.TrackingNumber)
	}
}

// endOfOrder is when the last parcel came to its end; zero while one travels, and without any.
func endOfOrder(parcels []*heldParcel) time.Time {
	var last time.Time
	for _, h := range parcels {
		end := endOf(&h.Parcel)
		if end.IsZero() {
			return time.Time{}
		}
		if end.After(last) {
			last = end
		}
	}
	return last
}

// save writes all of it. An order that somebody else has created meanwhile is errRaced.
func (w *saves) save(ctx context.Context, tx *sqlx.Tx) error {
	steps := []func(context.Context, *sqlx.Tx) error{
		w.insertOrders, w.updateOrders, w.saveParcels, w.insertLinks, w.insertNotices, w.wake,
	}
	for _, step := range steps {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	return notify(ctx, tx, w.payloads...)
}

func (w *saves) insertOrders(ctx context.Context, tx *sqlx.Tx) error {
	if w.fresh.ids.n == 0 {
		return nil
	}

	result, err := tx.ExecContext(ctx, `
		insert into orders (merchant_id, id, number, placed_at, language, country, currency, total, lines, contact, email_hash,
			version, ended_at)
		select $1, u.* from `+unnestOrders+`
		on conflict (merchant_id, number) do nothing`, w.fresh.args(w.shop.ID)...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n < int64(w.fresh.ids.n) {
		return errRaced
	}
	return err
}

func (w *saves) updateOrders(ctx context.Context, tx *sqlx.Tx) error {
	if w.changed.ids.n == 0 {
		return nil
	}

	_, err := tx.ExecContext(ctx, `
		update orders o
		set placed_at = u.placed_at, language = u.language, country = u.country, currency = u.currency, total = u.total,
			lines = u.lines, contact = u.contact, email_hash = u.email_hash, version = u.version, ended_at = u.ended_at,
			updated_at = now()
		from `+unnestOrders+`
		where o.merchant_id = $1 and o.id = u.id`, w.changed.args(w.shop.ID)...)
	return err
}

func (w *saves) saveParcels(ctx context.Context, tx *sqlx.Tx) error {
	p := w.parcels
	if p.ids.n == 0 {
		return nil
	}

	_, err := tx.ExecContext(ctx, `
		insert into parcels (merchant_id, id, order_id, reference, carrier, tracking_number, milestone, ended_at, eta_from, eta_to,
			promised_to, exceptions, state, last_scan_at, next_check_at)
		select $1, u.id, u.order_id, u.reference, u.carrier, u.tracking_number, u.milestone, u.ended_at, u.eta_from, u.eta_to,
			u.promised_to, u.exceptions::jsonb, u.state, u.last_scan_at, u.next_check_at
		from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::date[],
				$10::date[], $11::date[], $12::text[], $13::bytea[], $14::timestamptz[], $15::timestamptz[])
			as u (id, order_id, reference, carrier, tracking_number, milestone, ended_at, eta_from, eta_to, promised_to,
				exceptions, state, last_scan_at, next_check_at)
		on conflict (merchant_id, id) do update
		set reference = excluded.reference, carrier = excluded.carrier, tracking_number = excluded.tracking_number,
			milestone = excluded.milestone, ended_at = excluded.ended_at, eta_from = excluded.eta_from,
			eta_to = excluded.eta_to, promised_to = excluded.promised_to, exceptions = excluded.exceptions,
			state = excluded.state, last_scan_at = excluded.last_scan_at, next_check_at = excluded.next_check_at,
			updated_at = now()`,
		w.shop.ID, &p.ids, &p.orders, &p.references, &p.carriers, &p.numbers, &p.milestones, &p.ended, &p.etaFrom, &p.etaTo,
		&p.promised, &p.exceptions, &p.states, &p.lastScans, &p.checks)
	return err
}

func (w *saves) insertLinks(ctx context.Context, tx *sqlx.Tx) error {
	if w.links.hashes.n == 0 {
		return nil
	}

	_, err := tx.ExecContext(ctx, `
		insert into links (merchant_id, hash, order_id, purpose, channel)
		select $1, u.hash, u.order_id, $4, 'api'
		from unnest($2::bytea[], $3::uuid[]) as u (hash, order_id)
		on conflict do nothing`, w.shop.ID, &w.links.hashes, &w.links.orders, parcel.PurposeView)
	return err
}

func (w *saves) insertNotices(ctx context.Context, tx *sqlx.Tx) error {
	if w.notices.ids.n == 0 {
		return nil
	}

	n := w.notices
	_, err := tx.ExecContext(ctx, `
		insert into outbox (merchant_id, id, order_id, parcel_id, kind, key, priority, at)
		select $1, u.id, u.order_id, u.parcel_id, u.kind, u.key, u.priority, coalesce(u.at, now())
		from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::timestamptz[])
			as u (id, order_id, parcel_id, kind, key, priority, at)
		on conflict do nothing`,
		w.shop.ID, &n.ids, &n.orders, &n.parcels, &n.kinds, &n.keys, &n.priorities, &n.times)
	return err
}

// wake sets inbox rows that waited for one of the numbers to pending.
func (w *saves) wake(ctx context.Context, tx *sqlx.Tx) error {
	if len(w.numbers) == 0 {
		return nil
	}

	slices.Sort(w.numbers)
	result, err := tx.ExecContext(ctx, `
		with found as (
			select id from inbox
			where merchant_id = $1 and state = 'waiting' and waits_for = any($2::text[])
			for update skip locked
		)
		update inbox i
		set state = 'pending', reason = '', attempts = 0, lease_until = null, done_at = null
		from found
		where i.merchant_id = $1 and i.id = found.id`, w.shop.ID, texts(slices.Compact(w.numbers)))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err == nil && n > 0 {
		w.payloads = append(w.payloads, newInbox)
	}
	return nil
}
