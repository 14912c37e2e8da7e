package web

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// accessLog writes one line: the route's pattern and never its path, no query, no token, and of the address only
// the network (/24, /48).
func (s *Server) accessLog(x *exchange, method string, took time.Duration) {
	level := slog.LevelInfo
	if x.scope == Common {
		level = slog.LevelDebug
	}
	ctx := context.Background()
	if !s.cfg.Log.Enabled(ctx, level) {
		return
	}
	s.cfg.Log.LogAttrs(ctx, level, "request",
		slog.String("request", x.id),
		slog.String("method", knownMethod(method)),
		slog.String("route", routeName(x)),
		slog.Int("status", x.status),
		slog.Int64("bytes", x.bytes),
		slog.Int64("us", took.Microseconds()),
		slog.String("merchant", x.merchant.Slug),
		slog.String("network", coarse(x.client)),
	)
}

func routeName(x *exchange) string {
	if x.route == "" {
		return "none"
	}
	return x.route
}

// knownMethod keeps what a stranger may invent out of logs and metric labels.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// coarse cuts an address to a network that names no household.
func coarse(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// quietLog takes what http.Server says itself; its lines name addresses of clients, so only their first words are kept.
func quietLog(to *slog.Logger) *log.Logger { return log.New(serverLines{to}, "", 0) }

type serverLines struct{ to *slog.Logger }

func (l serverLines) Write(b []byte) (int, error) {
	line := b
	for _, cut := range []string{" from ", " serving ", " for ", " to "} {
		line, _, _ = bytes.Cut(line, []byte(cut))
	}
	l.to.Warn("http server", "says", string(bytes.TrimSpace(line)))
	return len(b), nil
}
