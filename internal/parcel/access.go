package parcel

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"time"
)

// Purpose is the one thing a link may be used for. Purposes never mix.
type Purpose string

// Purposes of links.
const (
	PurposeView  Purpose = "view"
	PurposeUnsub Purpose = "unsub"
)

// Level is how much a link holder has proved. Source: security reference, section 3.4.
type Level int

// Levels: L0 anyone with the link, L1 knows the postcode, L2 proved to be the shopper.
const (
	L0 Level = iota
	L1
	L2
)

// Link is a stored capability: only the SHA-256 of its token is kept.
type Link struct {
	Merchant MerchantID
	Order    OrderID
	Parcel   ParcelID // "" for the whole order
	Purpose  Purpose
	Channel  string // "email" for links in mails, "api" for links handed to the shop
	Message  string // outbox id, "" when not made for a message
	Expires  time.Time
}

// tokenLength is 26 letters of Crockford base32: 130 bits. Source: security reference, section 3.1.
const tokenLength = 26

// tokenAlphabet is Crockford's, in lower case: no i, l, o and u.
const tokenAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewToken draws a link token from random, which must be a cryptographic source.
func NewToken(random io.Reader) (string, error) {
	var seed [(tokenLength*5 + 7) / 8]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return TokenFrom(seed), nil
}

// TokenFrom writes the first 130 bits of a seed as a token: for tokens derived with HMAC.
func TokenFrom(seed [17]byte) string {
	var token [tokenLength]byte
	for i := range token {
		bit := i * 5
		pair := uint16(seed[bit/8]) << 8
		if bit/8+1 < len(seed) {
			pair |= uint16(seed[bit/8+1])
		}
		token[i] = tokenAlphabet[pair>>(11-bit%8)&31]
	}
	return string(token[:])
}

// NormaliseToken reads a token as people and programs mangle it: any case, i and l for 1, o for 0. ok is false when it
// cannot be a token at all.
func NormaliseToken(text string) (token string, ok bool) {
	if len(text) != tokenLength {
		return "", false
	}
	if strings.Trim(text, tokenAlphabet) == "" { // as we wrote it: links are mostly followed, not typed
		return text, true
	}
	read := strings.NewReplacer("i", "1", "l", "1", "o", "0").Replace(lowerASCII(text))
	if strings.Trim(read, tokenAlphabet) != "" {
		return "", false
	}
	return read, true
}

// lowerASCII lowers A to Z only: a Turkish or full-width letter is never part of a token.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// TokenHash is what is stored of a token: SHA-256. A plain hash does at 130 bits. Source: ASVS 5.0.0, 6.5.2.
func TokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Life is how long a view link works: at every level until Full, then at L0 until End, then not at all.
type Life struct {
	Full time.Time
	End  time.Time
}

// Lives of view links. Source: security reference, section 3.3.
const (
	fullAfterEnd  = 30 * 24 * time.Hour  // after the last parcel came to its end
	fullAtMost    = 180 * 24 * time.Hour // after the order, when a parcel never comes to an end
	level0Further = 60 * 24 * time.Hour
)

// LinkLife says how long the view link of an order works. While parcels travel it is the longest life an order may
// have; once the last one came to its end it is counted from there, which may be sooner.
func LinkLife(placed time.Time, parcels []Parcel) Life {
	last, _ := allEnded(parcels)
	return LinkLifeSince(placed, last)
}

// LinkLifeSince is LinkLife where only the end of the last parcel is at hand: zero while one travels.
func LinkLifeSince(placed, ended time.Time) Life {
	end := placed.Add(fullAtMost)
	if !ended.IsZero() {
		end = ended.Add(fullAfterEnd)
	}
	return Life{Full: end, End: end.Add(level0Further)}
}

// allEnded gives the moment the last parcel came to its end; done is false while one travels or when there is none.
func allEnded(parcels []Parcel) (last time.Time, done bool) {
	for i := range parcels {
		if !parcels[i].Milestone.Final() {
			return time.Time{}, false
		}
		if at := parcels[i].Since.UTC; at.After(last) {
			last = at
		}
	}
	return last, len(parcels) > 0 && !last.IsZero()
}

// Most is the highest level the link can reach at a moment; open is false when it has ended.
func (l Life) Most(now time.Time) (level Level, open bool) {
	if !now.Before(l.End) {
		return L0, false
	}
	if !now.Before(l.Full) {
		return L0, true
	}
	return L2, true
}
