package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/views"
	"onderweg/web"
)

// unsubscribe asks "stop these messages?" with one button. It looks at no token: a scanner that follows the link
// changes nothing and learns nothing.
func (h *handlers) unsubscribe(c echo.Context) error {
	shop := web.Merchant(c).Brand
	return web.Show(c, h.Context(c), http.StatusOK, views.Unsubscribe(views.UnsubscribePage{
		Lang:   views.Pick(shop.Languages, web.Languages(c.Request())...),
		Brand:  shop,
		Action: shop.Path + "/u/" + url.PathEscape(c.Param("token")),
		Done:   c.QueryParam("done") == "1",
	}))
}

// stopMessages is the button, and what a mail program sends by itself (RFC 8058: no cookie, no origin, no redirect).
// A token that does not exist gets the same answer.
func (h *handlers) stopMessages(c echo.Context) error {
	ctx, cancel := web.Reading(c)
	defer cancel()
	if token, ok := parcel.NormaliseToken(c.Param("token")); ok {
		err := h.Store().Unsubscribe(ctx, web.Merchant(c).ID, token)
		if err != nil && !errors.Is(err, parcel.ErrNotFound) && !errors.Is(err, parcel.ErrExpired) {
			return err
		}
	}
	if err := c.Request().ParseForm(); err != nil {
		return formError(err)
	}
	if c.Request().PostForm.Get("List-Unsubscribe") == "One-Click" {
		return web.Send(c, http.StatusOK, "text/plain; charset=utf-8", []byte("unsubscribed\n"))
	}
	return c.Redirect(http.StatusSeeOther, web.Merchant(c).Brand.Path+"/u/"+url.PathEscape(c.Param("token"))+"?done=1")
}

// formError says that a form could not be read; one that is too large keeps saying so.
func formError(err error) error {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return err
	}
	return web.Refuse(http.StatusBadRequest)
}
