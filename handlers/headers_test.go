package handlers

import (
	"net/http"
	"strings"
	"testing"

	"onderweg/internal/parcel"
	"onderweg/static"
	"onderweg/web"
)

// dress is what a class of answers must say of itself. Source: security reference, 4.2. "-" means: not there.
type dress map[string]string

const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'none'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; " +
		"frame-src 'none'; frame-ancestors 'none'; upgrade-insecure-requests; report-to csp; report-uri /csp"
	nothing = "default-src 'none'; frame-ancestors 'none'"
	hidden  = "noindex, nofollow, noarchive, nosnippet"
)

var (
	always = dress{
		"X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
		"Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "-", "Server": "-", "X-Powered-By": "-", "X-XSS-Protection": "-",
	}
	shopperDress = dress{
		"Content-Security-Policy": pagePolicy, "Reporting-Endpoints": `csp="/csp"`, "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store", "X-Robots-Tag": hidden,
		"Vary": "HX-Request, Accept-Encoding, Accept-Language", "Set-Cookie": "-", "X-Frame-Options": "DENY",
		"Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), " +
			"usb=(), serial=(), browsing-topics=(), publickey-credentials-get=()",
	}
	staffDress = dress{
		"Content-Security-Policy": pagePolicy, "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Cache-Control": "no-store", "X-Robots-Tag": "-", "X-Frame-Options": "DENY",
		"Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), " +
			"usb=(), serial=(), browsing-topics=(), publickey-credentials-get=(self)",
	}
	machineDress = dress{
		"Content-Security-Policy": nothing, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Set-Cookie": "-", "X-Robots-Tag": hidden,
	}
	assetDress = dress{"Content-Security-Policy": nothing, "Cache-Control": "public, max-age=31536000, immutable", "Set-Cookie": "-"}
	plainDress = dress{"Content-Security-Policy": nothing, "Cache-Control": "no-store", "Set-Cookie": "-"}
)

func (want dress) check(t *testing.T, what string, h http.Header) {
	t.Helper()
	for _, set := range []dress{always, want} {
		for name, value := range set {
			if own, ok := want[name]; ok {
				value = own
			}
			got := strings.Join(h.Values(name), " | ")
			if value == "-" {
				value = ""
			}
			if got != value {
				t.Errorf("%s: %s is\n  %q, want\n  %q", what, name, got, value)
			}
		}
	}
	if h.Get("X-Request-Id") == "" {
		t.Errorf("%s: no request id", what)
	}
}

func TestEveryKindOfAnswerWearsItsHeaders(t *testing.T) {
	a := newApp(t)
	p := newPeople(a)
	view, owner := p.tokens[parcel.PurposeView], p.cookie["owner"]
	tag := a.get("/kaap-noord/t/" + view["own"]).Header.Get("ETag")
	css := a.kaap.Brand.Theme.Hash()
	logo, err := a.store.SaveBrandFile(t.Context(), a.kaap.ID, "image/png", []byte("\x89PNG"))
	a.ok(err)
	big := strings.Repeat("a", web.FormBody+1)

	for _, c := range []struct {
		name   string
		method string
		path   string
		how    []with
		status int
		want   dress
	}{
		{"a page", "GET", "/kaap-noord/t/" + view["own"], nil, 200, shopperDress},
		{"a page, HEAD", "HEAD", "/kaap-noord/t/" + view["own"], nil, 200, shopperDress},
		{"a page, packed", "GET", "/kaap-noord/t/" + view["own"], []with{header("Accept-Encoding", "br")}, 200, shopperDress},
		{"a page, not modified", "GET", "/kaap-noord/t/" + view["own"], []with{header("If-None-Match", tag)}, 304, shopperDress},
		{"a fragment", "GET", "/kaap-noord/t/" + view["own"] + "/now", []with{header("HX-Request", "true")}, 200, shopperDress},
		{"a live page, HEAD", "HEAD", "/kaap-noord/t/" + view["own"] + "/live", nil, 200, shopperDress},
		{"an unknown link", "GET", "/kaap-noord/t/00000000000000000000000000", nil, 404, shopperDress},
		{"an ended link", "GET", "/kaap-noord/t/" + view["expired"], nil, 410, shopperDress},
		{"no page of the shop", "GET", "/kaap-noord/nothing", nil, 404, shopperDress},
		{"a wrong method", "PUT", "/kaap-noord/t/" + view["own"], nil, 405, shopperDress},
		{"a packed request", "POST", "/kaap-noord/u/" + view["own"], []with{header("Content-Encoding", "gzip"), form()}, 415, shopperDress},
		{"a form that is too large", "POST", "/kaap-noord/u/" + view["own"], []with{form("a", big)}, 413, shopperDress},
		{"unsubscribe", "POST", "/kaap-noord/u/" + view["own"], []with{form()}, 303, shopperDress},
		{"the shop's stylesheet", "GET", "/kaap-noord/brand/" + css + ".css", nil, 200, assetDress.with("Vary", "Accept-Encoding")},
		{"an earlier stylesheet", "GET", "/kaap-noord/brand/0123456789abcdef.css", nil, 200, plainDress},
		{"a logo", "GET", "/kaap-noord/brand/" + logo + ".png", nil, 200, assetDress.with(
			"Content-Security-Policy", "default-src 'none'; sandbox", "Content-Disposition", `inline; filename="logo.png"`,
			"Cross-Origin-Resource-Policy", "cross-origin")},
		{"no logo", "GET", "/kaap-noord/brand/" + strings.Repeat("0", 32) + ".png", nil, 404, plainDress},
		{"a static file", "GET", static.URL("css/page.css"), nil, 200, assetDress},
		{"no static file", "GET", "/static/css/page.css", nil, 404, plainDress},
		{"the desk", "GET", "/admin/kaap-noord", []with{cookie(owner)}, 200, staffDress},
		{"the desk, signed out", "GET", "/admin/kaap-noord", nil, 401, staffDress},
		{"another shop's desk", "GET", "/admin/tuimel", []with{cookie(owner)}, 404, staffDress},
		{"a role that is too low", "POST", "/admin/kaap-noord/feeds/replay", []with{cookie(p.cookie["viewer"]), form("all", "1")}, 403, staffDress},
		{"a form of another site", "POST", "/admin/sign-out", []with{header("Sec-Fetch-Site", "cross-site"), form()}, 403, staffDress},
		{"nothing of the house", "GET", "/admin/kaap-noord/nothing", nil, 404, staffDress},
		{"sign-out", "POST", "/admin/sign-out", []with{cookie(p.cookie["support"]), form()}, 303, staffDress.with("Clear-Site-Data", `"cache", "cookies", "storage"`)},
		{"the API", "GET", "/api/v1/orders", []with{key(p.keys["orders:read"])}, 200, machineDress},
		{"the API without a key", "GET", "/api/v1/orders", nil, 401, machineDress.with("WWW-Authenticate", "Bearer")},
		{"nothing of the API", "GET", "/api/v2/orders", nil, 404, machineDress},
		{"a wrong method of the API", "DELETE", "/api/v1/orders", nil, 405, machineDress},
		{"a forged webhook", "POST", "/feeds/kaap-noord/standard", []with{asJSON("{}")}, 401, machineDress},
		{"a webhook that is too large", "POST", "/feeds/kaap-noord/standard", []with{asJSON(strings.Repeat("a", web.WebhookBody+1))}, 413, machineDress},
		{"the description of the API", "GET", "/openapi.json", nil, 200, machineDress},
		{"health", "GET", "/healthz", nil, 200, plainDress},
		{"a foreign host", "GET", "/", []with{host("evil.example")}, 421, plainDress},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := a.ask(c.method, c.path, c.how...)
			if got.Status != c.status {
				t.Fatalf("%s answers %d, want %d", c.name, got.Status, c.status)
			}
			c.want.check(t, c.name, got.Header)
		})
	}
}

func (want dress) with(pairs ...string) dress {
	more := dress{}
	for name, value := range want {
		more[name] = value
	}
	for i := 0; i < len(pairs); i += 2 {
		more[pairs[i]] = pairs[i+1]
	}
	return more
}

func TestAMerchantsOwnHostPromisesItsOwnTransportSecurity(t *testing.T) {
	a := newApp(t)
	got := a.get("/t/00000000000000000000000000", host(ownHost))
	shopperDress.with("Strict-Transport-Security", "max-age=31536000").check(t, "own host", got.Header)
}

func TestTooManyGuessesGet429WithTheSameHeaders(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	var got answer
	for range 25 {
		got = a.get("/kaap-noord/t/00000000000000000000000000")
	}
	if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
		t.Fatalf("the 25th guess gets %d, Retry-After %q", got.Status, got.Header.Get("Retry-After"))
	}
	shopperDress.check(t, "429", got.Header)
	if got := a.get("/kaap-noord/t/" + token); got.Status != http.StatusOK {
		t.Errorf("a link that exists is refused for another's guesses: %d", got.Status)
	}
}

func TestACookieIsSetOnlyWhenSomebodySignsIn(t *testing.T) {
	a := newApp(t)
	p, err := a.store.SaveStaff(t.Context(), "jip@example.com", "", a.kaap.ID, "owner")
	a.ok(err)
	token, err := a.store.NewStaffLink(t.Context(), p.ID, 1e12)
	a.ok(err)
	if set := a.get("/admin/sign-in/" + token).Header.Get("Set-Cookie"); set != "" {
		t.Errorf("looking at the link sets %q", set)
	}
	set := a.post("/admin/sign-in/" + token).Header.Get("Set-Cookie")
	name, rest, _ := strings.Cut(set, "=")
	_, attributes, _ := strings.Cut(rest, "; ")
	if name != "__Host-adm" || !strings.Contains(attributes, "Path=/") || !strings.Contains(attributes, "HttpOnly") ||
		!strings.Contains(attributes, "Secure") || !strings.Contains(attributes, "SameSite=Lax") || strings.Contains(attributes, "Domain") {
		t.Errorf("the session's cookie is %q", set)
	}
	if got := a.post("/admin/sign-in/" + token); got.Status != http.StatusNotFound {
		t.Errorf("a sign-in link works twice: %d", got.Status)
	}
}
