package demo

import (
	"time"

	"onderweg/internal/parcel"
)

// plot is the story of one parcel up to now: what happened, and the state its page then shows.
type plot struct {
	state string // key in links.json
	made  int    // days ago the order was placed
	pack  int    // days ago it was packed; -1 for not yet
	beats []beat
	split bool // half of the order is still being packed
	due   int  // the day the carrier first promised, in days from now; below 0 it has passed
	hours bool // today, the carrier names hours
}

// beat is one scan of a plot. A beat of today is told as minutes before now, so that it is never in the future.
type beat struct {
	milestone parcel.Milestone
	ago       int // days
	clock     int // local minutes since midnight; with ago 0, minutes before now
	hub       bool
	reason    parcel.Reason
	handover  parcel.Handover
	due       int // days from now that this scan newly expects, 0 for no word
}

func at(hour, minute int) int { return hour*60 + minute }

// road is the way every good parcel goes: handed over and sorted, so many days ago.
func road(ago int) []beat {
	return []beat{
		{milestone: parcel.LabelCreated, ago: ago + 1, clock: at(11, 20)},
		{milestone: parcel.HandedToCarrier, ago: ago + 1, clock: at(17, 5)},
		{milestone: parcel.ArrivedAtHub, ago: ago, clock: at(2, 40), hub: true},
		{milestone: parcel.InTransit, ago: ago, clock: at(8, 12), hub: true},
	}
}

func then(first []beat, more ...beat) []beat { return append(first, more...) }

// plots has every state a page can show, the most common ones first.
func plots() []plot {
	van := beat{milestone: parcel.OutForDelivery, clock: 95}
	vanAgo := func(days int) beat { return beat{milestone: parcel.OutForDelivery, ago: days, clock: at(8, 12)} }

	return []plot{
		{state: "on_its_way", made: 3, pack: 2, beats: road(1), due: 1},
		{state: "out_for_delivery", made: 2, pack: 2, beats: then(road(1), van), hours: true},
		{state: "delivered", made: 4, pack: 3, beats: then(road(2), vanAgo(1), beat{milestone: parcel.Delivered, ago: 1, clock: at(14, 52), handover: parcel.HandoverPerson}), due: -1},
		{state: "late", made: 6, pack: 5, beats: then(road(4), beat{milestone: parcel.Problem, clock: 130, hub: true, reason: parcel.ReasonDelayed, due: 2}), due: -1},
		{state: "ready_for_pickup", made: 5, pack: 4, beats: then(road(3), vanAgo(1), beat{milestone: parcel.DeliveryAttemptFailed, ago: 1, clock: at(14, 52), reason: parcel.ReasonNotHome}, beat{milestone: parcel.AvailableForPickup, clock: 80}), due: -1},
		{state: "attempt_failed", made: 4, pack: 3, beats: then(road(2), beat{milestone: parcel.OutForDelivery, clock: 300}, beat{milestone: parcel.DeliveryAttemptFailed, clock: 25, reason: parcel.ReasonNotHome})},
		{state: "two_parcels", made: 3, pack: 2, beats: road(1), split: true, due: 1},
		{state: "ordered", made: 0, pack: -1},
		{state: "packed", made: 1, pack: 0},
		{state: "label_created", made: 2, pack: 1, beats: road(0)[:1], due: 2},
		{state: "at_the_hub", made: 2, pack: 1, beats: road(0)[:3], due: 1},
		{state: "customs", made: 3, pack: 2, beats: then(road(1), beat{milestone: parcel.Customs, clock: 170, reason: parcel.ReasonCustoms}), due: 1},
		{state: "no_news", made: 9, pack: 8, beats: road(7), due: -4},
		{state: "held", made: 5, pack: 4, beats: then(road(3), beat{milestone: parcel.Held, ago: 1, clock: at(10, 15), reason: parcel.ReasonAddress}), due: -1},
		{state: "damaged", made: 5, pack: 4, beats: then(road(3), beat{milestone: parcel.Problem, ago: 1, clock: at(6, 30), hub: true, reason: parcel.ReasonDamaged}), due: -1},
		{state: "delivered_neighbour", made: 5, pack: 4, beats: then(road(3), vanAgo(2), beat{milestone: parcel.Delivered, ago: 2, clock: at(15, 20), handover: parcel.HandoverNeighbour}), due: -2},
		{state: "returning", made: 9, pack: 8, beats: then(road(6), vanAgo(5), beat{milestone: parcel.DeliveryAttemptFailed, ago: 5, clock: at(13, 10), reason: parcel.ReasonAddress}, beat{milestone: parcel.ReturningToSender, ago: 1, clock: at(7, 45), hub: true}), due: -5},
		{state: "returned", made: 14, pack: 13, beats: then(road(11), vanAgo(10), beat{milestone: parcel.ReturningToSender, ago: 6, clock: at(7, 45), hub: true}, beat{milestone: parcel.ReturnedToSender, ago: 3, clock: at(11, 5)}), due: -10},
		{state: "lost", made: 20, pack: 19, beats: then(road(17), beat{milestone: parcel.Lost, ago: 2, clock: at(12, 0)}), due: -15},
		{state: "cancelled", made: 4, pack: -1, beats: []beat{{milestone: parcel.Cancelled, ago: 3, clock: at(10, 0)}}},
	}
}

// when gives a beat's time in its zone.
func (b beat) when(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	if b.ago == 0 {
		return local.Add(-time.Duration(b.clock) * time.Minute).Truncate(time.Minute)
	}

	y, m, d := local.Date()

	return time.Date(y, m, d-b.ago, b.clock/60, b.clock%60, 0, 0, zone)
}
