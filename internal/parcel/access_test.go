package parcel

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestATokenIs26LettersOfCrockford(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		token, err := NewToken(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if len(token) != 26 || strings.Trim(token, tokenAlphabet) != "" {
			t.Fatalf("%q is no token", token)
		}
		if again, ok := NormaliseToken(token); !ok || again != token {
			t.Fatalf("%q is not read back", token)
		}
		if seen[token] {
			t.Fatalf("%q came twice", token)
		}
		seen[token] = true
	}
}

// Each of the 130 bits must be one half of the time, and each letter come as often at each place: with 20,000 draws the
// bounds are beyond five standard deviations.
func TestTokensAreEvenlySpread(t *testing.T) {
	const draws = 20_000
	var ones [130]int
	var letters [26][32]int
	for range draws {
		token, err := NewToken(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range []byte(token) {
			value := strings.IndexByte(tokenAlphabet, r)
			letters[i][value]++
			for b := range 5 {
				ones[i*5+b] += value >> (4 - b) & 1
			}
		}
	}
	for bit, n := range ones {
		if n < draws/2-400 || n > draws/2+400 {
			t.Errorf("bit %d was set %d times of %d", bit, n, draws)
		}
	}
	for place, counts := range letters {
		for value, n := range counts {
			if n < draws/32-150 || n > draws/32+150 {
				t.Errorf("%c stood at %d %d times of %d", tokenAlphabet[value], place, n, draws)
			}
		}
	}
}

func TestEveryBitOfTheSeedCounts(t *testing.T) {
	plain := TokenFrom([17]byte{})
	if plain != strings.Repeat("0", 26) {
		t.Fatalf("nothing is written %q", plain)
	}
	seen := map[string]bool{plain: true}
	for bit := range 130 {
		var seed [17]byte
		seed[bit/8] = 1 << (7 - bit%8)
		token := TokenFrom(seed)
		if seen[token] {
			t.Errorf("bit %d makes no difference", bit)
		}
		seen[token] = true
	}
}

func TestNoTokenWithoutRandomness(t *testing.T) {
	broken := errors.New("dry")
	if token, err := NewToken(iotest.ErrReader(broken)); !errors.Is(err, broken) || token != "" {
		t.Errorf("got %q, %v", token, err)
	}
	if token, err := NewToken(bytes.NewReader(make([]byte, 16))); err == nil {
		t.Errorf("sixteen bytes gave %q", token)
	}
}

func TestATokenIsReadAsPeopleTypeIt(t *testing.T) {
	const token = "0123456789abcdefghjkmnpqr1"
	for _, typed := range []string{token, strings.ToUpper(token), "O123456789ABCDEFGHJKMNPQRI", "ol23456789abcdefghjkmnpqrl"} {
		if got, ok := NormaliseToken(typed); !ok || got != token {
			t.Errorf("%q is read as %q, %v", typed, got, ok)
		}
	}
	for _, bad := range []string{
		"", "short", token + "0", token[1:], "u" + token[1:], "-" + token[1:], " " + token[1:], "\x00" + token[1:], "\u212a" + token[3:], "é" + token[2:], token[:25] + "\n",
	} {
		if got, ok := NormaliseToken(bad); ok {
			t.Errorf("%q is taken as %q", bad, got)
		}
	}
}

func TestOnlyTheHashOfATokenIsKept(t *testing.T) {
	got := hex.EncodeToString(TokenHash("abc"))
	if got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("got %s", got)
	}
}

func TestALinkLivesAsLongAsItIsOfUse(t *testing.T) {
	placed := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	delivered := placed.AddDate(0, 0, 3)
	day := 24 * time.Hour
	ended := Parcel{Milestone: Delivered, Since: EventTime{UTC: delivered}}
	lost := Parcel{Milestone: Lost, Since: EventTime{UTC: delivered.Add(20 * day)}}
	moving := Parcel{Milestone: InTransit, Since: EventTime{UTC: delivered}}
	for _, c := range []struct {
		rule    string
		parcels []Parcel
		full    time.Time
	}{
		{"without parcels, 180 days from the order", nil, placed.Add(180 * day)},
		{"while one parcel travels, 180 days from the order", []Parcel{ended, moving}, placed.Add(180 * day)},
		{"after the delivery, 30 days", []Parcel{ended}, delivered.Add(30 * day)},
		{"counted from the last end of any kind", []Parcel{lost, ended}, delivered.Add(50 * day)},
	} {
		life := LinkLife(placed, c.parcels)
		if !life.Full.Equal(c.full) || !life.End.Equal(c.full.Add(60*day)) {
			t.Errorf("%s: %v", c.rule, life)
		}
		for at, want := range map[time.Time]struct {
			level Level
			open  bool
		}{
			life.Full.Add(-1): {L2, true}, life.Full: {L0, true}, life.End.Add(-1): {L0, true}, life.End: {L0, false},
		} {
			if level, open := life.Most(at); level != want.level || open != want.open {
				t.Errorf("%s: at %v level %d, open %v", c.rule, at, level, open)
			}
		}
	}
}
