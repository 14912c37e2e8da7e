package parcel

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Bounds of what is believed of a carrier's clock, and how near two feeds tell one event.
const (
	farFuture   = 48 * time.Hour
	longBefore  = 366 * 24 * time.Hour
	sameAttempt = 2 * time.Hour
)

// Begin derives what can be known of a parcel before any scan: milestone, default promise, next check. What the clock
// has already passed by now is noted without telling anyone, so that old orders may be imported in silence. It may be
// called again whenever one of the given fields changed; then now is of no account.
func (p *Parcel) Begin(now time.Time) {
	if p.Milestone != None {
		now = p.lastSeen()
	}
	p.derive(now)
}

// Apply takes in something that happened and gives what is to be told of it. The same scan changes nothing the second
// time, and the order in which scans come never matters: everything is derived anew from all of them in the order of
// the carriers' clocks, and from what Tick has noted. A scan that is not the newest movement tells nothing.
func (p *Parcel) Apply(s Scan) []Notice {
	now := p.lastSeen()
	before := p.derive(now)

	fresh, changed := p.insert(s)
	if !changed {
		return nil
	}
	after := p.derive(now)
	if !fresh {
		return nil
	}
	return after.newsOf(s.Fingerprint, before)
}

// Tick takes in that time has passed and gives what is to be told of it. A clock that goes back changes nothing.
// However Apply and earlier Ticks were mixed, the state after all scans and a Tick is the same.
func (p *Parcel) Tick(now time.Time) []Notice {
	seen := p.lastSeen()
	before := p.derive(seen)
	if now.Before(seen) {
		return nil
	}
	return p.derive(now).passedSince(before)
}

// insert puts a scan in its place. Of one told twice the first receipt counts; fresh is false then, and changed says
// whether that made a difference. The slice is never changed in place: copies of the parcel may share it.
func (p *Parcel) insert(s Scan) (fresh, changed bool) {
	known := slices.IndexFunc(p.Scans, func(o Scan) bool { return o.Fingerprint == s.Fingerprint })
	if known >= 0 {
		old := p.Scans[known].Received
		if s.Received.IsZero() || !old.IsZero() && !s.Received.Before(old) {
			return false, false
		}
		p.Scans = slices.Clone(p.Scans)
		p.Scans[known].Received = s.Received
		return false, true
	}

	scans := make([]Scan, 0, len(p.Scans)+1)
	scans = append(append(scans, p.Scans...), s)
	slices.SortFunc(scans, inCarrierTime)
	p.Scans = scans
	return true, true
}

// inCarrierTime orders scans by the estimated instant, then milestone, then fingerprint: one total order, so that
// sorting does not depend on what came first.
func inCarrierTime(a, b Scan) int {
	return cmp.Or(
		a.sortTime().Compare(b.sortTime()),
		cmp.Compare(a.Milestone.rank(), b.Milestone.rank()),
		strings.Compare(a.Fingerprint, b.Fingerprint),
	)
}

// sortTime is the instant a scan is taken to have happened. With a date only, an end of the journey is taken to be the
// last thing of its day and anything else the first.
func (s *Scan) sortTime() time.Time {
	if s.When.DateOnly && (s.Milestone.Final() || s.Milestone == AvailableForPickup) {
		return s.When.UTC.Add(24*time.Hour - time.Second)
	}
	return s.When.UTC
}

// believed says whether a scan's time can be true: not more than two days after its receipt, not more than a year
// before the order. Others stay in the history and move nothing.
func (p *Parcel) believed(s *Scan) bool {
	year := s.When.UTC.Year()
	if year < 1990 || year >= 9999 {
		return false
	}
	if !s.Received.IsZero() && s.When.UTC.After(s.Received.Add(farFuture)) {
		return false
	}
	return p.PlacedAt.IsZero() || s.When.UTC.After(p.PlacedAt.Add(-longBefore))
}

// lastSeen is the latest moment Tick is known to have looked at: it is kept in what the clock has opened and passed.
func (p *Parcel) lastSeen() time.Time {
	var seen time.Time
	for _, e := range p.Exceptions {
		if e.Clock && e.Since.After(seen) {
			seen = e.Since
		}
	}
	for _, promise := range p.Promises {
		for _, noted := range [...]time.Time{promise.Warned, promise.Passed} {
			if noted.After(seen) {
				seen = noted
			}
		}
	}
	return seen
}

// fold is the state of a parcel while its scans are read in order.
type fold struct {
	p    *Parcel
	zone *time.Location // of the destination: windows are local to it

	milestone Milestone
	since     EventTime
	handed    bool      // a carrier has, or had, the parcel
	lastMile  bool      // it has been further than on its way
	heard     time.Time // the newest believed scan of any kind

	deliveries int // times it became delivered
	attempt    attempt

	eta        ETA
	promises   []Promise
	exceptions []Exception
	pickup     Pickup
	handover   Handover

	movement occasion // what the newest movement says
	slip     occasion // what the newest revision says
}

// occasion is a notice with the scan that gives cause for it. A Kind of "" says nothing.
type occasion struct {
	Notice
	scan string
}

// derive computes the second block of the parcel from the first, its scans, and the latest moment the clock was seen.
func (p *Parcel) derive(seen time.Time) outlook {
	f := fold{p: p, zone: Location(ZoneOf(p.Country))}
	f.start()
	for i := range p.Scans {
		f.read(&p.Scans[i])
	}
	f.finish()

	next, passed := f.pass(seen)
	p.Milestone, p.Since = f.milestone, f.since
	p.ETA, p.Promises = f.eta, f.promises
	p.Exceptions = f.exceptions
	p.Pickup, p.Handover = f.pickup, f.handover
	p.NextCheck = next
	return outlook{movement: f.movement, slip: f.slip, passed: passed}
}

// start is a parcel without scans: what the shop said.
func (f *fold) start() {
	warehouse := Location(f.p.Rules.Zone)
	f.milestone, f.since = OrderPlaced, ours(f.p.PlacedAt, warehouse)
	if !f.p.PackedAt.IsZero() {
		f.milestone, f.since = PickedAndPacked, ours(f.p.PackedAt, warehouse)
	}
	f.heard = f.since.UTC
	f.promiseDefault()
}

// read takes in the next scan.
func (f *fold) read(s *Scan) {
	if !f.p.believed(s) {
		return
	}
	if at := s.When.UTC; at.After(f.heard) {
		f.heard = at
	}
	if s.Unmapped {
		return
	}
	moved := moves(f.milestone, s.Milestone) && !f.guessed(s)
	f.expect(s, moved)
	if moved {
		f.move(s)
	}
}

// guessed says whether a scan would undo a delivery by no more than our guess at its time of day.
func (f *fold) guessed(s *Scan) bool {
	return s.When.DateOnly && f.milestone == Delivered && s.Milestone == AvailableForPickup && s.When.Day() == f.since.Day()
}

// moves says whether a newer scan may take a parcel from one milestone to another. The newest scan decides, with four
// exceptions that feeds make necessary: paperwork stamped late never takes a parcel out of a carrier's hands; a scan on
// the road does not undo a delivery, nor turn a returning parcel round; and what a carrier delivers after it
// brought the parcel back is delivered to the sender.
func moves(from, to Milestone) bool {
	if !to.Known() {
		return false
	}
	if to == from {
		return true
	}
	if to.paper() {
		return from.paper() && to.rank() > from.rank()
	}
	switch from {
	case Delivered:
		return to == ReturningToSender || to == ReturnedToSender || to == DeliveryAttemptFailed || to == AvailableForPickup || to == Lost
	case ReturningToSender:
		return to.lastMile() || to.Final()
	case ReturnedToSender:
		return to == OutForDelivery || to == AvailableForPickup || to == Lost
	}
	return true
}

// move takes the parcel to the scan's milestone: the same one again counts too, it may be another occasion.
func (f *fold) move(s *Scan) {
	from := f.milestone
	f.milestone = s.Milestone
	if from != s.Milestone {
		f.since = s.When
	}
	if s.Milestone.transit() || s.Milestone.lastMile() {
		f.handed = true
	}

	last := f.movement
	f.movement = f.occasionOf(s, from)
	f.movement.scan = s.Fingerprint
	again := f.movement.Kind != "" && !f.movement.sameOccasion(last.Notice)
	if again && from == s.Milestone {
		f.since = s.When
	}
	if s.Milestone.lastMile() {
		f.lastMile = true
	}

	f.collect(s)
	f.deliver(s, from)
	f.judge(s, again)
}

// collect keeps where the parcel waits: the newest place told while it does.
func (f *fold) collect(s *Scan) {
	if s.Milestone != AvailableForPickup {
		f.pickup = Pickup{}
		return
	}
	place := s.Pickup
	if place.Name == "" && place.Address == "" && place.Until.IsZero() {
		return
	}
	if place.Name == "" && place.Address == "" {
		place.Name, place.Address, place.Hours = f.pickup.Name, f.pickup.Address, f.pickup.Hours
	}
	if place.Until.IsZero() {
		place.Until = f.pickup.Until
	}
	f.pickup = place
}

// deliver keeps how the parcel was handed over. One that waited and is delivered without a word was collected.
func (f *fold) deliver(s *Scan, from Milestone) {
	if s.Milestone != Delivered {
		f.handover = HandoverUnknown
		return
	}
	if s.Handover != HandoverUnknown {
		f.handover = s.Handover
	}
	if f.handover == HandoverUnknown && from == AvailableForPickup {
		f.handover = HandoverCollected
	}
}

// finish clears what no longer means anything at the milestone reached.
func (f *fold) finish() {
	if f.milestone.resting() {
		f.eta, f.slip = ETA{}, occasion{}
		return
	}
	f.predict()
}

// resting says whether a milestone means that nothing more is expected at the shopper's door: it is there, waits for the shopper, goes back
// or has come to another end.
func (m Milestone) resting() bool {
	return m.Final() || m == AvailableForPickup || m == ReturningToSender
}
