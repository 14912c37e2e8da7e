package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
)

func TestEveryErrorHasItsStatus(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{parcel.ErrNotFound, 404},
		{parcel.ErrExpired, 410},
		{parcel.ErrForbidden, 403},
		{parcel.ErrConflict, 409},
		{parcel.ErrBusy, 503},
		{context.DeadlineExceeded, 503},
		{parcel.Invalid{Field: "a", Message: "b"}, 422},
		{Problems{{Field: "a", Message: "b"}}, 422},
		{&http.MaxBytesError{Limit: 1}, 413},
		{echo.ErrMethodNotAllowed, 405},
		{echo.ErrNotFound, 404},
		{Refuse(418), 418},
		{errors.New("anything else"), 500},
	} {
		if got := answerTo(fmt.Errorf("wrapped: %w", c.err)).Status; got != c.want {
			t.Errorf("%v gives %d, want %d", c.err, got, c.want)
		}
	}
}

func TestAnEncodingIsTakenOnlyWhenItIsAccepted(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "gzip": "gzip", "br": "br", "gzip, br": "br", "gzip, deflate, br;q=0.9": "br", "br;q=0, gzip": "gzip", "br; q=0.0, gzip;q=0.000": "",
		"identity": "", "xbr, gzipped": "", "br;q=0.1": "br", "*": "",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if header != "" {
			r.Header.Set("Accept-Encoding", header)
		}
		if got := Encoding(r); got != want {
			t.Errorf("%q gives %q, want %q", header, got, want)
		}
	}
}

func TestABucketGivesItsBurstAndThenItsRate(t *testing.T) {
	b, at := newBuckets(), time.Unix(1_000_000, 0)
	take := func() (n int) {
		for b.take("k", 10, 100, at) {
			n++
		}
		return n
	}
	if n := take(); n != 100 {
		t.Errorf("at once: %d", n)
	}
	at = at.Add(time.Second)
	if n := take(); n != 10 {
		t.Errorf("a second later: %d", n)
	}
	at = at.Add(time.Hour)
	if n := take(); n != 100 {
		t.Errorf("an hour later: %d", n)
	}
	for i := range maxBuckets * 2 {
		b.take(fmt.Sprint(i), 1, 1, at)
		at = at.Add(10 * time.Millisecond)
	}
	if len(b.all) > maxBuckets {
		t.Errorf("%d buckets are kept", len(b.all))
	}
}

func TestTheClientIsWhomATrustedProxyNames(t *testing.T) {
	s := &Server{cfg: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:9", "", "192.0.2.1"},
		{"192.0.2.1:9", "203.0.113.9", "192.0.2.1"}, // not our proxy
		{"10.0.0.1:9", "203.0.113.9", "203.0.113.9"},
		{"10.0.0.1:9", "198.51.100.66, 203.0.113.9", "203.0.113.9"}, // the first was written by the client
		{"10.0.0.1:9", "203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"10.0.0.1:9", "rubbish, 10.0.0.2", "10.0.0.1"},
		{"10.0.0.1:9", "", "10.0.0.1"},
		{"[fd00::1]:9", "2001:db8::7", "2001:db8::7"},
		{"[::ffff:192.0.2.1]:9", "", "192.0.2.1"},
		{"", "203.0.113.9", "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.clientOf(r).String(); got != c.want {
			t.Errorf("peer %q, forwarded %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestLimitsCountNetworksAndLogsNameOnlyLargeOnes(t *testing.T) {
	for _, c := range []struct{ addr, limit, log string }{
		{"203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"},
	} {
		a := netip.MustParseAddr(c.addr)
		if network(a).String() != c.limit || coarse(a) != c.log {
			t.Errorf("%s counts as %s and is logged as %s", a, network(a), coarse(a))
		}
	}
	if coarse(netip.Addr{}) != "" || network(netip.Addr{}).IsValid() {
		t.Error("no address has a network")
	}
}

func TestAnEventKeepsItsLines(t *testing.T) {
	if got := string(event("parcel", []byte("<p>\r\na\n\nb"))); got != "event: parcel\ndata: <p>\ndata: a\ndata: \ndata: b\n\n" {
		t.Errorf("%q", got)
	}
}

func TestTheServersOwnLogNamesNoClient(t *testing.T) {
	var b strings.Builder
	l := quietLog(slog.New(slog.NewTextHandler(&b, nil)))
	l.Print("http: TLS handshake error from 203.0.113.77:4711: EOF")
	l.Print("http: Accept error: too many open files; retrying in 5ms")
	if strings.Contains(b.String(), "203.0.113.77") || !strings.Contains(b.String(), "Accept error") {
		t.Errorf("%s", b.String())
	}
}

func TestEveryLimitOfTheServerIsSet(t *testing.T) {
	s, err := New(Config{BaseURL: "http://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	srv := s.httpServer(s.Handler())
	if srv.ReadHeaderTimeout != 5*time.Second || srv.ReadTimeout != 15*time.Second || srv.WriteTimeout != 30*time.Second ||
		srv.IdleTimeout != time.Minute || srv.MaxHeaderBytes != 16<<10 || srv.ErrorLog == nil || srv.Protocols.HTTP2() {
		t.Errorf("%+v", srv)
	}
}

func TestBaseURLMustBeAHostAlone(t *testing.T) {
	for _, bad := range []string{"", "track.example", "ftp://track.example", "https://track.example/path", "://", "https://"} {
		if _, err := New(Config{BaseURL: bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestASlugThatIsOursIsReserved(t *testing.T) {
	for _, slug := range []string{"admin", "api", "feeds", "dev", "static"} {
		if !ReservedSlug(slug) {
			t.Errorf("%s can be a merchant's", slug)
		}
	}
	if ReservedSlug("kaap-noord") {
		t.Error("kaap-noord cannot be a merchant's")
	}
}
