package notify

import (
	"sync"
	"time"
)

// giveUpAfter is how long a message is tried.
const giveUpAfter = 72 * time.Hour

const (
	firstDelay = time.Minute
	lastDelay  = 6 * time.Hour
)

// delay is the wait after an attempt: 1, 3, 9, 27 minutes … to 6 hours, a fifth more or less by chance (0 to 1), so that
// messages refused together do not come back together.
func delay(attempt int, chance float64) time.Duration {
	d := firstDelay
	for i := 1; i < attempt && d < lastDelay; i++ {
		d *= 3
	}
	d = min(d, lastDelay)
	return d*4/5 + time.Duration(chance*float64(d)*2/5)
}

const (
	firstRest = 10 * time.Second
	lastRest  = time.Minute
)

// rest keeps all lanes from a provider that is down: they look again after 10 s, then after 20, 40, 60.
type rest struct {
	mu   sync.Mutex
	next time.Duration
	to   time.Time
}

// begin starts or lengthens the rest and gives its length. Lanes that fail while it goes on
// do not lengthen it, a probe does.
func (r *rest) begin(now time.Time, chance float64, probe bool) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.to) && !probe {
		return r.to.Sub(now)
	}
	r.next = min(max(2*r.next, firstRest), lastRest)
	pause := r.next + time.Duration(chance*float64(time.Second))
	r.to = now.Add(pause)
	return pause
}

// end says that the provider took a message.
func (r *rest) end() {
	r.mu.Lock()
	r.next, r.to = 0, time.Time{}
	r.mu.Unlock()
}

// admit says whether a lane may look for work. While the provider was down last time, one lane at a time may, with a
// single message: probe is true then, and the others wait for what comes of it.
func (r *rest) admit(now time.Time) (admitted, probe bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.to) {
		return false, false
	}
	if r.next > 0 {
		r.to = now.Add(r.next)
		return true, true
	}
	return true, false
}

// on says whether the rest goes on.
func (r *rest) on(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.to)
}
