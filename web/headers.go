package web

import (
	"net/http"
	"strings"
)

// class is what kind of answer a request gets, in headers and in the shape of its errors.
type class int

const (
	plain   class = iota // text for machines that need little: health, robots.txt
	shopper              // branded HTML
	staff                // HTML for the people of a shop
	machine              // JSON
	asset                // files
)

// Content security policies. Shopper and staff pages carry nothing inline, so files of our own are all they may use.
const (
	pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'none'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; " +
		"frame-src 'none'; frame-ancestors 'none'"
	reportCSP  = "; report-to csp; report-uri /csp"
	nothingCSP = "default-src 'none'; frame-ancestors 'none'"
	fileCSP    = "default-src 'none'; sandbox"
)

const (
	permissions = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), " +
		"payment=(), usb=(), serial=(), browsing-topics=(), publickey-credentials-get=()"
	robots  = "noindex, nofollow, noarchive, nosnippet"
	noStore = "no-store"
	forever = "public, max-age=31536000, immutable"
)

// headerSets holds the headers of each class ready to be assigned, for the shared host and for a merchant's own.
type headerSets struct {
	shared, own [asset + 1]http.Header
}

func newHeaderSets(secure bool) headerSets {
	var sets headerSets
	for c := plain; c <= asset; c++ {
		sets.shared[c] = headersOf(c, secure, "max-age=63072000; includeSubDomains; preload")
		sets.own[c] = headersOf(c, secure, "max-age=31536000")
	}
	return sets
}

// headersOf is the table of security reference 4.2.
func headersOf(c class, secure bool, hsts string) http.Header {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", noStore)
	if secure {
		h.Set("Strict-Transport-Security", hsts)
	}

	switch c {
	case shopper, staff:
		h.Set("Content-Security-Policy", pageCSP+upgrade(secure)+reportCSP)
		h.Set("Reporting-Endpoints", `csp="/csp"`)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		h.Set("X-Frame-Options", "DENY")
		h.Set("Vary", "HX-Request, Accept-Encoding, Accept-Language")
	default:
		h.Set("Content-Security-Policy", nothingCSP)
	}
	if c == staff {
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", strings.Replace(permissions, "publickey-credentials-get=()", "publickey-credentials-get=(self)", 1))
	}
	if c == shopper || c == machine {
		h.Set("X-Robots-Tag", robots)
	}
	return h
}

func upgrade(secure bool) string {
	if secure {
		return "; upgrade-insecure-requests"
	}
	return ""
}

// dress puts the headers of the exchange's class on the answer. The slices are shared: set them, never append to them.
func (s *Server) dress(x *exchange) {
	set := &s.headers.shared
	if x.scope == Shop && x.merchant.Host != "" {
		set = &s.headers.own
	}
	h := x.Header()
	for name, values := range set[x.class] {
		h[name] = values
	}
	h["X-Request-Id"] = []string{x.id}
}

// classOf says what kind of answer a path gets, so that its errors have the right shape and headers as well.
func classOf(sc Scope, method, path string) class {
	switch {
	case sc == Common && strings.HasPrefix(path, "/static/"), sc == Shop && strings.HasPrefix(path, "/brand/"):
		return asset
	case sc == Common:
		return plain
	case programs(sc, method, path) && sc == House, strings.HasPrefix(path, "/openapi."):
		return machine
	case sc == Shop:
		return shopper
	}
	return staff
}
