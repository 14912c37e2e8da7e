package parcel

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

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

// Beginnings of keys: the reminder that a waiting parcel will be sent back, and a promise that was not kept.
const (
	lastCall  = "until "
	missedKey = "missed "
)

// Placed is the notice that an order was taken.
func (o Order) Placed() Notice {
	return Notice{Kind: OrderConfirmed, Key: "placed", At: o.PlacedAt}
}

// sameOccasion says whether two notices are one thing to tell.
func (n Notice) sameOccasion(other Notice) bool {
	return n.Parcel == other.Parcel && n.Kind == other.Kind && n.Key == other.Key
}

// LastCall says whether the notice reminds of a parcel that is about to be sent back.
func (n Notice) LastCall() bool {
	return n.Kind == ReadyForPickup && strings.HasPrefix(n.Key, lastCall)
}

// outlook is what a fold has to tell.
type outlook struct {
	movement, slip occasion
	passed         []Notice
}

// newsOf is what the scan just taken in gives cause to tell: nothing when it is not the newest, or when the outlook said
// the same before. A movement that says where the parcel is today covers the revision told with it.
func (o outlook) newsOf(scan string, before outlook) []Notice {
	var news []Notice
	moved := o.movement.Kind != "" && o.movement.scan == scan && !o.movement.sameOccasion(before.movement.Notice)
	if moved {
		news = append(news, o.movement.Notice)
	}
	slipped := o.slip.Kind != "" && o.slip.scan == scan && !o.slip.sameOccasion(before.slip.Notice)
	if slipped && (!moved || o.movement.Kind == OnItsWay) {
		news = append(news, o.slip.Notice)
	}
	return news
}

// passedSince is what the clock has told since an earlier look.
func (o outlook) passedSince(before outlook) []Notice {
	var news []Notice
	for _, n := range o.passed {
		if !slices.ContainsFunc(before.passed, n.sameOccasion) {
			news = append(news, n)
		}
	}
	return news
}

// attempt is the newest try to deliver: its number within its local day.
type attempt struct {
	day      Date
	number   int
	from     time.Time
	dateOnly bool
}

// next is the attempt a scan tells of: the same one when it is on the same day and within two hours, or has no hour.
func (a attempt) next(s *Scan) attempt {
	day := s.When.Day()
	sameDay := a.number > 0 && a.day == day
	if sameDay && (a.dateOnly || s.When.DateOnly) {
		return a
	}
	if a.number > 0 && s.When.UTC.Sub(a.from) < sameAttempt {
		return a
	}
	number := 1
	if sameDay {
		number = a.number + 1
	}
	return attempt{day: day, number: number, from: s.When.UTC, dateOnly: s.When.DateOnly}
}

// occasionOf is what a movement gives cause to tell. Keys: on its way once; out for delivery per local day; ready for
// pick-up per local day it became so; a failed attempt per attempt; delivered per time it became so.
func (f *fold) occasionOf(s *Scan, from Milestone) occasion {
	o := occasion{Notice: Notice{Parcel: f.p.ID, At: s.When.UTC}}
	switch s.Milestone {
	case HandedToCarrier, InTransit, ArrivedAtHub, HandedToLocalCarrier, Customs:
		if !f.lastMile {
			o.Kind, o.Key = OnItsWay, "once"
		}
	case OutForDelivery:
		o.Kind, o.Key = OutToday, s.When.Day().String()
	case DeliveryAttemptFailed:
		f.attempt = f.attempt.next(s)
		o.Kind, o.Key = AttemptFailed, f.attempt.day.String()+" "+strconv.Itoa(f.attempt.number)
	case AvailableForPickup:
		o.Kind, o.Key = ReadyForPickup, f.since.Day().String()
	case Delivered:
		if from != Delivered {
			f.deliveries++
		}
		o.Kind, o.Key = DeliveredNotice, strconv.Itoa(f.deliveries)
	}
	return o
}
