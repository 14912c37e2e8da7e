package feed

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkAccept is what a request costs before it is stored; BenchmarkParse what it costs afterwards.
func BenchmarkAccept(b *testing.B) {
	for _, a := range All() {
		b.Run(a.Kind(), func(b *testing.B) {
			batch := aBatch(ours)
			body, h, err := a.Compose(batch)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if a.Verify([]string{ours, older}, h, body, received) != nil {
					b.Fatal("refused")
				}
				a.EventKey(h, body)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, a := range All() {
		samples, err := filepath.Glob(filepath.Join("testdata", a.Kind(), "*.json"))
		if err != nil {
			b.Fatal(err)
		}
		body, err := os.ReadFile(samples[len(samples)/2])
		if err != nil {
			b.Fatal(err)
		}
		b.Run(a.Kind(), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = a.Parse(nil, body, received)
			}
		})
	}
}
