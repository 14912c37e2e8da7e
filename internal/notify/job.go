package notify

import (
	"context"
	"errors"
	"slices"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/views"
)

// job is a claimed message with all that is known of it.
type job struct {
	out      store.Outgoing
	merchant store.Merchant
	view     string
	unsub    string
	holidays parcel.Holidays
}

// prepare loads a claim and stores its links, in a fixed number of statements. Links come from the merchant's row.
func (b *batch) prepare(ctx context.Context) ([]job, error) {
	l := b.lane
	loaded, err := b.load(ctx)
	if err != nil {
		return nil, err
	}
	var jobs []job
	var links []store.NewLink
	for _, out := range loaded {
		m := out.Message
		merchant, err := l.o.Store.MerchantByID(ctx, m.Merchant)
		if err != nil {
			return nil, err
		}
		view := l.o.Store.MessageToken(m.Merchant, m.ID, parcel.PurposeView)
		unsub := l.o.Store.MessageToken(m.Merchant, m.ID, parcel.PurposeUnsub)
		link := parcel.Link{Merchant: m.Merchant, Order: m.Order, Channel: m.Channel, Message: m.ID}
		life := parcel.LinkLife(out.Order.PlacedAt, out.Parcels)
		link.Purpose, link.Expires = parcel.PurposeView, life.End
		links = append(links, store.NewLink{Token: view, Link: link})
		link.Purpose, link.Expires = parcel.PurposeUnsub, time.Time{}
		links = append(links, store.NewLink{Token: unsub, Link: link})
		jobs = append(jobs, job{
			out: out, merchant: merchant, holidays: l.o.Holidays,
			view: linkTo(merchant.Brand.Base, "t", view), unsub: linkTo(merchant.Brand.Base, "u", unsub),
		})
	}
	return jobs, l.o.Store.SaveLinks(ctx, links)
}

// load reads a claim. When that fails each message is read by itself: one order that cannot be read, its seal broken
// for instance, must not hold up the others. Such a message waits, and fails when it never can.
func (b *batch) load(ctx context.Context) ([]store.Outgoing, error) {
	l, msgs := b.lane, slices.Clone(b.left)
	all, err := l.o.Store.LoadOutgoing(ctx, msgs)
	if err == nil {
		return all, nil
	}
	var readable []store.Outgoing
	for _, m := range msgs {
		one, alone := l.o.Store.LoadOutgoing(ctx, []store.Message{m})
		if alone == nil {
			readable = append(readable, one...)
			continue
		}
		if ctx.Err() != nil || errors.Is(alone, parcel.ErrBusy) {
			return nil, err
		}
		l.o.Log.Error("outbox order cannot be read", "message", m.ID, "err", alone)
		b.drop(m.ID)
		j := job{out: store.Outgoing{Message: m}}
		if m.Attempt > unreadableLimit {
			l.end(j, parcel.Failed, "its order cannot be read", Receipt{})
			continue
		}
		l.later(ctx, j, l.o.Now().Add(delay(m.Attempt, l.o.Rand())), "its order cannot be read")
	}
	return readable, nil
}

// unreadableLimit is how often an order that cannot be read is tried: a key that is missing may come back.
const unreadableLimit = 8

// parcel is the parcel the message is about, the zero one for an order's.
func (j job) parcel() parcel.Parcel {
	for i := range j.out.Parcels {
		if j.out.Parcels[i].ID == j.out.Message.Parcel && j.out.Message.Parcel != "" {
			p := j.out.Parcels[i]
			p.Rules = j.merchant.Rules
			p.Rules.Holiday = j.holidays
			return p
		}
	}
	return parcel.Parcel{}
}

// verdict is a decision with its reason in words for staff.
type verdict struct {
	Outcome parcel.Outcome
	At      time.Time
	Reason  string
}

// decide asks the message policy. An address that bounced gets nothing; one that unsubscribed still gets what the
// shopper must know or must act on: the confirmation of an order, a failed attempt, a parcel that waits.
func (j job) decide(now time.Time) verdict {
	msg := j.out.Message
	if why := j.out.Suppressed; why != "" && (why != "unsubscribed" || mutable(msg.Kind)) {
		return verdict{Outcome: parcel.Suppressed, Reason: why}
	}
	d := parcel.Decide(parcel.Candidate{
		Notice: notice(msg), Parcel: j.parcel(), Past: j.past(), Now: now, Zone: parcel.ZoneOf(j.out.Order.Country),
	})
	return verdict{Outcome: d.Outcome, At: d.At, Reason: string(d.Why)}
}

// mutable says whether an unsubscribed shopper is spared the message.
func mutable(k parcel.Kind) bool {
	return k != parcel.OrderConfirmed && k != parcel.AttemptFailed && k != parcel.ReadyForPickup
}

// past is what the same channel carried, or has waiting, for the order.
func (j job) past() []parcel.Told {
	var told []parcel.Told
	for _, r := range j.out.History {
		if r.Channel != j.out.Message.Channel {
			continue
		}
		told = append(told, parcel.Told{Notice: parcel.Notice{Kind: r.Kind, Parcel: r.Parcel, Key: r.Key, At: r.At}, Outcome: r.Outcome})
	}
	return told
}

func notice(m store.Message) parcel.Notice {
	return parcel.Notice{Kind: m.Kind, Parcel: m.Parcel, Key: m.Key, At: m.At}
}

func (j job) envelope(now time.Time) Envelope {
	return Envelope{
		Message: j.out.Message, Merchant: j.merchant, Order: j.out.Order, Parcels: j.parcels(now),
		View: j.view, Unsubscribe: j.unsub, Left: j.left(), Now: now,
	}
}

// parcels gives those of the order; for one without any yet, what its merchant promises by default.
func (j job) parcels(now time.Time) []parcel.Parcel {
	if len(j.out.Parcels) > 0 {
		return j.out.Parcels
	}
	rules := j.merchant.Rules
	rules.Holiday = j.holidays
	expected := parcel.Parcel{
		Merchant: j.out.Order.Merchant, Order: j.out.Order.ID, Country: j.out.Order.Country, PlacedAt: j.out.Order.PlacedAt, Rules: rules,
	}
	expected.Begin(now)
	return []parcel.Parcel{expected}
}

// left counts the messages that may still follow: those of the road ahead of each parcel, within the budget.
func (j job) left() int {
	n := 0
	if len(j.out.Parcels) == 0 {
		return len(road)
	}
	for i := range j.out.Parcels {
		p := j.out.Parcels[i]
		ahead := stepsAhead(p.Milestone)
		for _, t := range j.out.History {
			if t.Parcel == p.ID && t.Outcome == parcel.Queued {
				ahead = max(ahead, 1)
			}
		}
		n += ahead
	}
	return n
}

// road is what is told of a parcel that travels as it should.
var road = []parcel.Kind{parcel.OnItsWay, parcel.OutToday, parcel.DeliveredNotice}

func stepsAhead(m parcel.Milestone) int {
	switch m.Step() {
	case parcel.StepOrdered, parcel.StepPacked:
		if m.Final() {
			return 0
		}
		return 3
	case parcel.StepOnItsWay:
		if m.Final() || m == parcel.ReturningToSender {
			return 0
		}
		return 2
	case parcel.StepOutForDelivery:
		return 1
	}
	return 0
}

func (m Envelope) notice() parcel.Notice { return notice(m.Message) }

// language is the shopper's, among those the shop offers.
func (m Envelope) language() string { return views.Pick(m.Merchant.Brand.Languages, m.Order.Language) }
