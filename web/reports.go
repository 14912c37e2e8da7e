package web

import (
	"net/url"
	"strings"
)

// directives are the ones a report may name; anything else a stranger writes is "other".
var directives = map[string]bool{
	"default-src": true, "script-src": true, "script-src-elem": true, "script-src-attr": true, "style-src": true,
	"style-src-elem": true, "style-src-attr": true, "img-src": true, "font-src": true, "connect-src": true,
	"manifest-src": true, "worker-src": true, "form-action": true, "base-uri": true, "object-src": true, "frame-src": true,
	"frame-ancestors": true,
}

// CountReport counts a report of the content security policy by the pattern of the page's route and the directive.
func (s *Server) CountReport(page, directive string) {
	if !directives[directive] {
		directive = "other"
	}
	s.meters.reports.WithLabelValues(s.patternOf(page), directive).Inc()
}

// patternOf finds the route a page's address belongs to, "none" when there is none.
func (s *Server) patternOf(page string) string {
	u, err := url.Parse(page)
	if err != nil {
		return "none"
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if reserved[first] {
		return s.find(House, u.Path)
	}
	if found := s.find(Shop, u.Path); found != "none" {
		return found
	}
	return s.find(Shop, "/"+rest)
}

func (s *Server) find(sc Scope, path string) string {
	e := s.routers[place{sc, false}]
	c := e.NewContext(nil, nil)
	e.Router().Find("GET", path, c)
	for _, rt := range s.routes {
		if rt.Path == c.Path() && rt.Scope == sc {
			return rt.Path
		}
	}
	return "none"
}
