// Package feed is how news of parcels comes in: one file a carrier or aggregator verifies its requests on the raw bytes and
// turns their bodies into scans, and the intake empties the inbox. It is not HTTP: handlers/ receives, store/ keeps.
package feed

import (
	"net/http"
	"sync"
	"time"

	"onderweg/internal/parcel"
)

// Adapter speaks the wire format of one kind of feed. Adapters hold no state: they are safe for concurrent use.
type Adapter interface {
	// Kind is the name a merchant's feed is stored with, e.g. "aftership".
	Kind() string

	// Keep lists the request headers to store with the body. Never one that holds a secret or a signature.
	Keep() []string

	// Verify checks the signature over the raw body with any of the active secrets, in constant time. Every failure is
	// ErrForged: why is nobody's business.
	Verify(secrets []string, h http.Header, body []byte, now time.Time) error

	// EventKey is the 32 bytes by which a repeated request is known: the SHA-256 of the feed's event id, or of the body
	// where the feed has none.
	EventKey(h http.Header, body []byte) []byte

	// Parse gives the scans in an authenticated body, oldest first as far as the feed tells. It gives ErrNothing for an
	// event that carries no scan, and an error that is ErrOdd, with Reason in plain words, for what it cannot take. Scans that
	// come with an ErrOdd are good and want recording: the error is about the rest of the body.
	Parse(h http.Header, body []byte, received time.Time) ([]parcel.Scan, error)

	// Compose is the inverse of Verify and Parse: a signed request in the feed's wire format, for the simulator and the tests.
	Compose(b Batch) (body []byte, h http.Header, err error)
}

// Batch is what Compose puts into one request: news of one parcel.
type Batch struct {
	Secret      string
	ID          string    // event id; feeds without one leave it out
	Sent        time.Time // when the sender says it sends
	Carrier     string    // our slug
	Number      string    // tracking number
	OrderNumber string
	Country     string // destination, ISO 3166-1 alpha-2
	Scans       []parcel.Scan
	ETA         parcel.Window // expected delivery, zero for none
}

// All lists every adapter. To add a feed, write its file and its line here.
func All() []Adapter {
	m := maps()
	return []Adapter{
		aftership{codes: m["aftership"]},
		easypost{codes: m["easypost"]},
		sendcloud{codes: m["sendcloud"]},
		standard{codes: m["standard"]},
	}
}

// ByKind finds an adapter by name.
func ByKind(kind string) (Adapter, bool) {
	for _, a := range All() {
		if a.Kind() == kind {
			return a, true
		}
	}

	return nil, false
}

// maps reads the embedded status maps once. They never change while the program runs.
var maps = sync.OnceValue(func() map[string]statusMap {
	m, err := readStatusMaps(statusMapJSON)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}

	return m
})
