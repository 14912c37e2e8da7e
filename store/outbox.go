package store

import (
	"context"
	"time"

	"onderweg/internal/parcel"
)

// Message is a claimed row of the outbox.
type Message struct {
	Merchant   parcel.MerchantID
	ID         string
	Order      parcel.OrderID
	Parcel     parcel.ParcelID
	Kind       parcel.Kind
	Key        string
	Channel    string
	At         time.Time
	DueAt      time.Time
	Attempt    int // 1 for the first
	Lease      string
	LeaseUntil time.Time
	CreatedAt  time.Time
}

// ClaimOutbox leases up to limit due messages, most urgent first, fair between merchants.
func (s *Store) ClaimOutbox(ctx context.Context, limit int, lease time.Duration) ([]Message, error) {
	return nil, errUnwritten
}

// FinishMessage ends a message whose lease the caller still holds; parcel.ErrConflict when it does not.
func (s *Store) FinishMessage(ctx context.Context, msg Message, outcome parcel.Outcome, reason, messageID, answer string) error {
	return errUnwritten
}

// RetryMessage gives a leased message back, due again at a later time.
func (s *Store) RetryMessage(ctx context.Context, msg Message, due time.Time, reason string) error {
	return errUnwritten
}

// ReleaseMessages gives back leases that were not used (shutdown).
func (s *Store) ReleaseMessages(ctx context.Context, msgs []Message) error { return errUnwritten }

// MessageHistory is what was sent, and held back, about an order: newest first.
func (s *Store) MessageHistory(ctx context.Context, m parcel.MerchantID, o parcel.OrderID) ([]MessageRecord, error) {
	return nil, errUnwritten
}

// MessageRecord is one line of MessageHistory.
type MessageRecord struct {
	ID       string
	Parcel   parcel.ParcelID
	Kind     parcel.Kind
	Channel  string
	Outcome  parcel.Outcome
	Reason   string
	At       time.Time
	Finished time.Time
}

// IsSuppressed says whether an address of a channel asked to be left alone or bounced.
func (s *Store) IsSuppressed(ctx context.Context, m parcel.MerchantID, channel, address string) (string, error) {
	return "", errUnwritten
}

// Suppress records one.
func (s *Store) Suppress(ctx context.Context, m parcel.MerchantID, channel, address, reason string) error {
	return errUnwritten
}

// SandboxMessage is a message the sandbox channel kept.
type SandboxMessage struct {
	Merchant  parcel.MerchantID
	ID        string
	OutboxID  string
	Channel   string
	Recipient string
	Subject   string
	Raw       []byte
	CreatedAt time.Time
}

// SaveSandbox keeps one; the same outbox id is kept once.
func (s *Store) SaveSandbox(ctx context.Context, m SandboxMessage) error { return errUnwritten }

// SandboxMessages lists the newest ones of all merchants: demo and tests only.
func (s *Store) SandboxMessages(ctx context.Context, limit int) ([]SandboxMessage, error) {
	return nil, errUnwritten
}

// SandboxMessage reads one.
func (s *Store) SandboxMessage(ctx context.Context, id string) (SandboxMessage, error) {
	return SandboxMessage{}, errUnwritten
}
