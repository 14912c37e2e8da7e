package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/views"
	"onderweg/web"
)

// signInHelp says how to get in.
func (h *handlers) signInHelp(c echo.Context) error {
	return h.showSignIn(c, http.StatusOK, views.SignInPage{Left: c.QueryParam("left") == "1"})
}

// signIn shows the one button of a sign-in link. It uses nothing up: scanners follow links.
func (h *handlers) signIn(c echo.Context) error {
	token, ok := parcel.NormaliseToken(c.Param("token"))
	if !ok {
		return h.noSignIn(c, parcel.ErrNotFound)
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	if err := h.Store().PeekStaffLink(ctx, token, h.Now()); err != nil {
		return h.noSignIn(c, err)
	}
	return h.showSignIn(c, http.StatusOK, views.SignInPage{Action: "/admin/sign-in/" + token})
}

// enter uses a sign-in link, once, and starts a session.
func (h *handlers) enter(c echo.Context) error {
	token, ok := parcel.NormaliseToken(c.Param("token"))
	if !ok {
		return h.noSignIn(c, parcel.ErrNotFound)
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	person, err := h.Store().UseStaffLink(ctx, token, h.Now())
	if err != nil {
		return h.noSignIn(c, err)
	}
	if err := h.Sessions().SignIn(c.Response().Writer, c.Request(), person.ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin")
}

// noSignIn says the same of links that never were, were used, or ran out.
func (h *handlers) noSignIn(c echo.Context, err error) error {
	if !errors.Is(err, parcel.ErrNotFound) && !errors.Is(err, parcel.ErrExpired) {
		return err
	}
	if err := h.Missed(c, parcel.ErrNotFound); !errors.Is(err, parcel.ErrNotFound) {
		return err
	}
	return h.showSignIn(c, http.StatusNotFound, views.SignInPage{Ended: true})
}

func (h *handlers) showSignIn(c echo.Context, code int, p views.SignInPage) error {
	return web.Show(c, h.StaffContext(c), code, views.SignIn(p))
}

// leave signs out and makes the browser forget what it kept.
func (h *handlers) leave(c echo.Context) error {
	if err := h.Sessions().SignOut(c.Response().Writer, c.Request()); err != nil {
		return err
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	return c.Redirect(http.StatusSeeOther, "/admin/sign-in?left=1")
}

// deskNumber and replayed carry a number through the redirect after a POST.
func deskNumber(n int) string { return strconv.Itoa(n) }

func replayed(q string) (said string, n int) {
	n, err := strconv.Atoi(q)
	if err != nil || n < 0 {
		return "", 0
	}
	return "desk.replayed", n
}
