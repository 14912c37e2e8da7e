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
	Priority   int // 0 leaves first
	At         time.Time
	DueAt      time.Time
	Attempt    int // 1 for the first
	Unanswered int // sends after which the provider gave no answer: it may have been delivered
	Lease      string
	LeaseUntil time.Time
	CreatedAt  time.Time
}

// AnyPriority lets ClaimOutbox take every message.
const AnyPriority = 1 << 30

// ClaimOutbox leases up to limit due messages of a priority of at most maxPriority, most urgent first, fair between
// merchants. At most one message of an order is leased at a time, its oldest due one, so that an order's messages leave
// in order whatever the number of workers. A lease that ran out counts as no lease; Attempt grows with each claim.
func (s *Store) ClaimOutbox(ctx context.Context, maxPriority, limit int, lease time.Duration) ([]Message, error) {
	return nil, errUnwritten
}

// Ending is how a claimed message ended.
type Ending struct {
	Message   Message
	Outcome   parcel.Outcome
	Reason    string // in words staff can read, without addresses
	MessageID string // the provider's or our own id of it
	Answer    string // the provider's answer, without addresses
}

// FinishMessages ends messages whose leases the caller still holds, in one statement. It gives the ids of those it no
// longer held: nothing was written for them.
func (s *Store) FinishMessages(ctx context.Context, endings []Ending) (lost []string, err error) {
	return nil, errUnwritten
}

// RetryMessage gives a leased message back, due again at a later time; msg.Unanswered is written with it.
// parcel.ErrConflict when the lease is no longer held.
func (s *Store) RetryMessage(ctx context.Context, msg Message, due time.Time, reason string) error {
	return errUnwritten
}

// ReleaseMessages gives back leases that were not used (shutdown, batch not finished): due at once, and the attempt
// does not count.
func (s *Store) ReleaseMessages(ctx context.Context, msgs []Message) error { return errUnwritten }

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
	return nil, errUnwritten
}

// MessageHistory is what was sent, and held back, about an order: newest first.
func (s *Store) MessageHistory(ctx context.Context, m parcel.MerchantID, o parcel.OrderID) ([]MessageRecord, error) {
	return nil, errUnwritten
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
