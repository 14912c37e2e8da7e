package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

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

// Bounds of a claim.
const (
	maxClaims     = 10      // of a row: after them it ends every process that takes it, or never ends
	maxClaimBytes = 8 << 20 // of bodies together
)

// ClaimInbox leases up to limit pending rows, oldest first, for the given time. A lease that ran out counts as no lease;
// Attempts grows with each claim. Bodies beyond 8 MiB together are left to the next claim, but one row always comes. A row
// that was claimed ten times without an end is set aside.
func (s *Store) ClaimInbox(ctx context.Context, limit int, lease time.Duration) ([]InboxRow, error) {
	rows, err := s.db.QueryContext(ctx, `
		with candidates as materialized (
			select merchant_id, id, received_at, octet_length(body) as size
			from inbox
			where state = 'pending' and (lease_until is null or lease_until < now())
			order by received_at
			limit $1
			for update skip locked
		), fitting as (
			select merchant_id, id, size, sum(size) over (order by received_at, merchant_id, id) as total
			from candidates
		)
		update inbox i
		set attempts = i.attempts + 1, lease = $2, lease_until = now() + make_interval(secs => $3),
			state = case when i.attempts < $4 then 'pending' else 'quarantined' end,
			reason = case when i.attempts < $4 then i.reason else 'claimed ' || $4 || ' times without an end' end
		from fitting c, feeds f
		where (c.total <= $5 or c.total = c.size)
			and i.merchant_id = c.merchant_id and i.id = c.id
			and f.merchant_id = i.merchant_id and f.id = i.feed_id
		returning `+inboxColumns, limit, newID(), lease.Seconds(), maxClaims, maxClaimBytes)
	claimed, err := scanInbox(rows, err)
	if err != nil {
		return nil, err
	}

	claimed = slices.DeleteFunc(claimed, func(r InboxRow) bool { return r.State != "pending" })
	slices.SortFunc(claimed, func(a, b InboxRow) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), cmp.Compare(a.ID, b.ID))
	})
	if len(claimed) > 0 {
		_ = s.heard(ctx, claimed) // the feeds' health, for show: the next claim says it again
	}
	return claimed, nil
}

const inboxColumns = `i.merchant_id, i.id, f.id, f.slug, f.kind, i.body, i.headers, i.state, i.reason, i.attempts,
	coalesce(i.lease::text, ''), coalesce(i.lease_until, to_timestamp(0)), i.received_at`

// scanInbox reads and closes rows of inboxColumns.
func scanInbox(rows rowSet, err error) ([]InboxRow, error) {
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	list := []InboxRow{}
	for rows.Next() {
		var r InboxRow
		var headers []byte
		err := rows.Scan(&r.Merchant, &r.ID, &r.Feed.ID, &r.Feed.Slug, &r.Feed.Kind, &r.Body, &headers, &r.State, &r.Reason,
			&r.Attempts, &r.Lease, &r.LeaseUntil, &r.ReceivedAt)
		if err != nil {
			return nil, wrap(err)
		}
		if err := json.Unmarshal(headers, &r.Headers); err != nil {
			return nil, fmt.Errorf("inbox row %s: %w", r.ID, err)
		}
		r.Feed.Merchant = r.Merchant
		list = append(list, r)
	}
	return list, wrap(rows.Err())
}

// FinishInbox ends rows whose leases the caller still holds, in one statement. It gives the ids of those it no longer
// held: nothing was written for them. Only "pending" goes on counting attempts; any other state begins anew.
func (s *Store) FinishInbox(ctx context.Context, endings []InboxEnding) (lost []string, err error) {
	merchants, ids, leases := columnOf(oidUUID), columnOf(oidUUID), columnOf(oidUUID)
	states, reasons, numbers, delays := columnOf(oidText), columnOf(oidText), columnOf(oidText), columnOf(oidInt8)
	for _, e := range endings {
		merchants.uuid(string(e.Row.Merchant))
		ids.uuid(e.Row.ID)
		leases.uuid(e.Row.Lease)
		states.text(e.State)
		reasons.text(cleanText(e.Reason, maxWords))
		numbers.text(cleanText(e.WaitsFor, maxName))
		delays.int(e.Delay.Milliseconds())
	}

	var finished []string
	err = s.db.SelectContext(ctx, &finished, `
		update inbox i
		set state = u.state, reason = u.reason, waits_for = u.waits_for, lease = null,
			attempts = case when u.state = 'pending' then i.attempts else 0 end,
			lease_until = case when u.state = 'pending' then now() + make_interval(secs => u.delay / 1000.0) end,
			done_at = case when u.state <> 'pending' then now() end
		from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[])
			as u (merchant_id, id, lease, state, reason, waits_for, delay)
		where i.merchant_id = u.merchant_id and i.id = u.id and i.lease = u.lease
		returning i.id`, &merchants, &ids, &leases, &states, &reasons, &numbers, &delays)
	if err != nil {
		return nil, wrap(err)
	}
	return missing(endings, func(e InboxEnding) string { return e.Row.ID }, finished), nil
}

// missing gives the ids of those of list that are not among found.
func missing[T any](list []T, id func(T) string, found []string) (ids []string) {
	if len(found) == len(list) {
		return nil
	}
	kept := make(map[string]bool, len(found))
	for _, f := range found {
		kept[f] = true
	}
	for _, x := range list {
		if !kept[id(x)] {
			ids = append(ids, id(x))
		}
	}
	return ids
}

// ReleaseInbox gives back leases that were not used (shutdown): claimable at once, and the attempt does not count.
func (s *Store) ReleaseInbox(ctx context.Context, rows []InboxRow) error {
	merchants, ids, leases := columnOf(oidUUID), columnOf(oidUUID), columnOf(oidUUID)
	for _, r := range rows {
		merchants.uuid(string(r.Merchant))
		ids.uuid(r.ID)
		leases.uuid(r.Lease)
	}

	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `
			update inbox i
			set lease = null, lease_until = null, attempts = greatest(i.attempts - 1, 0)
			from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as u (merchant_id, id, lease)
			where i.merchant_id = u.merchant_id and i.id = u.id and i.lease = u.lease`,
			&merchants, &ids, &leases)
		return notifyIfAny(ctx, tx, result, err, newInbox)
	})
}

// WakeInbox sets waiting rows back to pending whose tracking number a parcel of their merchant got after, or in the minute
// before, they began to wait, and says how many. Saving a parcel does the same for its own number; this catches the one that
// was saved while a row began to wait.
func (s *Store) WakeInbox(ctx context.Context) (int, error) {
	var n int64
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `
			with found as (
				select i.merchant_id, i.id
				from inbox i
				where i.state = 'waiting' and (
					select 1 from parcels p
					where p.merchant_id = i.merchant_id and p.tracking_number = i.waits_for and p.tracking_number <> ''
						and p.updated_at > i.done_at - interval '1 minute'
					limit 1) = 1
				limit 1000
				for update of i skip locked
			)
			update inbox i
			set state = 'pending', reason = '', attempts = 0, lease_until = null, done_at = null
			from found
			where i.merchant_id = found.merchant_id and i.id = found.id`)
		if err == nil {
			n, err = result.RowsAffected()
		}
		return notifyIfAny(ctx, tx, result, err, newInbox)
	})
	return int(n), err
}

// InboxRows lists a merchant's rows in a state, oldest first, for onderweg inbox and the desk.
func (s *Store) InboxRows(ctx context.Context, m parcel.MerchantID, state string, limit int) ([]InboxRow, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := s.read.QueryContext(ctx, `
		select `+inboxColumns+`
		from inbox i
		join feeds f on f.merchant_id = i.merchant_id and f.id = i.feed_id
		where i.merchant_id = $1 and i.state = $2
		order by i.received_at, i.id
		limit $3`, m, state, limit)
	return scanInbox(rows, err)
}

// ReplayInbox sets rows back to pending; ids nil means all in that state. It gives the number. Attempts begin
// anew. Rows whose body was erased by age cannot come back.
func (s *Store) ReplayInbox(ctx context.Context, m parcel.MerchantID, state string, ids []string) (int, error) {
	if state == "pending" {
		return 0, parcel.Invalid{Field: "state", Message: "is pending already"}
	}
	var n int64
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `
			update inbox
			set state = 'pending', reason = '', attempts = 0, lease = null, lease_until = null, done_at = null
			where merchant_id = $1 and state = $2 and body <> '' and ($3 or id = any($4::uuid[]))`,
			m, state, ids == nil, uuids(ids))
		if err == nil {
			n, err = result.RowsAffected()
		}
		return notifyIfAny(ctx, tx, result, err, newInbox)
	})
	return int(n), err
}
