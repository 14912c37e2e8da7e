package parcel

import "slices"

// Milestone is where a parcel is, in words a shopper knows. Every feed's codes map to one of these or to None.
type Milestone string

// The canonical milestones. None keeps an event in the history without moving the parcel.
const (
	None                  Milestone = ""
	OrderPlaced           Milestone = "order_placed"
	PickedAndPacked       Milestone = "picked_and_packed"
	LabelCreated          Milestone = "label_created"
	HandedToCarrier       Milestone = "handed_to_carrier"
	InTransit             Milestone = "in_transit"
	ArrivedAtHub          Milestone = "arrived_at_hub"
	HandedToLocalCarrier  Milestone = "handed_to_local_carrier"
	Customs               Milestone = "customs"
	OutForDelivery        Milestone = "out_for_delivery"
	Delivered             Milestone = "delivered"
	AvailableForPickup    Milestone = "available_for_pickup"
	DeliveryAttemptFailed Milestone = "delivery_attempt_failed"
	Problem               Milestone = "exception"
	Held                  Milestone = "held"
	ReturningToSender     Milestone = "returning_to_sender"
	ReturnedToSender      Milestone = "returned_to_sender"
	Lost                  Milestone = "lost"
	Cancelled             Milestone = "cancelled"
	Expired               Milestone = "expired"
)

// Milestones lists all of them in the order of a good journey, the bad ends last.
var Milestones = []Milestone{
	OrderPlaced, PickedAndPacked, LabelCreated, HandedToCarrier, InTransit, ArrivedAtHub, HandedToLocalCarrier,
	Customs, OutForDelivery, AvailableForPickup, DeliveryAttemptFailed, Problem, Held, Delivered,
	ReturningToSender, ReturnedToSender, Lost, Cancelled, Expired,
}

// Step is one of the five marks on the road a shopper sees.
type Step int

// The five steps: ordered, packed, on its way, out for delivery, delivered.
const (
	StepOrdered Step = iota
	StepPacked
	StepOnItsWay
	StepOutForDelivery
	StepDelivered
)

// Step is where on the road a milestone stands. Ends that are no delivery keep the step at which the road was left.
func (m Milestone) Step() Step {
	switch m {
	case None, OrderPlaced, Cancelled:
		return StepOrdered
	case PickedAndPacked, LabelCreated:
		return StepPacked
	case OutForDelivery, AvailableForPickup, DeliveryAttemptFailed:
		return StepOutForDelivery
	case Delivered:
		return StepDelivered
	default:
		return StepOnItsWay
	}
}

// Final says whether nothing more is expected to happen to the parcel.
func (m Milestone) Final() bool {
	switch m {
	case Delivered, ReturnedToSender, Lost, Cancelled, Expired:
		return true
	}
	return false
}

// Known says whether m is one of Milestones.
func (m Milestone) Known() bool { return m.rank() >= 0 }

// rank is the place in Milestones, -1 for None and unknown ones. It breaks ties of time and nothing else.
func (m Milestone) rank() int { return slices.Index(Milestones, m) }

// paper says whether the milestone is a matter of data and boxes, before the parcel is in a carrier's hands.
func (m Milestone) paper() bool {
	return m == OrderPlaced || m == PickedAndPacked || m == LabelCreated
}

// transit says whether the parcel is on the road between hand-over and the last mile.
func (m Milestone) transit() bool {
	switch m {
	case HandedToCarrier, InTransit, ArrivedAtHub, HandedToLocalCarrier, Customs:
		return true
	}
	return false
}

// lastMile says whether the parcel has been on its last way to the shopper.
func (m Milestone) lastMile() bool {
	switch m {
	case OutForDelivery, AvailableForPickup, DeliveryAttemptFailed, Delivered:
		return true
	}
	return false
}

// Actor is who must do something now.
type Actor string

// Who must act.
const (
	Nobody       Actor = ""
	ShopperActs  Actor = "shopper"
	MerchantActs Actor = "merchant"
	CarrierActs  Actor = "carrier"
)

// Cause is who or what made a problem.
type Cause string

// Causes of a problem.
const (
	Unknown         Cause = ""
	CausedByCarrier Cause = "carrier"
	CausedByShop    Cause = "merchant"
	CausedByShopper Cause = "shopper"
	CausedByCustoms Cause = "customs"
	CausedByWeather Cause = "weather"
)

// Reason says what went wrong, finer than a milestone. Values are stable: they are stored and translated.
type Reason string

// Reasons a feed may give.
const (
	NoReason           Reason = ""
	ReasonDelayed      Reason = "delayed"
	ReasonWeather      Reason = "weather"
	ReasonNotHome      Reason = "not_home"
	ReasonClosed       Reason = "closed"
	ReasonAddress      Reason = "address"
	ReasonRefused      Reason = "refused"
	ReasonDamaged      Reason = "damaged"
	ReasonCustoms      Reason = "customs"
	ReasonPayment      Reason = "payment"
	ReasonDocuments    Reason = "documents"
	ReasonMissorted    Reason = "missorted"
	ReasonNotCollected Reason = "not_collected"
	ReasonOther        Reason = "other"
)
