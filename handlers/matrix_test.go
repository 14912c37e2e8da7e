package handlers

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/web"
)

// who asks. Not every one makes sense for every route: a row says 0 where not.
type who struct {
	own          int // who may
	anonymous    int // without any credential
	foreign      int // another merchant's credential of the same kind
	lower        int // a lower role, or a key without the scope
	wrongPurpose int // a credential of another kind
	expired      int
	revoked      int
}

// row is a route's line of the matrix: how to ask, and what each gets.
type row struct {
	path string // {view}, {unsub}, {link} stand for tokens, {parcel} for an id
	send with
	want who
}

var (
	anyone = func(status int) who { return who{own: status, anonymous: status} }
	link   = who{own: 200, foreign: 404, wrongPurpose: 404, expired: 410, revoked: 410}
	viaKey = func(ok, foreign int) who {
		return who{own: ok, anonymous: 401, foreign: foreign, lower: 403, wrongPurpose: 401, expired: 401, revoked: 401}
	}
	viaRole = func(ok, lower int) who {
		return who{own: ok, anonymous: 401, foreign: 404, lower: lower, wrongPurpose: 401, expired: 401, revoked: 401}
	}
)

const goodOrder = `{"number":"KN-9","country":"NL","currency":"EUR","total":"1.00","lines":[{"name":"Tent","quantity":1,"price":"1.00"}]}`

// matrix has a row for every route there is.
var matrix = map[string]row{
	"GET /t/:token":      {path: "/kaap-noord/t/{view}", want: link},
	"GET /t/:token/now":  {path: "/kaap-noord/t/{view}/now", want: link},
	"GET /t/:token/live": {path: "/kaap-noord/t/{view}/live", want: link},
	"GET /u/:token":      {path: "/kaap-noord/u/{unsub}", want: who{own: 200, foreign: 200, wrongPurpose: 200, expired: 200, revoked: 200}},
	"POST /u/:token":     {path: "/kaap-noord/u/{unsub}", want: who{own: 303, foreign: 303, wrongPurpose: 303, expired: 303, revoked: 303}},
	"GET /brand/:file":   {path: "/kaap-noord/brand/0123456789abcdef.css", want: anyone(200)},

	"POST /feeds/:shop/:feed": {path: "/feeds/kaap-noord/standard", want: who{own: 202, anonymous: 401, foreign: 401, wrongPurpose: 401, expired: 401}},

	"GET /api/v1/orders":                  {path: "/api/v1/orders", want: viaKey(200, 200)},
	"POST /api/v1/orders":                 {path: "/api/v1/orders", send: asJSON(goodOrder), want: viaKey(201, 201)},
	"GET /api/v1/orders/:number":          {path: "/api/v1/orders/KN-1", want: viaKey(200, 404)},
	"GET /api/v1/orders/:number/parcels":  {path: "/api/v1/orders/KN-1/parcels", want: viaKey(200, 404)},
	"POST /api/v1/orders/:number/parcels": {path: "/api/v1/orders/KN-1/parcels", send: asJSON(`{"carrier":"dhl","tracking_number":"JVGL1"}`), want: viaKey(201, 404)},
	"GET /api/v1/parcels/:id":             {path: "/api/v1/parcels/{parcel}", want: viaKey(200, 404)},

	"GET /openapi.yaml": {path: "/openapi.yaml", want: anyone(200)},
	"GET /openapi.json": {path: "/openapi.json", want: anyone(200)},

	"GET /":                          {path: "/", want: anyone(303)},
	"GET /admin/sign-in":             {path: "/admin/sign-in", want: anyone(200)},
	"GET /admin/sign-in/:token":      {path: "/admin/sign-in/{link}", want: who{own: 200, wrongPurpose: 404, expired: 404, revoked: 404}},
	"POST /admin/sign-in/:token":     {path: "/admin/sign-in/{link}", want: who{own: 303, wrongPurpose: 404, expired: 404, revoked: 404}},
	"POST /admin/sign-out":           {path: "/admin/sign-out", want: anyone(303)},
	"GET /admin":                     {path: "/admin", want: who{own: 303, anonymous: 401, wrongPurpose: 401, expired: 401, revoked: 401}},
	"GET /admin/:shop":               {path: "/admin/kaap-noord", want: viaRole(200, 0)},
	"GET /admin/:shop/feeds":         {path: "/admin/kaap-noord/feeds", want: viaRole(200, 0)},
	"POST /admin/:shop/feeds/replay": {path: "/admin/kaap-noord/feeds/replay", send: form("all", "1"), want: viaRole(303, 403)},

	"GET /static/*":                 {path: "/static/no-such-file.css", want: anyone(404)},
	"POST /csp":                     {path: "/csp", send: body("application/csp-report", `{}`), want: anyone(204)},
	"GET /robots.txt":               {path: "/robots.txt", want: anyone(200)},
	"GET /.well-known/security.txt": {path: "/.well-known/security.txt", want: anyone(200)},
	"GET /dev/mailbox":              {path: "/dev/mailbox", want: anyone(200)},
	"GET /dev/mailbox/:id":          {path: "/dev/mailbox/none", want: anyone(404)},
	"GET /dev/mailbox/:id/html":     {path: "/dev/mailbox/none/html", want: anyone(404)},

	"GET /healthz": {path: "/healthz", want: anyone(200)},
	"GET /readyz":  {path: "/readyz", want: anyone(200)},
}

func TestEveryRouteAnswersEveryoneAsItShould(t *testing.T) {
	a := newApp(t)
	p := newPeople(a)
	have := map[string]bool{}
	for _, rt := range a.web.Routes() {
		name := rt.Method + " " + rt.Path
		have[name] = true
		line, ok := matrix[name]
		if !ok {
			t.Errorf("%s has no row in the matrix", name)
			continue
		}
		t.Run(name, func(t *testing.T) { p.walk(t, rt, line) })
	}
	for _, name := range slices.Sorted(maps.Keys(matrix)) {
		if !have[name] {
			t.Errorf("%s is in the matrix and is no route", name)
		}
	}
}

// people are the credentials of everyone in the matrix.
type people struct {
	*app
	parcel parcel.ParcelID
	tokens map[parcel.Purpose]map[string]string // purpose → "own", "expired", …
	keys   map[string]string                    // scope or state → plain key
	cookie map[string]string                    // role or state → cookie
}

func newPeople(a *app) *people {
	a.Helper()
	p := &people{app: a, tokens: map[parcel.Purpose]map[string]string{}, keys: map[string]string{}, cookie: map[string]string{}}
	order, _ := a.order(a.kaap, "KN-1")
	_, parcels, err := a.store.OrderByID(a.Context(), a.kaap.ID, order.ID)
	a.ok(err)
	p.parcel = parcels[0].ID
	other, _ := a.order(a.tuimel, "TU-1")
	a.feed(a.kaap)

	for _, purpose := range []parcel.Purpose{parcel.PurposeView, parcel.PurposeUnsub} {
		p.tokens[purpose] = map[string]string{
			"own":     p.link(a.kaap, order.ID, purpose, a.now().Add(time.Hour)),
			"foreign": p.link(a.tuimel, other.ID, purpose, a.now().Add(time.Hour)),
			"expired": p.link(a.kaap, order.ID, purpose, a.now().Add(-time.Minute)),
			"revoked": p.link(a.kaap, order.ID, purpose, a.now().Add(time.Hour)),
		}
		a.ok(a.store.RevokeLink(a.Context(), a.kaap.ID, p.tokens[purpose]["revoked"]))
	}
	p.tokens[parcel.PurposeView]["wrongPurpose"] = p.tokens[parcel.PurposeUnsub]["own"]
	p.tokens[parcel.PurposeUnsub]["wrongPurpose"] = p.tokens[parcel.PurposeView]["own"]

	p.keys["orders:read"], _ = a.apiKey(a.kaap, "orders:read")
	p.keys["orders:write"], _ = a.apiKey(a.kaap, "orders:write")
	p.keys["foreign"], _ = a.apiKey(a.tuimel, "orders:read", "orders:write")
	var k store.APIKey
	p.keys["revoked"], k = a.apiKey(a.kaap, "orders:read", "orders:write")
	a.ok(a.store.RevokeAPIKey(a.Context(), a.kaap.ID, k.ID))
	p.keys["expired"], _, err = a.store.NewAPIKey(a.Context(), a.kaap.ID, "old", []string{"orders:read", "orders:write"}, time.Now().Add(-time.Minute))
	a.ok(err)

	for _, role := range []string{"viewer", "support", "editor", "owner", "revoked"} {
		p.cookie[role] = a.signIn(role+"@example.com", a.kaap, strings.Replace(role, "revoked", "owner", 1))
	}
	p.cookie["foreign"] = a.signIn("foreign@example.com", a.tuimel, "owner")
	a.ok(a.store.DisableStaff(a.Context(), "revoked@example.com"))
	a.ahead.Store(int64(-31 * time.Minute))
	p.cookie["expired"] = a.signIn("expired@example.com", a.kaap, "owner")
	a.ahead.Store(0)
	return p
}

func (p *people) link(m store.Merchant, o parcel.OrderID, purpose parcel.Purpose, until time.Time) string {
	p.Helper()
	token, err := parcel.NewToken(randomness{})
	p.ok(err)
	p.ok(p.store.SaveLink(p.Context(), token, parcel.Link{Merchant: m.ID, Order: o, Purpose: purpose, Channel: "email", Expires: until}))
	return token
}

func (p *people) walk(t *testing.T, rt web.Route, line row) {
	wants := map[string]int{
		"anonymous": line.want.anonymous, "foreign": line.want.foreign, "lower": line.want.lower,
		"wrongPurpose": line.want.wrongPurpose, "expired": line.want.expired, "revoked": line.want.revoked,
	}
	p.settled()
	var refusals []string
	for _, persona := range slices.Sorted(maps.Keys(wants)) {
		want := wants[persona]
		if want == 0 {
			continue
		}
		path, how := p.as(persona, rt, line)
		before := p.tables()
		got := p.ask(rt.Method, path, how...)
		if got.Status != want {
			t.Errorf("%s: %s %s answers %d, want %d", persona, rt.Method, path, got.Status, want)
		}
		if want >= 400 && rt.Method != "POST" || rt.Needs.Role != web.RoleNone && want >= 400 {
			if after := p.tables(); !maps.Equal(before, after) {
				t.Errorf("%s: something was stored for a refused request: %v, before %v", persona, after, before)
			}
		}
		if rt.Needs.Link != "" && want >= 400 {
			refusals = append(refusals, got.Body)
		}
	}
	for _, one := range refusals {
		if one != refusals[0] {
			t.Errorf("links that do not work get different bodies:\n%s\n%s", refusals[0], one)
		}
	}
	p.walkOwn(t, rt, line)
}

// settled waits until everything the feeds sent has been worked off.
func (a *app) settled() {
	a.Helper()
	a.until("the inbox is empty", func() bool {
		var n int
		a.ok(a.db.QueryRowContext(a.Context(), `select count(*) from inbox where state = 'pending'`).Scan(&n))
		return n == 0
	})
}

// walkOwn asks as who may, last: it may use something up.
func (p *people) walkOwn(t *testing.T, rt web.Route, line row) {
	path, how := p.as("own", rt, line)
	if rt.Method == http.MethodGet {
		if head := p.ask(http.MethodHead, path, how...); head.Status != line.want.own || head.Body != "" {
			t.Errorf("HEAD %s answers %d with %d bytes, want %d without a body", path, head.Status, len(head.Body), line.want.own)
		}
	}
	if strings.HasSuffix(path, "/live") {
		stream := p.stream(path)
		stream.next()
		return
	}
	if got := p.ask(rt.Method, path, how...); got.Status != line.want.own {
		t.Errorf("own: %s %s answers %d, want %d: %s", rt.Method, path, got.Status, line.want.own, got.Body)
	}
}

// as gives the request of one persona.
func (p *people) as(persona string, rt web.Route, line row) (path string, how []with) {
	p.Helper()
	path = strings.NewReplacer(
		"{view}", p.tokens[parcel.PurposeView][persona], "{unsub}", p.tokens[parcel.PurposeUnsub][persona],
		"{parcel}", string(p.parcel), "{link}", p.staffLink(persona, line.path),
	).Replace(line.path)
	if line.send != nil {
		how = append(how, line.send)
	}
	switch {
	case rt.Needs.Key != "":
		how = append(how, p.withKey(persona, rt.Needs.Key)...)
	case rt.Needs.Role != web.RoleNone:
		how = append(how, p.withCookie(persona, rt.Needs.Role)...)
	case rt.Needs.Signed:
		how = append(how, p.signed(persona)...)
	}
	return path, how
}

func (p *people) withKey(persona, scope string) []with {
	other := map[string]string{"orders:read": "orders:write", "orders:write": "orders:read"}
	switch persona {
	case "anonymous":
		return nil
	case "own":
		return []with{key(p.keys[scope])}
	case "lower":
		return []with{key(p.keys[other[scope]])}
	case "wrongPurpose":
		return []with{key(p.tokens[parcel.PurposeView]["own"]), cookie(p.cookie["owner"])}
	}
	return []with{key(p.keys[persona])}
}

func (p *people) withCookie(persona string, need web.Role) []with {
	lowest := map[web.Role]string{web.RoleAny: "viewer", web.RoleViewer: "viewer", web.RoleSupport: "support", web.RoleEditor: "editor", web.RoleOwner: "owner"}
	below := map[web.Role]string{web.RoleSupport: "viewer", web.RoleEditor: "support", web.RoleOwner: "editor"}
	switch persona {
	case "anonymous":
		return nil
	case "own":
		return []with{cookie(p.cookie[lowest[need]])}
	case "lower":
		return []with{cookie(p.cookie[below[need]])}
	case "wrongPurpose":
		return []with{key(p.keys["orders:write"]), cookie(strings.Replace(p.cookie["owner"], web.StaffCookie, web.ShopperCookie, 1))}
	}
	return []with{cookie(p.cookie[persona])}
}

func (p *people) signed(persona string) []with {
	p.Helper()
	secret := feedSecret
	if persona == "foreign" {
		secret = "whsec_YW5vdGhlciBtZXJjaGFudCdzIG93biBrZXkh"
	}
	if persona == "expired" {
		p.ahead.Store(int64(-time.Hour))
	}
	text, h := p.composed("evt-"+persona, "3SKN1", parcel.InTransit, secret)
	p.ahead.Store(0)
	switch persona {
	case "anonymous":
		h = nil
	case "wrongPurpose":
		h = http.Header{"Authorization": {"Bearer " + p.keys["orders:write"]}}
	}
	return []with{asJSON(text), headers(h)}
}

// staffLink gives a sign-in link in the state the persona has.
func (p *people) staffLink(persona, path string) string {
	p.Helper()
	if !strings.Contains(path, "{link}") {
		return ""
	}
	if persona == "wrongPurpose" {
		return p.tokens[parcel.PurposeView]["own"]
	}
	person, err := p.store.SaveStaff(p.Context(), "editor@example.com", "", p.kaap.ID, "editor")
	p.ok(err)
	life := time.Hour
	if persona == "expired" {
		life = -time.Minute
	}
	token, err := p.store.NewStaffLink(p.Context(), person.ID, life)
	p.ok(err)
	if persona == "revoked" { // used already
		_, err := p.store.UseStaffLink(p.Context(), token, p.now())
		p.ok(err)
	}
	return token
}
