package web

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// readiness keeps the last answer for a second: anyone may ask, and asking costs a query.
type readiness struct {
	mu   sync.Mutex
	at   time.Time
	last Readiness
}

// Readiness is the answer of /readyz. Only the database and draining take a replica out of service: without the
// listener pages are probed instead, and a long queue is no better served by fewer replicas.
type Readiness struct {
	Ready    bool   `json:"ready"`
	Draining bool   `json:"draining"`
	Database string `json:"database"` // "ok" or "away"
	Listener string `json:"listener"` // "ok" or "away"
	InboxAge int64  `json:"inbox_age_seconds"`
	OutAge   int64  `json:"outbox_age_seconds"`
}

// Health says that the process answers.
func (s *Server) Health(c echo.Context) error {
	return Send(c, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

// Ready says whether this replica should get requests: 200 or 503, with the reasons.
func (s *Server) Ready(c echo.Context) error {
	r := s.readiness(c)
	code := http.StatusOK
	if !r.Ready {
		code = http.StatusServiceUnavailable
		exchangeOf(c).Header().Set("Retry-After", "5")
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return Send(c, code, "application/json", append(body, '\n'))
}

func (s *Server) readiness(c echo.Context) Readiness {
	s.ready.mu.Lock()
	defer s.ready.mu.Unlock()
	if time.Since(s.ready.at) > time.Second {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), 2*time.Second)
		defer cancel()
		s.ready.last, s.ready.at = s.look(ctx), time.Now()
	}
	r := s.ready.last
	r.Draining = s.draining.Load()
	r.Ready = r.Ready && !r.Draining
	return r
}

func (s *Server) look(ctx context.Context) Readiness {
	r := Readiness{Ready: true, Database: "ok", Listener: "ok"}
	if !s.cfg.Live.Connected() {
		r.Listener = "away"
	}
	if err := s.cfg.Store.Ping(ctx); err != nil {
		r.Ready, r.Database = false, "away"
		return r
	}
	q, err := s.cfg.Store.QueueDepths(ctx)
	if err != nil {
		return r
	}
	r.InboxAge, r.OutAge = int64(q.InboxAge.Seconds()), int64(q.OutboxAge.Seconds())
	return r
}
