package store

import (
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"time"

	"onderweg/internal/parcel"
)

// Object ids of the element types, from PostgreSQL's pg_type.
const (
	oidInt8        = 20
	oidText        = 25
	oidBytea       = 17
	oidDate        = 1082
	oidTimestamptz = 1184
	oidUUID        = 2950
)

// column is one array argument of an unnest, in PostgreSQL's binary format: with binary_parameters a []byte travels as it
// stands, so nothing is escaped here and nothing parsed there. Its type must be named in the statement: $1::uuid[].
type column struct {
	oid   uint32
	n     uint32
	nulls bool
	b     []byte // header, then each element behind its length
}

const columnHeader = 20

func columnOf(oid uint32) column { return column{oid: oid} }

// uuids is a column of ids.
func uuids[ID ~string](ids []ID) *column {
	c := columnOf(oidUUID)
	for _, id := range ids {
		c.uuid(string(id))
	}
	return &c
}

// texts is a column of texts.
func texts[T ~string](list []T) *column {
	c := columnOf(oidText)
	for _, s := range list {
		c.text(string(s))
	}
	return &c
}

// Value implements driver.Valuer.
func (c *column) Value() (driver.Value, error) {
	if c.n == 0 {
		return binary.BigEndian.AppendUint32(make([]byte, 8), c.oid), nil
	}

	binary.BigEndian.PutUint32(c.b[0:], 1) // dimensions
	binary.BigEndian.PutUint32(c.b[4:], uint32(flag(c.nulls, 1)))
	binary.BigEndian.PutUint32(c.b[8:], c.oid)
	binary.BigEndian.PutUint32(c.b[12:], c.n)
	binary.BigEndian.PutUint32(c.b[16:], 1) // first index
	return c.b, nil
}

// size begins an element of n bytes; -1 is null.
func (c *column) size(n int) {
	if c.n == 0 {
		c.b = make([]byte, columnHeader, 512)
	}
	c.n++
	c.b = binary.BigEndian.AppendUint32(c.b, uint32(n))
}

func (c *column) null() {
	c.size(-1)
	c.nulls = true
}

func (c *column) text(s string) {
	c.size(len(s))
	c.b = append(c.b, s...)
}

// bytes adds a bytea; nil is null.
func (c *column) bytes(b []byte) {
	if b == nil {
		c.null()
		return
	}
	c.size(len(b))
	c.b = append(c.b, b...)
}

func (c *column) int(n int64) {
	c.size(8)
	c.b = binary.BigEndian.AppendUint64(c.b, uint64(n))
}

// uuid adds an id in its 36-character spelling; anything else, "" included, is null.
func (c *column) uuid(id string) {
	var raw [16]byte
	if !parseUUID(&raw, id) {
		c.null()
		return
	}
	c.size(16)
	c.b = append(c.b, raw[:]...)
}

// digest adds 64 hex digits as the 32 bytes they spell, and any other text as its bytes.
func (c *column) digest(s string) {
	if raw, err := hex.DecodeString(s); err == nil && len(raw) == 32 {
		c.bytes(raw)
		return
	}
	c.bytes([]byte(s))
}

var (
	postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	firstInstant  = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastInstant   = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// time adds an instant; the zero time is null. Instants no calendar of ours reaches are moved to its edge.
func (c *column) time(t time.Time) {
	if t.IsZero() {
		c.null()
		return
	}

	t = clampTime(t)
	c.int((t.Unix()-postgresEpoch.Unix())*1_000_000 + int64(t.Nanosecond())/1000)
}

// date adds a civil day; none is null.
func (c *column) date(d parcel.Date) {
	if (d == parcel.Date{}) {
		c.null()
		return
	}

	day := clampTime(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC))
	c.size(4)
	c.b = binary.BigEndian.AppendUint32(c.b, uint32(int32((day.Unix()-postgresEpoch.Unix())/86400)))
}

// clampTime keeps an instant within the years 1 to 9999, which Go, JSON and PostgreSQL all can write.
func clampTime(t time.Time) time.Time {
	if t.Before(firstInstant) {
		return firstInstant
	}
	if t.After(lastInstant) {
		return lastInstant
	}
	return t
}

// parseUUID reads xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx.
func parseUUID(raw *[16]byte, s string) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}

	digits := make([]byte, 0, 32)
	for i := range len(s) {
		if s[i] != '-' {
			digits = append(digits, s[i])
		}
	}
	n, err := hex.Decode(raw[:], digits)
	return err == nil && n == 16
}

func isUUID(s string) bool {
	var raw [16]byte
	return parseUUID(&raw, s)
}
