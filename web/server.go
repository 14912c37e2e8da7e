// Package web is HTTP plumbing: server, headers, hosts, errors into pages, sessions, rendering, live pages. What a
// route does stands in handlers; what it looks like in views.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/netutil"

	"onderweg/store"
)

// Limits of the server. Source: security reference, section 5.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 15 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = 60 * time.Second
	maxHeaderBytes = 16 << 10
	drainTimeout   = 25 * time.Second
	readBudget     = 5 * time.Second // what one request's reads of the database may take
)

// Body caps of routes, in bytes.
const (
	FormBody    = 64 << 10
	WebhookBody = 256 << 10
	OrderBody   = 1 << 20
)

// Config is what a server is made of.
type Config struct {
	Store          *store.Store
	Live           *store.Live
	Log            *slog.Logger
	BaseURL        string         // "https://track.example": where merchants without an own host live, and staff
	Hosts          []string       // other names the shared host answers to, without port
	TrustedProxies []netip.Prefix // whose X-Forwarded-For and -Proto are believed
	Sandbox        bool           // serve the development mailbox
	Keys           store.Keys
	Security       string           // where holes are reported, "mailto:…" or https; "" means security@ the shared host
	Build          string           // version of the program, part of every ETag
	Now            func() time.Time // nil means time.Now
	MaxConns       int              // connections of this process; 0 means 4096
	MaxLive        int              // live pages of this process; 0 means 10000
	PageCache      int64            // bytes of rendered pages to keep; 0 means 64 MiB, below 0 none
}

// Server answers requests. Routes are added before the first one.
type Server struct {
	cfg      Config
	secure   bool // BASE_URL is https
	hosts    map[string]bool
	routers  map[place]*echo.Echo
	routes   []Route
	headers  headerSets
	origins  *http.CrossOriginProtection
	sessions *Sessions
	pages    *Pages
	hub      *Hub
	meters   *meters
	buckets  *buckets
	ready    readiness
	draining atomic.Bool
}

// New makes a server without routes. It fails when BASE_URL is not an absolute http(s) address without a path.
func New(cfg Config) (*Server, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") || strings.Trim(base.Path, "/") != "" {
		return nil, fmt.Errorf("base url %q: want http(s)://host without a path", cfg.BaseURL)
	}
	cfg.MaxConns = cmp.Or(cfg.MaxConns, 4096)
	cfg.MaxLive = cmp.Or(cfg.MaxLive, 10_000)
	cfg.PageCache = cmp.Or(cfg.PageCache, 64<<20)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}

	s := &Server{
		cfg:     cfg,
		secure:  base.Scheme == "https",
		hosts:   sharedHosts(base.Hostname(), cfg.Hosts),
		origins: http.NewCrossOriginProtection(),
		buckets: newBuckets(),
	}
	s.headers = newHeaderSets(s.secure)
	s.sessions = newSessions(cfg)
	s.pages = newPages(cfg.PageCache, cfg.Live, cfg.Now)
	s.hub = newHub(cfg.MaxLive, cfg.Live, cfg.Log)
	s.meters = newMeters(s)
	s.routers = s.newRouters()
	return s, nil
}

// Handler gives the whole server as one handler.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// Pages is the cache of rendered shopper pages.
func (s *Server) Pages() *Pages { return s.pages }

// Hub holds the open live pages.
func (s *Server) Hub() *Hub { return s.hub }

// Sessions is the session store of staff.
func (s *Server) Sessions() *Sessions { return s.sessions }

// Now is the time at the edge.
func (s *Server) Now() time.Time { return s.cfg.Now() }

// Store, Log, Build, BaseURL and Sandbox are what the server was made with.
func (s *Server) Store() *store.Store { return s.cfg.Store }
func (s *Server) Log() *slog.Logger   { return s.cfg.Log }
func (s *Server) Build() string       { return s.cfg.Build }
func (s *Server) BaseURL() string     { return strings.TrimSuffix(s.cfg.BaseURL, "/") }
func (s *Server) Sandbox() bool       { return s.cfg.Sandbox }

// SecurityContact is where holes are reported.
func (s *Server) SecurityContact() string {
	if s.cfg.Security != "" {
		return s.cfg.Security
	}
	u, err := url.Parse(s.cfg.BaseURL)
	if err != nil {
		return "mailto:security@localhost"
	}
	return "mailto:security@" + u.Hostname()
}

// Serve answers on ln until ctx ends, then drains: not ready first, live pages closed, running requests finished,
// all within 25 seconds. A drained server cannot be used again.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := s.httpServer(s.Handler())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(netutil.LimitListener(ln, s.cfg.MaxConns)) }()

	select {
	case err := <-ended:
		s.hub.Close()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return s.drain(srv, ended)
}

func (s *Server) drain(srv *http.Server, ended <-chan error) error {
	s.draining.Store(true)
	s.hub.Close()

	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	err := srv.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("drain: %w", err), srv.Close())
	}
	<-ended //nolint:errcheck // always http.ErrServerClosed by now
	return err
}

// httpServer has every limit set: the zero value of http.Server has none.
func (s *Server) httpServer(h http.Handler) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		Protocols:         protocols,
		ErrorLog:          quietLog(s.cfg.Log),
	}
}
