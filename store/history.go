package store

import (
	"time"

	"onderweg/internal/parcel"
)

// stateVersion is the first byte of parcels.state. A new layout gets a new number and reads the old one too.
const stateVersion = 1

// linesVersion is the first byte of orders.lines.
const linesVersion = 1

// encodeState writes what Apply, Tick and pages need of a parcel beside its columns: contents, packing time, scans and all
// that is derived but NextCheck. The times' raw spelling is left to the table of scans.
func encodeState(p *parcel.Parcel) []byte {
	e := newEncoder(stateVersion, 192+112*len(p.Scans))
	e.contents(p.Contents)
	e.time(p.PackedAt)

	e.text(string(p.Milestone))
	e.eventTime(p.Since)
	e.window(p.ETA.Window)
	e.text(string(p.ETA.Basis))
	e.promises(p.Promises)
	e.exceptions(p.Exceptions)
	e.pickup(p.Pickup)
	e.text(string(p.Handover))

	e.uint(uint64(len(p.Scans)))
	for i := range p.Scans {
		e.scan(&p.Scans[i])
	}
	return e.b
}

// decodeState is its inverse, into p. Pages have no use for fingerprints: unless wanted, scans come without.
func decodeState(record []byte, p *parcel.Parcel, fingerprints bool) error {
	var room [48]string
	d := decoder{texts: room[:0]}
	ok, err := d.open(record, stateVersion)
	if !ok {
		return err
	}

	p.Contents = d.contents()
	p.PackedAt = d.time()

	p.Milestone = parcel.Milestone(d.text())
	p.Since = d.eventTime()
	p.ETA.Window = d.window()
	p.ETA.Basis = parcel.Basis(d.text())
	p.Promises = d.promises()
	p.Exceptions = d.exceptions()
	p.Pickup = d.pickup()
	p.Handover = parcel.Handover(d.text())

	if n := d.count(19); n > 0 {
		p.Scans = make([]parcel.Scan, n)
		for i := range p.Scans {
			d.scan(&p.Scans[i], fingerprints)
		}
	}
	return d.close()
}

// encodeLines writes the lines of an order.
func encodeLines(lines []parcel.Line) []byte {
	e := newEncoder(linesVersion, 64*len(lines)+2)
	e.uint(uint64(len(lines)))
	for _, l := range lines {
		e.text(l.SKU)
		e.text(l.Name)
		e.text(l.Detail)
		e.int(int64(l.Quantity))
		e.int(l.Price)
		e.text(l.Picture)
	}
	return e.b
}

// decodeLines is its inverse.
func decodeLines(record []byte) ([]parcel.Line, error) {
	var room [48]string
	d := decoder{texts: room[:0]}
	ok, err := d.open(record, linesVersion)
	if !ok {
		return nil, err
	}

	var lines []parcel.Line
	if n := d.count(6); n > 0 {
		lines = make([]parcel.Line, n)
	}
	for i := range lines {
		l := &lines[i]
		l.SKU = d.text()
		l.Name = d.text()
		l.Detail = d.text()
		l.Quantity = int(d.int())
		l.Price = d.int()
		l.Picture = d.text()
	}
	return lines, d.close()
}

func (e *encoder) contents(contents []parcel.Content) {
	e.uint(uint64(len(contents)))
	for _, c := range contents {
		e.int(int64(c.Line))
		e.int(int64(c.Quantity))
	}
}

func (d *decoder) contents() []parcel.Content {
	n := d.count(2)
	if n == 0 {
		return nil
	}

	contents := make([]parcel.Content, n)
	for i := range contents {
		contents[i] = parcel.Content{Line: int(d.int()), Quantity: int(d.int())}
	}
	return contents
}

func (e *encoder) promises(promises []parcel.Promise) {
	e.uint(uint64(len(promises)))
	for _, p := range promises {
		e.window(p.Window)
		e.text(string(p.Basis))
		e.time(p.At)
		e.text(string(p.Reason))
		e.text(string(p.Cause))
		e.time(p.Warned)
		e.time(p.Passed)
	}
}

func (d *decoder) promises() []parcel.Promise {
	n := d.count(7)
	if n == 0 {
		return nil
	}

	promises := make([]parcel.Promise, n)
	for i := range promises {
		p := &promises[i]
		p.Window = d.window()
		p.Basis = parcel.Basis(d.text())
		p.At = d.time()
		p.Reason = parcel.Reason(d.text())
		p.Cause = parcel.Cause(d.text())
		p.Warned = d.time()
		p.Passed = d.time()
	}
	return promises
}

func (e *encoder) exceptions(exceptions []parcel.Exception) {
	e.uint(uint64(len(exceptions)))
	for _, x := range exceptions {
		e.text(string(x.Kind))
		e.time(x.Since)
		e.text(string(x.Actor))
		e.text(string(x.Cause))
		e.text(string(x.Reason))
		e.b = append(e.b, flag(x.Clock, 1))
	}
}

func (d *decoder) exceptions() []parcel.Exception {
	n := d.count(6)
	if n == 0 {
		return nil
	}

	exceptions := make([]parcel.Exception, n)
	for i := range exceptions {
		x := &exceptions[i]
		x.Kind = parcel.ExceptionKind(d.text())
		x.Since = d.time()
		x.Actor = parcel.Actor(d.text())
		x.Cause = parcel.Cause(d.text())
		x.Reason = parcel.Reason(d.text())
		x.Clock = d.byte() == 1
	}
	return exceptions
}

// scan writes one. A flag tells which of the rare parts follow.
func (e *encoder) scan(s *parcel.Scan) {
	e.digest(s.Fingerprint)
	e.text(s.Source)
	e.text(s.Carrier)
	e.text(s.Number)
	e.text(s.Code)
	e.text(string(s.Milestone))
	e.text(string(s.Reason))
	e.text(string(s.Actor))
	e.text(string(s.Cause))
	e.eventTime(s.When)
	e.text(s.Place.City)
	e.text(s.Place.Country)
	e.text(s.Place.Name)
	e.text(s.Text)
	e.text(string(s.Handover))
	e.time(s.Received)

	rare := flag(s.Window != parcel.Window{}, 1) | flag(s.Pickup != parcel.Pickup{}, 2) | flag(s.Unmapped, 4)
	e.b = append(e.b, rare)
	if rare&1 != 0 {
		e.window(s.Window)
	}
	if rare&2 != 0 {
		e.pickup(s.Pickup)
	}
}

func (d *decoder) scan(s *parcel.Scan, fingerprint bool) {
	s.Fingerprint = d.digest(fingerprint)
	s.Source = d.text()
	s.Carrier = d.text()
	s.Number = d.text()
	s.Code = d.text()
	s.Milestone = parcel.Milestone(d.text())
	s.Reason = parcel.Reason(d.text())
	s.Actor = parcel.Actor(d.text())
	s.Cause = parcel.Cause(d.text())
	s.When = d.eventTime()
	s.Place.City = d.text()
	s.Place.Country = d.text()
	s.Place.Name = d.text()
	s.Text = d.text()
	s.Handover = parcel.Handover(d.text())
	s.Received = d.time()

	rare := d.byte()
	if rare&1 != 0 {
		s.Window = d.window()
	}
	if rare&2 != 0 {
		s.Pickup = d.pickup()
	}
	s.Unmapped = rare&4 != 0
}

func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

// eventTime writes one without its raw spelling. The wall clock is told only where it is not instant + offset.
func (e *encoder) eventTime(t parcel.EventTime) {
	apart := !t.Local.Equal(wallClock(t))
	e.b = append(e.b, flag(t.ZoneKnown, 1)|flag(t.DateOnly, 2)|flag(t.Offset != 0, 4)|flag(apart, 8))
	e.time(t.UTC)
	if t.Offset != 0 {
		e.int(int64(t.Offset))
	}
	if apart {
		e.time(t.Local)
	}
}

func (d *decoder) eventTime() parcel.EventTime {
	flags := d.byte()
	t := parcel.EventTime{ZoneKnown: flags&1 != 0, DateOnly: flags&2 != 0, UTC: d.time()}
	if flags&4 != 0 {
		t.Offset = int(d.int())
	}

	t.Local = wallClock(t)
	if flags&8 != 0 {
		t.Local = d.time()
	}
	return t
}

// wallClock is what a clock shows at an instant's offset, held in a UTC-zoned time; zero for the zero instant.
func wallClock(t parcel.EventTime) time.Time {
	if t.UTC.IsZero() {
		return time.Time{}
	}
	return t.UTC.Add(time.Duration(t.Offset) * time.Second)
}

func (e *encoder) window(w parcel.Window) {
	if (w == parcel.Window{}) {
		e.b = append(e.b, 0)
		return
	}

	e.b = append(e.b, 1)
	e.date(w.From)
	e.date(w.To)
	e.int(int64(w.FromMinute))
	e.int(int64(w.ToMinute))
}

func (d *decoder) window() parcel.Window {
	if d.byte() == 0 {
		return parcel.Window{}
	}
	return parcel.Window{From: d.date(), To: d.date(), FromMinute: int(d.int()), ToMinute: int(d.int())}
}

func (e *encoder) date(day parcel.Date) {
	e.int(int64(day.Year))
	e.int(int64(day.Month))
	e.int(int64(day.Day))
}

func (d *decoder) date() parcel.Date {
	return parcel.Date{Year: int(d.int()), Month: time.Month(d.int()), Day: int(d.int())}
}

func (e *encoder) pickup(p parcel.Pickup) {
	e.text(p.Name)
	e.text(p.Address)
	e.date(p.Until)
	e.text(p.Hours)
}

func (d *decoder) pickup() parcel.Pickup {
	return parcel.Pickup{Name: d.text(), Address: d.text(), Until: d.date(), Hours: d.text()}
}
