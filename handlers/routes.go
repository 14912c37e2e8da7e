// Package handlers is what each route does: parse, ask, show. Routes is the whole surface, on one screen.
package handlers

import (
	"net/http"

	"onderweg/internal/parcel"
	"onderweg/web"
)

// Methods, short so that the table stays one line a route.
const (
	get  = http.MethodGet
	post = http.MethodPost
)

// handlers holds what routes share.
type handlers struct {
	*web.Server
	spec spec
}

// Routes adds every route of the program, each with who may use it beside its path.
func Routes(s *web.Server) error {
	api, err := readSpec()
	if err != nil {
		return err
	}
	h := &handlers{Server: s, spec: api}
	view, unsub := web.Link(parcel.PurposeView), web.Link(parcel.PurposeUnsub)

	// A shopper, below the shop's base: its own host, or BASE_URL/{slug}.
	s.Add(
		web.Route{Method: get, Path: "/t/:token", Scope: web.Shop, Needs: view, Do: h.tracking},
		web.Route{Method: get, Path: "/t/:token/now", Scope: web.Shop, Needs: view, Do: h.trackingNow},
		web.Route{Method: get, Path: "/t/:token/live", Scope: web.Shop, Needs: view, Do: h.trackingLive},
		web.Route{Method: get, Path: "/u/:token", Scope: web.Shop, Needs: web.Anyone, Do: h.unsubscribe},
		web.Route{Method: post, Path: "/u/:token", Scope: web.Shop, Needs: unsub, Machine: true, Do: h.stopMessages},
		web.Route{Method: get, Path: "/brand/:file", Scope: web.Shop, Needs: web.Anyone, Do: h.brandFile},
	)

	// Programs, at BASE_URL.
	s.Add(
		web.Route{Method: post, Path: "/feeds/:shop/:feed", Scope: web.House, Needs: web.Signed, Machine: true, Body: web.WebhookBody, Do: h.receive},
		web.Route{Method: get, Path: "/api/v1/orders", Scope: web.House, Needs: web.Key("orders:read"), Machine: true, Do: h.orders},
		web.Route{Method: post, Path: "/api/v1/orders", Scope: web.House, Needs: web.Key("orders:write"), Machine: true, Body: web.OrderBody, Do: h.saveOrder},
		web.Route{Method: get, Path: "/api/v1/orders/:number", Scope: web.House, Needs: web.Key("orders:read"), Machine: true, Do: h.order},
		web.Route{Method: get, Path: "/api/v1/orders/:number/parcels", Scope: web.House, Needs: web.Key("orders:read"), Machine: true, Do: h.orderParcels},
		web.Route{Method: post, Path: "/api/v1/orders/:number/parcels", Scope: web.House, Needs: web.Key("orders:write"), Machine: true, Do: h.saveParcel},
		web.Route{Method: get, Path: "/api/v1/parcels/:id", Scope: web.House, Needs: web.Key("orders:read"), Machine: true, Do: h.parcel},
		web.Route{Method: get, Path: "/openapi.yaml", Scope: web.House, Needs: web.Anyone, Do: h.openapiYAML},
		web.Route{Method: get, Path: "/openapi.json", Scope: web.House, Needs: web.Anyone, Do: h.openapiJSON},
	)

	// Staff, at BASE_URL.
	s.Add(
		web.Route{Method: get, Path: "/", Scope: web.House, Needs: web.Anyone, Do: h.front},
		web.Route{Method: get, Path: "/admin/sign-in", Scope: web.House, Needs: web.Anyone, Do: h.signInHelp},
		web.Route{Method: get, Path: "/admin/sign-in/:token", Scope: web.House, Needs: web.Anyone, Do: h.signIn},
		web.Route{Method: post, Path: "/admin/sign-in/:token", Scope: web.House, Needs: web.Anyone, Do: h.enter},
		web.Route{Method: post, Path: "/admin/sign-out", Scope: web.House, Needs: web.Anyone, Do: h.leave},
		web.Route{Method: get, Path: "/admin", Scope: web.House, Needs: web.Staff(web.RoleAny), Do: h.firstDesk},
		web.Route{Method: get, Path: "/admin/:shop", Scope: web.House, Needs: web.Staff(web.RoleViewer), Do: h.desk},
		web.Route{Method: get, Path: "/admin/:shop/feeds", Scope: web.House, Needs: web.Staff(web.RoleViewer), Do: h.feeds},
		web.Route{Method: post, Path: "/admin/:shop/feeds/replay", Scope: web.House, Needs: web.Staff(web.RoleEditor), Do: h.replay},
	)

	// Everyone, on every host of ours.
	s.Add(
		web.Route{Method: get, Path: "/static/*", Scope: web.Common, Needs: web.Anyone, Do: h.static},
		web.Route{Method: post, Path: "/csp", Scope: web.Common, Needs: web.Anyone, Do: h.policyReport},
		web.Route{Method: get, Path: "/robots.txt", Scope: web.Common, Needs: web.Anyone, Do: h.robots},
		web.Route{Method: get, Path: "/.well-known/security.txt", Scope: web.Common, Needs: web.Anyone, Do: h.security},
		web.Route{Method: get, Path: "/healthz", Scope: web.Common, Needs: web.Anyone, Do: s.Health},
		web.Route{Method: get, Path: "/readyz", Scope: web.Common, Needs: web.Anyone, Do: s.Ready},
	)
	// The sandbox's letter box, in demo and tests only.
	if s.Sandbox() {
		s.Add(
			web.Route{Method: get, Path: "/dev/mailbox", Scope: web.House, Needs: web.Anyone, Do: h.mailbox},
			web.Route{Method: get, Path: "/dev/mailbox/:id", Scope: web.House, Needs: web.Anyone, Do: h.mailboxMessage},
			web.Route{Method: get, Path: "/dev/mailbox/:id/html", Scope: web.House, Needs: web.Anyone, Do: h.mailboxHTML},
		)
	}
	return nil
}
