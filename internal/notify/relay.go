package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// relay hands messages to one SMTP server over kept connections: as many as there are sends at once.
type relay struct {
	cfg  SMTP
	step time.Duration

	mu   sync.Mutex
	idle []*session
}

// session is one SMTP connection between two messages.
type session struct {
	client *smtp.Client
	fresh  bool // nothing was sent over it yet
	used   time.Time
}

// restLimit is how long a connection is kept without a message.
const restLimit = 20 * time.Second

func newRelay(cfg SMTP, step time.Duration) *relay { return &relay{cfg: cfg, step: step} }

// send delivers signed bytes to one recipient. Its error is a Refusal.
func (r *relay) send(ctx context.Context, from, to string, message []byte) (string, error) {
	s, err := r.take(ctx)
	if err != nil {
		return "", err
	}
	answer, err := r.deliver(ctx, s, from, to, message)
	if stale := (staleError{}); errors.As(err, &stale) && !s.fresh {
		// The server closed a kept connection. Nothing was handed over: once more, on a new one.
		r.drop(s)
		if s, err = r.dial(ctx); err != nil {
			return "", err
		}
		answer, err = r.deliver(ctx, s, from, to, message)
	}
	return answer, r.settle(s, to, err)
}

// settle keeps or drops the connection after a message and turns its error into a Refusal.
func (r *relay) settle(s *session, to string, err error) error {
	if err == nil {
		r.keep(s)
		return nil
	}
	refusal := refusalOf(err, to)
	if refusal.Fate == Never && s.client.Reset() == nil {
		r.keep(s)
		return refusal
	}
	r.drop(s)
	return refusal
}

// phase names where in the conversation an error came.
type phase string

const (
	connecting phase = "connect"
	greeting   phase = "hello"
	naming     phase = "sender"
	addressing phase = "recipient"
	opening    phase = "data"
	writing    phase = "content"
	ending     phase = "end of message"
)

type smtpError struct {
	phase phase
	err   error
}

func (e smtpError) Error() string { return string(e.phase) + ": " + e.err.Error() }
func (e smtpError) Unwrap() error { return e.err }

// staleError is the end of a kept connection before a message was begun on it.
type staleError struct{ smtpError }

func (e staleError) Unwrap() error { return e.smtpError }

func (r *relay) deliver(ctx context.Context, s *session, from, to string, message []byte) (string, error) {
	c := s.client
	c.SkipSMTPUTF8(ascii(to))
	if ok, _ := c.Extension("SMTPUTF8"); !ok && !ascii(to) {
		return "", Refusal{Fate: Never, Reason: "the mail server cannot write to addresses outside ASCII"}
	}

	if err := r.run(ctx, c, naming, func() error { return c.Mail("<" + from + ">") }); err != nil {
		if failed, ok := errors.AsType[smtpError](err); ok && closing(err) {
			return "", staleError{failed}
		}
		return "", err
	}
	if err := r.run(ctx, c, addressing, func() error { return c.Rcpt("<" + to + ">") }); err != nil {
		return "", err
	}
	body, err := r.data(ctx, c)
	if err != nil {
		return "", err
	}
	err = r.run(ctx, c, writing, func() error { _, err := body.Write(message); return err })
	if err != nil {
		return "", err
	}
	if err := r.run(ctx, c, ending, body.Close); err != nil {
		return "", err
	}
	s.fresh = false
	return scrub("250 "+body.ServerResponse(), to), nil
}

func (r *relay) data(ctx context.Context, c *smtp.Client) (*smtp.DataCloser, error) {
	var body *smtp.DataCloser
	err := r.run(ctx, c, opening, func() error {
		w, err := c.Data()
		if err != nil {
			return err
		}
		closer, ok := w.(*smtp.DataCloser)
		if !ok {
			return fmt.Errorf("unexpected writer %T", w)
		}
		body = closer
		return nil
	})
	return body, err
}

// run does one step before its deadline: the step's own limit, or the end of the send when that is sooner. Past the
// end it does nothing: a worker that was held up writes no more.
func (r *relay) run(ctx context.Context, c *smtp.Client, at phase, f func() error) error {
	limit := r.step
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end))
	}
	if limit <= 0 || ctx.Err() != nil {
		return smtpError{at, Refusal{Fate: Later, Reason: "the time to send ran out before " + string(at)}}
	}
	if err := c.UpdateDeadline(limit); err != nil {
		return smtpError{at, err}
	}
	if err := f(); err != nil {
		return smtpError{at, err}
	}
	return nil
}

// take gives a kept connection that still answers, or a new one.
func (r *relay) take(ctx context.Context) (*session, error) {
	for {
		r.mu.Lock()
		n := len(r.idle)
		if n == 0 {
			r.mu.Unlock()
			return r.dial(ctx)
		}
		s := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		if time.Since(s.used) < restLimit {
			return s, nil
		}
		r.drop(s)
	}
}

func (r *relay) keep(s *session) {
	s.fresh, s.used = false, time.Now()
	r.mu.Lock()
	r.idle = append(r.idle, s)
	r.mu.Unlock()
}

// drop closes without a farewell: the other side may be hanging.
func (r *relay) drop(s *session) {
	// Nothing can be done about a connection that will not close.
	_ = s.client.Close()
}

// Close ends the kept connections.
func (r *relay) Close() error {
	r.mu.Lock()
	idle := r.idle
	r.idle = nil
	r.mu.Unlock()
	for _, s := range idle {
		if s.client.UpdateDeadline(r.step) == nil && s.client.Quit() == nil {
			continue
		}
		r.drop(s)
	}
	return nil
}

// dial connects, says hello, encrypts and signs in.
func (r *relay) dial(ctx context.Context) (*session, error) {
	var raw net.Conn
	client, err := r.client(func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, address)
		if err != nil || r.cfg.Encryption != ImplicitTLS {
			raw = conn
			return conn, err
		}
		raw = conn
		encrypted := tls.Client(conn, r.tls())
		return encrypted, encrypted.HandshakeContext(ctx)
	})
	if err != nil {
		return nil, Refusal{Fate: Down, Reason: "the mail server's settings cannot be used: " + err.Error()}
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err == nil {
		return &session{client: conn, fresh: true}, nil
	}
	at := connecting
	if raw != nil {
		at = greeting
		_ = raw.Close()
	}
	return nil, down(at, err)
}

// client is made for each connection: go-mail's own holds the settings of one.
func (r *relay) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	port, policy := 587, gomail.TLSMandatory
	switch r.cfg.Encryption {
	case ImplicitTLS:
		port, policy = 465, gomail.TLSOpportunistic // on top of our own dial; it only notices that TLS is on
	case Opportunistic:
		policy = gomail.TLSOpportunistic
	case PlainText:
		policy = gomail.NoTLS
	}
	if r.cfg.Port != 0 {
		port = r.cfg.Port
	}
	hello := r.cfg.Hello
	if hello == "" {
		hello, _ = os.Hostname()
	}
	options := []gomail.Option{
		gomail.WithPort(port),
		gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(r.tls()),
		gomail.WithTimeout(r.step),
		gomail.WithHELO(hello),
		gomail.WithDialContextFunc(dial),
	}
	if r.cfg.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(r.cfg.Username), gomail.WithPassword(r.cfg.Password))
	}
	return gomail.NewClient(r.cfg.Host, options...)
}

func (r *relay) tls() *tls.Config {
	if r.cfg.TLS != nil {
		return r.cfg.TLS.Clone()
	}
	return &tls.Config{ServerName: r.cfg.Host, MinVersion: tls.VersionTLS12}
}

// down is the refusal of a server that could not be reached or would not talk to us: no message is to blame.
func down(at phase, err error) Refusal {
	r := Refusal{Fate: Down, Reason: "the mail server could not be reached"}
	if at == greeting {
		r.Reason = "the mail server would not open a session"
	}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		r.Answer = scrub(spoken(reply), "")
		return r
	}
	r.Answer = scrub(cause(err), "")
	return r
}

// cause is what went wrong with a connection, without hosts and ports.
func cause(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer in time"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// refusalOf reads what an error in the conversation means. RFC 5321: 4yz may pass, 5yz will not; RFC 3463 for the rest.
func refusalOf(err error, to string) Refusal {
	var own Refusal
	if errors.As(err, &own) {
		return own
	}
	var at smtpError
	if !errors.As(err, &at) {
		return Refusal{Fate: Later, Reason: "the mail could not be handed over", Answer: scrub(cause(err), to)}
	}
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		if at.phase == ending {
			return Refusal{Fate: Unanswered, Reason: "the mail server took the message and did not answer"}
		}
		return Refusal{
			Fate: Later, Reason: "the connection to the mail server broke at " + string(at.phase),
			Answer: scrub(cause(err), to),
		}
	}
	return refused(at.phase, reply, to)
}

func refused(at phase, reply *textproto.Error, to string) Refusal {
	r := Refusal{Answer: scrub(spoken(reply), to)}
	switch {
	case reply.Code == 421:
		r.Fate, r.Reason = Later, "the mail server is closing"
	case reply.Code < 500:
		r.Fate, r.Reason = Later, "the mail server refused it for now at "+string(at)
	case signIn(reply.Code):
		r.Fate, r.Reason = Down, "the mail server wants us to sign in"
	case at == addressing && noSuchMailbox(reply):
		r.Fate, r.Dead, r.Reason = Never, true, "the address does not exist"
	default:
		r.Fate, r.Reason = Never, "the mail server refused it at "+string(at)
	}
	return r
}

// spoken is an answer as the server gave it.
func spoken(reply *textproto.Error) string { return strconv.Itoa(reply.Code) + " " + reply.Msg }

// signIn are the codes of RFC 4954 that speak of our account.
func signIn(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// noSuchMailbox says whether the answer means that the address will never work: RFC 3463 bad mailbox, bad system, bad
// syntax, moved, null MX (RFC 7505) and disabled; servers without enhanced codes say it in words.
func noSuchMailbox(reply *textproto.Error) bool {
	words := strings.ToLower(reply.Msg)
	for _, code := range []string{"5.1.1 ", "5.1.2 ", "5.1.3 ", "5.1.6 ", "5.1.10 ", "5.2.1 "} {
		if strings.HasPrefix(words+" ", code) {
			return true
		}
	}
	if strings.HasPrefix(words, "5.") || reply.Code != 550 && reply.Code != 551 && reply.Code != 553 {
		return false
	}
	for _, saying := range []string{"user unknown", "unknown user", "no such user", "no such recipient", "recipient unknown", "does not exist", "mailbox unavailable", "mailbox not found", "invalid recipient"} {
		if strings.Contains(words, saying) {
			return true
		}
	}
	return false
}

// closing says whether a kept connection had been given up by the server.
func closing(err error) bool {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code == 421
	}
	var own Refusal
	return !errors.As(err, &own)
}
