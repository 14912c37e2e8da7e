package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/internal/parcel"
)

// parcelRows are parcels on their way into the database, column by column.
type parcelRows struct {
	ids, orders, references, carriers, numbers column
	milestones, ended                          column
	etaFrom, etaTo, promised, exceptions       column // for queries over many parcels; never read back
	states, lastScans, checks                  column
}

func newParcelRows() *parcelRows {
	return &parcelRows{
		ids: columnOf(oidUUID), orders: columnOf(oidUUID), references: columnOf(oidText), carriers: columnOf(oidText),
		numbers: columnOf(oidText), milestones: columnOf(oidText), ended: columnOf(oidTimestamptz), etaFrom: columnOf(oidDate),
		etaTo: columnOf(oidDate), promised: columnOf(oidDate), exceptions: columnOf(oidText), states: columnOf(oidBytea),
		lastScans: columnOf(oidTimestamptz), checks: columnOf(oidTimestamptz),
	}
}

func (r *parcelRows) add(h *heldParcel, state []byte) {
	r.ids.uuid(string(h.ID))
	r.orders.uuid(string(h.Order))
	r.references.text(h.reference)
	r.carriers.text(h.Carrier)
	r.numbers.text(h.TrackingNumber)
	r.milestones.text(string(h.Milestone))
	r.ended.time(endOf(&h.Parcel))
	r.etaFrom.date(h.ETA.From)
	r.etaTo.date(h.ETA.To)
	r.promised.date(firstPromise(h.Promises))
	r.exceptions.text(exceptionsJSON(h.Exceptions))
	r.states.bytes(state)
	r.lastScans.time(lastScan(h.Scans))
	r.checks.time(h.NextCheck)
}

// endOf is when a parcel came to its end, zero while it has not.
func endOf(p *parcel.Parcel) time.Time {
	if !p.Milestone.Final() {
		return time.Time{}
	}
	return p.Since.UTC
}

// firstPromise is the last day of the window that was told first.
func firstPromise(promises []parcel.Promise) parcel.Date {
	if len(promises) == 0 {
		return parcel.Date{}
	}
	return promises[0].To
}

func lastScan(scans []parcel.Scan) time.Time {
	if len(scans) == 0 {
		return time.Time{}
	}
	return scans[len(scans)-1].When.UTC
}

// exceptionsJSON writes them for SQL.
func exceptionsJSON(list []parcel.Exception) string {
	if len(list) == 0 {
		return "[]"
	}

	safe := make([]parcel.Exception, len(list))
	for i, x := range list {
		x.Since = clampTime(x.Since.UTC())
		safe[i] = x
	}
	text, err := json.Marshal(safe)
	if err != nil { // only a time out of the calendar could do that
		return "[]"
	}
	return string(text)
}

// scanRows are scans that were applied for the first time.
type scanRows struct {
	parcels, fingerprints, sources, codes, milestones, times, raw column
}

func newScanRows() *scanRows {
	return &scanRows{
		parcels: columnOf(oidUUID), fingerprints: columnOf(oidBytea), sources: columnOf(oidText), codes: columnOf(oidText),
		milestones: columnOf(oidText), times: columnOf(oidTimestamptz), raw: columnOf(oidText),
	}
}

func (r *scanRows) add(p parcel.ParcelID, s *parcel.Scan) {
	r.parcels.uuid(string(p))
	r.fingerprints.digest(s.Fingerprint)
	r.sources.text(s.Source)
	r.codes.text(s.Code)
	r.milestones.text(string(s.Milestone))
	r.times.time(s.When.UTC)
	r.raw.text(s.When.Raw)
}

// noticeRows are notices on their way into the outbox.
type noticeRows struct {
	ids, orders, parcels, kinds, keys, priorities, times column
}

func newNoticeRows() *noticeRows {
	return &noticeRows{
		ids: columnOf(oidUUID), orders: columnOf(oidUUID), parcels: columnOf(oidUUID), kinds: columnOf(oidText),
		keys: columnOf(oidText), priorities: columnOf(oidInt8), times: columnOf(oidTimestamptz),
	}
}

// Priorities of the outbox. A confirmation is awaited by somebody who has just paid: it passes every queue.
const (
	priorityConfirmation = 0
	priorityParcel       = 5
)

func (r *noticeRows) add(o parcel.OrderID, n parcel.Notice) {
	priority := int64(priorityParcel)
	if n.Parcel == "" {
		priority = priorityConfirmation
	}

	r.ids.uuid(newID())
	r.orders.uuid(string(o))
	r.parcels.uuid(string(n.Parcel))
	r.kinds.text(string(n.Kind))
	r.keys.text(n.Key)
	r.priorities.int(priority)
	r.times.time(n.At)
}

// orderRows are orders on their way into the database.
type orderRows struct {
	ids, numbers, placed, languages, countries, currencies, totals column
	lines, contacts, emails, versions, ended                       column
}

func newOrderRows() *orderRows {
	return &orderRows{
		ids: columnOf(oidUUID), numbers: columnOf(oidText), placed: columnOf(oidTimestamptz), languages: columnOf(oidText),
		countries: columnOf(oidText), currencies: columnOf(oidText), totals: columnOf(oidInt8), lines: columnOf(oidBytea),
		contacts: columnOf(oidBytea), emails: columnOf(oidBytea), versions: columnOf(oidInt8), ended: columnOf(oidTimestamptz),
	}
}

// add seals the contact, unless it is as it was read.
func (r *orderRows) add(s *Store, o *heldOrder, ended time.Time) error {
	contact := o.sealed
	if contact == nil {
		plain, err := json.Marshal(o.Contact)
		if err != nil {
			return err
		}
		contact = s.seal(plain, "orders", o.Merchant, string(o.ID), "contact")
	}
	var email []byte
	if o.Contact.Email != "" {
		email = s.keyedHash(o.Merchant, "email", o.Contact.Email)
	}

	r.ids.uuid(string(o.ID))
	r.numbers.text(o.Number)
	r.placed.time(o.PlacedAt)
	r.languages.text(o.Language)
	r.countries.text(o.Country)
	r.currencies.text(o.Currency)
	r.totals.int(o.Total)
	r.lines.bytes(encodeLines(o.Lines))
	r.contacts.bytes(contact)
	r.emails.bytes(email)
	r.versions.int(o.Version)
	r.ended.time(ended)
	return nil
}

// args are the columns in the order of unnestOrders.
func (r *orderRows) args(m parcel.MerchantID) []any {
	return []any{
		m, &r.ids, &r.numbers, &r.placed, &r.languages, &r.countries, &r.currencies, &r.totals, &r.lines, &r.contacts,
		&r.emails, &r.versions, &r.ended,
	}
}

const unnestOrders = `
	unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bytea[],
			$10::bytea[], $11::bytea[], $12::bigint[], $13::timestamptz[])
		as u (id, number, placed_at, language, country, currency, total, lines, contact, email_hash, version, ended_at)`

// linkRows are orders' own view links.
type linkRows struct{ hashes, orders column }

func newLinkRows() *linkRows { return &linkRows{hashes: columnOf(oidBytea), orders: columnOf(oidUUID)} }

func (r *linkRows) add(hash []byte, o parcel.OrderID) {
	r.hashes.bytes(hash)
	r.orders.uuid(string(o))
}

// rowSet is what scans of several rows need of *sql.Rows.
type rowSet interface {
	scanner
	Next() bool
	Err() error
	Close() error
}

// notifyIfAny tells of something when a statement wrote at least one row; it passes the statement's error on.
func notifyIfAny(ctx context.Context, tx *sqlx.Tx, result sql.Result, err error, payload string) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return notify(ctx, tx, payload)
}
