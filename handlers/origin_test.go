package handlers

import (
	"net/http"
	"strings"
	"testing"

	"onderweg/internal/parcel"
	"onderweg/web"
)

func TestWritesThatAnotherSiteSendsAreRefusedAndProgramsPass(t *testing.T) {
	a := newApp(t)
	p := newPeople(a)
	bodies := map[string]with{
		"form": form("all", "1"), "JSON": asJSON(`{}`), "multipart": body("multipart/form-data; boundary=x", "--x--\r\n"),
	}
	for name, c := range map[string]struct {
		how  with
		good bool
	}{
		"no header":      {func(*http.Request) {}, true},
		"same origin":    {sameOrigin, true},
		"own Origin":     {header("Origin", "https://"+sharedHost), true},
		"cross-site":     {header("Sec-Fetch-Site", "cross-site"), false},
		"same-site":      {header("Sec-Fetch-Site", "same-site"), false},
		"Origin null":    {header("Origin", "null"), false},
		"foreign Origin": {header("Origin", "https://evil.example"), false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, rt := range a.web.Routes() {
				if rt.Method == http.MethodGet {
					continue
				}
				path, how := p.as("own", rt, matrix[rt.Method+" "+rt.Path])
				for kind, send := range bodies {
					got := a.ask(rt.Method, path, append(append([]with{}, how...), send, c.how)...)
					refused := got.Status == http.StatusForbidden
					if want := !c.good && !rt.Machine; refused != want {
						t.Errorf("%s with a %s body: %d, refused should be %v", path, kind, got.Status, want)
					}
				}
			}
		})
	}
}

func TestEveryRouteForProgramsIsOnItsOwnRouter(t *testing.T) {
	a := newApp(t)
	for _, rt := range a.web.Routes() {
		isAPI := strings.HasPrefix(rt.Path, "/api/") || strings.HasPrefix(rt.Path, "/feeds/")
		oneClick := rt.Method == http.MethodPost && rt.Path == "/u/:token"
		if rt.Machine != (isAPI || oneClick) {
			t.Errorf("%s %s: for programs is %v", rt.Method, rt.Path, rt.Machine)
		}
		if (rt.Needs.Role != web.RoleNone) && rt.Machine {
			t.Errorf("%s %s takes a cookie and is not checked for its origin", rt.Method, rt.Path)
		}
	}
}

func TestAMailProgramUnsubscribesWithOneRequestWithoutCookieOrOrigin(t *testing.T) {
	a := newApp(t)
	order, _ := a.order(a.kaap, "KN-1")
	p := &people{app: a}
	token := p.link(a.kaap, order.ID, parcel.PurposeUnsub, a.now().Add(1e15))
	oneClick := form("List-Unsubscribe", "One-Click")
	got := a.ask("POST", "/kaap-noord/u/"+token, oneClick)
	unknown := a.ask("POST", "/kaap-noord/u/00000000000000000000000000", oneClick)
	if got.Status != http.StatusOK || unknown.Status != http.StatusOK || got.Body != unknown.Body {
		t.Errorf("known: %d %q, unknown: %d %q", got.Status, got.Body, unknown.Status, unknown.Body)
	}
	why, err := a.store.IsSuppressed(t.Context(), a.kaap.ID, "email", "jip.canary@example.com")
	a.ok(err)
	if why == "" {
		t.Error("the address still gets mail")
	}
}

func TestAPersonUnsubscribesWithAButtonAndALookChangesNothing(t *testing.T) {
	a := newApp(t)
	order, _ := a.order(a.kaap, "KN-1")
	p := &people{app: a}
	token := p.link(a.kaap, order.ID, parcel.PurposeUnsub, a.now().Add(1e15))
	before := a.tables()
	page := a.see("/kaap-noord/u/" + token)
	if a.tables()["suppressions"] != before["suppressions"] {
		t.Error("looking at the page unsubscribed")
	}
	if !strings.Contains(page, `<form method="post" action="/kaap-noord/u/`+token) {
		t.Errorf("the page has no form:\n%s", page)
	}
	got := a.post("/kaap-noord/u/"+token, form())
	if got.Status != http.StatusSeeOther {
		t.Fatalf("the button answers %d", got.Status)
	}
	if done := a.see(got.Header.Get("Location")); strings.Contains(done, "<form") {
		t.Errorf("after the button there is still a form:\n%s", done)
	}
}
