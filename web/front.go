package web

import (
	"net/http"
	"runtime/debug"
	"time"
)

// serve is the way every request takes: named, located, dressed, checked, routed, logged.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	x := &exchange{ResponseWriter: w, id: newRequestID(), client: s.clientOf(r)}
	method := r.Method
	defer s.finish(x, r, method, start)

	err := s.locate(x, r)
	x.class = classOf(x.scope, method, r.URL.Path)
	s.dress(x)
	if err == nil {
		err = s.check(x, r)
	}
	if err != nil {
		s.fail(x, r, err)
		return
	}
	s.routers[place{x.scope, programs(x.scope, method, r.URL.Path)}].ServeHTTP(x, r)
}

// check refuses what no route takes: packed bodies, plain http on the API, and writes that another site made a
// browser send.
func (s *Server) check(x *exchange, r *http.Request) error {
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return status(http.StatusUnsupportedMediaType)
	}
	if programs(x.scope, r.Method, r.URL.Path) {
		if s.cleartext(r) {
			return status(http.StatusForbidden)
		}
		return nil
	}
	if s.origins.Check(r) != nil {
		return status(http.StatusForbidden)
	}
	return nil
}

// finish turns a panic into a 500 and writes the access log and the metrics.
func (s *Server) finish(x *exchange, r *http.Request, method string, start time.Time) {
	if v := recover(); v != nil {
		if v == any(http.ErrAbortHandler) { //nolint:errorlint // what panics with it panics with it alone
			panic(v)
		}
		s.cfg.Log.Error("panic", "request", x.id, "route", x.route, "stack", string(debug.Stack()))
		s.fail(x, r, status(http.StatusInternalServerError))
	}
	took := time.Since(start)
	s.meters.request(x, method, took)
	s.accessLog(x, method, took)
}
