package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"onderweg/internal/parcel"
)

// Outgoing is what a worker must know of a claimed message to decide about it, write it and send it.
type Outgoing struct {
	Message    Message
	Order      parcel.Order    // with contact
	Parcels    []parcel.Parcel // of the order, in order of creation
	History    []MessageRecord // of the order, newest first, queued ones included, without this one
	Suppressed string          // why the address of this channel must be left alone, "" when it may be written to
}

// LoadOutgoing reads them for a whole claim in a fixed number of queries. A message whose order is gone is left out.
func (s *Store) LoadOutgoing(ctx context.Context, msgs []Message) ([]Outgoing, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	orders, err := s.ordersOf(ctx, msgs)
	if err != nil {
		return nil, err
	}
	parcels, err := s.parcelsOfAll(ctx, orders)
	if err != nil {
		return nil, err
	}
	histories, err := s.histories(ctx, orders)
	if err != nil {
		return nil, err
	}

	loaded := make([]Outgoing, 0, len(msgs))
	for _, msg := range msgs {
		o, ok := orders[msg.Order]
		if !ok || o.Merchant != msg.Merchant {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(histories[msg.Order]), func(r MessageRecord) bool { return r.ID == msg.ID })
		loaded = append(loaded, Outgoing{Message: msg, Order: o.Order, Parcels: parcels[msg.Order], History: others})
	}
	return loaded, s.suppressed(ctx, loaded)
}

// ordersOf reads the orders of messages, each once.
func (s *Store) ordersOf(ctx context.Context, msgs []Message) (map[parcel.OrderID]*heldOrder, error) {
	merchants, ids := columnOf(oidUUID), columnOf(oidUUID)
	for _, msg := range msgs {
		merchants.uuid(string(msg.Merchant))
		ids.uuid(string(msg.Order))
	}

	find, err := s.stmt(ctx, selectOrder+`
		join (select distinct * from unnest($1::uuid[], $2::uuid[]) as u (merchant_id, id)) u
			on o.merchant_id = u.merchant_id and o.id = u.id`)
	if err != nil {
		return nil, err
	}
	rows, err := find.Query(ctx, &merchants, &ids)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	orders := make(map[parcel.OrderID]*heldOrder, len(msgs))
	for rows.Next() {
		o, err := s.scanOrder(rows)
		if err != nil {
			return nil, wrap(err)
		}
		orders[o.ID] = o
	}
	return orders, wrap(rows.Err())
}

// MessageRecord is one line of MessageHistory.
type MessageRecord struct {
	ID       string
	Parcel   parcel.ParcelID
	Kind     parcel.Kind
	Key      string
	Channel  string
	Outcome  parcel.Outcome
	Reason   string
	At       time.Time
	Finished time.Time
}

// MessageHistory is what was sent, and held back, about an order: newest first, queued ones included.
func (s *Store) MessageHistory(ctx context.Context, m parcel.MerchantID, o parcel.OrderID) ([]MessageRecord, error) {
	if !isUUID(string(o)) {
		return nil, parcel.ErrNotFound
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := s.read.QueryContext(ctx, selectRecord+`
		where o.merchant_id = $1 and o.order_id = $2
		order by o.created_at desc, o.id desc`, m, o)
	histories, err := scanRecords(rows, err)
	return histories[o], err
}

const selectRecord = `
	select o.order_id, o.id, coalesce(o.parcel_id::text, ''), o.kind, o.key, o.channel, o.state, o.reason, o.at, o.finished_at
	from outbox o`

// histories is MessageHistory for orders of several merchants.
func (s *Store) histories(ctx context.Context, orders map[parcel.OrderID]*heldOrder) (map[parcel.OrderID][]MessageRecord, error) {
	merchants, ids := columnOf(oidUUID), columnOf(oidUUID)
	for _, o := range orders {
		merchants.uuid(string(o.Merchant))
		ids.uuid(string(o.ID))
	}

	find, err := s.stmt(ctx, selectRecord+`
		join unnest($1::uuid[], $2::uuid[]) as u (merchant_id, order_id)
			on o.merchant_id = u.merchant_id and o.order_id = u.order_id
		order by o.created_at desc, o.id desc`)
	if err != nil {
		return nil, err
	}
	rows, err := find.Query(ctx, &merchants, &ids)
	return scanRecords(rows, err)
}

// scanRecords reads and closes rows of selectRecord.
func scanRecords(rows rowSet, err error) (map[parcel.OrderID][]MessageRecord, error) {
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	histories := map[parcel.OrderID][]MessageRecord{}
	for rows.Next() {
		var o parcel.OrderID
		var r MessageRecord
		var finished sql.NullTime
		err := rows.Scan(&o, &r.ID, &r.Parcel, &r.Kind, &r.Key, &r.Channel, &r.Outcome, &r.Reason, &r.At, &finished)
		if err != nil {
			return nil, wrap(err)
		}
		r.Finished = finished.Time
		histories[o] = append(histories[o], r)
	}
	return histories, wrap(rows.Err())
}

// suppressed fills in why addresses must be left alone.
func (s *Store) suppressed(ctx context.Context, loaded []Outgoing) error {
	places, merchants, channels, hashes := columnOf(oidInt8), columnOf(oidUUID), columnOf(oidText), columnOf(oidBytea)
	for i, out := range loaded {
		address := addressOf(out.Order.Contact, out.Message.Channel)
		if address == "" {
			continue
		}
		for _, hash := range s.keyedHashes(out.Order.Merchant, out.Message.Channel, address) {
			places.int(int64(i))
			merchants.uuid(string(out.Order.Merchant))
			channels.text(out.Message.Channel)
			hashes.bytes(hash)
		}
	}

	find, err := s.stmt(ctx, `
		select u.place, p.reason
		from unnest($1::bigint[], $2::uuid[], $3::text[], $4::bytea[]) as u (place, merchant_id, channel, address_hash)
		join suppressions p on p.merchant_id = u.merchant_id and p.channel = u.channel and p.address_hash = u.address_hash`)
	if err != nil {
		return err
	}
	rows, err := find.Query(ctx, &places, &merchants, &channels, &hashes)
	if err != nil {
		return wrap(err)
	}
	defer rows.Close()

	for rows.Next() {
		var i int
		var reason string
		if err := rows.Scan(&i, &reason); err != nil {
			return wrap(err)
		}
		loaded[i].Suppressed = reason
	}
	return wrap(rows.Err())
}

// addressOf is where a channel reaches a shopper.
func addressOf(c parcel.Contact, channel string) string {
	if channel == "email" {
		return c.Email
	}
	return c.Phone
}

// IsSuppressed says whether an address of a channel asked to be left alone or bounced: the reason, "" when it may be written to.
func (s *Store) IsSuppressed(ctx context.Context, m parcel.MerchantID, channel, address string) (string, error) {
	hashes := columnOf(oidBytea)
	for _, hash := range s.keyedHashes(m, channel, address) {
		hashes.bytes(hash)
	}

	ctx, cancel := reading(ctx)
	defer cancel()
	var reason string
	err := s.read.QueryRowContext(ctx, `
		select reason from suppressions
		where merchant_id = $1 and channel = $2 and address_hash = any($3::bytea[])
		limit 1`, m, channel, &hashes).Scan(&reason)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return reason, wrap(err)
}

// Suppress records one. A bounce weighs more than a wish: what cannot arrive is not sent, however necessary it is.
func (s *Store) Suppress(ctx context.Context, m parcel.MerchantID, channel, address, reason string) error {
	_, err := s.db.ExecContext(ctx, `
		insert into suppressions (merchant_id, channel, address_hash, reason) values ($1, $2, $3, $4)
		on conflict (merchant_id, channel, address_hash) do update set reason = excluded.reason
		where excluded.reason = 'bounced'`, m, channel, s.keyedHash(m, channel, address), reason)
	return wrap(err)
}
