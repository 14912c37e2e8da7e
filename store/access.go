package store

import (
	"context"

	"onderweg/internal/parcel"
)

// ViewToken gives the token of the order's own view link (derived, so that it can be shown again; only its hash is stored).
func (s *Store) ViewToken(o parcel.OrderID, m parcel.MerchantID) string { return "" }

// MessageToken derives the token of one message's link from its outbox id: the same after a crash.
func (s *Store) MessageToken(m parcel.MerchantID, outboxID string, purpose parcel.Purpose) string {
	return ""
}

// SaveLink stores a link by its token's hash; saving it again changes nothing.
func (s *Store) SaveLink(ctx context.Context, token string, l parcel.Link) error { return errUnwritten }

// NewLink is a link to store with the plain token it opens by.
type NewLink struct {
	Token string
	Link  parcel.Link
}

// SaveLinks is SaveLink for many at once.
func (s *Store) SaveLinks(ctx context.Context, links []NewLink) error { return errUnwritten }

// OpenLink finds a live link of one purpose. ErrNotFound for unknown ones and for another purpose, ErrExpired for ended ones.
func (s *Store) OpenLink(ctx context.Context, m parcel.MerchantID, token string, purpose parcel.Purpose) (parcel.Link, error) {
	return parcel.Link{}, errUnwritten
}

// RevokeLink ends a link at once, on all replicas.
func (s *Store) RevokeLink(ctx context.Context, m parcel.MerchantID, token string) error {
	return errUnwritten
}

// Unsubscribe stops one channel for the address of the link's order. Idempotent; writes nothing for an unknown token.
func (s *Store) Unsubscribe(ctx context.Context, m parcel.MerchantID, token string) error {
	return errUnwritten
}

// Allow counts one event against a shared limit: limit per window, over all replicas. It says whether it still fits.
func (s *Store) Allow(ctx context.Context, name string, limit int, windowSeconds int) (bool, error) {
	return false, errUnwritten
}
