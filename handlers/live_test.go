package handlers

import (
	"bufio"
	"crypto/rand"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

type randomness struct{}

func (randomness) Read(b []byte) (int, error) { return rand.Read(b) }

// stream is an open live page.
type stream struct {
	*app
	body io.ReadCloser
	in   *bufio.Scanner
}

func (a *app) stream(path string) *stream {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), "GET", "http://"+a.addr+path, nil)
	a.ok(err)
	r.Host = sharedHost
	resp, err := client.Do(r)
	a.ok(err)
	if resp.StatusCode != http.StatusOK {
		a.Fatalf("%s answers %d", path, resp.StatusCode)
	}
	a.Cleanup(func() { resp.Body.Close() })
	in := bufio.NewScanner(resp.Body)
	in.Buffer(nil, 1<<20)
	return &stream{a, resp.Body, in}
}

// next reads one event: its name and its data. "" means that the stream has ended.
func (s *stream) next() (name, data string) {
	s.Helper()
	for s.in.Scan() {
		line := s.in.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			name = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data += line[len("data: "):] + "\n"
		case line == "" && name != "":
			return name, data
		}
	}
	return "", ""
}

func TestALivePageShowsAScanWithinATenthOfASecondOfTheWebhooksAnswer(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	a.feed(a.kaap)
	page := a.stream("/kaap-noord/t/" + token + "/live")

	name, first := page.next()
	if name != "parcel" || strings.TrimSpace(first) != strings.TrimSpace(a.see("/kaap-noord/t/"+token+"/now")) {
		t.Fatalf("the first event %q is not what /now shows:\n%s", name, first)
	}
	var took []time.Duration
	for _, m := range []parcel.Milestone{parcel.HandedToCarrier, parcel.InTransit, parcel.ArrivedAtHub, parcel.HandedToLocalCarrier, parcel.OutForDelivery} {
		a.ahead.Add(int64(time.Minute)) // each scan is later than the one before
		a.scan(a.kaap, "KN-1", m)
		answered := time.Now()
		name, now := page.next()
		took = append(took, time.Since(answered))
		if name != "parcel" || now == first {
			t.Fatalf("after %s comes %q with nothing new", m, name)
		}
		first = now
	}
	slices.Sort(took)
	t.Logf("shown after %v", took)
	if took[2] > 100*time.Millisecond && !raceEnabled {
		t.Errorf("the median of five scans was shown %v after the webhook's answer", took[2])
	}
}

func TestALivePageEndsWhenNothingCanChangeAnyMore(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	a.feed(a.kaap)
	page := a.stream("/kaap-noord/t/" + token + "/live")
	page.next()
	a.scan(a.kaap, "KN-1", parcel.Delivered)
	if name, _ := page.next(); name != "parcel" {
		t.Errorf("after delivery comes %q", name)
	}
	if name, _ := page.next(); name != "done" {
		t.Errorf("at the end comes %q, want done", name)
	}
	if name, _ := page.next(); name != "" {
		t.Errorf("after the end comes %q", name)
	}
}

func TestALivePageEndsWhenItsLinkIsRevoked(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	a.feed(a.kaap)
	page := a.stream("/kaap-noord/t/" + token + "/live")
	page.next()
	a.ok(a.store.RevokeLink(t.Context(), a.kaap.ID, token))
	a.scan(a.kaap, "KN-1", parcel.InTransit) // wakes it, should the revocation not
	if name, _ := page.next(); name != "done" {
		t.Errorf("after revocation comes %q, want done", name)
	}
}

func TestLivePagesLeaveNothingBehind(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	for range 20 {
		page := a.stream("/kaap-noord/t/" + token + "/live")
		page.next()
		page.body.Close()
	}
	a.until("every live page is gone", func() bool { return a.web.Hub().Count() == 0 })
}

func TestAnAddressMayHoldOnlySoManyLivePages(t *testing.T) {
	a := newApp(t)
	var tokens []string
	for _, number := range []string{"KN-1", "KN-2"} {
		_, token := a.order(a.kaap, number)
		tokens = append(tokens, token)
	}
	for i := range 64 {
		a.stream("/kaap-noord/t/" + tokens[i%2] + "/live").next()
	}
	got := a.get("/kaap-noord/t/" + tokens[0] + "/live")
	if got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("the 65th live page gets %d with Retry-After %q", got.Status, got.Header.Get("Retry-After"))
	}
}

func TestAPageIsNeverStaleASecondAfterTheWebhooksAnswer(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  func(a *app)
	}{
		{"with the listener connected", func(*app) {}},
		{"with the listener's connection killed again and again", func(a *app) {
			a.until("the listener is there to be killed", func() bool {
				var killed int
				a.ok(a.db.QueryRowContext(a.Context(), `select count(pg_terminate_backend(pid)) from pg_stat_activity
					where datname = current_database() and query ilike 'listen%'`).Scan(&killed))
				return killed > 0
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newApp(t)
			_, token := a.order(a.kaap, "KN-1")
			a.feed(a.kaap)
			path := "/kaap-noord/t/" + token
			before := a.see(path)
			for _, m := range []parcel.Milestone{parcel.InTransit, parcel.OutForDelivery, parcel.Delivered} {
				for range 20 {
					a.see(path) // keeps it hot
				}
				c.cut(a)
				a.scan(a.kaap, "KN-1", m)
				answered := time.Now()
				a.until("the page shows "+string(m), func() bool { return a.see(path) != before })
				if took := time.Since(answered); took > time.Second {
					t.Errorf("%s was shown %v after the webhook's answer", m, took)
				}
				before = a.see(path)
			}
		})
	}
}

func TestARevokedLinkIsGoneWithinASecondEvenWhenItsPageWasHot(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	path := "/kaap-noord/t/" + token
	for range 20 {
		a.see(path)
	}
	a.ok(a.store.RevokeLink(t.Context(), a.kaap.ID, token))
	at := time.Now()
	a.until("the link is gone", func() bool { return a.get(path).Status == http.StatusGone })
	if took := time.Since(at); took > time.Second {
		t.Errorf("a revoked link worked for %v", took)
	}
}

func TestAnExpiredLinkIsGoneAtOnceEvenWhenItsPageWasHot(t *testing.T) {
	a := newApp(t)
	order, _ := a.order(a.kaap, "KN-1")
	p := &people{app: a}
	path := "/kaap-noord/t/" + p.link(a.kaap, order.ID, parcel.PurposeView, a.now().Add(time.Hour))
	a.see(path)
	a.ahead.Store(int64(61 * time.Minute))
	if got := a.get(path); got.Status != http.StatusGone {
		t.Errorf("an expired link answers %d", got.Status)
	}
}

func TestABrowserThatHasThePageIsToldSoBeforeAnythingIsLoaded(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	a.feed(a.kaap)
	for _, path := range []string{"/kaap-noord/t/" + token, "/kaap-noord/t/" + token + "/now"} {
		tag := a.get(path).Header.Get("ETag")
		got := a.get(path, header("If-None-Match", tag))
		if got.Status != http.StatusNotModified || got.Body != "" || got.Header.Get("ETag") != tag {
			t.Errorf("%s with its own tag answers %d, tag %s", path, got.Status, got.Header.Get("ETag"))
		}
		if got := a.get(path, header("If-None-Match", tag), header("Accept-Language", "en")); got.Status != http.StatusOK {
			t.Errorf("%s in another language answers %d", path, got.Status)
		}
	}
	path := "/kaap-noord/t/" + token
	tag := a.get(path).Header.Get("ETag")
	a.scan(a.kaap, "KN-1", parcel.InTransit)
	a.until("the tag changes", func() bool { return a.get(path, header("If-None-Match", tag)).Status == http.StatusOK })
}

func TestDrainingClosesLivePagesAndIsNotReady(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	page := a.stream("/kaap-noord/t/" + token + "/live")
	page.next()
	a.web.Hub().Close()
	if name, _ := page.next(); name != "" {
		t.Errorf("a closed live page says %q", name)
	}
	if got := a.get("/kaap-noord/t/" + token + "/live"); got.Status != http.StatusServiceUnavailable {
		t.Errorf("a live page opens while draining: %d", got.Status)
	}
}
