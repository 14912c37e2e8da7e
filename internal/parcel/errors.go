package parcel

import "errors"

// Sentinels of the domain. web/errors.go turns them into statuses, store.wrap makes them from SQL errors.
var (
	ErrNotFound  = errors.New("not found")
	ErrForbidden = errors.New("forbidden")
	ErrConflict  = errors.New("conflict")
	ErrExpired   = errors.New("expired")
	ErrBusy      = errors.New("busy") // try again soon: a queue is full or the database is away
)

// Invalid is input that cannot be taken, with the field it is about (a JSON path or form name) and words for a person.
type Invalid struct {
	Field   string
	Message string
}

func (e Invalid) Error() string { return e.Field + ": " + e.Message }
