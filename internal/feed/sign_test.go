package feed

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

// secrets of the tests, valid for each kind of feed.
var (
	ours   = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of our own, 32 bytes xx"))
	older  = "whsec_" + base64.StdEncoding.EncodeToString([]byte("the secret before it, 32 bytes x"))
	theirs = "whsec_" + base64.StdEncoding.EncodeToString([]byte("another merchant's, 32 bytes xxx"))
)

// aBatch is one parcel with one scan that every feed has a word for.
func aBatch(secret string) Batch {
	return Batch{
		Secret: secret, ID: "event-1", Sent: received, Carrier: "postnl", Number: "3SDEMO0000001", OrderNumber: "1042", Country: "NL",
		Scans: []parcel.Scan{{
			Milestone: parcel.OutForDelivery, When: at("2026-11-25T08:12:00+01:00"), Text: "On the van",
			Place: parcel.Place{City: "Utrecht", Country: "NL"},
		}},
	}
}

func at(raw string) parcel.EventTime {
	e, err := parcel.ParseTime(raw, parcel.TimeHints{})
	if err != nil {
		panic(err)
	}

	return e
}

func composed(t *testing.T, a Adapter, b Batch) ([]byte, http.Header) {
	t.Helper()
	body, h, err := a.Compose(b)
	if err != nil {
		t.Fatal(err)
	}

	return body, h
}

func TestPublishedSignaturesAreAccepted(t *testing.T) {
	for name, c := range map[string]struct {
		kind, secret, body string
		headers            map[string]string
		now                int64
	}{
		"Standard Webhooks": {
			kind: "standard", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", body: `{"test": 2432232314}`, now: 1614265330,
			headers: map[string]string{
				"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
				"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
			},
		},
		"EasyPost, secret in NFKD": {
			kind: "easypost", secret: "s\u00e9cret", body: `{"description":"tracker.updated"}`,
			headers: map[string]string{"x-hmac-signature": "hmac-sha256-hex=562be7a716cb4c03373fe99c34ee0da0f3fd9184950e5f060f6309cd8398fd19"},
		},
		"Sendcloud": {
			kind: "sendcloud", secret: "secretkey", body: `{"key": "value"}`,
			headers: map[string]string{"sendcloud-signature": "1eed4b3d41f4653ac64fd56f1bf1cbfd349e4482cbc11dff7134bd93e5da4b0a"},
		},
		"Sendcloud, as seen elsewhere": {
			kind: "sendcloud", secret: "secret", body: `{"action":"parcel_status_changed"}`,
			headers: map[string]string{"sendcloud-signature": "e6998b13ba3a2e1cd992ff49851e81d0a82086fb2ca2b4e5c07c3518063e0426"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := ByKind(c.kind)
			h := http.Header{}
			for k, v := range c.headers {
				h.Set(k, v)
			}
			if err := a.Verify([]string{c.secret}, h, []byte(c.body), time.Unix(c.now, 0)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOnlyTheActiveSecretsOpenAFeed(t *testing.T) {
	for _, a := range All() {
		for name, c := range map[string]struct {
			signed  string
			secrets []string
			want    error
		}{
			"the only secret":              {ours, []string{ours}, nil},
			"the newer of two":             {ours, []string{ours, older}, nil},
			"the older of two":             {older, []string{ours, older}, nil},
			"another merchant's":           {theirs, []string{ours, older}, ErrForged},
			"a secret that was taken away": {older, []string{ours}, ErrForged},
			"a feed without secrets":       {ours, nil, ErrForged},
			"a feed with an empty secret":  {ours, []string{""}, ErrForged},
		} {
			t.Run(a.Kind()+"/"+name, func(t *testing.T) {
				body, h := composed(t, a, aBatch(c.signed))
				if err := a.Verify(c.secrets, h, body, received); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
	}
}

func TestAnEmptySecretSignsNothing(t *testing.T) {
	body := []byte(`{"action":"parcel_status_changed"}`)
	for kind, h := range map[string]http.Header{
		"aftership": {"Aftership-Hmac-Sha256": {aftershipSignature("", body)}},
		"easypost":  {"X-Hmac-Signature": {easypostSignature("", body)}},
		"sendcloud": {"Sendcloud-Signature": {hex.EncodeToString(mac(nil, body))}},
	} {
		a, _ := ByKind(kind)
		if err := a.Verify([]string{"", ""}, h, body, received); !errors.Is(err, ErrForged) {
			t.Errorf("%s took a signature made with an empty key", kind)
		}
	}
}

func TestAChangedBodyIsForged(t *testing.T) {
	for _, a := range All() {
		t.Run(a.Kind(), func(t *testing.T) {
			body, h := composed(t, a, aBatch(ours))
			for i := range body {
				changed := append([]byte(nil), body...)
				changed[i] ^= 1
				if a.Verify([]string{ours, older}, h, changed, received) == nil {
					t.Fatalf("byte %d was changed and the body taken", i)
				}
			}
			for n := range body {
				if a.Verify([]string{ours}, h, body[:n], received) == nil {
					t.Fatalf("the body was cut to %d bytes and taken", n)
				}
			}

			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				t.Fatal(err)
			}
			again, err := json.MarshalIndent(v, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			for name, other := range map[string][]byte{
				"written anew": again, "with a final newline": append(body[:len(body):len(body)], '\n'), "empty": nil,
			} {
				if a.Verify([]string{ours}, h, other, received) == nil {
					t.Errorf("the body %s was taken", name)
				}
			}
		})
	}
}

func TestAChangedSignatureIsForged(t *testing.T) {
	for _, a := range All() {
		body, h := composed(t, a, aBatch(ours))
		for name := range h {
			if name == "Content-Type" || name == "User-Agent" || name == "As-Webhook-Version" {
				continue
			}
			value := h.Get(name)
			for i := range len(value) {
				changed := []byte(value)
				changed[i] ^= 1
				refused(t, a, h, body, name, string(changed))
			}
			for _, bad := range []string{
				"", " ", value[:len(value)-1], value + "0", value + "=", "v1," + value, strings.ToUpper(value) + "x", "\x00", "null",
				strings.Repeat("v1,AAAA ", 5000), "=", "v1,", "v2" + value, "sha256=" + value,
			} {
				refused(t, a, h, body, name, bad)
			}

			none := h.Clone()
			none.Del(name)
			if a.Verify([]string{ours}, none, body, received) == nil {
				t.Errorf("%s took a request without %s", a.Kind(), name)
			}
			twice := h.Clone()
			twice.Add(name, "x")
			if a.Verify([]string{ours}, twice, body, received) == nil {
				t.Errorf("%s took a request with two %s", a.Kind(), name)
			}
		}
	}
}

func refused(t *testing.T, a Adapter, h http.Header, body []byte, name, value string) {
	t.Helper()
	changed := h.Clone()
	changed.Set(name, value)
	if a.Verify([]string{ours}, changed, body, received) == nil {
		t.Errorf("%s took %s: %.80q", a.Kind(), name, value)
	}
}

func TestStandardRequestsAreTakenForFiveMinutesBothWays(t *testing.T) {
	a, _ := ByKind("standard")
	body, h := composed(t, a, aBatch(ours))
	for seconds, want := range map[int]bool{0: true, 299: true, 300: true, 301: false, -299: true, -300: true, -301: false, 86400: false} {
		err := a.Verify([]string{ours}, h, body, received.Add(time.Duration(seconds)*time.Second))
		if (err == nil) != want {
			t.Errorf("%d s after sending: %v", seconds, err)
		}
	}
}

func TestStandardHeadersMayCarrySeveralSignatures(t *testing.T) {
	a, _ := ByKind("standard")
	body, h := composed(t, a, aBatch(ours))
	_, old := composed(t, a, aBatch(older))
	right := h.Get("Webhook-Signature")

	h.Set("Webhook-Signature", "v1a,bm90IG91cnM= "+old.Get("Webhook-Signature")+" v9,zzz "+right)
	if err := a.Verify([]string{ours}, h, body, received); err != nil {
		t.Errorf("the right signature stands last: %v", err)
	}
	h.Set("Webhook-Signature", strings.Repeat("v1,AAAA ", maxSignatures)+right)
	if a.Verify([]string{ours}, h, body, received) == nil {
		t.Error("the header was read to its end, however long")
	}
	h.Set("Webhook-Signature", strings.TrimPrefix(right, "v1,"))
	if a.Verify([]string{ours}, h, body, received) == nil {
		t.Error("a signature without a version was taken")
	}
}

func TestStandardSecretsMustBeLong(t *testing.T) {
	a, _ := ByKind("standard")
	for _, secret := range []string{"whsec_", "whsec_c2hvcnQ=", "not base64!", "whsec_" + strconv.Itoa(12345)} {
		if _, _, err := a.Compose(aBatch(secret)); err == nil {
			t.Errorf("%q signed something", secret)
		}
	}
}

func TestARepeatedEventIsKnownByItsKey(t *testing.T) {
	for _, a := range All() {
		t.Run(a.Kind(), func(t *testing.T) {
			b := aBatch(ours)
			first, h := composed(t, a, b)
			key := a.EventKey(h, first)
			if len(key) != 32 {
				t.Fatalf("the key has %d bytes", len(key))
			}
			if string(key) != string(a.EventKey(h, append([]byte(nil), first...))) {
				t.Error("the same request has another key")
			}
			b.ID, b.Scans[0].When = "event-2", at("2026-11-25T09:12:00+01:00")
			second, h2 := composed(t, a, b)
			if string(key) == string(a.EventKey(h2, second)) {
				t.Error("another event has the same key")
			}
		})
	}
}

func TestTheEventIDIsFoundWhereverItStands(t *testing.T) {
	for body, want := range map[string]string{
		`{"event_id":"a"}`: "a",
		`{"msg":{"event_id":"inner","x":[{"event_id":"deeper"}]},"n":1,"event_id" : "a"}`: "a",
		`{"text":"\"event_id\":\"b\"","event_id":"a\u00e9\""}`:                            "aé\"",
		`{"event_id":12}`:        "",
		`{"x":"event_id","y":1}`: "",
		`["event_id","a"]`:       "",
		`{"event_id":"a`:         "",
		``:                       "",
		`}}}{"event_id":"a"`:     "",
	} {
		if got := topText([]byte(body), "event_id"); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

func TestSignaturesAreComparedInConstantTime(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	equal := 0
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		equal += strings.Count(string(source), "hmac.Equal(")
		_, verify, has := strings.Cut(string(source), ") Verify(secrets []string")
		if has && !strings.Contains(verify[:strings.Index(verify, "\n}")], "signedBy(secrets") {
			t.Errorf("%s verifies without signedBy", name)
		}
	}
	if equal != 1 {
		t.Errorf("signatures are compared in %d places; signedBy is the only one", equal)
	}
}
