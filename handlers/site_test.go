package handlers

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"onderweg/static"
	"onderweg/web"
)

func TestCrawlersMayReadThatPagesMustNotBeListed(t *testing.T) {
	a := newApp(t)
	text := a.see("/robots.txt")
	for _, line := range strings.Split(text, "\n") {
		if path, ok := strings.CutPrefix(line, "Disallow: "); ok && strings.HasPrefix("/t/", strings.TrimSpace(path)) {
			t.Errorf("robots.txt hides the noindex of pages: %s", line)
		}
	}
	if got := a.get("/robots.txt", host(ownHost)); got.Status != http.StatusOK {
		t.Errorf("on an own host: %d", got.Status)
	}
}

func TestHolesCanBeReported(t *testing.T) {
	a := newApp(t, func(c *web.Config) { c.Security = "https://example.com/security" })
	text := a.see("/.well-known/security.txt")
	if !strings.Contains(text, "Contact: https://example.com/security\n") || !strings.Contains(text, "Canonical: https://track.example/.well-known/security.txt\n") {
		t.Errorf("%s", text)
	}
	_, rest, _ := strings.Cut(text, "Expires: ")
	day, _, _ := strings.Cut(rest, "\n")
	until, err := time.Parse(time.RFC3339, day)
	if err != nil || until.Before(time.Now().AddDate(0, 11, 0)) {
		t.Errorf("expires %q", day)
	}
}

func TestEveryStaticFileIsServedUnderTheNameOfItsBytes(t *testing.T) {
	a := newApp(t)
	for _, f := range static.Files() {
		got := a.get("/static/"+f.Path, header("Accept-Encoding", "br"))
		text := got.Body
		if got.Header.Get("Content-Encoding") == "br" {
			text = unbrotli(t, text)
		}
		if got.Status != http.StatusOK || text != string(f.Body) || got.Header.Get("Content-Type") != f.Type {
			t.Errorf("%s: %d %s, %d bytes of %d", f.Name, got.Status, got.Header.Get("Content-Type"), len(text), len(f.Body))
		}
	}
}

func unbrotli(t *testing.T, packed string) string {
	t.Helper()
	text, err := io.ReadAll(brotli.NewReader(strings.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAPackedPageIsThePage(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1")
	path := "/kaap-noord/t/" + token
	plain := a.get(path)
	packed := a.get(path, header("Accept-Encoding", "gzip, br"))
	if packed.Header.Get("Content-Encoding") != "br" || unbrotli(t, packed.Body) != plain.Body || len(packed.Body) > len(plain.Body)/2 {
		t.Errorf("%s: %d bytes of %d", packed.Header.Get("Content-Encoding"), len(packed.Body), len(plain.Body))
	}
	if got := a.get(path, header("Accept-Encoding", "br;q=0")); got.Header.Get("Content-Encoding") != "" {
		t.Error("an encoding that is not accepted is sent")
	}
}

func TestAPageSpeaksTheLanguageOfItsOrderUnlessAskedForAnother(t *testing.T) {
	a := newApp(t)
	_, token := a.order(a.kaap, "KN-1") // ordered in English
	path := "/kaap-noord/t/" + token
	for _, c := range []struct{ query, accept, want string }{
		{"", "", "en"}, {"", "nl", "en"}, {"?lang=nl", "", "nl"}, {"?lang=nl", "en", "nl"}, {"?lang=xx", "", "nl"}, {"?lang=" + strings.Repeat("x", 99), "", "en"},
	} {
		if page := a.see(path+c.query, header("Accept-Language", c.accept)); !strings.Contains(page, `<html lang="`+c.want+`"`) {
			t.Errorf("%q with Accept-Language %q is not in %s", c.query, c.accept, c.want)
		}
	}
}

func TestReportsOfBlockedResourcesAreTakenInEveryShape(t *testing.T) {
	a := newApp(t)
	for _, text := range []string{
		`{"csp-report":{"document-uri":"https://track.example/kaap-noord/t/abc","violated-directive":"img-src 'self'"}}`,
		`[{"type":"csp-violation","body":{"documentURL":"https://track.example/admin/kaap-noord","effectiveDirective":"style-src-attr"}}]`,
		`[]`, `{}`, `not json`, ``, "\x00", `{"csp-report":"x"}`, `[1,2]`,
	} {
		if got := a.ask("POST", "/csp", body("application/reports+json", text)); got.Status != http.StatusNoContent {
			t.Errorf("%.60q answers %d", text, got.Status)
		}
	}
}
