package notify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/mail"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/jhillyerd/enmime/v2"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
	"onderweg/store"
)

var morning = time.Date(2026, 11, 26, 8, 30, 0, 0, time.UTC)

// envelopeOf is a message about a fictional order.
func envelopeOf(kind parcel.Kind) Envelope {
	const order, id = "01936a00-0000-7000-8000-000000000001", "01936a00-0000-7000-8000-000000000002"
	day := parcel.NewDate(2026, 11, 27)
	p := parcel.Parcel{
		ID: id, Carrier: "postnl", TrackingNumber: "3SKNRD20417734", Country: "NL", Milestone: parcel.InTransit,
		ETA: parcel.ETA{Window: parcel.Window{From: day, To: day}, Basis: parcel.BasisCarrier},
	}
	m := store.Message{
		ID: "01936a00-0000-7000-8000-00000000000a", Merchant: "01936a00-0000-7000-8000-0000000000ff", Order: order, Parcel: id,
		Kind: kind, Key: "1", Channel: "email", Attempt: 1, At: morning, CreatedAt: morning,
	}
	if kind == parcel.OrderConfirmed {
		m.Parcel = ""
	}
	shop := store.Merchant{
		Merchant: parcel.Merchant{ID: m.Merchant, Slug: "kaap-noord", Country: "NL"},
		Name:     "Kaap Noord",
		Brand: brand.Brand{
			Name: "Kaap Noord", Slug: "kaap-noord", Base: "https://volg.example/kaap-noord", Languages: []string{"nl", "en"}, Informal: true,
			Theme: brand.KaapNoord(),
		},
		Sender: store.Sender{Name: "Kaap Noord", Address: "bestelling@kaapnoord.example.com", ReplyTo: "hulp@kaapnoord.example.com"},
	}
	return Envelope{
		Message: m, Merchant: shop, Parcels: []parcel.Parcel{p}, Left: 2, Now: morning,
		Order: parcel.Order{
			ID: order, Number: "KN-20417", PlacedAt: morning, Language: "nl-BE", Country: "NL", Currency: "EUR", Total: 100,
			Lines:   []parcel.Line{{Name: "Regenjas", Quantity: 1, Price: 100}},
			Contact: parcel.Contact{Name: "Daan Verhoog", Email: "daan@example.com"},
		},
		View: "https://volg.example/kaap-noord/t/abc", Unsubscribe: "https://volg.example/kaap-noord/u/def",
	}
}

func written(t *testing.T, w letters, m Envelope) letter {
	t.Helper()
	l, err := w.write(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// wantHeaders is every header a mail has, signatures aside.
var wantHeaders = []string{
	"Auto-Submitted", "Content-Type", "Date", "From", "In-Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "Message-Id",
	"Mime-Version", "References", "Reply-To", "Subject", "To", "X-Auto-Response-Suppress",
}

func headersOf(t *testing.T, raw []byte) mail.Header {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header
}

func names(h mail.Header) []string {
	var list []string
	for name, values := range h {
		for range values {
			list = append(list, name)
		}
	}
	sort.Strings(list)
	return list
}

func TestAMailHasExactlyTheseHeaders(t *testing.T) {
	t.Parallel()
	for _, kind := range parcel.Kinds {
		l := written(t, letters{}, envelopeOf(kind))
		h := headersOf(t, l.raw)
		if got := names(h); !slices.Equal(got, wantHeaders) {
			t.Errorf("%s: %q", kind, got)
		}
		for name, want := range map[string]string{
			"From":                  `"Kaap Noord" <bestelling@kaapnoord.example.com>`,
			"Reply-To":              `"Kaap Noord" <hulp@kaapnoord.example.com>`,
			"To":                    "<daan@example.com>",
			"Message-Id":            "<01936a00-0000-7000-8000-00000000000a@kaapnoord.example.com>",
			"References":            "<order.01936a00-0000-7000-8000-000000000001@kaapnoord.example.com>",
			"In-Reply-To":           "<order.01936a00-0000-7000-8000-000000000001@kaapnoord.example.com>",
			"Auto-Submitted":        "auto-generated",
			"List-Unsubscribe":      "<https://volg.example/kaap-noord/u/def>",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			"Date":                  "Thu, 26 Nov 2026 08:30:00 +0000",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", kind, name, got)
			}
		}
	}
}

func TestAMailHasATextAndAnHTMLPart(t *testing.T) {
	t.Parallel()
	l := written(t, letters{}, envelopeOf(parcel.OnItsWay))
	e, err := enmime.ReadEnvelope(bytes.NewReader(l.raw))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Errors) > 0 {
		t.Errorf("the reader complains: %v", e.Errors)
	}
	if e.GetHeader("Subject") != "Onderweg, komt vrijdag 27 november: je pakket van Kaap Noord" {
		t.Errorf("subject %q", e.GetHeader("Subject"))
	}
	if !strings.Contains(e.Text, "https://volg.example/kaap-noord/t/abc") || !strings.Contains(e.HTML, "</html>") {
		t.Errorf("parts: %q", e.Text)
	}
	if e.Root.ContentType != "multipart/alternative" || e.Root.FirstChild.ContentType != "text/plain" || e.Root.FirstChild.NextSibling.ContentType != "text/html" {
		t.Errorf("%s of %s then %s", e.Root.ContentType, e.Root.FirstChild.ContentType, e.Root.FirstChild.NextSibling.ContentType)
	}
}

func TestTheSameRowGivesTheSameMail(t *testing.T) {
	t.Parallel()
	one, two := written(t, letters{}, envelopeOf(parcel.Delayed)), written(t, letters{}, envelopeOf(parcel.Delayed))
	if one.id != two.id || !bytes.Equal(one.raw, two.raw) {
		t.Error("a second writing differs")
	}
}

// TestHostileNamesAddNoHeaderAndNoRecipient is T-X4.
func TestHostileNamesAddNoHeaderAndNoRecipient(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		"x\r\nBcc: victim@example.com", "x\nBcc: victim@example.com", "x\rBcc: victim@example.com", "x\x00y",
		"x\r\n\r\n<html>", "\u202eevil\u2066", strings.Repeat("naam ", 400), strings.Repeat("é", 2000), `"; <victim@example.com>, "`,
		"=?utf-8?q?x=0D=0ABcc:_victim@example.com?=", "a\u2028Bcc: victim@example.com", "\xff\xfe", "x\u0085Bcc: v@example.com",
	} {
		for _, kind := range parcel.Kinds {
			m := envelopeOf(kind)
			m.Merchant.Name, m.Merchant.Brand.Name, m.Merchant.Sender.Name = evil, evil, evil
			m.Order.Number, m.Order.Contact.Name, m.Order.Lines[0].Name = evil, evil, evil
			m.Parcels[0].Pickup.Name, m.Parcels[0].TrackingNumber = evil, evil
			l := written(t, letters{}, m)
			h := headersOf(t, l.raw)
			if got := names(h); !slices.Equal(got, wantHeaders) {
				t.Fatalf("%.40q, %s: %q", evil, kind, got)
			}
			from, err := h.AddressList("From")
			if err != nil || len(from) != 1 || from[0].Address != "bestelling@kaapnoord.example.com" {
				t.Errorf("%.40q: From %q: %v", evil, h.Get("From"), err)
			}
			to, err := h.AddressList("To")
			if err != nil || len(to) != 1 || to[0].Address != "daan@example.com" || l.to != "daan@example.com" {
				t.Errorf("%.40q: To %q: %v", evil, h.Get("To"), err)
			}
			e, err := enmime.ReadEnvelope(bytes.NewReader(l.raw))
			if err != nil {
				t.Fatal(err)
			}
			if s := e.GetHeader("Subject") + e.GetHeader("From"); strings.ContainsAny(s, "\r\n\x00\u202e\u2066\u2028") {
				t.Errorf("%.40q passed: %q", evil, s)
			}
			for _, row := range bytes.Split(l.raw, []byte("\r\n")) {
				if len(row) > 998 || bytes.ContainsAny(row, "\r\n\x00") {
					t.Errorf("%.40q: a row of %d bytes, or a bare line end", evil, len(row))
				}
			}
		}
	}
}

func TestAnAddressIsOneAddressOrNone(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"daan@example.com":                       "daan@example.com",
		"Daan.V+kaap@Example.COM":                "Daan.V+kaap@example.com",
		"daan@bücher.example":                    "daan@xn--bcher-kva.example",
		"":                                       "",
		"daan":                                   "",
		"daan@":                                  "",
		"daan@example":                           "",
		"daan@example.com, x@example.com":        "",
		"daan@example.com\r\nBcc: x@example.com": "",
		"daan@example.com>\r\nRCPT TO:<x@y.example": "",
		"daan@example.com\x00":                      "",
		"<daan@example.com>":                        "",
		`"a b"@example.com`:                         "",
		"da\u202ean@example.com":                    "",
		strings.Repeat("a", 65) + "@example.com":    "",
		strings.Repeat("a", 300) + "@example.com":   "",
	} {
		got, ok := mailbox(address)
		if got != want || ok != (want != "") {
			t.Errorf("%q became %q", address, got)
		}
	}
}

func TestAnUnusableAddressFailsForGood(t *testing.T) {
	t.Parallel()
	m := envelopeOf(parcel.OnItsWay)
	m.Order.Contact.Email = "no address"
	_, err := letters{}.write(t.Context(), m)
	var got Refusal
	if !errors.As(err, &got) || got.Fate != Never {
		t.Errorf("%v", err)
	}
}

func TestSignaturesOfBothKindsVerifyAndCoverTheListHeaders(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var signings []Signing
	records := map[string]string{}
	for selector, key := range map[string]any{"r1": rsaKey, "e1": edKey} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseSigning("kaapnoord.example.com", selector, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if err != nil {
			t.Fatal(err)
		}
		signings = append(signings, s)
		records[selector+"._domainkey.kaapnoord.example.com"] = record(t, s)
	}
	signings = append(signings, Signing{Domain: "another.example", Selector: "x", Key: edKey})

	for _, kind := range parcel.Kinds {
		m := envelopeOf(kind)
		m.Merchant.Brand.Name = "Een winkel met een lange naam, zodat het onderwerp over meer dan één regel loopt"
		l := written(t, letters{signings: signings}, m)
		found, err := dkim.VerifyWithOptions(bytes.NewReader(l.raw), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
			return []string{records[domain]}, nil
		}})
		if err != nil || len(found) != 2 {
			t.Fatalf("%s: %d signatures, %v", kind, len(found), err)
		}
		for _, v := range found {
			if v.Err != nil || v.Domain != "kaapnoord.example.com" {
				t.Errorf("%s: %s: %v", kind, v.Domain, v.Err)
			}
			for _, name := range []string{"list-unsubscribe", "list-unsubscribe-post", "from", "subject", "message-id"} {
				if !slices.ContainsFunc(v.HeaderKeys, func(k string) bool { return strings.EqualFold(k, name) }) {
					t.Errorf("%s: %s is not signed: %q", kind, name, v.HeaderKeys)
				}
			}
		}

		forged := bytes.Replace(l.raw, []byte("volg.example/kaap-noord/u/def"), []byte("volg.example/kaap-noord/u/xyz"), 1)
		again, err := dkim.VerifyWithOptions(bytes.NewReader(forged), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
			return []string{records[domain]}, nil
		}})
		if err != nil || again[0].Err == nil {
			t.Errorf("%s: a changed List-Unsubscribe still verifies", kind)
		}
	}
}

// record is the DNS text of a key.
func record(t *testing.T, s Signing) string {
	t.Helper()
	if k, ok := s.Key.Public().(ed25519.PublicKey); ok {
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(k)
	}
	der, err := x509.MarshalPKIXPublicKey(s.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

func TestWeakAndStrangeKeysAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := ParseSigning("a.example", "s", []byte("no key")); err == nil {
		t.Error("took something that is no key")
	}
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	if _, err := ParseSigning("", "s", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err == nil {
		t.Error("took a key without a domain")
	}
}

func TestWhatIsSentIsWhatWasSigned(t *testing.T) {
	t.Parallel()
	p := newPostoffice(t, nil)
	c := &email{relay: p.relay(time.Second)}
	m := envelopeOf(parcel.OrderConfirmed)
	m.Order.Lines[0].Name = ".begint met een punt"
	receipt, err := c.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if want := written(t, letters{}, m); p.messages()[0] != string(want.raw) {
		t.Errorf("the wire carried something else:\n%s", p.messages()[0])
	}
	if receipt.ID != "01936a00-0000-7000-8000-00000000000a@kaapnoord.example.com" || receipt.Answer != "250 2.0.0 queued as 42" {
		t.Errorf("%+v", receipt)
	}
	if !slices.Equal(p.to, []string{"RCPT TO:<daan@example.com>"}) {
		t.Errorf("recipients %q", p.to)
	}
}
