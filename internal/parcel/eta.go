package parcel

import "time"

// halfDay is the least change of a window's hours that counts as a revision. Source: shopper reference, L6.
const halfDay = 12 * 60

// farWindow is how many days after its scan a window may end and still be believed.
const farWindow = 366

// oldNews is how much older than the newest scan one may be and still tell of a revision: feeds overtake each other.
const oldNews = 12 * time.Hour

// promiseDefault makes the merchant's own promise the first one, when its rules give one.
func (f *fold) promiseDefault() {
	window, ok := f.p.Rules.Promise(f.p.PlacedAt, f.p.Country)
	if !ok {
		return
	}
	f.eta = ETA{Window: window, Basis: BasisMerchant}
	f.promises = []Promise{{Window: window, Basis: BasisMerchant, At: f.p.PlacedAt.UTC()}}
}

// Promise is the window a merchant's rules give for an order: from MinDays to MaxDays business days after the counted
// day, in whole days. The counted day is the business day of the order, or the next one from the cut-off hour on. A
// business day is no weekend and no holiday of the warehouse's country, nor of the destination's. No MaxDays, no promise.
func (r Rules) Promise(placed time.Time, destination string) (Window, bool) {
	if r.MaxDays <= 0 || placed.IsZero() {
		return Window{}, false
	}
	local := placed.In(Location(r.Zone))
	counted := DateOf(local)
	if r.CutoffHour > 0 && local.Hour() >= r.CutoffHour {
		counted = counted.AddDays(1)
	}
	warehouse := countryOf(r.Zone)
	counted = addBusinessDays(counted, 0, r.businessDays(warehouse))

	open := r.businessDays(warehouse, destination)
	from := addBusinessDays(counted, min(max(r.MinDays, 0), r.MaxDays), open)
	return Window{From: from, To: addBusinessDays(counted, r.MaxDays, open)}, true
}

// businessDays says whether a day is one in all of the countries.
func (r Rules) businessDays(countries ...string) func(Date) bool {
	return func(d Date) bool {
		if weekday := d.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			return false
		}
		if r.Holiday == nil {
			return true
		}
		for _, country := range countries {
			if country != "" && r.Holiday(country, d) {
				return false
			}
		}
		return true
	}
}

// longestHoliday bounds the search for a business day, whatever a Holidays says.
const longestHoliday = 31

// addBusinessDays is the n-th business day after a day; with n zero the day itself when it is one, else the next.
func addBusinessDays(d Date, n int, open func(Date) bool) Date {
	if n > 0 {
		d = d.AddDays(1)
	}
	for i := range max(n, 1) {
		if i > 0 {
			d = d.AddDays(1)
		}
		for range longestHoliday {
			if open(d) {
				break
			}
			d = d.AddDays(1)
		}
	}
	return d
}

// expect takes from a scan what it says of the day to come. moved says whether it also moves the parcel.
func (f *fold) expect(s *Scan, moved bool) {
	to := f.milestone
	if moved {
		to = s.Milestone
	}
	if to.resting() {
		return
	}

	day := s.When.Day()
	window := s.Window.tidy()
	if window.To.Before(day) || day.DaysUntil(window.To) > farWindow {
		window = Window{}
	}
	switch {
	case moved && to == OutForDelivery && !window.Contains(day):
		f.today(day, s)
	case !window.IsZero():
		f.revise(window, s)
	case moved && to == DeliveryAttemptFailed && !f.eta.To.After(day):
		f.eta = ETA{} // it did not come, and nobody has said when it will
	}
}

// today makes the day of a scan the expected one: the parcel is on the van. Hours told earlier for that day stay. The
// message that it comes today says all there is to say, so that this is never told as a delay.
func (f *fold) today(day Date, s *Scan) {
	if f.eta.OneDay() && f.eta.To == day {
		return
	}
	f.revise(Window{From: day, To: day}, s)
	f.slip = occasion{}
}

// revise takes a window from a carrier. The expectation is always the newest; a promise is only added when the change is
// real. Before hand-over the carrier's window takes the place of the merchant's promise, unless it is later: the
// merchant's was told to the shopper in the confirmation, and is what lateness is counted from.
func (f *fold) revise(w Window, s *Scan) {
	f.eta = ETA{Window: w, Basis: BasisCarrier}
	told := Promise{Window: w, Basis: BasisCarrier, At: s.When.UTC, Reason: s.Reason, Cause: s.Cause}
	if len(f.promises) == 0 {
		f.promises = []Promise{told}
		return
	}

	first, last := f.promises[0], f.promises[len(f.promises)-1]
	if !f.handed && len(f.promises) == 1 && first.Basis == BasisMerchant && !w.laterThan(first.Window) {
		f.promises[0] = told
		return
	}
	if !w.differsFrom(last.Window) {
		return
	}
	f.promises = append(f.promises, told)
	f.slip = occasion{}
	if w.laterThan(last.Window) && w.laterThan(first.Window) {
		f.slip = occasion{
			Notice: Notice{Kind: Delayed, Parcel: f.p.ID, Key: w.To.String(), At: s.When.UTC},
			scan:   s.Fingerprint,
		}
	}
}

// differsFrom says whether a window is really another one: another day, or half a day on the clock.
func (w Window) differsFrom(told Window) bool {
	if w.From != told.From || w.To != told.To {
		return true
	}
	if !w.HasHours() || !told.HasHours() {
		return false
	}
	return abs(w.FromMinute-told.FromMinute) >= halfDay || abs(w.ToMinute-told.ToMinute) >= halfDay
}

// laterThan says whether a window really ends later than another: on a later day, or half a day on the clock.
func (w Window) laterThan(told Window) bool {
	if w.To != told.To {
		return w.To.After(told.To)
	}
	return w.HasHours() && told.HasHours() && w.ToMinute-told.ToMinute >= halfDay
}

func abs(n int) int { return max(n, -n) }

// predict opens the exception of a parcel that is expected after its promise, since the revision that made it so.
func (f *fold) predict() {
	if f.slip.Kind != "" && f.heard.Sub(f.slip.At) > oldNews {
		f.slip = occasion{}
	}
	if f.eta.IsZero() || len(f.promises) == 0 || !f.eta.laterThan(f.promises[0].Window) {
		return
	}
	late := f.promises[len(f.promises)-1]
	for i := len(f.promises) - 1; i > 0 && f.promises[i].laterThan(f.promises[0].Window); i-- {
		late = f.promises[i]
	}
	f.open(Exception{Kind: ExPredictedLate, Since: late.At, Actor: f.mover(), Cause: late.Cause, Reason: late.Reason})
}

// mover is who has to get the parcel on: whoever has it.
func (f *fold) mover() Actor {
	if f.handed {
		return CarrierActs
	}
	return MerchantActs
}
