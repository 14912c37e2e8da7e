package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// ParcelInput is a parcel as the API or an import gives it. What is empty stays as it is.
type ParcelInput struct {
	Reference      string // the shop's own name for it, unique within the order; "" falls back to carrier + number
	Carrier        string
	TrackingNumber string
	Contents       []parcel.Content
	PackedAt       time.Time
}

// SaveOrder creates the order or updates it by number, with its parcels (nil leaves them as they are), its view
// link, and the confirmation notice when it is new and now is not zero. created says which it was. What the order leaves
// empty stays as it is. Inbox rows that waited for one of its tracking numbers are woken.
func (s *Store) SaveOrder(ctx context.Context, o parcel.Order, parcels []ParcelInput, now time.Time) (saved parcel.Order, created bool, err error) {
	rows := []ImportRow{{Order: o, Parcels: parcels}}
	if err := checkRow(&rows[0], now); err != nil {
		return parcel.Order{}, false, err
	}
	held, err := s.saveOrders(ctx, o.Merchant, rows, now, !now.IsZero())
	if err != nil {
		return parcel.Order{}, false, err
	}
	return held[0].Order, held[0].created, nil
}

// SaveParcel adds or updates one parcel of an order, as SaveOrder does with several. parcel.ErrNotFound without the order.
func (s *Store) SaveParcel(ctx context.Context, m parcel.MerchantID, number string, in ParcelInput, now time.Time) (p parcel.Parcel, created bool, err error) {
	row := ImportRow{Order: parcel.Order{Merchant: m, Number: number}, Parcels: []ParcelInput{in}}
	row.trim()
	in, number = row.Parcels[0], row.Order.Number
	if err := cmp.Or(checkText("number", number, maxName), checkParcel("", in, now)); err != nil {
		return parcel.Parcel{}, false, err
	}
	shop, err := s.MerchantByID(ctx, m)
	if err != nil {
		return parcel.Parcel{}, false, err
	}

	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		known, err := s.lockOrders(ctx, tx, m, []string{number})
		if err != nil {
			return err
		}
		o, ok := known[number]
		if !ok {
			return parcel.ErrNotFound
		}

		if err := checkContents("", in.Contents, len(o.Lines)); err != nil {
			return err
		}
		h := o.mergeParcel(in)
		o.carry(false)
		w := s.newSaves(shop, now, false)
		if err := w.add(o); err != nil {
			return err
		}
		p, created = h.Parcel, h.created
		return w.save(ctx, tx)
	})
	return p, created, err
}

const selectOrder = `
	select o.merchant_id, o.id, o.number, o.placed_at, o.language, o.country, o.currency, o.total, o.lines, o.contact, o.version, o.ended_at
	from orders o`

// scanOrder reads a row of selectOrder and opens its contact.
func (s *Store) scanOrder(row scanner) (*heldOrder, error) {
	o := &heldOrder{}
	var lines []byte
	var ended sql.NullTime
	err := row.Scan(&o.Merchant, &o.ID, &o.Number, &o.PlacedAt, &o.Language, &o.Country, &o.Currency, &o.Total, &lines,
		&o.sealed, &o.Version, &ended)
	if err != nil {
		return nil, err
	}

	o.PlacedAt, o.ended = o.PlacedAt.UTC(), ended.Time
	if o.Lines, err = decodeLines(lines); err != nil {
		return nil, fmt.Errorf("order %s: %w", o.ID, err)
	}
	plain, err := s.open(o.sealed, "orders", o.Merchant, string(o.ID), "contact")
	if err != nil {
		return nil, fmt.Errorf("order %s: %w", o.ID, err)
	}
	if err := json.Unmarshal(plain, &o.Contact); err != nil {
		return nil, fmt.Errorf("order %s: %w", o.ID, err)
	}
	return o, nil
}

// Order reads an order with its contact and parcels, for its own merchant's API and mails.
func (s *Store) Order(ctx context.Context, m parcel.MerchantID, number string) (parcel.Order, []parcel.Parcel, error) {
	return s.order(ctx, m, selectOrder+` where o.merchant_id = $1 and o.number = $2`, number)
}

// OrderByID is Order by id.
func (s *Store) OrderByID(ctx context.Context, m parcel.MerchantID, id parcel.OrderID) (parcel.Order, []parcel.Parcel, error) {
	if !isUUID(string(id)) {
		return parcel.Order{}, nil, parcel.ErrNotFound
	}
	return s.order(ctx, m, selectOrder+` where o.merchant_id = $1 and o.id = $2`, string(id))
}

func (s *Store) order(ctx context.Context, m parcel.MerchantID, query, key string) (parcel.Order, []parcel.Parcel, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	o, err := s.scanOrder(s.read.QueryRowContext(ctx, query, m, key))
	if err != nil {
		return parcel.Order{}, nil, wrap(err)
	}
	parcels, err := s.parcelsOf(ctx, o)
	if err != nil {
		return parcel.Order{}, nil, err
	}
	return o.Order, parcels, nil
}

// Orders lists orders newest first, keyset-paged: after is the id of the last one seen, "" for the first page.
func (s *Store) Orders(ctx context.Context, m parcel.MerchantID, after parcel.OrderID, limit int) ([]parcel.Order, error) {
	if after != "" && !isUUID(string(after)) {
		return nil, parcel.Invalid{Field: "after", Message: "is not an order's id"}
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := s.read.QueryContext(ctx, selectOrder+`
		where o.merchant_id = $1 and ($2::uuid is null or o.id < $2::uuid)
		order by o.id desc
		limit $3`, m, none(after), limit)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	orders := []parcel.Order{}
	for rows.Next() {
		o, err := s.scanOrder(rows)
		if err != nil {
			return nil, wrap(err)
		}
		orders = append(orders, o.Order)
	}
	return orders, wrap(rows.Err())
}

const selectParcel = `
	select p.merchant_id, p.order_id, p.id, p.carrier, p.tracking_number, p.state, p.next_check_at
	from parcels p`

// parcelsOf reads the parcels of one order, in order of creation.
func (s *Store) parcelsOf(ctx context.Context, o *heldOrder) ([]parcel.Parcel, error) {
	shop, err := s.MerchantByID(ctx, o.Merchant)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, selectParcel+`
		where p.merchant_id = $1 and p.order_id = $2
		order by p.id`, o.Merchant, o.ID)
	parcels, err := scanParcels(rows, err, map[parcel.OrderID]*heldOrder{o.ID: o}, map[parcel.MerchantID]parcel.Rules{o.Merchant: shop.Rules})
	return parcels[o.ID], err
}

// parcelsOfAll is parcelsOf for orders of several merchants.
func (s *Store) parcelsOfAll(ctx context.Context, orders map[parcel.OrderID]*heldOrder) (map[parcel.OrderID][]parcel.Parcel, error) {
	merchants, ids := columnOf(oidUUID), columnOf(oidUUID)
	rules := map[parcel.MerchantID]parcel.Rules{} // asked before the query: it must not wait for a second connection
	for _, o := range orders {
		shop, err := s.MerchantByID(ctx, o.Merchant)
		if err != nil {
			return nil, err
		}
		rules[o.Merchant] = shop.Rules
		merchants.uuid(string(o.Merchant))
		ids.uuid(string(o.ID))
	}

	find, err := s.stmt(ctx, selectParcel+`
		join unnest($1::uuid[], $2::uuid[]) as u (merchant_id, order_id)
			on p.merchant_id = u.merchant_id and p.order_id = u.order_id
		order by p.order_id, p.id`)
	if err != nil {
		return nil, err
	}
	rows, err := find.Query(ctx, &merchants, &ids)
	return scanParcels(rows, err, orders, rules)
}

// scanParcels reads and closes rows of selectParcel.
func scanParcels(rows rowSet, err error, orders map[parcel.OrderID]*heldOrder, rules map[parcel.MerchantID]parcel.Rules) (map[parcel.OrderID][]parcel.Parcel, error) {
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	parcels := make(map[parcel.OrderID][]parcel.Parcel, len(orders))
	for rows.Next() {
		var h heldParcel
		if err := rows.Scan(&h.Merchant, &h.Order, &h.ID, &h.Carrier, &h.TrackingNumber, &h.state, &h.check); err != nil {
			return nil, wrap(err)
		}
		h.Rules, h.PlacedAt, h.Country = rules[h.Merchant], orders[h.Order].PlacedAt, orders[h.Order].Country
		if err := h.open(); err != nil {
			return nil, fmt.Errorf("parcel %s: %w", h.ID, err)
		}
		parcels[h.Order] = append(parcels[h.Order], h.Parcel)
	}
	return parcels, wrap(rows.Err())
}

// ParcelByID reads one parcel with its order's number.
func (s *Store) ParcelByID(ctx context.Context, m parcel.MerchantID, id parcel.ParcelID) (p parcel.Parcel, orderNumber string, err error) {
	if !isUUID(string(id)) {
		return parcel.Parcel{}, "", parcel.ErrNotFound
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	var order parcel.OrderID
	err = s.read.QueryRowContext(ctx, `
		select o.id, o.number
		from parcels p
		join orders o on o.merchant_id = p.merchant_id and o.id = p.order_id
		where p.merchant_id = $1 and p.id = $2`, m, id).Scan(&order, &orderNumber)
	if err != nil {
		return parcel.Parcel{}, "", wrap(err)
	}

	_, parcels, err := s.OrderByID(ctx, m, order)
	if err != nil {
		return parcel.Parcel{}, "", err
	}
	i := slices.IndexFunc(parcels, func(p parcel.Parcel) bool { return p.ID == id })
	if i < 0 {
		return parcel.Parcel{}, "", parcel.ErrNotFound
	}
	return parcels[i], orderNumber, nil
}
