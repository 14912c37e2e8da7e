package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
)

// Misses of link tokens per network in ten minutes. Source: security reference, T-L1.
const (
	maxMisses   = 20
	missSeconds = 600
)

// Missed counts a link that does not exist and gives the answer: not found, or, from a network that only guesses,
// too many. Links that exist are never limited.
func (s *Server) Missed(c echo.Context, err error) error {
	net := network(Client(c))
	if !net.IsValid() {
		return err
	}
	ctx, cancel := Reading(c)
	defer cancel()
	if !s.shared(ctx, "miss "+s.pseudonym(net), maxMisses, missSeconds) {
		return tooMany(missSeconds)
	}
	return err
}

// pseudonym names a network in a counter without saying which it is.
func (s *Server) pseudonym(p netip.Prefix) string {
	mac := hmac.New(sha256.New, s.cfg.Keys.Current)
	mac.Write([]byte("network " + p.String()))
	return hex.EncodeToString(mac.Sum(nil)[:12])
}

// shared counts against a limit that holds over all replicas; with the counters away, readers are let through.
func (s *Server) shared(ctx context.Context, name string, limit, seconds int) bool {
	ok, err := s.cfg.Store.Allow(ctx, name, limit, seconds)
	return ok || err != nil
}

// Forged says whether one more forged request of a feed should be written to its counter: the first few a second are,
// so that a flood of forgeries cannot keep the database busy.
func (s *Server) Forged(m parcel.MerchantID, feedID string) bool {
	s.meters.forged.Inc()
	return s.buckets.take("forged "+string(m)+feedID, 5, 50, s.Now())
}

// buckets are token buckets of this process, by name.
type buckets struct {
	mu  sync.Mutex
	all map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// maxBuckets bounds the map: beyond it, full ones are forgotten.
const maxBuckets = 20_000

func newBuckets() *buckets { return &buckets{all: make(map[string]*bucket)} }

// take takes one token from a bucket that refills at perSecond up to burst, and says whether there was one.
func (b *buckets) take(name string, perSecond, burst float64, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.all[name]
	if one == nil {
		if len(b.all) >= maxBuckets {
			b.forget(now)
		}
		one = &bucket{tokens: burst, at: now}
		b.all[name] = one
	}
	if d := now.Sub(one.at).Seconds(); d > 0 {
		one.tokens, one.at = min(burst, one.tokens+d*perSecond), now
	}
	if one.tokens < 1 {
		return false
	}
	one.tokens--
	return true
}

// forget drops buckets untouched for a minute, which are full again.
func (b *buckets) forget(now time.Time) {
	for name, one := range b.all {
		if now.Sub(one.at) > time.Minute {
			delete(b.all, name)
		}
	}
}
