package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"onderweg/internal/parcel"
)

// ImportRow is one order of an import with its parcels.
type ImportRow struct {
	Order   parcel.Order
	Parcels []ParcelInput
}

// ImportOrders saves a batch (about 1,000) in one transaction, with view links and without notices. It is SaveOrder for
// many: by order number, keeping what a row leaves empty, so that the same batch may come again. updated counts the orders
// that were there before. One row that cannot be stored fails the batch with parcel.Invalid.
func (s *Store) ImportOrders(ctx context.Context, m parcel.MerchantID, rows []ImportRow, now time.Time) (created, updated int, err error) {
	if len(rows) == 0 {
		return 0, 0, nil
	}
	for i := range rows {
		if err := checkRow(&rows[i], now); err != nil {
			if invalid, ok := errors.AsType[parcel.Invalid](err); ok {
				invalid.Field = fmt.Sprintf("orders[%d].%s", i, invalid.Field)
				return 0, 0, invalid
			}
			return 0, 0, err
		}
	}

	saved, err := s.saveOrders(ctx, m, rows, now, false)
	if err != nil {
		return 0, 0, err
	}
	counted := make(map[parcel.OrderID]bool, len(saved))
	for _, o := range saved {
		switch {
		case counted[o.ID]:
		case o.created:
			created++
		default:
			updated++
		}
		counted[o.ID] = true
	}
	return created, updated, nil
}

// ImportProgress reads how far a file was taken, in complete batches: rows and bytes from its start, zero for a new file.
func (s *Store) ImportProgress(ctx context.Context, m parcel.MerchantID, kind string, fileHash []byte) (rows, bytes int64, err error) {
	err = s.db.QueryRowContext(ctx, `
		select rows_done, bytes_done from imports
		where merchant_id = $1 and kind = $2 and file_hash = $3`, m, kind, fileHash).Scan(&rows, &bytes)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	return rows, bytes, wrap(err)
}

// SaveImportProgress writes it.
func (s *Store) SaveImportProgress(ctx context.Context, m parcel.MerchantID, kind string, fileHash []byte, rows, bytes int64, finished bool) error {
	_, err := s.db.ExecContext(ctx, `
		insert into imports (merchant_id, kind, file_hash, rows_done, bytes_done, finished_at)
		values ($1, $2, $3, $4, $5, case when $6 then now() end)
		on conflict (merchant_id, kind, file_hash) do update
		set rows_done = excluded.rows_done, bytes_done = excluded.bytes_done, finished_at = excluded.finished_at,
			updated_at = now()`, m, kind, fileHash, rows, bytes, finished)
	return wrap(err)
}
