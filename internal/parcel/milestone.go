package parcel

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
