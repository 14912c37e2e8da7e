package store

import (
	"sync"
	"time"

	"onderweg/internal/parcel"
)

// cacheLife is how old a cached merchant or feed may be when no notification told us earlier.
const cacheLife = 60 * time.Second

// cache keeps what belongs to merchants by any key, for a minute at most. Live drops a merchant's entries when told.
// Misses are not kept: strangers choose them.
type cache[V any] struct {
	mu      sync.Mutex
	entries map[string]cached[V]
	drops   uint64 // grows with every drop: a value read before one is not kept after it
}

type cached[V any] struct {
	value    V
	merchant parcel.MerchantID
	until    time.Time
}

func newCache[V any]() *cache[V] { return &cache[V]{entries: map[string]cached[V]{}} }

// get gives the kept value of key, else loads it. load says whose it is.
func (c *cache[V]) get(key string, load func() (V, parcel.MerchantID, error)) (V, error) {
	c.mu.Lock()
	kept, ok := c.entries[key]
	drops := c.drops
	c.mu.Unlock()
	if ok && time.Now().Before(kept.until) {
		return kept.value, nil
	}

	fresh, merchant, err := load()
	if err != nil {
		return fresh, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drops == drops {
		c.entries[key] = cached[V]{value: fresh, merchant: merchant, until: time.Now().Add(cacheLife)}
	}
	return fresh, nil
}

// drop forgets what belongs to a merchant; "" forgets everything.
func (c *cache[V]) drop(m parcel.MerchantID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	for key, kept := range c.entries {
		if m == "" || kept.merchant == m {
			delete(c.entries, key)
		}
	}
}
