package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// Role is what a person may do at a merchant; a higher one may do all a lower one may.
type Role int

// Roles, lowest first. RoleAny is any signed-in person, whatever their merchants.
const (
	RoleNone Role = iota
	RoleAny
	RoleViewer
	RoleSupport
	RoleEditor
	RoleOwner
)

var roleNames = map[string]Role{"viewer": RoleViewer, "support": RoleSupport, "editor": RoleEditor, "owner": RoleOwner}

// Member is a signed-in person at the merchant a route names.
type Member struct {
	Staff store.Staff
	Role  Role
}

// Can says whether the person may do what needs a role here.
func (m Member) Can(r Role) bool { return m.Role >= r }

// RoleOf is the person's role at a merchant.
func RoleOf(p store.Staff, m parcel.MerchantID) Role { return roleNames[p.Roles[m]] }

// signInChallenge tells programs that a person must open a sign-in link; browsers show the page.
const signInChallenge = `SignInLink realm="Onderweg"`

// admitStaff loads the person, and the merchant that :shop names. A merchant that is not theirs is not found, like one
// that does not exist; a role that is too low is said to be too low.
func (s *Server) admitStaff(c echo.Context, x *exchange, need Role) error {
	id, err := s.sessions.staffID(c.Request())
	if err != nil {
		return err
	}
	if id == "" {
		return Refusal{Status: http.StatusUnauthorized, Challenge: signInChallenge}
	}
	ctx, cancel := Reading(c)
	defer cancel()
	person, err := s.cfg.Store.StaffByID(ctx, id)
	if errors.Is(err, parcel.ErrNotFound) {
		return Refusal{Status: http.StatusUnauthorized, Challenge: signInChallenge}
	}
	if err != nil {
		return err
	}
	x.member = Member{Staff: person}
	if need == RoleAny {
		return nil
	}

	m, err := s.ShopBySlug(ctx, c.Param("shop"))
	if err != nil {
		return err
	}
	x.merchant, x.member.Role = m, RoleOf(person, m.ID)
	switch {
	case x.member.Role == RoleNone:
		return parcel.ErrNotFound
	case x.member.Role < need:
		return parcel.ErrForbidden
	}
	return nil
}

// ShopBySlug finds the merchant a route's :shop names.
func (s *Server) ShopBySlug(ctx context.Context, slug string) (store.Merchant, error) {
	if !slugShape.MatchString(slug) {
		return store.Merchant{}, parcel.ErrNotFound
	}
	return s.cfg.Store.MerchantBySlug(ctx, slug)
}

// Limits of the API per key. Source: security reference, T-L7.
const (
	apiPerMinute = 600
	apiBurst     = 100
)

// admitKey finds the API key, its merchant, and whether it may do this now.
func (s *Server) admitKey(c echo.Context, x *exchange, scope string) error {
	plain, ok := bearer(c.Request())
	if !ok {
		return Refusal{Status: http.StatusUnauthorized, Challenge: "Bearer", Detail: "Send an API key as Authorization: Bearer."}
	}
	ctx, cancel := Reading(c)
	defer cancel()
	key, err := s.cfg.Store.APIKeyByPlain(ctx, plain)
	if errors.Is(err, parcel.ErrNotFound) {
		return Refusal{Status: http.StatusUnauthorized, Challenge: `Bearer error="invalid_token"`, Detail: "This API key is not known, or no longer valid."}
	}
	if err != nil {
		return err
	}
	if !s.buckets.take("key "+key.ID, apiPerMinute/60.0, apiBurst, s.Now()) || !s.shared(ctx, "api "+key.ID, apiPerMinute, 60) {
		return tooMany(1)
	}
	if !slices.Contains(key.Scopes, scope) {
		return Refusal{Status: http.StatusForbidden, Challenge: `Bearer error="insufficient_scope", scope="` + scope + `"`, Detail: "This API key has no scope " + scope + "."}
	}
	m, err := s.cfg.Store.MerchantByID(ctx, key.Merchant)
	if err != nil {
		return err
	}
	x.key, x.merchant = key, m
	return nil
}

func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != "" && len(token) < 200
}
