package handlers

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"

	"onderweg/internal/parcel"
)

func TestOnlyOurHostsAreServed(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	_, own := a.order(a.verene, "MV-1")
	page, ownPage := "/kaap-noord/t/"+token, "/t/"+own
	for _, c := range []struct {
		name string
		path string
		how  with
		want int
	}{
		{"the shared host", page, host(sharedHost), 200},
		{"with a port", page, host(sharedHost + ":443"), 200},
		{"in capitals", page, host("TRACK.Example"), 200},
		{"an own host", ownPage, host(ownHost), 200},
		{"an own host with a port", ownPage, host(ownHost + ":8443"), 200},
		{"another merchant's page on an own host", "/t/" + token, host(ownHost), 404},
		{"a prefix on an own host", page, host(ownHost), 404},
		{"staff on an own host", "/admin/sign-in", host(ownHost), 404},
		{"the API on an own host", "/api/v1/orders", host(ownHost), 404},
		{"an unknown host", page, host("evil.example"), 421},
		{"a host that ends like ours", page, host("evil" + sharedHost), 421},
		{"a host that begins like ours", page, host(sharedHost + ".evil.example"), 421},
		{"a sub-domain", page, host("kaap." + sharedHost), 421},
		{"a final dot", page, host(sharedHost + "."), 421},
		{"user info", page, host("a@" + sharedHost), 421},
		{"an address", page, host("127.0.0.1"), 421},
		{"an IPv6 address", page, host("[::1]:80"), 421},
		{"X-Forwarded-Host", page, header("X-Forwarded-Host", "evil.example"), 200},
		{"X-Forwarded-Host instead of ours", page, func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("X-Forwarded-Host", sharedHost) }, 421},
		{"Forwarded", page, header("Forwarded", "host=evil.example"), 200},
		{"health by address", "/healthz", host("127.0.0.1"), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := a.get(c.path, c.how)
			if got.Status != c.want {
				t.Errorf("answers %d, want %d", got.Status, c.want)
			}
			if strings.Contains(got.Body, "evil.example") || strings.Contains(strings.Join(got.Header.Values("Location"), ""), "evil.example") {
				t.Error("the answer names the host that was asked for")
			}
		})
	}
}

func TestAbsoluteAndRepeatedHostsAreNotBelieved(t *testing.T) {
	a := newApp(t)
	for name, c := range map[string]struct{ request, want string }{
		"absolute form of a foreign host": {"GET http://evil.example/ HTTP/1.1\r\nHost: " + sharedHost + "\r\n\r\n", "421"},
		"two hosts":                       {"GET / HTTP/1.1\r\nHost: " + sharedHost + "\r\nHost: evil.example\r\n\r\n", "400"},
		"no host":                         {"GET / HTTP/1.1\r\n\r\n", "400"},
		"HTTP/1.0 without a host":         {"GET / HTTP/1.0\r\n\r\n", "421"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", a.addr)
			a.ok(err)
			defer conn.Close()
			_, err = conn.Write([]byte(c.request))
			a.ok(err)
			line, err := bufio.NewReader(conn).ReadString('\n')
			a.ok(err)
			if !strings.Contains(line, " "+c.want+" ") {
				t.Errorf("answers %q, want %s", line, c.want)
			}
		})
	}
}

func TestAPrefixOfAMerchantWithAHostLeadsThere(t *testing.T) {
	a := newApp(t)
	order, token := a.order(a.verene, "MV-1")
	got := a.get("/verene/t/" + token)
	if want := "https://" + ownHost + "/t/" + token; got.Status != http.StatusPermanentRedirect || got.Header.Get("Location") != want {
		t.Errorf("answers %d to %q, want %q", got.Status, got.Header.Get("Location"), want)
	}
	p := &people{app: a}
	unsub := p.link(a.verene, order.ID, parcel.PurposeUnsub, a.now().Add(1e15))
	if got := a.ask("POST", "/verene/u/"+unsub, form("List-Unsubscribe", "One-Click")); got.Status != http.StatusOK {
		t.Errorf("one-click at the old address answers %d", got.Status)
	}
}

func TestRedirectsStayWithUs(t *testing.T) {
	a := newApp(t)
	owner := a.signIn("jip@example.com", a.kaap, "owner")
	for _, evil := range []string{
		"//evil.example", "/%2fevil.example", `/\evil.example`, "///evil.example", "/%5cevil.example", "/https:evil.example", "/%09/evil.example",
		"/kaap-noord//evil.example", "/verene//evil.example", `/verene/\evil.example`, "/verene/%2f%2fevil.example", "/admin//evil.example",
		"/admin?next=//evil.example", "/admin/sign-in?next=https://evil.example", "/verene/%0d%0aLocation:evil.example", "/verene/@evil.example",
	} {
		got := a.get("/", func(r *http.Request) { r.URL.Opaque = evil }, cookie(owner))
		to := got.Header.Get("Location")
		fine := to == "" || strings.HasPrefix(to, "/admin") && !strings.HasPrefix(to, "//") || strings.HasPrefix(to, "https://"+ownHost+"/")
		if !fine || got.Status >= 500 {
			t.Errorf("%s answers %d and leads to %q", evil, got.Status, to)
		}
	}
}
