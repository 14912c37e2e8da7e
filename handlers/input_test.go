package handlers

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"onderweg/internal/parcel"
	"onderweg/web"
)

// endless never stops: the server must.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

func TestWhatAFeedMaySendAndWhatItGets(t *testing.T) {
	a := newApp(t)
	a.order(a.kaap, "KN-1")
	a.feed(a.kaap)
	a.feed(a.tuimel)
	good, signature := a.composed("evt-1", "3SKN1", parcel.InTransit, feedSecret)
	wrong, wrongSignature := a.composed("evt-1", "3SKN1", parcel.InTransit, "whsec_YW5vdGhlciBtZXJjaGFudCdzIG93biBrZXkh")
	unknown, unknownSignature := a.composed("evt-2", "3SNOBODY", parcel.InTransit, feedSecret)
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	_, err := io.CopyN(zip, zeros{}, 8<<20)
	a.ok(err)
	a.ok(zip.Close())

	for _, c := range []struct {
		name   string
		path   string
		how    []with
		status int
		stored int // rows in the inbox afterwards
	}{
		{"unsigned", "", []with{asJSON(good)}, 401, 0},
		{"signed with another merchant's key", "", []with{asJSON(wrong), headers(wrongSignature)}, 401, 0},
		{"one byte changed", "", []with{asJSON(strings.Replace(good, "3SKN1", "3SKN2", 1)), headers(signature)}, 401, 0},
		{"truncated, signature of the whole", "", []with{asJSON(good[:len(good)/2]), headers(signature)}, 401, 0},
		{"spaces added", "", []with{asJSON(good + " "), headers(signature)}, 401, 0},
		{"5 MB", "", []with{asJSON(strings.Repeat("a", 5<<20)), headers(signature)}, 413, 0},
		{"endless chunks", "", []with{func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(endless{}), -1 }}, 413, 0},
		{"a gzip bomb", "", []with{body("application/json", bomb.String()), header("Content-Encoding", "gzip"), headers(signature)}, 415, 0},
		{"no such feed", "/feeds/kaap-noord/nothing", []with{asJSON(good), headers(signature)}, 404, 0},
		{"no such merchant", "/feeds/nobody/standard", []with{asJSON(good), headers(signature)}, 404, 0},
		{"NUL in the merchant", "/feeds/a%00b/standard", []with{asJSON(good), headers(signature)}, 404, 0},
		{"NUL in the path", "/feeds/kaap-noord/a%00b", []with{asJSON(good), headers(signature)}, 404, 0},
		{"good", "", []with{asJSON(good), headers(signature)}, 202, 1},
		{"replayed", "", []with{asJSON(good), headers(signature)}, 202, 1},
		{"an unknown parcel", "", []with{asJSON(unknown), headers(unknownSignature)}, 202, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.path
			if path == "" {
				path = "/feeds/kaap-noord/standard"
			}
			got := a.ask("POST", path, c.how...)
			if got.Status != c.status {
				t.Errorf("answers %d, want %d: %s", got.Status, c.status, got.Body)
			}
			var rows int
			a.ok(a.db.QueryRowContext(t.Context(), `select count(*) from inbox`).Scan(&rows))
			if rows != c.stored {
				t.Errorf("%d requests are stored, want %d", rows, c.stored)
			}
		})
	}
	var refused int
	a.ok(a.db.QueryRowContext(t.Context(), `select sum(refused) from feeds`).Scan(&refused))
	if refused != 5 {
		t.Errorf("%d refused signatures are counted, want 5", refused)
	}
}

// zeros is what a gzip bomb holds.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestAFeedWithAGoodSignatureIsNeverRefusedForWhatItSays(t *testing.T) {
	a := newApp(t)
	f := a.feed(a.kaap)
	for i, text := range []string{
		`{"type":"parcel.scanned","data":{}}`, `{"type":"unheard-of"}`, `[]`, `null`, `not json`, ``, "\x00", `{"a":"\u0000"}`, `{"a":"\ud800"}`,
		"\xff\xfe", strings.Repeat("[", 5000), `{"type":"ping","type":"parcel.scanned"}`, `{"n":1e400}`, `{}` + strings.Repeat(" ", 1000),
	} {
		h := signStandard(t, fmt.Sprint("odd-", i), text, a.now())
		if got := a.ask("POST", "/feeds/kaap-noord/standard", asJSON(text), headers(h)); got.Status != http.StatusAccepted {
			t.Errorf("%.40q answers %d: %s", text, got.Status, got.Body)
		}
	}
	a.settled()
	odd, err := a.store.InboxRows(t.Context(), a.kaap.ID, "quarantined", 100)
	a.ok(err)
	if len(odd) < 10 {
		t.Errorf("%d requests of feed %s were put aside", len(odd), f.Slug)
	}
}

func TestWhatTheAPITakesAndWhatItRefuses(t *testing.T) {
	a := newApp(t)
	plain, _ := a.apiKey(a.kaap, "orders:read", "orders:write")
	rest := `"country":"NL","currency":"EUR","total":"1.00","lines":[{"name":"Tent","quantity":1,"price":"1.00"}]}`
	deep := `{"number":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `,` + rest
	for _, c := range []struct {
		name, text string
		status     int
		field      string
	}{
		{"not JSON", `number=KN-1`, 400, ""},
		{"nothing", ``, 400, ""},
		{"cut off", `{"number":"KN-1",`, 400, ""},
		{"two values", `{"number":"KN-1",` + rest + `{}`, 400, ""},
		{"rubbish behind", `{"number":"KN-1",` + rest + ` x`, 400, ""},
		{"too deep", deep, 400, ""},
		{"very deep", strings.Repeat("[", 10_000), 400, ""},
		{"too many values", `[` + strings.Repeat("0,", 30_000) + `0]`, 400, ""},
		{"a name twice", `{"number":"KN-1","number":"KN-2",` + rest, 400, ""},
		{"a name in capitals", `{"NUMBER":"KN-1",` + rest, 400, ""},
		{"a name that folds to ours", `{"lineſ":[],"number":"KN-1",` + rest, 400, ""},
		{"NUL", `{"number":"KN-1\u0000",` + rest, 400, ""},
		{"half a surrogate pair", `{"number":"\ud800",` + rest, 400, ""},
		{"the other half", `{"number":"\udc00 x",` + rest, 400, ""},
		{"not UTF-8", "{\"number\":\"\xff\"," + rest, 400, ""},
		{"an unknown field", `{"number":"KN-1","merchant_id":"x",` + rest, 422, "merchant_id"},
		{"another type", `{"number":7,` + rest, 422, "number"},
		{"an array", `[]`, 422, ""},
		{"null", `null`, 422, "number"},
		{"a number that is huge", `{"number":"KN-1","country":"NL","currency":"EUR","total":"1","lines":[{"name":"x","quantity":1e400}]}`, 422, ""},
		{"money as a number", `{"number":"KN-1","country":"NL","currency":"EUR","total":1.00,"lines":[{"name":"x","quantity":1}]}`, 422, "total"},
		{"money with a comma", `{"number":"KN-1","country":"NL","currency":"EUR","total":"1,00","lines":[{"name":"x","quantity":1}]}`, 422, "total"},
		{"money below nothing", `{"number":"KN-1","country":"NL","currency":"EUR","total":"-1.00","lines":[{"name":"x","quantity":1}]}`, 422, "total"},
		{"money too fine", `{"number":"KN-1","country":"NL","currency":"JPY","total":"1.5","lines":[{"name":"x","quantity":1}]}`, 422, "total"},
		{"a currency that is none", `{"number":"KN-1","country":"NL","currency":"EURO","total":"1.00","lines":[{"name":"x","quantity":1}]}`, 422, "currency"},
		{"a control character", `{"number":"KN\n1",` + rest, 422, "number"},
		{"year 0", `{"number":"KN-1","placed_at":"0000-01-01T00:00:00Z",` + rest, 422, "placed_at"},
		{"year 9999", `{"number":"KN-1","placed_at":"9999-12-31T23:59:59Z",` + rest, 422, "placed_at"},
		{"a date that is none", `{"number":"KN-1","placed_at":"yesterday",` + rest, 400, ""},
		{"no lines", `{"number":"KN-1","country":"NL","currency":"EUR","total":"1.00","lines":[]}`, 422, "lines"},
		{"an address that is two", `{"number":"KN-1","contact":{"email":"a@example.com, b@example.com"},` + rest, 422, "contact.email"},
		{"a parcel of a line that is not there", `{"number":"KN-1","parcels":[{"contents":[{"line":5,"quantity":1}]}],` + rest, 422, "parcels[0].contents"},
		{"good", `{"number":"KN-1",` + rest, 201, ""},
		{"an emoji by its escapes", `{"number":"KN-\ud83d\udce6",` + rest, 201, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := a.ask("POST", "/api/v1/orders", key(plain), asJSON(c.text))
			if got.Status != c.status {
				t.Fatalf("answers %d, want %d: %s", got.Status, c.status, got.Body)
			}
			if got.Status < 400 {
				return
			}
			var p struct {
				Status int
				Errors []struct{ Field, Message string }
			}
			a.ok(json.Unmarshal([]byte(got.Body), &p))
			if got.Header.Get("Content-Type") != "application/problem+json" || p.Status != c.status {
				t.Errorf("not a problem: %s %s", got.Header.Get("Content-Type"), got.Body)
			}
			if c.field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != c.field) {
				t.Errorf("errors are %v, want one about %s", p.Errors, c.field)
			}
		})
	}
}

func TestTheAPIRefusesWhatIsTooMuch(t *testing.T) {
	a := newApp(t)
	plain, _ := a.apiKey(a.kaap, "orders:read", "orders:write")
	for name, c := range map[string]struct {
		how  []with
		want int
	}{
		"a body over 1 MiB":         {[]with{asJSON(strings.Repeat(" ", web.OrderBody+1))}, 413},
		"endless chunks":            {[]with{asJSON(""), func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(endless{}), -1 }}, 413},
		"a form":                    {[]with{form("number", "KN-1")}, 415},
		"no content type":           {[]with{func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("{}")), 2 }}, 415},
		"a packed body":             {[]with{asJSON("{}"), header("Content-Encoding", "gzip")}, 415},
		"a key that is long":        {[]with{asJSON(goodOrder), header("Idempotency-Key", strings.Repeat("k", 256))}, 422},
		"a bearer that is too long": {[]with{asJSON(goodOrder), header("Authorization", "Bearer "+strings.Repeat("a", 4000))}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			if got := a.ask("POST", "/api/v1/orders", append([]with{key(plain)}, c.how...)...); got.Status != c.want {
				t.Errorf("answers %d, want %d: %s", got.Status, c.want, got.Body)
			}
		})
	}
	if got := a.get("/api/v1/orders?limit=0", key(plain)); got.Status != 422 {
		t.Errorf("limit=0 answers %d", got.Status)
	}
	if got := a.get("/api/v1/orders?after=x", key(plain)); got.Status != 422 {
		t.Errorf("after=x answers %d", got.Status)
	}
	for _, path := range []string{"/api/v1/orders/%00", "/api/v1/orders/%ff", "/api/v1/orders/" + strings.Repeat("a", 3000), "/api/v1/parcels/1", "/api/v1/orders/..%2f..%2f"} {
		if got := a.get(path, key(plain)); got.Status != 404 {
			t.Errorf("%.40s answers %d", path, got.Status)
		}
	}
}

func TestAKeyMayAskSoMuchAndNoMore(t *testing.T) {
	a := newApp(t)
	plain, _ := a.apiKey(a.kaap, "orders:read")
	refused := 0
	var last answer
	for range 140 {
		if got := a.get("/api/v1/parcels/0198f7d3-0000-7000-8000-000000000000", key(plain)); got.Status == http.StatusTooManyRequests {
			refused++
			last = got
		}
	}
	if refused == 0 || refused > 40 || last.Header.Get("Retry-After") == "" {
		t.Errorf("%d of 140 requests at once were refused, Retry-After %q", refused, last.Header.Get("Retry-After"))
	}
}

func TestAnIdempotencyKeyMakesAWriteCountOnce(t *testing.T) {
	a := newApp(t)
	plain, _ := a.apiKey(a.kaap, "orders:read", "orders:write")
	other, _ := a.apiKey(a.tuimel, "orders:read", "orders:write")
	idem := header("Idempotency-Key", "k-1")
	first := a.ask("POST", "/api/v1/orders", key(plain), idem, asJSON(goodOrder))
	again := a.ask("POST", "/api/v1/orders", key(plain), idem, asJSON(goodOrder))
	if first.Status != 201 || again.Status != 201 || first.Body != again.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("first %d, again %d, same %v, replayed %q", first.Status, again.Status, first.Body == again.Body, again.Header.Get("Idempotent-Replayed"))
	}
	changed := strings.Replace(goodOrder, "KN-9", "KN-10", 1)
	if got := a.ask("POST", "/api/v1/orders", key(plain), idem, asJSON(changed)); got.Status != 422 {
		t.Errorf("another body under the same key answers %d", got.Status)
	}
	if got := a.ask("POST", "/api/v1/orders", key(other), idem, asJSON(goodOrder)); got.Status != 201 || got.Header.Get("Idempotent-Replayed") != "" {
		t.Errorf("the same key of another merchant answers %d", got.Status)
	}
	bad := strings.Replace(goodOrder, `"NL"`, `"nl"`, 1)
	for range 2 {
		if got := a.ask("POST", "/api/v1/orders", key(plain), header("Idempotency-Key", "k-2"), asJSON(bad)); got.Status != 422 || !strings.Contains(got.Body, "country") {
			t.Errorf("a wrong body answers %d %s", got.Status, got.Body)
		}
	}

	// Fifty at once: one order, and every answer is the one answer or "still running".
	answers := make(chan answer, 50)
	for range 50 {
		go func() {
			r, _ := http.NewRequestWithContext(t.Context(), "POST", "http://"+a.addr+"/api/v1/orders", strings.NewReader(changed))
			r.Host = sharedHost
			for _, f := range []with{key(plain), header("Idempotency-Key", "k-3"), header("Content-Type", "application/json")} {
				f(r)
			}
			resp, err := client.Do(r)
			if err != nil {
				answers <- answer{Body: err.Error()}
				return
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			answers <- answer{resp.StatusCode, resp.Header, string(text)}
		}()
	}
	made := map[string]int{}
	for range 50 {
		got := <-answers
		switch got.Status {
		case 201:
			made[got.Body]++
		case 409, 429:
		default:
			t.Errorf("one of fifty gets %d %s", got.Status, got.Body)
		}
	}
	if len(made) != 1 {
		t.Errorf("%d different answers", len(made))
	}
}
