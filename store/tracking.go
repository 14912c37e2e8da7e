package store

import (
	"context"
	"time"

	"onderweg/internal/parcel"
)

// Tracking reads what the page of a view link shows, in one query: order, parcels, history. parcel.ErrNotFound for an
// unknown token, parcel.ErrExpired for one that ended or was revoked.
func (s *Store) Tracking(ctx context.Context, m parcel.MerchantID, token string, now time.Time) (parcel.Tracking, error) {
	return parcel.Tracking{}, errUnwritten
}

// TrackingVersion is the cheap probe before Tracking: which order, and at which version.
func (s *Store) TrackingVersion(ctx context.Context, m parcel.MerchantID, token string, now time.Time) (order parcel.OrderID, version int64, err error) {
	return "", 0, errUnwritten
}

// Record applies scans to the parcels they name, each parcel in one transaction with its notices and its wake-up:
// lock, insert scan once, Apply, save, outbox, notify. Scans of parcels that do not exist come back in unknown.
func (s *Store) Record(ctx context.Context, m parcel.MerchantID, scans []parcel.Scan, now time.Time) (applied int, unknown []parcel.Scan, err error) {
	return 0, nil, errUnwritten
}

// TickDue runs Tick for up to limit parcels whose next check has come, and says how many it looked at.
func (s *Store) TickDue(ctx context.Context, now time.Time, limit int) (int, error) {
	return 0, errUnwritten
}
