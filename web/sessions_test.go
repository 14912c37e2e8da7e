package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
	"onderweg/web"
)

// door is a session store with a clock, over a database with one person in it.
type door struct {
	*testing.T
	store  *store.Store
	keys   store.Keys
	person string
	at     time.Time
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{T: t, store: storetest.New(t), keys: storetest.Keys(), at: time.Now()}
	m, err := d.store.SaveMerchant(t.Context(), store.Merchant{Merchant: parcel.Merchant{Slug: "kaap-noord", Country: "NL"}, Name: "Kaap Noord"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.store.SaveStaff(t.Context(), "jip@example.com", "Jip", m.ID, "owner")
	if err != nil {
		t.Fatal(err)
	}
	d.person = p.ID
	return d
}

func (d *door) sessions() *web.Sessions {
	d.Helper()
	s, err := web.New(web.Config{BaseURL: "https://track.example", Store: d.store, Live: d.store.NewLive(), Keys: d.keys, Now: func() time.Time { return d.at }})
	if err != nil {
		d.Fatal(err)
	}
	return s.Sessions()
}

func request(cookie string) *http.Request {
	r := httptest.NewRequest("GET", "https://track.example/admin", nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return r
}

func (d *door) signIn(cookie string) string {
	d.Helper()
	w := httptest.NewRecorder()
	if err := d.sessions().SignIn(w, request(cookie), d.person); err != nil {
		d.Fatal(err)
	}
	value, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return value
}

func (d *door) lives(cookie string) bool {
	d.Helper()
	sess, err := d.sessions().Get(request(cookie), web.StaffCookie)
	if err != nil {
		d.Fatal(err)
	}
	return !sess.IsNew
}

func TestASessionLivesUntilItIsIdleForHalfAnHour(t *testing.T) {
	d := newDoor(t)
	c := d.signIn("")
	for range 5 {
		d.at = d.at.Add(29 * time.Minute)
		if !d.lives(c) {
			t.Fatal("a session that is used has ended")
		}
	}
	d.at = d.at.Add(31 * time.Minute)
	if d.lives(c) {
		t.Error("an idle session lives on")
	}
}

func TestASessionEndsAfterTwelveHoursHoweverMuchItIsUsed(t *testing.T) {
	d := newDoor(t)
	c := d.signIn("")
	begun := d.at
	for d.at.Sub(begun) < 12*time.Hour-20*time.Minute {
		d.at = d.at.Add(20 * time.Minute)
		if !d.lives(c) && d.at.Sub(begun) < 12*time.Hour {
			t.Fatalf("ended after %v", d.at.Sub(begun))
		}
	}
	d.at = begun.Add(12*time.Hour + time.Second)
	if d.lives(c) {
		t.Error("a session outlives twelve hours")
	}
}

func TestSigningInGivesANewIdAndEndsTheEarlierSession(t *testing.T) {
	d := newDoor(t)
	first := d.signIn("")
	second := d.signIn(first)
	if first == second || d.lives(first) || !d.lives(second) {
		t.Errorf("same %v, first lives %v, second lives %v", first == second, d.lives(first), d.lives(second))
	}
}

func TestSigningOutEndsTheSessionEverywhere(t *testing.T) {
	d := newDoor(t)
	c := d.signIn("")
	w := httptest.NewRecorder()
	if err := d.sessions().SignOut(w, request(c)); err != nil {
		t.Fatal(err)
	}
	if d.lives(c) || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("lives %v, cookie %q", d.lives(c), w.Header().Get("Set-Cookie"))
	}
}

func TestAKeyThatWasReplacedStillOpensItsCookies(t *testing.T) {
	d := newDoor(t)
	c := d.signIn("")
	d.keys = store.Keys{Current: []byte("another secret key for tests, 32"), Previous: [][]byte{d.keys.Current}}
	if !d.lives(c) {
		t.Error("rotation signed everybody out")
	}
	d.keys.Previous = nil
	if d.lives(c) {
		t.Error("a key that was taken away still works")
	}
}

func TestACookieThatWasChangedIsNoCookie(t *testing.T) {
	d := newDoor(t)
	c := d.signIn("")
	for i := len(web.StaffCookie) + 2; i < len(c); i += 7 {
		changed := c[:i] + string(c[i]^1) + c[i+1:]
		if changed != c && d.lives(changed) {
			t.Fatalf("byte %d can be changed", i)
		}
	}
	_, value, _ := strings.Cut(c, "=")
	sess, err := d.sessions().Get(request(web.ShopperCookie+"="+value), web.ShopperCookie)
	if err != nil || !sess.IsNew {
		t.Errorf("a staff session opens as a shopper's: %v", err)
	}
}

func TestOnlyTheHashOfASessionIsStored(t *testing.T) {
	d := newDoor(t)
	w := httptest.NewRecorder()
	r := request("")
	if err := d.sessions().SignIn(w, r, d.person); err != nil {
		t.Fatal(err)
	}
	sess, err := d.sessions().Get(r, web.StaffCookie)
	if err != nil {
		t.Fatal(err)
	}
	if len(sess.ID) < 26 {
		t.Errorf("an id of %d characters", len(sess.ID))
	}
}
