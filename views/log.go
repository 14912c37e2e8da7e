package views

import (
	"strconv"
	"time"

	"onderweg/internal/parcel"
)

// openRows is how many events stand open; the rest is one tap away.
const openRows = 3

func fold(rows []LogRow) Log {
	n := min(openRows, len(rows))
	l := Log{Rows: rows[:n], Earlier: rows[n:]}
	if len(l.Earlier) > 0 && l.Earlier[0].Day == "" {
		l.Earlier[0].Day = dayAbove(rows, n)
	}
	return l
}

// dayAbove is the day a row belongs to: the last one named above it.
func dayAbove(rows []LogRow, i int) string {
	for ; i > 0; i-- {
		if rows[i].Day != "" {
			return rows[i].Day
		}
	}
	return rows[0].Day
}

// log is the timeline of a parcel, newest first: its scans, and what the shop did before the first of them.
func (v viewer) log(p parcel.Parcel) []LogRow {
	rows := make([]LogRow, 0, len(p.Scans)+2)
	abroad := v.abroad(p)
	packedToo, placedToo := !p.PackedAt.IsZero(), true
	for i := len(p.Scans) - 1; i >= 0; i-- {
		s := &p.Scans[i]
		if s.Milestone == parcel.None && !s.Window.IsZero() && s.Text == "" {
			continue // a carrier's new estimate: the page says it in the sentence
		}
		packedToo = packedToo && s.Milestone != parcel.PickedAndPacked
		placedToo = placedToo && s.Milestone != parcel.OrderPlaced
		rows = append(rows, v.row(p, s, i, abroad))
	}
	if packedToo {
		rows = v.insert(rows, p.PackedAt, "scan.packed", len(p.Scans))
	}
	if placed := v.t.PlacedAt; placedToo && !placed.IsZero() {
		rows = v.insert(rows, placed, "scan.ordered", len(p.Scans)+1)
	}
	day := ""
	for i := range rows {
		if rows[i].Day == day {
			rows[i].Day = ""
			continue
		}
		day = rows[i].Day
	}
	if len(rows) > 0 {
		rows[0].New = true
	}
	return rows
}

// insert puts an event of the shop's own among the scans, by its wall clock at the destination.
func (v viewer) insert(rows []LogRow, at time.Time, key string, n int) []LogRow {
	local := at.In(v.zone)
	row := LogRow{
		Key: "e" + itoa(n), Day: v.w.ShortDay(parcel.DateOf(local)), Time: v.w.Time(minuteOf(local)),
		Datetime: local.Format(time.RFC3339), Text: v.w.text(key),
	}
	i := len(rows)
	for i > 0 && rows[i-1].Datetime < row.Datetime {
		i--
	}
	rows = append(rows, LogRow{})
	copy(rows[i+1:], rows[i:])
	rows[i] = row
	return rows
}

// row is one scan without anything personal: the kind of place and the country, never the town.
func (v viewer) row(p parcel.Parcel, s *parcel.Scan, i int, abroad bool) LogRow {
	carrier := v.carrier(p)
	r := LogRow{
		Key:  "s" + itoa(i),
		Day:  v.w.ShortDay(parcel.DateOf(s.When.Local)),
		Text: v.w.T(scanKey(s), "carrier", carrier),
	}
	r.Place = v.place(s, abroad)
	r.Datetime = datetime(s.When)
	if !s.When.DateOnly {
		r.Time = v.w.Time(minuteOf(s.When.Local))
		r.Zone = v.clockThere(s)
	}
	r.Raw, r.RawLang = knownPhrase(s.Text)
	if r.Raw != "" {
		r.Raw = carrier + ": " + r.Raw
	}
	return r
}

// datetime is the machine's form: with an offset where it is known, a bare date where no time was given.
func datetime(t parcel.EventTime) string {
	switch {
	case t.DateOnly:
		return t.Local.Format(time.DateOnly)
	case !t.ZoneKnown:
		return t.Local.Format("2006-01-02T15:04")
	}
	b := t.Local.AppendFormat(make([]byte, 0, 32), "2006-01-02T15:04:05")
	return string(appendOffset(b, t.Offset))
}

func appendOffset(b []byte, seconds int) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	h, m := seconds/3600, seconds/60%60
	return append(b, sign, '0'+byte(h/10), '0'+byte(h%10), ':', '0'+byte(m/10), '0'+byte(m%10))
}

// clockThere names the clock of an event where it differs from the one at the door: "UTC+8", or "local time" where
// only the country tells that it must.
func (v viewer) clockThere(s *parcel.Scan) string {
	if s.When.ZoneKnown {
		_, door := s.When.UTC.In(v.zone).Zone()
		if s.When.Offset == door {
			return ""
		}
		h := float64(s.When.Offset) / 3600
		if h == 0 {
			return "UTC"
		}
		sign := "+"
		if h < 0 {
			sign, h = "−", -h
		}
		return "UTC" + sign + strconv.FormatFloat(h, 'f', -1, 64)
	}
	if s.Place.Country == "" || s.Place.Country == v.country || zoneOf(s.Place.Country) == v.zone {
		return ""
	}
	return v.w.text("zone.local")
}

// place is the kind of place and the country, as level L0 may show them: neither where the sentence says it already,
// no country on a journey within one.
func (v viewer) place(s *parcel.Scan, abroad bool) string {
	land, kind := "", ""
	if abroad && s.Place.Country != "" {
		land = v.w.Land(s.Place.Country)
	}
	switch s.Milestone {
	case parcel.InTransit:
		if s.Place.City != "" || s.Place.Name != "" {
			kind = v.w.text("place.hub")
		}
	case parcel.OutForDelivery:
		kind = v.w.text("place.depot")
	}
	switch {
	case kind == "":
		return land
	case land == "":
		return kind
	}
	return kind + ", " + land
}

// abroad says whether a parcel was seen outside its destination.
func (v viewer) abroad(p parcel.Parcel) bool {
	for i := range p.Scans {
		if c := p.Scans[i].Place.Country; c != "" && c != v.country {
			return true
		}
	}
	return false
}

// scanKey is the sentence of a scan.
func scanKey(s *parcel.Scan) string {
	switch s.Milestone {
	case parcel.OrderPlaced:
		return "scan.ordered"
	case parcel.PickedAndPacked:
		return "scan.packed"
	case parcel.LabelCreated:
		return "scan.label"
	case parcel.HandedToCarrier:
		return "scan.handed"
	case parcel.InTransit:
		if onlyLate(s.Reason) {
			return "scan.delayed"
		}
		return "scan.way"
	case parcel.ArrivedAtHub:
		return "scan.hub"
	case parcel.HandedToLocalCarrier:
		return "scan.local"
	case parcel.Customs:
		return "scan.customs"
	case parcel.OutForDelivery:
		return "scan.out"
	case parcel.Delivered:
		return deliveredKey(s.Handover)
	case parcel.AvailableForPickup:
		return "scan.pickup"
	case parcel.DeliveryAttemptFailed:
		if s.Reason == parcel.ReasonNotHome {
			return "scan.failed.home"
		}
		return "scan.failed"
	case parcel.Held:
		return "scan.held"
	case parcel.Problem:
		if onlyLate(s.Reason) {
			return "scan.delayed"
		}
		return "scan.problem"
	case parcel.ReturningToSender:
		return "scan.returning"
	case parcel.ReturnedToSender:
		return "scan.returned"
	case parcel.Lost:
		return "scan.lost"
	case parcel.Cancelled:
		return "scan.cancelled"
	case parcel.Expired:
		return "scan.expired"
	}
	return "scan.note"
}

func deliveredKey(h parcel.Handover) string {
	switch h {
	case parcel.HandoverNeighbour:
		return "scan.delivered.neighbour"
	case parcel.HandoverSafePlace:
		return "scan.delivered.safe"
	case parcel.HandoverLetterbox:
		return "scan.delivered.letterbox"
	case parcel.HandoverLocker:
		return "scan.delivered.locker"
	case parcel.HandoverCollected:
		return "scan.delivered.collected"
	}
	return "scan.delivered"
}
