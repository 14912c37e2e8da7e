package feed

import (
	"context"
	"net/http"
	"time"
)

// byMerchant groups rows by merchant, keeping their order.
func byMerchant(entries []*entry) [][]*entry {
	var groups [][]*entry
	at := map[string]int{}
	for _, e := range entries {
		m := string(e.row.Merchant)
		n, seen := at[m]
		if !seen {
			n = len(groups)
			at[m] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], e)
	}

	return groups
}

// headers gives the stored headers in the form adapters read.
func headers(kept map[string]string) http.Header {
	h := http.Header{}
	for name, value := range kept {
		h.Set(name, value)
	}

	return h
}

// backoff is the time to wait after the nth failure: 2 s, 4 s, … up to ten minutes.
func backoff(n int) time.Duration {
	return min(time.Second<<min(max(n, 1), 20), maxDelay)
}

// pause waits, and says false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// fill puts a value into a channel that has room.
func fill(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
