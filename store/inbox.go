package store

import (
	"context"
	"time"

	"onderweg/internal/parcel"
)

// Feed is a source of scans or orders of one merchant.
type Feed struct {
	Merchant  parcel.MerchantID
	ID        string
	Slug      string
	Kind      string   // a name in feed.All
	Secrets   []string // one or two active ones
	LastEvent time.Time
	Refused   int64
}

// Incoming is one verified request of a feed.
type Incoming struct {
	Merchant parcel.MerchantID
	FeedID   string
	EventKey []byte // 32 bytes: SHA-256 of the event id, or of the body
	Body     []byte
	Headers  map[string]string
}

// InboxRow is a claimed or listed row of the inbox.
type InboxRow struct {
	Merchant   parcel.MerchantID
	ID         string
	Feed       Feed // without secrets
	Body       []byte
	Headers    map[string]string
	State      string
	Reason     string
	Attempts   int // claims so far, this one included
	Lease      string
	LeaseUntil time.Time
	ReceivedAt time.Time
}

// InboxEnding is how a claimed row ended.
type InboxEnding struct {
	Row      InboxRow
	State    string        // "done", "waiting", "quarantined", "ignored", or "pending" to try again
	Reason   string        // in words staff can read, without personal data; "" when there is nothing to say
	WaitsFor string        // the tracking number a waiting row needs, normalised
	Delay    time.Duration // with "pending": how long, by the database's clock, before it may be claimed again
}

// SaveFeed creates or replaces a feed by merchant and slug.
func (s *Store) SaveFeed(ctx context.Context, f Feed) (Feed, error) { return Feed{}, errUnwritten }

// FeedBySlug finds a feed with its secrets; cached like merchants.
func (s *Store) FeedBySlug(ctx context.Context, m parcel.MerchantID, slug string) (Feed, error) {
	return Feed{}, errUnwritten
}

// Feeds lists a merchant's feeds with their health, without secrets.
func (s *Store) Feeds(ctx context.Context, m parcel.MerchantID) ([]Feed, error) {
	return nil, errUnwritten
}

// FeedRefused counts a forged request.
func (s *Store) FeedRefused(ctx context.Context, m parcel.MerchantID, feedID string) error {
	return errUnwritten
}

// Receive commits one request and returns; requests that arrive together share a transaction (two committers, a bounded
// queue). A repeated event key is taken and changes nothing. parcel.ErrBusy when the queue is full.
func (s *Store) Receive(ctx context.Context, in Incoming) error { return errUnwritten }

// ClaimInbox leases up to limit pending rows, oldest first, for the given time. A lease that ran out counts as no lease;
// Attempts grows with each claim. Bodies beyond 8 MiB together are left to the next claim, but one row always comes.
func (s *Store) ClaimInbox(ctx context.Context, limit int, lease time.Duration) ([]InboxRow, error) {
	return nil, errUnwritten
}

// FinishInbox ends rows whose leases the caller still holds, in one statement. It gives the ids of those it no longer
// held: nothing was written for them. Only "pending" goes on counting attempts; any other state begins anew.
func (s *Store) FinishInbox(ctx context.Context, endings []InboxEnding) (lost []string, err error) {
	return nil, errUnwritten
}

// ReleaseInbox gives back leases that were not used (shutdown): claimable at once, and the attempt does not count.
func (s *Store) ReleaseInbox(ctx context.Context, rows []InboxRow) error { return errUnwritten }

// WakeInbox sets waiting rows back to pending whose tracking number a parcel of their merchant got after, or in the minute
// before, they began to wait, and says how many. Saving a parcel does the same for its own number; this catches the one that
// was saved while a row began to wait.
func (s *Store) WakeInbox(ctx context.Context) (int, error) { return 0, errUnwritten }

// InboxRows lists a merchant's rows in a state, oldest first, for onderweg inbox and the desk.
func (s *Store) InboxRows(ctx context.Context, m parcel.MerchantID, state string, limit int) ([]InboxRow, error) {
	return nil, errUnwritten
}

// ReplayInbox sets rows back to pending; ids nil means all in that state. It gives the number. Attempts begin anew.
func (s *Store) ReplayInbox(ctx context.Context, m parcel.MerchantID, state string, ids []string) (int, error) {
	return 0, errUnwritten
}
