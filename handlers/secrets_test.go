package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// canaries are what must never leave: the parts of a contact that a page could show.
var canaries = []string{"Jip", "Canary", "jip.canary", "31201234567", "Kanariestraat", "1234 XY", "1234XY", "Canaryville"}

func TestLogsAndMetricsHoldNoTokenAndNothingPersonal(t *testing.T) {
	a := newApp(t)
	p := newPeople(a)
	view := p.tokens[parcel.PurposeView]["own"]
	a.see("/kaap-noord/t/" + view + "?lang=nl&secret=" + view)
	a.get("/kaap-noord/t/" + strings.ToUpper(view) + "/unheard-of")
	a.stream("/kaap-noord/t/" + view + "/live").next()
	a.post("/kaap-noord/u/"+p.tokens[parcel.PurposeUnsub]["own"], form("List-Unsubscribe", "One-Click"))
	a.get("/admin/kaap-noord", cookie(p.cookie["owner"]))
	a.ask("POST", "/api/v1/orders", key(p.keys["orders:write"]), asJSON(strings.Replace(goodOrder, `"total"`, `"contact":{"name":"Jip Canary"},"total"`, 1)))
	a.ask("POST", "/api/v1/orders", key(p.keys["orders:write"]), asJSON(`{"number":"Jip Canary"`))
	a.scan(a.kaap, "KN-1", parcel.InTransit)
	a.ask("POST", "/csp", body("application/csp-report", `{"csp-report":{"document-uri":"https://track.example/kaap-noord/t/`+view+`","effective-directive":"script-src","blocked-uri":"https://`+view+`.example"}}`))
	a.get("/%0a%0dJip Canary/", func(r *http.Request) { r.URL.Path = "/Canary\n/x" })

	rec := httptest.NewRecorder()
	a.web.Metrics().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	metrics := rec.Body.String()
	for _, want := range []string{`onderweg_csp_reports_total{directive="script-src",route="/t/:token"} 1`, `route="/t/:token/live"`, "onderweg_queue_rows", "go_sql_open_connections"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}

	secrets := append([]string{view, strings.ToUpper(view), p.tokens[parcel.PurposeUnsub]["own"], feedSecret, "127.0.0.1"}, canaries...)
	for _, k := range p.keys {
		secrets = append(secrets, k)
	}
	for _, c := range p.cookie {
		_, value, _ := strings.Cut(c, "=")
		secrets = append(secrets, value)
	}
	log := a.log.String()
	if !strings.Contains(log, `"route":"/t/:token"`) || !strings.Contains(log, `"network":"127.0.0.0/24"`) {
		t.Errorf("the log names no route or no network:\n%s", log)
	}
	for _, s := range secrets {
		if strings.Contains(log, s) {
			t.Errorf("the log holds %q", s)
		}
		if s != "127.0.0.1" && strings.Contains(metrics, s) {
			t.Errorf("the metrics hold %q", s)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}") {
			t.Errorf("a line of the log is no JSON object: %q", line)
		}
	}
}

func TestNothingPersonalIsOnAnyPageThatOpensByItsLink(t *testing.T) {
	a := newApp(t)
	a.feed(a.kaap)
	const many = 220
	tokens := make([]string, many)
	marks := make([][]string, many)
	for i := range many {
		marks[i] = []string{
			fmt.Sprintf("Nameq%03dx", i), fmt.Sprintf("mailq%03dx@example.com", i), fmt.Sprintf("+312000%05d", i), fmt.Sprintf("Streetq%03dx", i),
			fmt.Sprintf("Q%03d ZX", i), fmt.Sprintf("Cityq%03dx", i), fmt.Sprintf("3SQ%03dTRACK", i),
		}
		m := marks[i]
		saved, _, err := a.store.SaveOrder(t.Context(), parcel.Order{
			Merchant: a.kaap.ID, Number: fmt.Sprintf("KN-%d", i), PlacedAt: a.now(), Language: "nl", Country: "NL", Currency: "EUR", Total: 100,
			Lines:   []parcel.Line{{Name: "Tent", Quantity: 1, Price: 100}},
			Contact: parcel.Contact{Name: m[0], Email: m[1], Phone: m[2], Address: parcel.Address{Street: m[3], Extra: m[3] + " bis", PostalCode: m[4], City: m[5]}},
		}, []store.ParcelInput{{Carrier: "postnl", TrackingNumber: m[6], Contents: []parcel.Content{{Line: 0, Quantity: 1}}}}, a.now())
		a.ok(err)
		tokens[i] = a.store.ViewToken(saved.ID, a.kaap.ID)
	}
	look := func(path string, how ...with) {
		got := a.get(path, how...)
		text := got.Body + fmt.Sprint(got.Header)
		for i := range marks {
			for _, mark := range marks[i] {
				if strings.Contains(text, mark) {
					t.Fatalf("%s holds %q", path, mark)
				}
			}
		}
	}
	for _, token := range tokens {
		look("/kaap-noord/t/" + token)
		look("/kaap-noord/t/"+token+"/now", header("HX-Request", "true"))
		look("/kaap-noord/u/" + token)
	}
	for _, rt := range a.web.Routes() {
		if rt.Method == http.MethodGet && rt.Path != "/t/:token/live" && !strings.HasPrefix(rt.Path, "/dev/") {
			look(strings.NewReplacer("{view}", tokens[0], "{unsub}", tokens[0], "{link}", tokens[0], "{parcel}", tokens[0]).Replace(matrix["GET "+rt.Path].path))
		}
	}
	page := a.stream("/kaap-noord/t/" + tokens[0] + "/live")
	_, data := page.next()
	for _, mark := range marks[0] {
		if strings.Contains(data, mark) {
			t.Errorf("the live page holds %q", mark)
		}
	}
}

func TestNothingOfOneMerchantIsSeenByAnother(t *testing.T) {
	a := newApp(t)
	order, token := a.order(a.kaap, "KN-1")
	a.feed(a.kaap)
	owner := a.signIn("foreign@example.com", a.tuimel, "owner")
	plain, _ := a.apiKey(a.tuimel, "orders:read", "orders:write")
	for _, path := range []string{
		"/api/v1/orders", "/api/v1/orders/KN-1", "/api/v1/orders/KN-1/parcels", "/admin/tuimel", "/admin/tuimel/feeds", "/admin/kaap-noord",
		"/admin/kaap-noord/feeds", "/tuimel/t/" + token, "/tuimel/t/" + token + "/now", "/tuimel/t/" + token + "/live",
	} {
		got := a.get(path, key(plain), cookie(owner))
		for _, mark := range []string{"KN-1", string(order.ID), "Kaap Noord", "3SKN1", "Jip"} {
			if strings.Contains(got.Body, mark) {
				t.Errorf("%s shows %q", path, mark)
			}
		}
	}
}
