package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"onderweg/internal/parcel"
	"onderweg/store"
)

var slugShape = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,40}$`)

// reserved are the first path segments of the shared host that are ours: no merchant can have one as its slug.
var reserved = map[string]bool{
	"": true, "admin": true, "api": true, "feeds": true, "dev": true, "static": true, "csp": true, "healthz": true,
	"readyz": true, "robots.txt": true, "openapi.yaml": true, "openapi.json": true, ".well-known": true, "favicon.ico": true,
}

// ReservedSlug says that a merchant's pages could not be reached under this path prefix.
func ReservedSlug(slug string) bool { return reserved[slug] }

// sharedHosts are the names of BASE_URL's host. A loopback name stands for all of them.
func sharedHosts(base string, more []string) map[string]bool {
	hosts := map[string]bool{strings.ToLower(base): true}
	for _, h := range more {
		hosts[strings.ToLower(h)] = true
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if hosts[name] {
			hosts["localhost"], hosts["127.0.0.1"], hosts["::1"] = true, true, true
		}
	}
	return hosts
}

// hostOf is the host a request names, lower case, without port or brackets; "" for what cannot be one.
func hostOf(r *http.Request) string {
	host := r.Host
	if strings.ContainsAny(host, "/@\\ %") {
		return ""
	}
	if strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']') {
		h, _, err := net.SplitHostPort(host)
		if err != nil {
			return ""
		}
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// probes are answered on any host: whoever checks health comes by address.
func isProbe(path string) bool { return path == "/healthz" || path == "/readyz" }

func isCommon(path string) bool {
	return strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/.well-known/") ||
		path == "/csp" || path == "/robots.txt" || isProbe(path)
}

// locate finds scope and merchant of a request from its host and path prefix, never from anything else, and leaves the
// path below the merchant's base in r.URL.
func (s *Server) locate(x *exchange, r *http.Request) error {
	path := r.URL.Path
	if isProbe(path) {
		return nil
	}

	host := hostOf(r)
	shared := s.hosts[host]
	if !shared {
		m, err := s.merchant(host, s.cfg.Store.MerchantByHost)
		if errors.Is(err, parcel.ErrNotFound) {
			return status(http.StatusMisdirectedRequest)
		}
		if err != nil {
			return err
		}
		x.merchant = m
	}
	if isCommon(path) {
		return nil
	}
	if !shared {
		x.scope = Shop
		return nil
	}
	return s.locateShared(x, r)
}

func (s *Server) locateShared(x *exchange, r *http.Request) error {
	x.scope = House
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if reserved[first] {
		return nil
	}
	if !slugShape.MatchString(first) {
		return parcel.ErrNotFound
	}
	m, err := s.merchant(first, s.cfg.Store.MerchantBySlug)
	if err != nil {
		return err
	}

	x.scope, x.merchant = Shop, m
	prefix := "/" + first
	if r.URL.RawPath != "" && !strings.HasPrefix(r.URL.RawPath, prefix) {
		return parcel.ErrNotFound
	}
	r.URL.Path, r.URL.RawPath = strings.TrimPrefix(r.URL.Path, prefix), strings.TrimPrefix(r.URL.RawPath, prefix)
	if m.Host != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return moved(m.Brand.Base + r.URL.EscapedPath())
	}
	return nil
}

// merchant asks the store's cache, with a deadline of its own.
func (s *Server) merchant(name string, by func(context.Context, string) (store.Merchant, error)) (store.Merchant, error) {
	if name == "" {
		return store.Merchant{}, parcel.ErrNotFound
	}
	ctx, cancel := context.WithTimeout(context.Background(), readBudget)
	defer cancel()
	return by(ctx, name)
}

// clientOf is the address a request came from: the peer, or, when the peer is a proxy of ours, the last address in
// X-Forwarded-For that is not.
func (s *Server) clientOf(r *http.Request) netip.Addr {
	peer := peerOf(r)
	if !s.trusted(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return peer
		}
		if a = a.Unmap(); !s.trusted(a) {
			return a
		}
	}
	return peer
}

func peerOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.cfg.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// cleartext says that a proxy of ours took the request over plain http although the site is https.
func (s *Server) cleartext(r *http.Request) bool {
	return s.secure && r.TLS == nil && s.trusted(peerOf(r)) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "http")
}

// network is what limits count by: an IPv4 address, or the /64 an IPv6 address is in.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
