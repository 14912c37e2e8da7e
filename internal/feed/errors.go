package feed

import (
	"errors"
	"fmt"
)

var (
	// ErrForged means that a request was not signed with one of the feed's secrets.
	ErrForged = errors.New("signature does not match")

	// ErrNothing means that an authentic event carries no scan, and never will: a test ping, an event about something else.
	ErrNothing = errors.New("no scan in it")

	// ErrOdd means that an authentic event cannot be read, or not all of it. See Reason.
	ErrOdd = errors.New("odd")
)

// oddError says in plain words what is odd. The words may go to staff and logs: they quote no personal data.
type oddError struct{ reason string }

func (e oddError) Error() string        { return "odd: " + e.reason }
func (e oddError) Is(target error) bool { return target == ErrOdd }

func odd(format string, args ...any) error { return oddError{fmt.Sprintf(format, args...)} }

// Reason gives the plain words of an ErrOdd, or the error's own text.
func Reason(err error) string {
	var o oddError
	if errors.As(err, &o) {
		return o.reason
	}

	return err.Error()
}
