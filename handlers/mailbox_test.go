package handlers

import (
	"net/http"
	"strings"
	"testing"

	"onderweg/store"
	"onderweg/web"
)

const aLetter = "From: Kaap Noord <hello@kaap-noord.example>\r\nTo: jip@example.com\r\nSubject: =?utf-8?q?Je_pakket_is_onderweg_=E2=9C=93?=\r\n" +
	"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nSGV0IGlzIG9uZGVyd2Vn\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><head></head><body style=3D\"color:red\">Het=\r\n is er</body></html>\r\n--b--\r\n"

func TestTheMailboxShowsAMessageInAFrameThatCanRunNothing(t *testing.T) {
	a := newApp(t)
	id := "0198f7d3-0000-7000-8000-000000000001"
	a.ok(a.store.SaveSandbox(t.Context(), store.SandboxMessage{
		Merchant: a.kaap.ID, ID: id, OutboxID: "0198f7d3-0000-7000-8000-000000000002", Channel: "email", Recipient: "jip@example.com",
		Subject: "Je pakket is onderweg", Raw: []byte(aLetter),
	}))
	list := a.see("/dev/mailbox")
	_, rest, found := strings.Cut(list, `href="/dev/mailbox/`)
	if !found || !strings.Contains(list, "jip@example.com") || !strings.Contains(list, "Kaap Noord") {
		t.Fatalf("the list does not show the message:\n%s", list)
	}
	id, _, _ = strings.Cut(rest, `"`)

	page := a.get("/dev/mailbox/" + id)
	for _, want := range []string{"Het is onderweg", "List-Unsubscribe=One-Click", "Je pakket is onderweg ✓", `src="/dev/mailbox/` + id + `/html"`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the message's page lacks %q", want)
		}
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's policy is %s", policy)
	}
	frame := a.get("/dev/mailbox/" + id + "/html")
	if frame.Body != `<html><head><base target="_top"></head><body style="color:red">Het is er</body></html>` {
		t.Errorf("the frame holds %q", frame.Body)
	}
	if policy := frame.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("the frame's policy is %s", policy)
	}
	if got := a.get("/dev/mailbox/0198f7d3-0000-7000-8000-00000000ffff"); got.Status != http.StatusNotFound {
		t.Errorf("no message answers %d", got.Status)
	}
}

func TestThereIsNoMailboxOutsideTheSandbox(t *testing.T) {
	a := newApp(t, func(c *web.Config) { c.Sandbox = false })
	for _, path := range []string{"/dev/mailbox", "/dev/mailbox/0198f7d3-0000-7000-8000-000000000001"} {
		if got := a.get(path); got.Status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got.Status)
		}
	}
}

func TestALetterThatCannotBeReadIsShownAsItIs(t *testing.T) {
	for _, raw := range []string{"", "no head", "Content-Type: multipart/mixed; boundary=\r\n\r\nx", "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"} {
		if l := readLetter([]byte(raw)); l.html != "" {
			t.Errorf("%q has a part to look at: %q", raw, l.html)
		}
	}
}
