package feed

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"onderweg/internal/parcel"
)

func FuzzAfterShip(f *testing.F) { fuzz(f, "aftership") }
func FuzzEasyPost(f *testing.F)  { fuzz(f, "easypost") }
func FuzzSendcloud(f *testing.F) { fuzz(f, "sendcloud") }
func FuzzStandard(f *testing.F)  { fuzz(f, "standard") }

// fuzz holds what Parse promises for any body: no panic, an answer, scans that can be stored, and the same ones again.
func fuzz(f *testing.F, kind string) {
	a, _ := ByKind(kind)
	samples, err := filepath.Glob(filepath.Join("testdata", kind, "*.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, sample := range samples {
		body, err := os.ReadFile(sample)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}

	f.Fuzz(func(t *testing.T, body []byte) {
		a.EventKey(nil, body)
		if a.Verify([]string{ours}, nil, body, received) == nil {
			t.Fatal("an unsigned body was taken")
		}
		scans, err := a.Parse(nil, body, received)
		if len(scans) == 0 && err == nil {
			t.Fatal("nothing, and no reason")
		}
		if err != nil && !errors.Is(err, ErrOdd) && !errors.Is(err, ErrNothing) {
			t.Fatalf("an error of another kind: %v", err)
		}
		if err != nil && !utf8.ValidString(Reason(err)) {
			t.Fatalf("a reason that is no text: %q", Reason(err))
		}
		again, _ := a.Parse(nil, body, received)
		for i, s := range scans {
			fitToStore(t, s)
			if s.Fingerprint != again[i].Fingerprint || s.Number == "" || s.Source != kind {
				t.Fatalf("not filed the same twice: %+v", s)
			}
			if s.Unmapped && s.Milestone != parcel.None {
				t.Fatalf("an unknown code moved a parcel: %+v", s)
			}
			if s.When.UTC.After(received.Add(maxAhead)) || s.When.UTC.Before(received.Add(-maxAge)) {
				t.Fatalf("an impossible time: %+v", s.When)
			}
		}
	})
}
