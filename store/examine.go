package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"onderweg/internal/parcel"
)

// Examination is what an operator wants to know of the database.
type Examination struct {
	Version int           // of the server, as server_version_num: 150018
	Behind  time.Duration // how far the server's clock is behind ours; negative when it is ahead
	Fsync   bool          // whether a commit survives a power cut
	UTF8    bool          // whether the database's encoding is UTF-8
}

// Examine asks the database about itself.
func (s *Store) Examine(ctx context.Context) (Examination, error) {
	var (
		e     Examination
		clock time.Time
	)
	began := time.Now()
	err := s.read.QueryRowContext(ctx, `
		select current_setting('server_version_num')::int, clock_timestamp(),
		       current_setting('fsync') = 'on', current_setting('server_encoding') = 'UTF8'`).
		Scan(&e.Version, &clock, &e.Fsync, &e.UTF8)
	if err != nil {
		return e, wrap(err)
	}
	took := time.Since(began)
	e.Behind = began.Add(took / 2).Sub(clock)

	return e, nil
}

// Listens sends a notification over the pool and waits for it on a listener of its own: the way live pages are woken.
func (s *Store) Listens(ctx context.Context) (time.Duration, error) {
	channel := "doctor_" + uuid.NewString()

	l := pq.NewListener(s.directURL(), time.Second, time.Second, nil)
	defer l.Close()
	if err := l.Listen(channel); err != nil {
		return 0, fmt.Errorf("listen: %w", err)
	}

	began := time.Now()
	if _, err := s.db.ExecContext(ctx, `select pg_notify($1, '')`, channel); err != nil {
		return 0, wrap(err)
	}
	select {
	case <-l.Notify:
		return time.Since(began), nil
	case <-ctx.Done():
		return 0, errors.New("no notification came: does DIRECT_DATABASE_URL lead to the same server as DATABASE_URL?")
	}
}

// InboxRow reads one row of a merchant's inbox, in any state. parcel.ErrNotFound when there is none of that id.
func (s *Store) InboxRow(ctx context.Context, m parcel.MerchantID, id string) (InboxRow, error) {
	if uuid.Validate(id) != nil {
		return InboxRow{}, parcel.ErrNotFound
	}

	row := InboxRow{Merchant: m}
	var headers []byte
	err := s.read.QueryRowContext(ctx, `
		select i.id, i.body, i.headers, i.state, i.reason, i.attempts, i.received_at, f.id, f.slug, f.kind
		from inbox i
		join feeds f on f.merchant_id = i.merchant_id and f.id = i.feed_id
		where i.merchant_id = $1 and i.id = $2`, m, id).
		Scan(&row.ID, &row.Body, &headers, &row.State, &row.Reason, &row.Attempts, &row.ReceivedAt, &row.Feed.ID, &row.Feed.Slug, &row.Feed.Kind)
	if err != nil {
		return InboxRow{}, wrap(err)
	}
	row.Feed.Merchant = m

	return row, json.Unmarshal(headers, &row.Headers)
}
