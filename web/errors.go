package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
)

// Refusal is an answer that is an error, by status. The words people read for it stand in views.
type Refusal struct {
	Status     int
	Detail     string // for programs: one sentence, "" for none
	RetryAfter int    // seconds, 0 for none
	Challenge  string // WWW-Authenticate, "" for none
	Location   string // of a redirect
}

func (e Refusal) Error() string { return "refused: " + http.StatusText(e.Status) }

func status(code int) error { return Refusal{Status: code} }
func moved(to string) error { return Refusal{Status: http.StatusPermanentRedirect, Location: to} }

func tooMany(retryAfter int) error {
	return Refusal{Status: http.StatusTooManyRequests, RetryAfter: retryAfter}
}

// Refuse is an answer by its status alone.
func Refuse(code int) error { return status(code) }

// Explain is Refuse with a sentence for the program that asked.
func Explain(code int, detail string) error { return Refusal{Status: code, Detail: detail} }

// retrySoon is what a full queue or an absent database asks for, in seconds.
const retrySoon = 5

// table turns the domain's sentinels into answers; the first match counts.
var table = []struct {
	err    error
	answer Refusal
}{
	{parcel.ErrNotFound, Refusal{Status: http.StatusNotFound}},
	{parcel.ErrExpired, Refusal{Status: http.StatusGone}},
	{parcel.ErrForbidden, Refusal{Status: http.StatusForbidden}},
	{parcel.ErrConflict, Refusal{Status: http.StatusConflict}},
	{parcel.ErrBusy, Refusal{Status: http.StatusServiceUnavailable, RetryAfter: retrySoon}},
	{context.DeadlineExceeded, Refusal{Status: http.StatusServiceUnavailable, RetryAfter: retrySoon}},
}

// answerTo is the one place where an error becomes a status.
func answerTo(err error) Refusal {
	var (
		refusal Refusal
		invalid parcel.Invalid
		many    Problems
		tooBig  *http.MaxBytesError
		echoed  *echo.HTTPError
	)
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &invalid), errors.As(err, &many):
		return Refusal{Status: http.StatusUnprocessableEntity}
	case errors.As(err, &tooBig):
		return Refusal{Status: http.StatusRequestEntityTooLarge}
	case errors.As(err, &echoed):
		return Refusal{Status: echoed.Code}
	}
	for _, row := range table {
		if errors.Is(err, row.err) {
			return row.answer
		}
	}
	return Refusal{Status: http.StatusInternalServerError}
}

// Problems are several invalid fields at once.
type Problems []parcel.Invalid

func (p Problems) Error() string {
	if len(p) == 0 {
		return "invalid"
	}
	return p[0].Error()
}

// fail answers with an error, in the shape of the exchange's class, and logs it when it is ours.
func (s *Server) fail(x *exchange, r *http.Request, err error) {
	a := answerTo(err)
	if a.Status >= http.StatusInternalServerError && !isRefusal(err) {
		s.cfg.Log.Error("request failed", "request", x.id, "route", routeName(x), "status", a.Status, "error", err.Error())
	}
	if x.status != 0 || x.hijacked {
		return
	}

	h := x.Header()
	if a.Location != "" {
		h.Set("Location", a.Location)
		x.WriteHeader(a.Status)
		return
	}
	if a.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(a.RetryAfter))
	}
	if a.Challenge != "" {
		h.Set("WWW-Authenticate", a.Challenge)
	}
	h.Set("Cache-Control", noStore)
	h.Del("Etag")

	switch x.class {
	case machine:
		s.failProblem(x, a, err)
	case shopper, staff:
		s.failPage(x, r, a)
	default:
		h.Set("Content-Type", "text/plain; charset=utf-8")
		x.WriteHeader(a.Status)
		_, _ = x.Write([]byte(http.StatusText(a.Status) + "\n"))
	}
}

func isRefusal(err error) bool {
	var r Refusal
	return errors.As(err, &r)
}

// problem is RFC 9457 with the fields that were wrong and the request's id.
type problem struct {
	Type    string         `json:"type"`
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail,omitempty"`
	Request string         `json:"request_id,omitempty"`
	Errors  []problemField `json:"errors,omitempty"`
}

type problemField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (s *Server) failProblem(x *exchange, a Refusal, err error) {
	p := problem{Type: "about:blank", Title: http.StatusText(a.Status), Status: a.Status, Detail: a.Detail}
	if a.Status != http.StatusNotFound {
		p.Request = x.id
	}
	var one parcel.Invalid
	var many Problems
	switch {
	case errors.As(err, &many):
	case errors.As(err, &one):
		many = Problems{one}
	}
	for _, e := range many {
		p.Errors = append(p.Errors, problemField{e.Field, e.Message})
	}
	if len(p.Errors) > 0 && p.Detail == "" {
		p.Detail = "Some fields cannot be taken as they are."
	}

	body, _ := json.Marshal(p) // strings and numbers only: it cannot fail
	x.Header().Set("Content-Type", "application/problem+json")
	x.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	x.WriteHeader(a.Status)
	_, _ = x.Write(append(body, '\n'))
}

// ProblemBody is the body of a problem answer for callers that must keep it (idempotency).
func ProblemBody(err error) (code int, body []byte) {
	a := answerTo(err)
	rec := &problemWriter{header: http.Header{}}
	x := &exchange{ResponseWriter: rec, class: machine}
	(&Server{}).failProblem(x, a, err)
	return a.Status, rec.body
}

type problemWriter struct {
	header http.Header
	body   []byte
}

func (w *problemWriter) Header() http.Header { return w.header }
func (w *problemWriter) WriteHeader(int)     {}
func (w *problemWriter) Write(b []byte) (int, error) {
	w.body = append(w.body, b...)
	return len(b), nil
}
