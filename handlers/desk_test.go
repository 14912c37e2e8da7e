package handlers

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

func TestTheDeskShowsWhereParcelsAreAndFiltersThem(t *testing.T) {
	a := newApp(t)
	a.feed(a.kaap)
	for i := range 3 {
		a.order(a.kaap, fmt.Sprint("KN-", i))
	}
	a.scan(a.kaap, "KN-1", parcel.OutForDelivery)
	a.scan(a.kaap, "KN-2", parcel.DeliveryAttemptFailed)
	c := cookie(a.signIn("jip@example.com", a.kaap, "viewer"))
	a.until("the scans are applied", func() bool {
		page := a.see("/admin/kaap-noord", c)
		return strings.Contains(page, `data-milestone="out_for_delivery"`) && strings.Contains(page, `data-milestone="delivery_attempt_failed"`)
	})

	for show, want := range map[string][]string{
		"": {"KN-0", "KN-1", "KN-2"}, "door": {"KN-1", "KN-2"}, "trouble": {"KN-2"}, "delivered": nil, "unheard-of": {"KN-0", "KN-1", "KN-2"},
	} {
		page := a.see("/admin/kaap-noord?show="+show, c)
		for _, number := range []string{"KN-0", "KN-1", "KN-2"} {
			shown, wanted := strings.Contains(page, `data-order="`+number+`"`), strings.Contains(strings.Join(want, " "), number)
			if shown != wanted {
				t.Errorf("show=%s: %s is shown: %v", show, number, shown)
			}
		}
		if n := strings.Count(page, `aria-current="true"`); n != 1 {
			t.Errorf("show=%s: %d figures are current", show, n)
		}
	}
}

func TestOnlyThoseWhoHelpShoppersMayOpenAPageAsTheShopper(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	for role, may := range map[string]bool{"viewer": false, "support": true, "editor": true, "owner": true} {
		page := a.see("/admin/kaap-noord", cookie(a.signIn(role+"@example.com", a.kaap, role)))
		if got := strings.Contains(page, "/kaap-noord/t/"+token); got != may {
			t.Errorf("%s may open the shopper's page: %v, want %v", role, got, may)
		}
	}
}

func TestWhatWasPutAsideCanBeReadAgain(t *testing.T) {
	a := newApp(t)
	a.feed(a.kaap)
	for i := range 3 {
		h := signStandard(t, fmt.Sprint("odd-", i), "not json", a.now())
		a.ask("POST", "/feeds/kaap-noord/standard", asJSON("not json"), headers(h))
	}
	editor := cookie(a.signIn("editor@example.com", a.kaap, "editor"))
	button := regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"`)
	var page string
	a.until("three requests are put aside", func() bool {
		page = a.see("/admin/kaap-noord/feeds", editor)
		return len(button.FindAllString(page, -1)) == 3
	})
	if viewer := a.see("/admin/kaap-noord/feeds", cookie(a.signIn("viewer@example.com", a.kaap, "viewer"))); strings.Contains(viewer, "<button class=\"btn\" name") {
		t.Error("a viewer is shown a button they may not press")
	}

	id := button.FindStringSubmatch(page)[1]
	ended := func() (at time.Time) {
		a.ok(a.db.QueryRowContext(t.Context(), `select coalesce(max(done_at), to_timestamp(0)) from inbox where id = $1 and state = 'quarantined'`, id).Scan(&at))
		return at
	}
	before := ended()
	got := a.post("/admin/kaap-noord/feeds/replay", editor, form("id", id))
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/admin/kaap-noord/feeds?replayed=1" {
		t.Errorf("one: %d to %s", got.Status, got.Header.Get("Location"))
	}
	a.until("it was read again, and put aside again", func() bool { return ended().After(before) })
	for _, bad := range []with{form("id", "x"), form(), body("application/x-www-form-urlencoded", "%zz")} {
		if got := a.post("/admin/kaap-noord/feeds/replay", editor, bad); got.Status < 400 || got.Status >= 500 {
			t.Errorf("a form that names nothing answers %d", got.Status)
		}
	}
}

func TestAPersonOfTwoShopsSwitchesBetweenThemAndSeesEachAlone(t *testing.T) {
	a := newApp(t)
	a.order(a.kaap, "KN-1")
	a.order(a.tuimel, "TU-1")
	c := cookie(a.signIn("jip@example.com", a.kaap, "owner"))
	a.signIn("jip@example.com", a.tuimel, "viewer")
	if got := a.get("/admin", c); got.Header.Get("Location") != "/admin/kaap-noord" {
		t.Errorf("/admin leads to %s", got.Header.Get("Location"))
	}
	page := a.see("/admin/kaap-noord", c)
	if !strings.Contains(page, `href="/admin/tuimel"`) || strings.Contains(page, "TU-1") {
		t.Errorf("the first shop's desk:\n%s", page)
	}
	if page := a.see("/admin/tuimel", c); !strings.Contains(page, "TU-1") || strings.Contains(page, "KN-1") {
		t.Errorf("the second shop's desk:\n%s", page)
	}
}

func TestSignedOutIsSignedOut(t *testing.T) {
	a := newApp(t)
	c := cookie(a.signIn("jip@example.com", a.kaap, "owner"))
	a.see("/admin/kaap-noord", c)
	got := a.post("/admin/sign-out", c)
	if got.Status != http.StatusSeeOther {
		t.Fatalf("sign-out answers %d", got.Status)
	}
	a.see(got.Header.Get("Location"))
	if got := a.get("/admin/kaap-noord", c); got.Status != http.StatusUnauthorized {
		t.Errorf("the cookie still opens the desk: %d", got.Status)
	}
}

func TestTheDeskSpeaksTheLanguageOfWhoeverReadsIt(t *testing.T) {
	a := newApp(t)
	c := cookie(a.signIn("jip@example.com", a.kaap, "owner"))
	for language, want := range map[string]string{"nl-BE,nl;q=0.9": "Bestellingen", "en": "Orders", "xx;q=0.1, nl;q=0.9": "Bestellingen", "fr": "Orders", "": "Orders"} {
		if page := a.see("/admin/kaap-noord", c, header("Accept-Language", language)); !strings.Contains(page, "<h1>"+want+"</h1>") {
			t.Errorf("%q is not greeted with %s", language, want)
		}
	}
}

func TestNothingOfTheDeskIsInlineAndNoKeyIsShownRaw(t *testing.T) {
	a := newApp(t)
	a.feed(a.kaap)
	a.order(a.kaap, "KN-1")
	c := cookie(a.signIn("jip@example.com", a.kaap, "owner"))
	raw := regexp.MustCompile(`\b(desk|signin|unsub)\.[a-z]`)
	for _, path := range []string{"/admin/kaap-noord", "/admin/kaap-noord/feeds?replayed=2", "/admin/kaap-noord?show=delivered", "/admin/sign-in", "/admin/sign-in?left=1", "/kaap-noord/u/x"} {
		for _, language := range []string{"nl", "en"} {
			page := a.see(path, c, header("Accept-Language", language))
			if strings.Contains(page, " style=") || strings.Contains(page, "<style") || strings.Contains(page, " onclick") {
				t.Errorf("%s has something inline", path)
			}
			text := regexp.MustCompile(`href="[^"]*"`).ReplaceAllString(page, "")
			if key := raw.FindString(text); key != "" {
				t.Errorf("%s in %s shows the key %s…", path, language, key)
			}
			if n := strings.Count(page, "<h1"); n != 1 {
				t.Errorf("%s has %d h1", path, n)
			}
		}
	}
}
