package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

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

// claimLock is held while a claim chooses, so that no two choose different messages of one order: the bytes of "outbox".
const claimLock = 0x6f7574626f78

// claimQuery hops from merchant to merchant through the index, takes some of each one's first messages, and deals them out
// in turns: what it reads grows with the number of merchants that have something to send, not with what waits. A queue is
// empty when the server looks and full when it matters, so the plan must not rest on its guesses: scalar subqueries are never
// turned into joins, and a message that is not finished is not looked up by the index of what is due.
const claimQuery = `
	with recursive shops as (
		(select merchant_id from outbox where state = 'queued' order by merchant_id limit 1)
		union all
		select (select o.merchant_id from outbox o where o.state = 'queued' and o.merchant_id > shops.merchant_id
			order by o.merchant_id limit 1)
		from shops
		where shops.merchant_id is not null
	), busy as materialized (
		select merchant_id from shops
		where (select 1 from outbox o where o.merchant_id = shops.merchant_id and o.state = 'queued'
			and o.priority <= $1 and o.due_at <= now() limit 1) = 1
	), due as (
		select d.*, row_number() over (partition by d.merchant_id order by d.priority, d.due_at, d.id) as turn
		from busy
		cross join lateral (
			select o.merchant_id, o.id, o.priority, o.due_at
			from outbox o
			where o.merchant_id = busy.merchant_id and o.state = 'queued' and o.priority <= $1 and o.due_at <= now()
				and (o.lease_until is null or o.lease_until < now())
				and (
					select x.id from outbox x
					where x.merchant_id = o.merchant_id and x.order_id = o.order_id and x.id <> o.id and x.finished_at is null
						and (x.lease_until >= now()
							or x.due_at <= now() and (x.priority, x.due_at, x.id) < (o.priority, o.due_at, o.id))
					limit 1) is null
			order by o.priority, o.due_at
			limit greatest(2 * $2 / (select count(*) from busy), 10)
		) d
	), dealt as (
		select merchant_id, id from due order by priority, turn, due_at limit $2
	)
	update outbox o
	set attempts = o.attempts + 1, lease = $3, lease_until = now() + make_interval(secs => $4)
	from dealt
	where o.merchant_id = dealt.merchant_id and o.id = dealt.id
	returning o.merchant_id, o.id, o.order_id, coalesce(o.parcel_id::text, ''), o.kind, o.key, o.channel, o.priority, o.at, o.due_at,
		o.attempts, o.unanswered, o.lease, o.lease_until, o.created_at`

// ClaimOutbox leases up to limit due messages of a priority of at most maxPriority, most urgent first, fair between
// merchants. At most one message of an order is leased at a time, its most urgent and oldest due one, so that an order's
// messages leave in order whatever the number of workers. A lease that ran out counts as no lease; Attempt grows with each
// claim.
func (s *Store) ClaimOutbox(ctx context.Context, maxPriority, limit int, lease time.Duration) ([]Message, error) {
	claim, err := s.writing(ctx, claimQuery)
	if err != nil {
		return nil, err
	}
	claimed := []Message{}
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock($1)`, int64(claimLock)); err != nil {
			return err
		}
		rows, err := claim.QueryIn(ctx, tx, maxPriority, limit, newID(), lease.Seconds())
		if err != nil {
			return err
		}
		defer rows.Close()

		for rows.Next() {
			var m Message
			err := rows.Scan(&m.Merchant, &m.ID, &m.Order, &m.Parcel, &m.Kind, &m.Key, &m.Channel, &m.Priority, &m.At, &m.DueAt,
				&m.Attempt, &m.Unanswered, &m.Lease, &m.LeaseUntil, &m.CreatedAt)
			if err != nil {
				return err
			}
			claimed = append(claimed, m)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(claimed, func(a, b Message) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	return claimed, nil
}

// Ending is how a claimed message ended.
type Ending struct {
	Message   Message
	Outcome   parcel.Outcome
	Reason    string // in words staff can read, without addresses
	MessageID string // the provider's or our own id of it
	Answer    string // the provider's answer, without addresses
}

const finishQuery = `
	update outbox o
	set state = u.state, reason = u.reason, message_id = u.message_id, answer = u.answer, lease = null, lease_until = null,
		finished_at = now()
	from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
		as u (merchant_id, id, lease, state, reason, message_id, answer)
	where o.merchant_id = u.merchant_id and o.id = u.id and o.lease = u.lease
	returning o.id`

// FinishMessages ends messages whose leases the caller still holds, in one statement. It gives the ids of those it no
// longer held: nothing was written for them.
func (s *Store) FinishMessages(ctx context.Context, endings []Ending) (lost []string, err error) {
	held := newLeaseRows()
	states, reasons, ids, answers := columnOf(oidText), columnOf(oidText), columnOf(oidText), columnOf(oidText)
	for _, e := range endings {
		if e.Outcome == parcel.Queued || e.Outcome == "" {
			return nil, parcel.Invalid{Field: "outcome", Message: "is not an end"}
		}
		held.add(e.Message)
		states.text(string(e.Outcome))
		reasons.text(cleanText(e.Reason, maxWords))
		ids.text(cleanText(e.MessageID, maxWords))
		answers.text(cleanText(e.Answer, maxWords))
	}

	finish, err := s.writing(ctx, finishQuery)
	if err != nil {
		return nil, err
	}
	var finished []string
	err = finish.Select(ctx, &finished, &held.merchants, &held.ids, &held.leases, &states, &reasons, &ids, &answers)
	if err != nil {
		return nil, wrap(err)
	}
	return missing(endings, func(e Ending) string { return e.Message.ID }, finished), nil
}

// leaseRows name messages with the leases they are held by.
type leaseRows struct{ merchants, ids, leases column }

func newLeaseRows() *leaseRows {
	return &leaseRows{merchants: columnOf(oidUUID), ids: columnOf(oidUUID), leases: columnOf(oidUUID)}
}

func (r *leaseRows) add(m Message) {
	r.merchants.uuid(string(m.Merchant))
	r.ids.uuid(m.ID)
	r.leases.uuid(m.Lease)
}

// RetryMessage gives a leased message back, due again at a later time; msg.Unanswered is written with it.
// parcel.ErrConflict when the lease is no longer held.
func (s *Store) RetryMessage(ctx context.Context, msg Message, due time.Time, reason string) error {
	result, err := s.db.ExecContext(ctx, `
		update outbox
		set due_at = $4, reason = $5, unanswered = $6, lease = null, lease_until = null
		where merchant_id = $1 and id = $2 and lease = $3`,
		msg.Merchant, msg.ID, msg.Lease, due, cleanText(reason, maxWords), msg.Unanswered)
	if err != nil {
		return wrap(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, parcel.ErrConflict)
	}
	return nil
}

// ReleaseMessages gives back leases that were not used (shutdown, batch not finished): due at once, and the attempt
// does not count.
func (s *Store) ReleaseMessages(ctx context.Context, msgs []Message) error {
	held := newLeaseRows()
	for _, m := range msgs {
		held.add(m)
	}

	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `
			update outbox o
			set lease = null, lease_until = null, attempts = greatest(o.attempts - 1, 0)
			from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as u (merchant_id, id, lease)
			where o.merchant_id = u.merchant_id and o.id = u.id and o.lease = u.lease`,
			&held.merchants, &held.ids, &held.leases)
		return notifyIfAny(ctx, tx, result, err, newOutbox)
	})
}
