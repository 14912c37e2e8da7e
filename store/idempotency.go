package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"onderweg/internal/parcel"
)

// abandoned is how old an unanswered request must be before a repeat may run it again: its process is gone.
const abandoned = time.Minute

// Idempotent runs f once per (key, idempotency key): a repeat gets the first answer; another body under the same key is
// parcel.Invalid{"Idempotency-Key"}, a running first request parcel.ErrConflict. Kept 24 h. A 5xx is not kept. Answers
// are sealed: they hold links. Source: Stripe's API reference, "Idempotent requests".
func (s *Store) Idempotent(ctx context.Context, m parcel.MerchantID, keyID, idem string, requestHash []byte, f func() (status int, body []byte)) (status int, body []byte, replayed bool, err error) {
	if idem == "" || len(idem) > 255 {
		return 0, nil, false, parcel.Invalid{Field: "Idempotency-Key", Message: "has 1 to 255 characters"}
	}
	r := request{store: s, merchant: m, keyID: keyID, key: idem}
	first, err := r.begin(ctx, requestHash)
	if err != nil {
		return 0, nil, false, err
	}
	if !first {
		status, body, err = r.answer(ctx, requestHash)
		return status, body, true, err
	}
	status, body, err = r.run(context.WithoutCancel(ctx), f)
	return status, body, false, err
}

// request is one idempotent request; began tells its run from a later one under the same key.
type request struct {
	store    *Store
	merchant parcel.MerchantID
	keyID    string
	key      string
	began    time.Time
}

// begin says whether this is the first of its key: new, older than a day, or abandoned with the same body.
func (r *request) begin(ctx context.Context, requestHash []byte) (first bool, err error) {
	err = r.store.db.QueryRowContext(ctx, `
		insert into idempotency (merchant_id, key_id, key, request_hash, created_at) values ($1, $2, $3, $4, clock_timestamp())
		on conflict (merchant_id, key_id, key) do update
			set request_hash = excluded.request_hash, status = 0, body = '', created_at = excluded.created_at
			where idempotency.created_at < now() - interval '24 hours'
				or (idempotency.status = 0 and idempotency.created_at < now() - make_interval(secs => $5)
					and idempotency.request_hash = excluded.request_hash)
		returning created_at`,
		r.merchant, r.keyID, r.key, requestHash, abandoned.Seconds()).Scan(&r.began)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, wrap(err)
	}
	return true, nil
}

// answer reads the first one's answer.
func (r *request) answer(ctx context.Context, requestHash []byte) (status int, body []byte, err error) {
	var hash, sealed []byte
	err = r.store.db.QueryRowContext(ctx, `
		select status, body, request_hash from idempotency where merchant_id = $1 and key_id = $2 and key = $3`,
		r.merchant, r.keyID, r.key).Scan(&status, &sealed, &hash)
	switch {
	case errors.Is(err, sql.ErrNoRows): // the first one failed this moment
		return 0, nil, parcel.ErrConflict
	case err != nil:
		return 0, nil, wrap(err)
	case !bytes.Equal(hash, requestHash):
		return 0, nil, parcel.Invalid{Field: "Idempotency-Key", Message: "was used with another request"}
	case status == 0:
		return 0, nil, parcel.ErrConflict
	}
	body, err = r.store.open(sealed, "idempotency", r.merchant, r.keyID+"/"+r.key, "body")
	return status, body, err
}

// run calls f and keeps its answer, or forgets the key when there is none worth keeping.
func (r *request) run(ctx context.Context, f func() (int, []byte)) (status int, body []byte, err error) {
	kept := false
	defer func() {
		if !kept { // f panicked, failed, or its answer could not be written
			err = errors.Join(err, r.forget(ctx))
		}
	}()
	status, body = f()
	if status >= 500 {
		return status, body, nil
	}
	sealed := r.store.seal(body, "idempotency", r.merchant, r.keyID+"/"+r.key, "body")
	_, err = r.store.db.ExecContext(ctx, `
		update idempotency set status = $5, body = $6
		where merchant_id = $1 and key_id = $2 and key = $3 and created_at = $4`,
		r.merchant, r.keyID, r.key, r.began, status, sealed)
	kept = err == nil
	return status, body, wrap(err)
}

func (r *request) forget(ctx context.Context) error {
	_, err := r.store.db.ExecContext(ctx, `
		delete from idempotency where merchant_id = $1 and key_id = $2 and key = $3 and created_at = $4`,
		r.merchant, r.keyID, r.key, r.began)
	return wrap(err)
}
