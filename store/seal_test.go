package store

import (
	"bytes"
	"slices"
	"testing"

	"onderweg/internal/parcel"
)

const (
	north = parcel.MerchantID("01930000-0000-7000-8000-000000000001")
	south = parcel.MerchantID("01930000-0000-7000-8000-000000000002")
)

func secret(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func withKeys(t *testing.T, current byte, previous ...byte) *Store {
	t.Helper()
	keys := Keys{Current: secret(current)}
	for _, p := range previous {
		keys.Previous = append(keys.Previous, secret(p))
	}
	ring, err := newKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	return &Store{keys: ring}
}

func TestASealOpensInItsOwnPlaceOnly(t *testing.T) {
	t.Parallel()
	s := withKeys(t, 1)
	plain := []byte("Kade 1, 1011 AB Amsterdam")
	sealed := s.seal(plain, "orders", north, "o1", "contact")

	if len(sealed) != len(plain)+30 {
		t.Errorf("a seal costs %d bytes", len(sealed)-len(plain))
	}
	if got, err := s.open(sealed, "orders", north, "o1", "contact"); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("got %q, %v", got, err)
	}
	if bytes.Equal(sealed, s.seal(plain, "orders", north, "o1", "contact")) {
		t.Error("the same text gives the same seal")
	}
	for what, open := range map[string]func() ([]byte, error){
		"another table":    func() ([]byte, error) { return s.open(sealed, "feeds", north, "o1", "contact") },
		"another merchant": func() ([]byte, error) { return s.open(sealed, "orders", south, "o1", "contact") },
		"another row":      func() ([]byte, error) { return s.open(sealed, "orders", north, "o2", "contact") },
		"another column":   func() ([]byte, error) { return s.open(sealed, "orders", north, "o1", "notes") },
		"nothing":          func() ([]byte, error) { return s.open(nil, "orders", north, "o1", "contact") },
	} {
		if got, err := open(); err == nil {
			t.Errorf("it opened for %s: %q", what, got)
		}
	}
	for i := range sealed {
		for bit := range 8 {
			altered := bytes.Clone(sealed)
			altered[i] ^= 1 << bit
			if _, err := s.open(altered, "orders", north, "o1", "contact"); err == nil {
				t.Fatalf("it opened with bit %d of byte %d flipped", bit, i)
			}
		}
	}
	for n := range sealed {
		if _, err := s.open(sealed[:n], "orders", north, "o1", "contact"); err == nil {
			t.Fatalf("it opened when cut to %d bytes", n)
		}
	}
}

func TestOldKeysOpenAndTheNewOneSeals(t *testing.T) {
	t.Parallel()
	before, during, after := withKeys(t, 1), withKeys(t, 2, 1), withKeys(t, 2)
	old := before.seal([]byte("old"), "orders", north, "o", "contact")
	fresh := during.seal([]byte("new"), "orders", north, "o", "contact")

	if got, err := during.open(old, "orders", north, "o", "contact"); err != nil || string(got) != "old" {
		t.Errorf("old seal during the rotation: %q, %v", got, err)
	}
	if got, err := after.open(fresh, "orders", north, "o", "contact"); err != nil || string(got) != "new" {
		t.Errorf("new seal after the rotation: %q, %v", got, err)
	}
	if _, err := after.open(old, "orders", north, "o", "contact"); err == nil {
		t.Error("a key that was taken away still opens")
	}
	if _, err := before.open(fresh, "orders", north, "o", "contact"); err == nil {
		t.Error("the old key opens new seals")
	}
	if !slices.ContainsFunc(during.keyedHashes(north, "email", "a@example.com"), func(h []byte) bool {
		return bytes.Equal(h, before.keyedHash(north, "email", "A@example.com "))
	}) {
		t.Error("an address hashed before the rotation is not found during it")
	}
	if during.ViewToken("o", north) != before.ViewToken("o", north) {
		t.Error("an order's own link changed with a new key")
	}
}

func TestKeysOfAnotherLengthAreRefused(t *testing.T) {
	t.Parallel()
	for _, keys := range []Keys{{}, {Current: []byte("short")}, {Current: secret(1), Previous: [][]byte{nil}}} {
		if _, err := newKeyring(keys); err == nil {
			t.Errorf("took %v", keys)
		}
	}
}

func TestDerivedTokensAreWellFormedAndAllDifferent(t *testing.T) {
	t.Parallel()
	s := withKeys(t, 1)
	seen := map[string]string{}
	for name, token := range map[string]string{
		"view":               s.ViewToken("o1", north),
		"view, other order":  s.ViewToken("o2", north),
		"view, other shop":   s.ViewToken("o1", south),
		"view, other key":    withKeys(t, 2).ViewToken("o1", north),
		"message":            s.MessageToken(north, "o1", parcel.PurposeView),
		"message to end it":  s.MessageToken(north, "o1", parcel.PurposeUnsub),
		"message, other one": s.MessageToken(north, "o2", parcel.PurposeView),
		"message, other key": withKeys(t, 2).MessageToken(north, "o1", parcel.PurposeView),
	} {
		if got, ok := parcel.NormaliseToken(token); !ok || got != token {
			t.Errorf("%s: %q is no token", name, token)
		}
		if other, twice := seen[token]; twice {
			t.Errorf("%s and %s share a token", name, other)
		}
		seen[token] = name
	}
	if s.ViewToken("o1", north) != withKeys(t, 1).ViewToken("o1", north) {
		t.Error("a derived token is not the same again")
	}
}

func TestHashesKeepMerchantsAndUsesApart(t *testing.T) {
	t.Parallel()
	s := withKeys(t, 1)
	a := s.keyedHash(north, "email", "Person@Example.com")
	if !bytes.Equal(a, s.keyedHash(north, "email", " person@example.com")) {
		t.Error("case and spaces matter")
	}
	for what, other := range map[string][]byte{
		"merchant": s.keyedHash(south, "email", "person@example.com"),
		"use":      s.keyedHash(north, "sms", "person@example.com"),
		"key":      withKeys(t, 2).keyedHash(north, "email", "person@example.com"),
		"border":   s.keyedHash(north, "emai", "lperson@example.com"),
	} {
		if bytes.Equal(a, other) {
			t.Errorf("another %s gives the same hash", what)
		}
	}
}
