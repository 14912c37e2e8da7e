package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// heldOrder is an order that is being saved, under its lock, with its parcels.
type heldOrder struct {
	parcel.Order
	parcels []*heldParcel
	sealed  []byte    // the contact as read; nil when it has changed since
	ended   time.Time // as read
	created bool      // not in the database yet
	touched bool      // the row must be written
	shown   bool      // something a page shows has changed
}

// errRaced says that somebody else created one of the orders meanwhile: it is there to be updated now.
var errRaced = errors.New("an order was created by somebody else at the same time")

// raceTries is how often a save begins again. Each try sees what the winner of the last one wrote.
const raceTries = 5

// saveOrders creates or updates orders by number with their parcels and view links, all in one transaction. With confirm, new
// ones get their confirmation. The result is in the order of rows; rows of one number share a result.
func (s *Store) saveOrders(ctx context.Context, m parcel.MerchantID, rows []ImportRow, now time.Time, confirm bool) ([]*heldOrder, error) {
	shop, err := s.MerchantByID(ctx, m)
	if err != nil {
		return nil, err
	}

	for range raceTries {
		saved, err := s.trySave(ctx, shop, rows, now, confirm)
		if !errors.Is(err, errRaced) {
			return saved, err
		}
	}
	return nil, parcel.ErrBusy
}

func (s *Store) trySave(ctx context.Context, shop Merchant, rows []ImportRow, now time.Time, confirm bool) ([]*heldOrder, error) {
	saved := make([]*heldOrder, len(rows))
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		known, err := s.lockOrders(ctx, tx, shop.ID, numbersOf(rows))
		if err != nil {
			return err
		}

		for i := range rows {
			o, ok := known[rows[i].Order.Number]
			if !ok {
				o = beginOrder(shop.ID, &rows[i].Order, now)
				known[o.Number] = o
			}
			if err := o.merge(&rows[i]); err != nil {
				return err
			}
			saved[i] = o
		}

		w := s.newSaves(shop, now, confirm)
		for _, number := range slices.Sorted(maps.Keys(known)) { // two savers take new numbers in one order
			if err := w.add(known[number]); err != nil {
				return err
			}
		}
		return w.save(ctx, tx)
	})
	return saved, err
}

func numbersOf(rows []ImportRow) []string {
	numbers := make([]string, len(rows))
	for i := range rows {
		numbers[i] = rows[i].Order.Number
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

func beginOrder(m parcel.MerchantID, o *parcel.Order, now time.Time) *heldOrder {
	fresh := &heldOrder{created: true}
	fresh.Merchant, fresh.ID, fresh.Number, fresh.Version = m, parcel.OrderID(newID()), o.Number, 1
	fresh.PlacedAt = o.PlacedAt
	if fresh.PlacedAt.IsZero() {
		fresh.PlacedAt = now.UTC().Truncate(time.Microsecond)
	}
	return fresh
}

// lockOrders locks orders by number, by id in order, and reads them with their parcels.
func (s *Store) lockOrders(ctx context.Context, tx *sqlx.Tx, m parcel.MerchantID, numbers []string) (map[string]*heldOrder, error) {
	rows, err := tx.QueryContext(ctx, selectOrder+`
		where o.merchant_id = $1 and o.number = any($2::text[])
		order by o.id
		for no key update`, m, texts(numbers))
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	known := make(map[string]*heldOrder, len(numbers))
	byID := map[parcel.OrderID]*heldOrder{}
	var ids []parcel.OrderID
	for rows.Next() {
		o, err := s.scanOrder(rows)
		if err != nil {
			return nil, err
		}
		known[o.Number], byID[o.ID] = o, o
		ids = append(ids, o.ID)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return known, err
	}
	return known, lockParcelsOf(ctx, tx, m, ids, byID)
}

// lockParcelsOf adds the parcels of locked orders, in order of creation.
func lockParcelsOf(ctx context.Context, tx *sqlx.Tx, m parcel.MerchantID, ids []parcel.OrderID, orders map[parcel.OrderID]*heldOrder) error {
	rows, err := tx.QueryContext(ctx, `
		select order_id, id, reference, carrier, tracking_number, state, next_check_at
		from parcels
		where merchant_id = $1 and order_id = any($2::uuid[])
		order by order_id, id
		for no key update`, m, uuids(ids))
	if err != nil {
		return err
	}
	defer rows.Close()

	for rows.Next() {
		h := &heldParcel{Parcel: parcel.Parcel{Merchant: m}}
		err := rows.Scan(&h.Order, &h.ID, &h.reference, &h.Carrier, &h.TrackingNumber, &h.state, &h.check)
		if err != nil {
			return err
		}
		o := orders[h.Order]
		h.PlacedAt, h.Country = o.PlacedAt, o.Country
		if err := h.open(); err != nil {
			return err
		}
		o.parcels = append(o.parcels, h)
	}
	return rows.Err()
}

// merge takes over what a row gives; what it leaves empty stays as it is.
func (o *heldOrder) merge(row *ImportRow) error {
	before, contact := o.Order, o.Contact
	in := &row.Order
	if !in.PlacedAt.IsZero() {
		o.PlacedAt = in.PlacedAt.UTC().Truncate(time.Microsecond)
	}
	if o.PlacedAt.IsZero() {
		return parcel.Invalid{Field: "placed_at", Message: "is missing"}
	}
	o.Language = keep(o.Language, in.Language)
	o.Country = keep(o.Country, in.Country)
	o.Currency = keep(o.Currency, in.Currency)
	if in.Total != 0 {
		o.Total = in.Total
	}
	if in.Lines != nil {
		o.Lines = in.Lines
	}
	o.Contact = mergeContact(o.Contact, in.Contact)

	moved := o.Country != before.Country || !o.PlacedAt.Equal(before.PlacedAt)
	shown := moved || o.Language != before.Language || o.Currency != before.Currency || o.Total != before.Total ||
		!slices.Equal(o.Lines, before.Lines)
	o.shown = o.shown || shown
	o.touched = o.touched || shown || o.Contact != contact
	if o.Contact != contact {
		o.sealed = nil
	}

	for _, h := range o.parcels {
		h.named = false
	}
	for i := range row.Parcels {
		if err := checkContents(fmt.Sprintf("parcels[%d].", i), row.Parcels[i].Contents, len(o.Lines)); err != nil {
			return err
		}
		o.mergeParcel(row.Parcels[i])
	}
	o.carry(moved)
	return nil
}

// carry gives the parcels what they know from the order, and marks those that must be derived anew.
func (o *heldOrder) carry(moved bool) {
	for _, h := range o.parcels {
		h.PlacedAt, h.Country = o.PlacedAt, o.Country
		h.stale = h.stale || moved || h.touched
	}
}

func keep[T comparable](old, given T) T {
	var none T
	if given == none {
		return old
	}
	return given
}

// mergeContact keeps what is not given; an address is one thing and is never mixed from two.
func mergeContact(old, given parcel.Contact) parcel.Contact {
	return parcel.Contact{
		Name:    keep(old.Name, given.Name),
		Email:   keep(old.Email, given.Email),
		Phone:   keep(old.Phone, given.Phone),
		Address: keep(old.Address, given.Address),
	}
}

// mergeParcel finds the parcel an input is about and takes over what it gives, or adds one.
func (o *heldOrder) mergeParcel(in ParcelInput) *heldParcel {
	h := o.parcelFor(in)
	if h == nil {
		h = &heldParcel{Parcel: parcel.Parcel{Merchant: o.Merchant, Order: o.ID, ID: parcel.ParcelID(newID())}, created: true}
		h.touched = true
		o.parcels = append(o.parcels, h)
	}
	h.merge(in)
	h.named = true
	return h
}

// parcelFor finds a parcel by the shop's reference; else by carrier and number; else the first one that still waits for its
// number. Nil is a new one. No two inputs of one row are about the same waiting parcel.
func (o *heldOrder) parcelFor(in ParcelInput) *heldParcel {
	if in.Reference != "" {
		if i := slices.IndexFunc(o.parcels, func(h *heldParcel) bool { return h.reference == in.Reference }); i >= 0 {
			return o.parcels[i]
		}
	}

	var waiting *heldParcel
	for _, h := range o.parcels {
		sameCarrier := h.Carrier == in.Carrier || h.Carrier == "" || in.Carrier == ""
		if !sameCarrier || h.reference != "" && in.Reference != "" {
			continue
		}
		if in.TrackingNumber != "" && h.TrackingNumber == in.TrackingNumber {
			return h
		}
		if waiting == nil && h.TrackingNumber == "" && !h.named {
			waiting = h
		}
	}
	return waiting
}

func (h *heldParcel) merge(in ParcelInput) {
	reference, carrier, number, packed, contents := h.reference, h.Carrier, h.TrackingNumber, h.PackedAt, h.Contents
	h.reference = keep(h.reference, in.Reference)
	h.Carrier = keep(h.Carrier, in.Carrier)
	h.TrackingNumber = keep(h.TrackingNumber, in.TrackingNumber)
	if !in.PackedAt.IsZero() {
		h.PackedAt = in.PackedAt.UTC().Truncate(time.Microsecond)
	}
	if in.Contents != nil {
		h.Contents = in.Contents
	}

	h.touched = h.touched || reference != h.reference || carrier != h.Carrier || number != h.TrackingNumber ||
		!packed.Equal(h.PackedAt) || !slices.Equal(contents, h.Contents)
}
