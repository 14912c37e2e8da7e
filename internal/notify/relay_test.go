package notify

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

const (
	sender    = "post@shop.example"
	recipient = "daan.verhoog@example.com"
	note      = "Subject: hello\r\n\r\nHello.\r\n"
)

func send(t *testing.T, r *relay) error {
	t.Helper()
	_, err := r.send(t.Context(), sender, recipient, []byte(note))
	return err
}

// TestEveryAnswerAtEveryStepHasItsFate is T-R5b: phases × codes.
func TestEveryAnswerAtEveryStepHasItsFate(t *testing.T) {
	t.Parallel()
	temporary := []string{"421 4.3.0 closing", "450 4.2.0 busy", "451 4.3.0 local error", "452 4.2.2 full", "454 4.7.0 later"}
	final := []string{"550 5.7.1 no", "552 5.2.2 too much", "554 5.0.0 no"}
	for _, c := range []struct {
		step    string
		answers []string
		want    Fate
	}{
		{"greeting", temporary, Down},
		{"greeting", final, Down},
		{"hello", temporary, Down},
		{"hello", final, Down},
		{"mail", temporary, Later},
		{"mail", final, Never},
		{"mail", []string{"530 5.7.0 authentication required"}, Down},
		{"rcpt", temporary, Later},
		{"rcpt", final, Never},
		{"data", temporary, Later},
		{"data", final, Never},
		{"dot", temporary, Later},
		{"dot", final, Never},
		{"greeting", []string{hangUp, silence, half}, Down},
		{"hello", []string{hangUp, silence, half}, Down},
		{"mail", []string{hangUp, silence, half}, Later},
		{"rcpt", []string{hangUp, silence, half}, Later},
		{"data", []string{hangUp, silence, half}, Later},
		{"dot", []string{hangUp, silence, half, lost}, Unanswered},
	} {
		for _, answer := range c.answers {
			t.Run(c.step+"/"+answer, func(t *testing.T) {
				t.Parallel()
				p := newPostoffice(t, map[string][]string{c.step: {answer}})
				r := p.relay(150 * time.Millisecond)
				defer func() { _ = r.Close() }()
				var got Refusal
				if err := send(t, r); !errors.As(err, &got) {
					t.Fatalf("no refusal: %v", err)
				}
				if got.Fate != c.want {
					t.Errorf("fate %d, want %d: %v", got.Fate, c.want, got)
				}
				if got.Dead {
					t.Errorf("the address was blamed: %v", got)
				}
				if got.Reason == "" || strings.Contains(got.Error(), "daan") {
					t.Errorf("reason %q", got.Error())
				}
			})
		}
	}
}

func TestOnlyAnswersAboutTheAddressSuppressIt(t *testing.T) {
	t.Parallel()
	for answer, dead := range map[string]bool{
		"550 5.1.1 user unknown":                               true,
		"550 5.1.1 <daan.verhoog@example.com>: no such user":   true,
		"550 5.1.10 null MX":                                   true,
		"550 5.2.1 mailbox disabled":                           true,
		"550 No such user here":                                true,
		"550 5.7.1 blocked by policy, user unknown to us":      false,
		"550 mail from your network is refused":                false,
		"552 5.2.2 mailbox full":                               false,
		"554 5.7.1 spam":                                       false,
		"550 5.1.15 something newer than this program":         false,
		"550-5.1.1 The email account does not exist.\r\n550 x": true,
	} {
		p := newPostoffice(t, map[string][]string{"rcpt": {answer}})
		r := p.relay(time.Second)
		var got Refusal
		if err := send(t, r); !errors.As(err, &got) {
			t.Fatalf("%s: %v", answer, err)
		}
		if got.Fate != Never || got.Dead != dead {
			t.Errorf("%s: %+v", answer, got)
		}
		if strings.Contains(got.Answer, "daan") || strings.ContainsAny(got.Answer, "\r\n") {
			t.Errorf("the record holds %q", got.Answer)
		}
		_ = r.Close()
	}
}

func TestOneConnectionServesManyMessages(t *testing.T) {
	t.Parallel()
	p := newPostoffice(t, nil)
	r := p.relay(time.Second)
	for range 5 {
		if err := send(t, r); err != nil {
			t.Fatal(err)
		}
	}
	_ = r.Close()
	if n := len(p.messages()); n != 5 || p.calls() != 1 {
		t.Errorf("%d messages over %d connections", n, p.calls())
	}
}

func TestAKeptConnectionThatWasClosedIsReplacedAtOnce(t *testing.T) {
	t.Parallel()
	for _, end := range []string{hangUp, "421 4.4.2 idle too long"} {
		p := newPostoffice(t, map[string][]string{"mail": {"", end, ""}})
		r := p.relay(time.Second)
		for range 2 {
			if err := send(t, r); err != nil {
				t.Fatalf("%s: %v", end, err)
			}
		}
		_ = r.Close()
		if n := len(p.messages()); n != 2 || p.calls() != 2 {
			t.Errorf("%s: %d messages over %d connections", end, n, p.calls())
		}
	}
}

func TestARefusedMessageLeavesTheConnectionUsable(t *testing.T) {
	t.Parallel()
	p := newPostoffice(t, map[string][]string{"rcpt": {"550 5.1.1 no", ""}})
	r := p.relay(time.Second)
	if err := send(t, r); err == nil {
		t.Fatal("taken")
	}
	if err := send(t, r); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	if p.calls() != 1 {
		t.Errorf("%d connections", p.calls())
	}
}

func TestAfterTheEndOfItsTimeNothingIsWritten(t *testing.T) {
	t.Parallel()
	p := newPostoffice(t, nil)
	r := p.relay(time.Second)
	if err := send(t, r); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Millisecond))
	defer cancel()
	if _, err := r.send(ctx, sender, recipient, []byte(note)); err == nil {
		t.Error("sent after its time")
	}
	_ = r.Close()
	if n := len(p.messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestEncryptionIsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	p := newPostoffice(t, nil)
	cfg := SMTP{Host: "127.0.0.1", Port: p.port(), Encryption: StartTLS, Username: "shop", Password: "secret", TLS: p.trusted(t), Hello: "shop.example"}
	r := newRelay(cfg, time.Second)
	if err := send(t, r); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()

	cfg.TLS = nil
	untrusted := newRelay(cfg, time.Second)
	var got Refusal
	if err := send(t, untrusted); !errors.As(err, &got) || got.Fate != Down {
		t.Errorf("an unknown certificate was believed: %v", err)
	}

	plain := newPostoffice(t, map[string][]string{"hello": {"250 post.example"}})
	cfg.Port, cfg.Username = plain.port(), ""
	if err := send(t, newRelay(cfg, time.Second)); !errors.As(err, &got) || got.Fate != Down {
		t.Errorf("sent without STARTTLS: %v", err)
	}
	cfg.Encryption = Opportunistic
	if err := send(t, newRelay(cfg, time.Second)); err != nil {
		t.Errorf("opportunistic: %v", err)
	}
	for _, answer := range []string{"454 4.7.0 TLS not available", hangUp} {
		broken := newPostoffice(t, map[string][]string{"starttls": {answer}})
		cfg.Port, cfg.Encryption = broken.port(), StartTLS
		if err := send(t, newRelay(cfg, 200*time.Millisecond)); !errors.As(err, &got) || got.Fate != Down {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestAWrongPasswordBlamesNoMessage(t *testing.T) {
	t.Parallel()
	p := newPostoffice(t, map[string][]string{"auth": {"535 5.7.8 bad credentials"}})
	r := newRelay(SMTP{Host: "127.0.0.1", Port: p.port(), TLS: p.trusted(t), Username: "shop", Password: "secret"}, time.Second)
	var got Refusal
	if err := send(t, r); !errors.As(err, &got) || got.Fate != Down || strings.Contains(got.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

func TestDelaysGrowToSixHoursAndSpread(t *testing.T) {
	t.Parallel()
	last := time.Duration(0)
	for attempt := 1; attempt <= 8; attempt++ {
		low, high := delay(attempt, 0), delay(attempt, 1)
		if low < last || high <= low {
			t.Errorf("attempt %d waits %v to %v", attempt, low, high)
		}
		last = low
	}
	if delay(1, 0.5) != time.Minute || delay(100, 0.5) != 6*time.Hour {
		t.Errorf("%v, %v", delay(1, 0.5), delay(100, 0.5))
	}
}

func TestWhileAProviderIsDownOneProbeAtATimeLooks(t *testing.T) {
	t.Parallel()
	var r rest
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	r.begin(now, 0, false)
	r.begin(now, 0, false) // another lane failed at the same moment
	if ok, _ := r.admit(now.Add(9 * time.Second)); ok {
		t.Error("looked before the rest was over")
	}
	now = now.Add(10 * time.Second)
	if ok, probe := r.admit(now); !ok || !probe {
		t.Error("no probe after ten seconds")
	}
	if ok, _ := r.admit(now); ok {
		t.Error("two probes")
	}
	if pause := r.begin(now, 0, true); pause != 20*time.Second {
		t.Errorf("second rest of %v", pause)
	}
	r.end()
	if ok, probe := r.admit(now); !ok || probe {
		t.Error("still resting after a success")
	}
}
