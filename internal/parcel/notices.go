package parcel

import "time"

// Kind is what a notice is about.
type Kind string

// Kinds of notice.
const (
	OrderConfirmed  Kind = "order_confirmed" // about the order; all others are about a parcel
	OnItsWay        Kind = "on_its_way"
	OutToday        Kind = "out_for_delivery"
	Delayed         Kind = "delayed"
	AttemptFailed   Kind = "attempt_failed"
	ReadyForPickup  Kind = "ready_for_pickup"
	DeliveredNotice Kind = "delivered"
)

// Kinds lists every notice kind; tests check that each has words for each channel and language.
var Kinds = []Kind{OrderConfirmed, OnItsWay, OutToday, Delayed, AttemptFailed, ReadyForPickup, DeliveredNotice}

// Notice is something the shopper should be told, once per occasion: (merchant, order, parcel, kind, key) is unique.
type Notice struct {
	Kind   Kind
	Parcel ParcelID  // "" when it is about the order
	Key    string    // the occasion
	At     time.Time // when it happened, by the carrier's clock or ours
}

// Outcome is the fate of a message.
type Outcome string

// Outcomes of a message.
const (
	Queued     Outcome = "queued"
	Sent       Outcome = "sent"
	Merged     Outcome = "merged"
	Superseded Outcome = "superseded"
	HeldBack   Outcome = "held"
	Suppressed Outcome = "suppressed"
	Failed     Outcome = "failed"
)
