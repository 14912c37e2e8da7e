package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"onderweg/internal/parcel"
)

// wrap turns an error of the database into one of the domain. Texts of the server are left behind where they may repeat
// what a person typed. Wrapping twice changes nothing.
func wrap(err error) error {
	if err == nil || isDomain(err) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return parcel.ErrNotFound
	}
	if pe, ok := errors.AsType[*pq.Error](err); ok {
		return wrapSQL(pe)
	}
	if isAway(err) {
		return fmt.Errorf("%w: the database does not answer: %w", parcel.ErrBusy, err)
	}
	return err
}

func isDomain(err error) bool {
	for _, known := range []error{parcel.ErrNotFound, parcel.ErrForbidden, parcel.ErrConflict, parcel.ErrExpired, parcel.ErrBusy} {
		if errors.Is(err, known) {
			return true
		}
	}
	_, ok := errors.AsType[parcel.Invalid](err)
	return ok
}

// wrapSQL maps SQLSTATEs. Source: PostgreSQL 15, appendix A.
func wrapSQL(e *pq.Error) error {
	switch e.Code {
	case "23505", "23P01": // unique_violation, exclusion_violation
		return fmt.Errorf("%w: %s", parcel.ErrConflict, e.Constraint)
	case "23503": // foreign_key_violation: what it belongs to is not there
		return fmt.Errorf("%w: %s", parcel.ErrNotFound, e.Constraint)
	case "23502", "23514": // not_null_violation, check_violation
		return parcel.Invalid{Field: field(e), Message: "is not allowed"}
	case "22P02", "22007", "22008", "22003", "22023": // texts that are no uuid, date or number; values out of range
		return parcel.Invalid{Field: field(e), Message: "has the wrong form"}
	case "22021", "22P05": // not UTF-8, or U+0000
		return parcel.Invalid{Field: field(e), Message: "holds characters that cannot be stored"}
	case "22001": // string_data_right_truncation
		return parcel.Invalid{Field: field(e), Message: "is too long"}
	case "40001", "40P01", "55P03", "57014": // serialization, deadlock, lock not available, statement timeout
		return fmt.Errorf("%w: %w", parcel.ErrBusy, e)
	case "53300", "53400", "57P01", "57P02", "57P03", "08000", "08003", "08006", "08P01": // full, stopping, starting, cut off
		return fmt.Errorf("%w: %w", parcel.ErrBusy, e)
	case "53100", "53200", "25006": // disk full, out of memory, read-only: a standby after a failover
		return fmt.Errorf("%w: %w", parcel.ErrBusy, e)
	}
	return e
}

// field names what was wrong as well as the server knows: it tells the column rarely.
func field(e *pq.Error) string {
	switch {
	case e.Column != "":
		return e.Column
	case e.Constraint != "":
		return e.Constraint
	}
	return "value"
}

func isAway(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.DeadlineExceeded)
}

func hasState(err error, code pqerror.Code) bool {
	pe, ok := errors.AsType[*pq.Error](err)
	return ok && pe.Code == code
}

func isUndefinedTable(err error) bool { return hasState(err, "42P01") }
