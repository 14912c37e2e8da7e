package store

import (
	"context"
	"time"

	"onderweg/internal/parcel"
)

// ParcelInput is a parcel as the API or an import gives it.
type ParcelInput struct {
	Reference      string // the shop's own name for it, unique within the order; "" falls back to carrier + number
	Carrier        string
	TrackingNumber string
	Contents       []parcel.Content
	PackedAt       time.Time
}

// SaveOrder creates the order or updates it by number, with its parcels (nil leaves them as they are), its view
// link, and the confirmation notice when it is new and now is not zero. created says which it was.
// Inbox rows that waited for one of its tracking numbers are woken.
func (s *Store) SaveOrder(ctx context.Context, o parcel.Order, parcels []ParcelInput, now time.Time) (saved parcel.Order, created bool, err error) {
	return parcel.Order{}, false, errUnwritten
}

// SaveParcel adds or updates one parcel of an order.
func (s *Store) SaveParcel(ctx context.Context, m parcel.MerchantID, number string, in ParcelInput, now time.Time) (p parcel.Parcel, created bool, err error) {
	return parcel.Parcel{}, false, errUnwritten
}

// Order reads an order with its contact and parcels, for its own merchant's API and mails.
func (s *Store) Order(ctx context.Context, m parcel.MerchantID, number string) (parcel.Order, []parcel.Parcel, error) {
	return parcel.Order{}, nil, errUnwritten
}

// OrderByID is Order by id.
func (s *Store) OrderByID(ctx context.Context, m parcel.MerchantID, id parcel.OrderID) (parcel.Order, []parcel.Parcel, error) {
	return parcel.Order{}, nil, errUnwritten
}

// Orders lists orders newest first, keyset-paged: after is the id of the last one seen, "" for the first page.
func (s *Store) Orders(ctx context.Context, m parcel.MerchantID, after parcel.OrderID, limit int) ([]parcel.Order, error) {
	return nil, errUnwritten
}

// ParcelByID reads one parcel with its order's number.
func (s *Store) ParcelByID(ctx context.Context, m parcel.MerchantID, id parcel.ParcelID) (p parcel.Parcel, orderNumber string, err error) {
	return parcel.Parcel{}, "", errUnwritten
}
