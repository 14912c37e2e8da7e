package store

import (
	"context"
	"time"
)

// What feeds send holds names and addresses of shoppers: it is kept as long as it may be needed to read it again.
// Source: security reference, section 10.
const (
	bodyLife  = 30 * 24 * time.Hour
	sweepRows = 1000
)

// sweepBodies erases raw requests that are old enough. The rows stay, so that a repeated event is still known; those that
// waited all this time for their parcel give up.
func (s *Store) sweepBodies(ctx context.Context, now time.Time) error {
	for {
		result, err := s.db.ExecContext(ctx, `
			with old as (
				select merchant_id, id
				from inbox
				where received_at < $1 and body <> ''
				order by received_at
				limit $2
				for update skip locked
			)
			update inbox i
			set body = '', headers = '{}',
				state = case when i.state in ('waiting', 'pending') then 'ignored' else i.state end,
				reason = case when i.state in ('waiting', 'pending') then 'too old: ' || i.reason else i.reason end
			from old
			where i.merchant_id = old.merchant_id and i.id = old.id`, now.Add(-bodyLife), sweepRows)
		if err != nil {
			return wrap(err)
		}
		if n, err := result.RowsAffected(); err != nil || n < sweepRows {
			return wrap(err)
		}
	}
}

// sweepSandbox erases messages that the sandbox kept, which are whole mails to shoppers.
func (s *Store) sweepSandbox(ctx context.Context, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `delete from sandbox_messages where created_at < $1`, now.Add(-bodyLife))
	return wrap(err)
}
