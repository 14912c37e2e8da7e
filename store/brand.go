package store

import (
	"context"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

// Merchant is a shop with its brand, as the process keeps it in its cache.
type Merchant struct {
	parcel.Merchant
	Name    string
	Brand   brand.Brand
	Sender  Sender
	Version int64
}

// Sender is who the shop's mails are from.
type Sender struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	ReplyTo string `json:"reply_to"`
}

// MerchantBySlug finds a shop by its path prefix; from a cache that Live invalidates (60 s beside it).
func (s *Store) MerchantBySlug(ctx context.Context, slug string) (Merchant, error) {
	return Merchant{}, errUnwritten
}

// MerchantByHost finds a shop by its own host (lower case, no port).
func (s *Store) MerchantByHost(ctx context.Context, host string) (Merchant, error) {
	return Merchant{}, errUnwritten
}

// MerchantByID finds a shop by its id.
func (s *Store) MerchantByID(ctx context.Context, id parcel.MerchantID) (Merchant, error) {
	return Merchant{}, errUnwritten
}

// Merchants lists all shops, by slug: for the operator's commands only.
func (s *Store) Merchants(ctx context.Context) ([]Merchant, error) { return nil, errUnwritten }

// SaveMerchant creates or replaces a shop by its slug and gives its id. The version grows, caches are told.
func (s *Store) SaveMerchant(ctx context.Context, m Merchant) (Merchant, error) {
	return Merchant{}, errUnwritten
}

// SaveBrandFile keeps a re-encoded image and gives its hash (32 hex digits).
func (s *Store) SaveBrandFile(ctx context.Context, m parcel.MerchantID, contentType string, body []byte) (string, error) {
	return "", errUnwritten
}

// BrandFile reads one.
func (s *Store) BrandFile(ctx context.Context, m parcel.MerchantID, hash string) (contentType string, body []byte, err error) {
	return "", nil, errUnwritten
}
