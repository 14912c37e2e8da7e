package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

func TestNeighboursOfALinkAreNotLinks(t *testing.T) {
	a := newApp(t)
	order, token := a.order(a.kaap, "KN-1")
	p := &people{app: a}
	expired := p.link(a.kaap, order.ID, parcel.PurposeView, a.now().Add(-time.Minute))
	want := a.get("/kaap-noord/t/" + expired).Body

	var near []string
	for i := range token { // one bit of the token's 130 at a time
		for bit := range 5 {
			at := strings.IndexByte(crockford, token[i])
			near = append(near, token[:i]+string(crockford[at^1<<bit])+token[i+1:])
		}
	}
	near = append(near, token[1:], token[:25], token+"0", "0"+token, token[:13], "x", strings.Repeat("0", 26), strings.Repeat("z", 26),
		token+"%00", token+"%20", "%c3%28"+token[2:], token[:25]+"%f0%9f%93%a6", "'or'1'='1", "..%2f..%2fetc", strings.Repeat("a", 5000))
	for n, guess := range near {
		// Every few guesses come from another network, as they would have to.
		got := a.get("/kaap-noord/t/"+guess, func(*http.Request) {})
		if got.Status == http.StatusTooManyRequests {
			a.forgetGuesses()
			got = a.get("/kaap-noord/t/" + guess)
		}
		if got.Status != http.StatusNotFound || got.Body != want {
			t.Fatalf("guess %d, %q: %d, and the body differs from an ended link's: %v", n, guess, got.Status, got.Body != want)
		}
	}
	if got := a.get("/kaap-noord/t/" + strings.ToUpper(token)); got.Status != http.StatusOK {
		t.Errorf("a link in capitals answers %d", got.Status)
	}
}

// forgetGuesses empties the counters, as ten minutes would.
func (a *app) forgetGuesses() {
	a.Helper()
	_, err := a.db.ExecContext(a.Context(), `truncate counters`)
	a.ok(err)
}
