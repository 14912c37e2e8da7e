package parcel

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// Scan is one event a feed reports about a parcel, at a carrier's time and place.
type Scan struct {
	Fingerprint string // content key, see Fingerprint: the same event has the same one, however often it is told
	Source      string // feed kind: "aftership", "easypost", "sendcloud", "standard", "csv"
	Carrier     string // carrier slug
	Number      string // tracking number, normalised
	Code        string // the feed's own code, as mapped
	Milestone   Milestone
	Reason      Reason
	Actor       Actor
	Cause       Cause
	When        EventTime
	Place       Place
	Text        string // the carrier's own words, as sent, trimmed
	Window      Window // expected delivery told with this scan, zero when none
	Pickup      Pickup
	Handover    Handover
	Unmapped    bool      // the code is in no status map: kept, moves nothing, tells nobody
	Received    time.Time // when we first got it: a scan from the far future is not believed; zero when unknown
}

// Fingerprint is the content key of an event: the same event told again, in another delivery or with the whole history,
// has the same one. Every part is given as the feed sent it. A new expected window told with an old event is news of its
// own: give it a scan of its own with Milestone None and the window in the text. Source: carriers reference, section 2.
func Fingerprint(source, number, rawTime, code, place, text string) string {
	hash := sha256.New()
	for _, part := range [...]string{source, number, rawTime, code, place, text} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		hash.Write(length[:])
		hash.Write([]byte(part))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Place is where a scan happened. Pages at L0 show the country and the kind only.
type Place struct {
	City    string // as sent
	Country string // ISO 3166-1 alpha-2, "" when unknown
	Name    string // facility name as sent
}

// Pickup is a place where a parcel waits to be collected.
type Pickup struct {
	Name    string
	Address string
	Until   Date   // last day, zero when the carrier does not say
	Hours   string // opening hours as the carrier gives them
}

// Handover is how a parcel was delivered.
type Handover string

// Kinds of hand-over; the empty one is unknown.
const (
	HandoverUnknown   Handover = ""
	HandoverPerson    Handover = "person"
	HandoverNeighbour Handover = "neighbour"
	HandoverSafePlace Handover = "safe_place"
	HandoverLetterbox Handover = "letterbox"
	HandoverLocker    Handover = "locker"
	HandoverCollected Handover = "collected" // picked up by the shopper
)

// EventTime is a carrier's time with what is known of it. Source: reference rules on carriers' clocks.
// Raw is what was sent; Local is the wall clock at the place of the event, held in a UTC-zoned time.Time;
// UTC is the instant, exact when ZoneKnown, else Local read in an assumed zone.
type EventTime struct {
	Raw       string
	Local     time.Time
	Offset    int // seconds east of UTC, meaningful when ZoneKnown
	UTC       time.Time
	ZoneKnown bool
	DateOnly  bool // no time of day was given: show the date only
}

// Date is a civil day without a zone. The zero value means none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Window is a span of expected delivery: from a civil day (and hour) to another, local to the destination.
// With no time of day known FromMinute and ToMinute are both zero and whole days are meant.
type Window struct {
	From, To             Date
	FromMinute, ToMinute int // minutes since local midnight
}

// Basis is what an ETA rests on.
type Basis string

// Bases of an ETA.
const (
	BasisNone     Basis = ""
	BasisCarrier  Basis = "carrier"
	BasisMerchant Basis = "merchant" // the merchant's default: business days from the order
)

// ETA is the window now expected.
type ETA struct {
	Window
	Basis Basis
}

// Promise is a window that was told to the shopper, with when and why it was revised.
type Promise struct {
	Window
	Basis  Basis
	At     time.Time
	Reason Reason
	Cause  Cause
	Warned time.Time // when it was plain, on its last day, that it would not be kept; zero when it was not, or Tick has yet to see
	Passed time.Time // when it ran out, once Tick has seen that; zero before
}

// ExceptionKind names an open problem.
type ExceptionKind string

// Kinds of exception.
const (
	ExStalled        ExceptionKind = "stalled"        // moving, but silent for too long
	ExNotCollected   ExceptionKind = "not_collected"  // label made, never handed over
	ExLate           ExceptionKind = "late"           // the promise has passed
	ExPredictedLate  ExceptionKind = "predicted_late" // the ETA is after the promise
	ExFailedAttempt  ExceptionKind = "failed_attempt"
	ExHeld           ExceptionKind = "held"
	ExDamaged        ExceptionKind = "damaged"
	ExProblem        ExceptionKind = "problem"
	ExReturning      ExceptionKind = "returning"
	ExLost           ExceptionKind = "lost"
	ExPickupExpiring ExceptionKind = "pickup_expiring"
)

// Exception is a problem that is open on a parcel.
type Exception struct {
	Kind   ExceptionKind `json:"kind"`
	Since  time.Time     `json:"since"`
	Actor  Actor         `json:"actor,omitempty"`
	Cause  Cause         `json:"cause,omitempty"`
	Reason Reason        `json:"reason,omitempty"`
	Clock  bool          `json:"clock,omitempty"` // opened by time passing, not by a scan
}
