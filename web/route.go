package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
)

// Scope is where a route lives.
type Scope int

// Common routes answer on every host of ours; House routes at BASE_URL only; Shop routes below a merchant's base,
// which is its own host or BASE_URL/{slug}.
const (
	Common Scope = iota
	House
	Shop
)

// Route is one line of the surface.
type Route struct {
	Method, Path string
	Scope        Scope
	Needs        Need
	Machine      bool  // for programs: no cookies, no origin check, problem+json
	Body         int64 // cap of the request body in bytes; 0 means FormBody
	Do           echo.HandlerFunc
}

// Need says who may use a route. Role and Key are checked before the handler runs; Link and Signed are checked by the
// handler, in the query or on the bytes it reads anyway.
type Need struct {
	Role   Role
	Key    string         // scope an API key must have
	Link   parcel.Purpose // kind of link the token in the path must be
	Signed bool           // the body carries a feed's signature
}

// Anyone may use the route.
var Anyone = Need{}

// Link needs a token of one purpose in the path.
func Link(p parcel.Purpose) Need { return Need{Link: p} }

// Staff needs a signed-in person with at least a role at the merchant named by :shop; RoleAny needs no merchant.
func Staff(r Role) Need { return Need{Role: r} }

// Key needs an API key with a scope.
func Key(scope string) Need { return Need{Key: scope} }

// Signed needs a feed's signature over the raw body.
var Signed = Need{Signed: true}

// place is one of the routers: routes for programs stand apart from those for browsers, so that no pattern can
// exempt a browser route from the origin check.
type place struct {
	scope   Scope
	machine bool
}

func (s *Server) newRouters() map[place]*echo.Echo {
	all := make(map[place]*echo.Echo)
	for _, p := range []place{{Common, false}, {House, false}, {House, true}, {Shop, false}, {Shop, true}} {
		e := echo.New()
		e.HideBanner, e.HidePort = true, true
		e.HTTPErrorHandler = func(err error, c echo.Context) { s.fail(exchangeOf(c), c.Request(), err) }
		e.JSONSerializer = nil
		all[p] = e
	}
	return all
}

// Add puts routes on their routers; every GET answers HEAD too.
func (s *Server) Add(routes ...Route) {
	for _, rt := range routes {
		if rt.Body == 0 {
			rt.Body = FormBody
		}
		s.routes = append(s.routes, rt)
		e, do := s.routers[place{rt.Scope, rt.Machine}], s.guarded(rt)
		e.Add(rt.Method, rt.Path, do)
		if rt.Method == http.MethodGet {
			e.Add(http.MethodHead, rt.Path, do)
		}
	}
}

// Routes lists what was added, for the tests that walk every route.
func (s *Server) Routes() []Route { return s.routes }

// guarded wraps a route's handler in its name, its body cap and its need.
func (s *Server) guarded(rt Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		x, r := exchangeOf(c), c.Request()
		x.route = rt.Path
		if r.ContentLength > rt.Body {
			return &http.MaxBytesError{Limit: rt.Body}
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(x.ResponseWriter, r.Body, rt.Body)
		}
		if err := s.admit(c, x, rt.Needs); err != nil {
			return err
		}
		return rt.Do(c)
	}
}

func (s *Server) admit(c echo.Context, x *exchange, n Need) error {
	switch {
	case n.Role != RoleNone:
		return s.admitStaff(c, x, n.Role)
	case n.Key != "":
		return s.admitKey(c, x, n.Key)
	}
	return nil
}

// programs says whether a request belongs to the router for programs: the API, the feeds, and the POST that mail
// programs send to unsubscribe (RFC 8058), which carries neither cookie nor origin.
func programs(sc Scope, method, path string) bool {
	switch sc {
	case House:
		return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/feeds/")
	case Shop:
		return method == http.MethodPost && strings.HasPrefix(path, "/u/")
	}
	return false
}

// Reading gives a context for reads of the database: with a deadline of its own, and not ended by a shopper who hangs
// up, which would cancel the query and cost the connection.
func Reading(c echo.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Request().Context()), readBudget)
}
