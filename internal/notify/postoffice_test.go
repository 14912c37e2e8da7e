package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// postoffice is an SMTP server that misbehaves on purpose: for each step of the conversation it has an answer, or
// keeps silent, or hangs up. It keeps what it took.
type postoffice struct {
	listener net.Listener
	secret   *tls.Config

	mu      sync.Mutex
	script  map[string][]string // step → answers in turn; the last one stays
	taken   []string            // whole messages answered with 250
	to      []string
	dialled int
}

// Answers that are none.
const (
	silence = "silence" // no answer, the connection stays
	hangUp  = "hang up"
	half    = "half" // part of an answer, then the end
	lost    = "lost" // takes the message, then hangs up without a word
)

func newPostoffice(t *testing.T, script map[string][]string) *postoffice {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postoffice{listener: listener, script: script, secret: certificate(t)}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		open.Wait()
	})
	return p
}

func (p *postoffice) port() int { return p.listener.Addr().(*net.TCPAddr).Port }

func (p *postoffice) relay(step time.Duration) *relay {
	return newRelay(SMTP{Host: "127.0.0.1", Port: p.port(), Encryption: PlainText, Hello: "shop.example"}, step)
}

// answer gives what the script says for a step, the usual answer where it says nothing.
func (p *postoffice) answer(step, usual string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	answers := p.script[step]
	if len(answers) == 0 {
		return usual
	}
	if len(answers) > 1 {
		p.script[step] = answers[1:]
	}
	if answers[0] == "" {
		return usual
	}
	return answers[0]
}

// calls is how many connections were opened so far.
func (p *postoffice) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dialled
}

func (p *postoffice) messages() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.taken...)
}

func (p *postoffice) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	p.mu.Lock()
	p.dialled++
	p.mu.Unlock()
	if !p.say(conn, "greeting", "220 post.example ready") {
		return
	}
	in := bufio.NewReader(conn)
	for {
		command, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.Fields(command + " .")[0])
		switch verb {
		case "EHLO", "HELO":
			if !p.say(conn, "hello", "250-post.example\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES") {
				return
			}
		case "STARTTLS":
			if !p.say(conn, "starttls", "220 go ahead") {
				return
			}
			conn = tls.Server(conn, p.secret)
			in = bufio.NewReader(conn)
		case "AUTH":
			if !p.say(conn, "auth", "235 2.7.0 welcome") {
				return
			}
		case "MAIL":
			if !p.say(conn, "mail", "250 2.1.0 sender ok") {
				return
			}
		case "RCPT":
			p.mu.Lock()
			p.to = append(p.to, strings.TrimSpace(command))
			p.mu.Unlock()
			if !p.say(conn, "rcpt", "250 2.1.5 recipient ok") {
				return
			}
		case "DATA":
			if !p.data(conn, in) {
				return
			}
		case "QUIT":
			_, _ = conn.Write([]byte("221 bye\r\n"))
			return
		default:
			_, _ = conn.Write([]byte("250 fine\r\n"))
		}
	}
}

func (p *postoffice) data(conn net.Conn, in *bufio.Reader) bool {
	answer := p.answer("data", "354 go on")
	if !p.tell(conn, answer) {
		return false
	}
	if !strings.HasPrefix(answer, "354") {
		return true
	}
	var message strings.Builder
	for {
		row, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if row == ".\r\n" {
			break
		}
		message.WriteString(strings.TrimPrefix(row, "."))
	}
	answer = p.answer("dot", "250 2.0.0 queued as 42")
	if strings.HasPrefix(answer, "250") || answer == lost {
		p.mu.Lock()
		p.taken = append(p.taken, message.String())
		p.mu.Unlock()
	}
	return p.tell(conn, answer)
}

func (p *postoffice) say(conn net.Conn, step, usual string) bool {
	return p.tell(conn, p.answer(step, usual))
}

// tell writes an answer and says whether the conversation goes on.
func (p *postoffice) tell(conn net.Conn, answer string) bool {
	switch answer {
	case silence:
		return true
	case hangUp, lost:
		return false
	case half:
		_, _ = conn.Write([]byte("25"))
		return false
	}
	_, _ = conn.Write([]byte(answer + "\r\n"))
	return !strings.HasPrefix(answer, "421")
}

func certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	card := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "post.example"}, DNSNames: []string{"post.example"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, card, card, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// trusted is a client's view of the post office's certificate.
func (p *postoffice) trusted(t *testing.T) *tls.Config {
	t.Helper()
	card, err := x509.ParseCertificate(p.secret.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(card)
	return &tls.Config{RootCAs: roots, ServerName: "post.example", MinVersion: tls.VersionTLS12}
}
