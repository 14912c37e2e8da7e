package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/lib/pq"

	"onderweg/internal/parcel"
)

// Depths is how much work waits, over all merchants: for health and metrics.
type Depths struct {
	InboxPending, InboxWaiting, Quarantined, OutboxQueued int64
	InboxAge, OutboxAge                                   time.Duration // of the oldest row that is due
}

// QueueDepths counts the queues by their partial indexes.
func (s *Store) QueueDepths(ctx context.Context) (Depths, error) {
	var d struct {
		InboxPending int64   `db:"pending"`
		InboxWaiting int64   `db:"waiting"`
		Quarantined  int64   `db:"quarantined"`
		OutboxQueued int64   `db:"queued"`
		InboxAge     float64 `db:"inbox_age"`
		OutboxAge    float64 `db:"outbox_age"`
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	err := s.read.GetContext(ctx, &d, `
		select
			(select count(*) from inbox where state = 'pending') as pending,
			(select count(*) from inbox where state = 'waiting') as waiting,
			(select count(*) from inbox where state = 'quarantined') as quarantined,
			(select count(*) from outbox where state = 'queued') as queued,
			coalesce((select extract(epoch from now() - min(received_at)) from inbox where state = 'pending'), 0)::float8 as inbox_age,
			coalesce((select greatest(0, extract(epoch from now() - min(due_at))) from outbox where state = 'queued'), 0)::float8 as outbox_age`)
	if err != nil {
		return Depths{}, wrap(err)
	}
	return Depths{
		InboxPending: d.InboxPending, InboxWaiting: d.InboxWaiting, Quarantined: d.Quarantined, OutboxQueued: d.OutboxQueued,
		InboxAge: seconds(d.InboxAge), OutboxAge: seconds(d.OutboxAge),
	}, nil
}

func seconds(f float64) time.Duration { return time.Duration(f * float64(time.Second)) }

// Pools are the connection pools by name, for their statistics.
func (s *Store) Pools() map[string]*sql.DB {
	return map[string]*sql.DB{"write": s.db.DB, "read": s.read.DB}
}

// FeedHealth is a feed with what arrived in the last day.
type FeedHealth struct {
	Feed
	Events      int64     // in the last 24 hours
	Quarantined int64     // waiting for a decision now
	Waiting     int64     // for a parcel that is not here yet
	RefusedAt   time.Time // the last forged request, zero for none
}

// FeedsHealth lists a merchant's feeds, by slug.
func (s *Store) FeedsHealth(ctx context.Context, m parcel.MerchantID) ([]FeedHealth, error) {
	var rows []struct {
		ID          string       `db:"id"`
		Slug        string       `db:"slug"`
		Kind        string       `db:"kind"`
		LastEvent   sql.NullTime `db:"last_event_at"`
		Refused     int64        `db:"refused"`
		RefusedAt   sql.NullTime `db:"refused_at"`
		Events      int64        `db:"events"`
		Quarantined int64        `db:"quarantined"`
		Waiting     int64        `db:"waiting"`
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	err := s.read.SelectContext(ctx, &rows, `
		select f.id, f.slug, f.kind, greatest(f.last_event_at, i.last_at) as last_event_at, f.refused, f.refused_at,
			coalesce(i.events, 0) as events, coalesce(i.quarantined, 0) as quarantined, coalesce(i.waiting, 0) as waiting
		from feeds f
		left join (
			select feed_id, max(received_at) as last_at,
				count(*) filter (where received_at > now() - interval '24 hours') as events,
				count(*) filter (where state = 'quarantined') as quarantined,
				count(*) filter (where state = 'waiting') as waiting
			from inbox
			where merchant_id = $1 and (received_at > now() - interval '24 hours' or state in ('quarantined', 'waiting'))
			group by feed_id
		) i on i.feed_id = f.id
		where f.merchant_id = $1
		order by f.slug`, m)
	if err != nil {
		return nil, wrap(err)
	}
	feeds := make([]FeedHealth, len(rows))
	for i, r := range rows {
		feeds[i] = FeedHealth{
			Feed:   Feed{Merchant: m, ID: r.ID, Slug: r.Slug, Kind: r.Kind, LastEvent: r.LastEvent.Time, Refused: r.Refused},
			Events: r.Events, Quarantined: r.Quarantined, Waiting: r.Waiting, RefusedAt: r.RefusedAt.Time,
		}
	}
	return feeds, nil
}

// DeskCounts is how many parcels stand where.
type DeskCounts struct {
	ByMilestone map[parcel.Milestone]int64
	Trouble     int64 // parcels with an open exception
	Orders      int64
	Aside       int64 // requests of feeds that were put aside
}

// DeskCounts counts a merchant's parcels of orders placed since a moment.
func (s *Store) DeskCounts(ctx context.Context, m parcel.MerchantID, since time.Time) (DeskCounts, error) {
	var rows []struct {
		Milestone parcel.Milestone `db:"milestone"`
		N         int64            `db:"n"`
		Trouble   int64            `db:"trouble"`
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	err := s.read.SelectContext(ctx, &rows, `
		select p.milestone, count(*) as n, count(*) filter (where p.exceptions <> '[]') as trouble
		from parcels p
		join orders o on o.merchant_id = p.merchant_id and o.id = p.order_id
		where p.merchant_id = $1 and o.placed_at >= $2
		group by p.milestone`, m, since)
	if err != nil {
		return DeskCounts{}, wrap(err)
	}
	counts := DeskCounts{ByMilestone: make(map[parcel.Milestone]int64, len(rows))}
	for _, r := range rows {
		counts.ByMilestone[r.Milestone] = r.N
		counts.Trouble += r.Trouble
	}
	err = s.read.QueryRowContext(ctx, `
		select (select count(*) from orders where merchant_id = $1 and placed_at >= $2),
			(select count(*) from inbox where merchant_id = $1 and state = 'quarantined')`, m, since).Scan(&counts.Orders, &counts.Aside)
	return counts, wrap(err)
}

// DeskFilter narrows the desk's list of orders. At most one of the two is set.
type DeskFilter struct {
	Milestones []parcel.Milestone
	Trouble    bool
}

// DeskOrder is one line of the desk: an order without its contact, with where its parcels are.
type DeskOrder struct {
	ID       parcel.OrderID `db:"id"`
	Number   string         `db:"number"`
	PlacedAt time.Time      `db:"placed_at"`
	Country  string         `db:"country"`
	Currency string         `db:"currency"`
	Total    int64          `db:"total"`
	Parcels  []DeskParcel   `db:"-"`
}

// DeskParcel is a parcel of that line. Dates are zero when unknown.
type DeskParcel struct {
	Carrier    string
	Milestone  parcel.Milestone
	Expected   parcel.Window // whole days
	Promised   parcel.Date   // last day of the first promise
	Exceptions []parcel.Exception
	LastScan   time.Time
}

// DeskOrders lists the newest orders that have a parcel the filter fits, by when they were placed; the filter may be empty.
func (s *Store) DeskOrders(ctx context.Context, m parcel.MerchantID, f DeskFilter, limit int) ([]DeskOrder, error) {
	query, args := `
		select o.id, o.number, o.placed_at, o.country, o.currency, o.total
		from orders o
		where o.merchant_id = $1`, []any{m, limit}
	switch {
	case f.Trouble:
		query += ` and exists (select from parcels p where p.merchant_id = $1 and p.order_id = o.id and p.exceptions <> '[]')`
	case len(f.Milestones) > 0:
		query += ` and exists (select from parcels p where p.merchant_id = $1 and p.order_id = o.id and p.milestone = any($3))`
		args = append(args, pq.Array(f.Milestones))
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	var orders []DeskOrder
	if err := s.read.SelectContext(ctx, &orders, query+` order by o.placed_at desc, o.id desc limit $2`, args...); err != nil {
		return nil, wrap(err)
	}
	return orders, s.deskParcels(ctx, m, orders)
}

// deskParcels fills in the parcels of the orders.
func (s *Store) deskParcels(ctx context.Context, m parcel.MerchantID, orders []DeskOrder) error {
	ids, at := make([]string, len(orders)), make(map[parcel.OrderID]*DeskOrder, len(orders))
	for i := range orders {
		ids[i], at[orders[i].ID] = string(orders[i].ID), &orders[i]
	}
	rows, err := s.read.QueryContext(ctx, `
		select order_id, carrier, milestone, eta_from, eta_to, promised_to, exceptions, last_scan_at
		from parcels
		where merchant_id = $1 and order_id = any($2::uuid[])
		order by created_at, id`, m, pq.Array(ids))
	if err != nil {
		return wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			order                        parcel.OrderID
			p                            DeskParcel
			from, to, promised, lastScan sql.NullTime
			exceptions                   []byte
		)
		if err := rows.Scan(&order, &p.Carrier, &p.Milestone, &from, &to, &promised, &exceptions, &lastScan); err != nil {
			return wrap(err)
		}
		if err := json.Unmarshal(exceptions, &p.Exceptions); err != nil {
			return err
		}
		p.Expected = parcel.Window{From: dayOf(from), To: dayOf(to)}
		p.Promised, p.LastScan = dayOf(promised), lastScan.Time
		at[order].Parcels = append(at[order].Parcels, p)
	}
	return wrap(rows.Err())
}

// dayOf is a date column as a civil day.
func dayOf(t sql.NullTime) parcel.Date {
	if !t.Valid {
		return parcel.Date{}
	}
	return parcel.Date{Year: t.Time.Year(), Month: t.Time.Month(), Day: t.Time.Day()}
}
