package main

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// malformed says what is wrong with a value and what to write instead. It never holds the value.
type malformed string

func (m malformed) Error() string { return string(m) }

// databaseURL is a PostgreSQL address as lib/pq takes it.
type databaseURL string

const databaseAdvice = "not a PostgreSQL address: write postgres://user:password@host:5432/database, with signs such as @ / : ? # % in the password percent-encoded"

// UnmarshalText takes postgres:// and postgresql:// only; no error repeats any part of the address.
func (d *databaseURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Opaque != "" || strayAt(u) {
		return malformed(databaseAdvice)
	}
	if u.Hostname() == "" && u.Query().Get("host") == "" {
		return malformed("the address has no host: write postgres://user:password@host:5432/database")
	}
	if strings.Trim(u.Path, "/") == "" || strings.Contains(strings.Trim(u.Path, "/"), "/") {
		return malformed("the address has no database, or a password with a / that is not percent-encoded: write postgres://user:password@host:5432/database")
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return malformed("what follows the ? in the address cannot be read: write ?name=value&name=value")
	}
	*d = databaseURL(text)

	return nil
}

// baseURL is the absolute address of the web server as shoppers see it, without a final slash.
type baseURL string

// UnmarshalText wants https, except on the machine itself: cookies are Secure and links carry tokens.
func (b *baseURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return malformed("not an address: write one such as https://track.example.com, without a path")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return malformed("must begin with https:// (http:// is for localhost only): cookies and links are not safe without it")
	}
	*b = baseURL(u.Scheme + "://" + strings.ToLower(u.Host))

	return nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)

	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.IsLoopback()
}

// listenAddr is host:port with an empty host for all of the machine's addresses, or "" for off.
type listenAddr string

func (l *listenAddr) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "off" {
		*l = ""

		return nil
	}

	_, number, err := net.SplitHostPort(s)
	if err != nil || !isPort(number) {
		return malformed("not an address to listen on: write :8080 or 127.0.0.1:8080")
	}
	*l = listenAddr(s)

	return nil
}

func (l listenAddr) port() string {
	_, number, _ := net.SplitHostPort(string(l))

	return number
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)

	return err == nil && strconv.FormatUint(n, 10) == s
}

// port is a TCP port in decimal, "" for none.
type port string

func (p *port) UnmarshalText(text []byte) error {
	if !isPort(string(text)) {
		return malformed("not a port: write a number from 1 to 65535")
	}
	*p = port(text)

	return nil
}

// count is a small positive number.
type count = int

// networkList is a list of networks; a single address is a network of one.
type networkList []netip.Prefix

func (l *networkList) UnmarshalText(text []byte) error {
	for part := range strings.SplitSeq(string(text), ",") {
		part = strings.TrimSpace(part)
		if addr, err := netip.ParseAddr(part); err == nil {
			*l = append(*l, netip.PrefixFrom(addr, addr.BitLen()))

			continue
		}

		network, err := netip.ParsePrefix(part)
		if err != nil {
			return malformed("not a list of networks: write 10.0.0.0/8,127.0.0.1")
		}
		*l = append(*l, network.Masked())
	}

	return nil
}

// secretKey is 32 bytes.
type secretKey []byte

func (k *secretKey) UnmarshalText(text []byte) error {
	key, err := parseKey(string(text))
	*k = key

	return err
}

// secretKeys is several of them, separated by commas.
type secretKeys [][]byte

func (k *secretKeys) UnmarshalText(text []byte) error {
	for part := range strings.SplitSeq(string(text), ",") {
		key, err := parseKey(strings.TrimSpace(part))
		if err != nil {
			return err
		}
		*k = append(*k, key)
	}

	return nil
}

func parseKey(s string) ([]byte, error) {
	key, err := hex.DecodeString(s)
	if err != nil {
		key, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(s), "="))
	}
	if err != nil || len(key) != 32 {
		return nil, malformed("not 32 bytes in hex or base64: make one with `openssl rand -hex 32`")
	}

	return key, nil
}

// smtpTLS is how the way to the mail server is protected.
type smtpTLS string

const (
	tlsStart    smtpTLS = "starttls" // required, never only tried
	tlsImplicit smtpTLS = "tls"
	tlsOff      smtpTLS = "off"
)

func (t *smtpTLS) UnmarshalText(text []byte) error {
	switch *t = smtpTLS(strings.ToLower(string(text))); *t {
	case tlsStart, tlsImplicit, tlsOff:
		return nil
	default:
		return malformed("must be starttls, tls or off")
	}
}

// smtpURL is a mail server in one address.
type smtpURL struct {
	host     string
	port     port
	user     string
	password string
	tls      smtpTLS
}

func (s *smtpURL) UnmarshalText(text []byte) error {
	const advice = malformed("not a mail server: write smtp://user:password@host:587 or smtps://user:password@host:465, with signs such as @ / : ? # % in the password percent-encoded")

	u, err := url.Parse(string(text))
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || strayAt(u) {
		return advice
	}

	switch u.Scheme {
	case "smtp":
		s.tls = tlsStart
	case "smtps":
		s.tls = tlsImplicit
	default:
		return advice
	}
	if how := u.Query().Get("tls"); how != "" {
		if err := s.tls.UnmarshalText([]byte(how)); err != nil {
			return malformed("?tls= must be starttls, tls or off")
		}
	}
	s.host, s.port, s.user = u.Hostname(), port(u.Port()), u.User.Username()
	s.password, _ = u.User.Password()

	return nil
}

// sender is a mail address with or without a name.
type sender string

func (f *sender) UnmarshalText(text []byte) error {
	if _, err := mail.ParseAddress(string(text)); err != nil {
		return malformed("not a mail address: write parcels@example.com or Parcels <parcels@example.com>")
	}
	*f = sender(text)

	return nil
}

// pemKey is a private key in PEM.
type pemKey string

func (k *pemKey) UnmarshalText(text []byte) error {
	block, _ := pem.Decode([]byte(strings.ReplaceAll(string(text), `\n`, "\n")))
	if block == nil {
		return malformed("not a private key in PEM: give the whole text from BEGIN to END, or set DKIM_KEY_FILE")
	}

	_, pkcs8 := x509.ParsePKCS8PrivateKey(block.Bytes)
	_, pkcs1 := x509.ParsePKCS1PrivateKey(block.Bytes)
	if pkcs8 != nil && pkcs1 != nil {
		return malformed("the PEM holds no RSA or Ed25519 private key")
	}
	*k = pemKey(pem.EncodeToMemory(block))

	return nil
}

// logFormat is json or text.
type logFormat string

func (f *logFormat) UnmarshalText(text []byte) error {
	switch *f = logFormat(strings.ToLower(string(text))); *f {
	case "json", "text":
		return nil
	default:
		return malformed("must be json or text")
	}
}

// harmless are the values of parameters that may be shown.
var harmless = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full", "off", "starttls", "tls"}

// maskURL hides the password of an address and every parameter that is not known to be harmless. An address that may
// have been read wrongly, because a password in it was not percent-encoded, is hidden whole.
func maskURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" || strayAt(u) || strings.Contains(u.User.Username(), ":") {
		return "***"
	}

	out := u.Scheme + "://"
	if u.User != nil {
		out += url.PathEscape(u.User.Username()) + ":***@"
	}
	out += u.Host + u.EscapedPath()

	separator := "?"
	for _, name := range []string{"sslmode", "tls"} {
		if v := u.Query().Get(name); slices.Contains(harmless, v) {
			out += separator + name + "=" + v
			separator = "&"
		}
	}

	return out
}

// strayAt says whether an @ stands where only a piece of an unencoded password can bring it, or a # cut the address.
func strayAt(u *url.URL) bool {
	return u.Fragment != "" || strings.Contains(u.Path, "@") || strings.Contains(u.RawQuery, "@") || strings.Contains(u.User.Username(), "@")
}
