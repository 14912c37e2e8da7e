package store

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// The columns parcels.state and orders.lines hold small binary records instead of jsonb, because a tracking page reads
// them on every view: a jsonb document costs ten allocations for what a record gives with one. Numbers are varints;
// texts are told once and referred to afterwards; all decoded texts are slices of one string.

var errCodec = errors.New("record cannot be read")

// maxCodecTexts bounds the texts a record refers back to; those after it are written out again.
const maxCodecTexts = 512

// encoder builds a record.
type encoder struct {
	b    []byte
	seen map[string]int
	last int64 // seconds of the newest time written: times are told as differences
}

func newEncoder(version byte, size int) *encoder {
	return &encoder{b: append(make([]byte, 0, size), version), seen: make(map[string]int, 16)}
}

func (e *encoder) uint(n uint64) { e.b = binary.AppendUvarint(e.b, n) }
func (e *encoder) int(n int64)   { e.b = binary.AppendVarint(e.b, n) }

// text writes 2·length and the bytes, or 2·index+1 of an equal text told before.
func (e *encoder) text(s string) {
	if s == "" {
		e.uint(0)
		return
	}
	if i, ok := e.seen[s]; ok {
		e.uint(uint64(i)<<1 | 1)
		return
	}
	if len(e.seen) < maxCodecTexts {
		e.seen[s] = len(e.seen)
	}

	e.uint(uint64(len(s)) << 1)
	e.b = append(e.b, s...)
}

// digest writes 32 bytes for 64 lower-case hex digits and anything else as it stands.
func (e *encoder) digest(s string) {
	var raw [32]byte
	if len(s) == 64 && isLowerHex(s) {
		_, _ = hex.Decode(raw[:], []byte(s))
		e.b = append(append(e.b, 1), raw[:]...)
		return
	}

	e.b = append(e.b, 0)
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

func isLowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// time writes an instant: 0 for the zero time, else 1 (whole seconds) or 2 (with nanoseconds) and the distance in
// seconds from the instant before.
func (e *encoder) time(t time.Time) {
	switch {
	case t.IsZero():
		e.b = append(e.b, 0)
		return
	case t.Nanosecond() == 0:
		e.b = append(e.b, 1)
	default:
		e.b = append(e.b, 2)
		e.uint(uint64(t.Nanosecond()))
	}

	e.int(t.Unix() - e.last)
	e.last = t.Unix()
}

// decoder reads a record. After the first mistake every read gives the zero value.
type decoder struct {
	s     string
	at    int
	texts []string // told so far; a caller may give it room
	last  int64
	bad   bool
}

// open checks the version and stands behind it. An empty record is not an error: it gives ok = false.
func (d *decoder) open(record []byte, version byte) (ok bool, err error) {
	if len(record) == 0 {
		return false, nil
	}
	if record[0] != version {
		return false, errCodec
	}

	d.s, d.at = string(record), 1
	return true, nil
}

// close says whether the record was read to its end without a mistake.
func (d *decoder) close() error {
	if d.bad || d.at != len(d.s) {
		return errCodec
	}
	return nil
}

func (d *decoder) fail() { d.bad, d.at = true, len(d.s) }

func (d *decoder) uint() uint64 {
	var n uint64
	for shift := uint(0); d.at < len(d.s) && shift < 64; shift += 7 {
		c := d.s[d.at]
		d.at++
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}

	d.fail()
	return 0
}

func (d *decoder) int() int64 {
	n := d.uint()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder) byte() byte {
	if d.at >= len(d.s) {
		d.fail()
		return 0
	}

	d.at++
	return d.s[d.at-1]
}

// take gives the next n bytes.
func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.s)-d.at) {
		d.fail()
		return ""
	}

	d.at += int(n)
	return d.s[d.at-int(n) : d.at]
}

// count reads the length of a list, whose elements take at least size bytes each.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64((len(d.s)-d.at)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.uint()
	if n == 0 {
		return ""
	}
	if n&1 == 1 {
		if i := n >> 1; i < uint64(len(d.texts)) {
			return d.texts[i]
		}
		d.fail()
		return ""
	}

	s := d.take(n >> 1)
	if len(d.texts) < maxCodecTexts {
		d.texts = append(d.texts, s)
	}
	return s
}

// digest reads one; unless it is wanted it is passed over and costs nothing.
func (d *decoder) digest(wanted bool) string {
	switch d.byte() {
	case 1:
		raw := d.take(32)
		if !wanted {
			return ""
		}
		return hex.EncodeToString([]byte(raw))
	case 0:
		s := d.take(d.uint())
		if !wanted {
			return ""
		}
		return s
	}

	d.fail()
	return ""
}

func (d *decoder) time() time.Time {
	var ns uint64
	switch d.byte() {
	case 0:
		return time.Time{}
	case 1:
	case 2:
		if ns = d.uint(); ns == 0 || ns > 999_999_999 {
			d.fail()
			return time.Time{}
		}
	default:
		d.fail()
		return time.Time{}
	}

	d.last += d.int()
	return time.Unix(d.last, int64(ns)).UTC()
}
