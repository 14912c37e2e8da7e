package store

import (
	"context"
	"time"

	"onderweg/internal/parcel"
)

// ImportRow is one order of an import with its parcels.
type ImportRow struct {
	Order   parcel.Order
	Parcels []ParcelInput
}

// ImportOrders saves a batch (about 1,000) by unnest and on conflict, with view links and without notices. Idempotent by order number.
func (s *Store) ImportOrders(ctx context.Context, m parcel.MerchantID, rows []ImportRow, now time.Time) (created, updated int, err error) {
	return 0, 0, errUnwritten
}

// ImportProgress reads and SaveImportProgress writes how far a file was taken, in complete batches.
func (s *Store) ImportProgress(ctx context.Context, m parcel.MerchantID, kind string, fileHash []byte) (rows, bytes int64, err error) {
	return 0, 0, errUnwritten
}

func (s *Store) SaveImportProgress(ctx context.Context, m parcel.MerchantID, kind string, fileHash []byte, rows, bytes int64, finished bool) error {
	return errUnwritten
}
