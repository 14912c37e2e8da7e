package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/static"
	"onderweg/web"
)

// logoCSP lets a raster be a raster: opened by itself it can do nothing.
const logoCSP = "default-src 'none'; sandbox"

// brandFile serves the shop's stylesheet and its logos under their hashes.
func (h *handlers) brandFile(c echo.Context) error {
	file := c.Param("file")
	if hash, ok := strings.CutSuffix(file, ".css"); ok && isHex(hash) {
		return h.brandCSS(c, hash)
	}
	if hash, ok := strings.CutSuffix(file, ".png"); ok && isHex(hash) {
		return h.logo(c, hash)
	}
	return parcel.ErrNotFound
}

// brandCSS serves the stylesheet as it is now. A page that was open while the brand changed asks for the one before:
// it gets the new one, and may not keep it.
func (h *handlers) brandCSS(c echo.Context, hash string) error {
	theme := web.Merchant(c).Brand.Theme
	css := theme.CSS(static.URL)
	if theme.Hash() == hash {
		web.Forever(c)
	}
	return web.SendPacked(c, http.StatusOK, "text/css; charset=utf-8", css, web.PackFor(c, "br", css), web.PackFor(c, "gzip", css))
}

func (h *handlers) logo(c echo.Context, hash string) error {
	ctx, cancel := web.Reading(c)
	defer cancel()
	contentType, body, err := h.Store().BrandFile(ctx, web.Merchant(c).ID, hash)
	if err != nil {
		return err
	}
	web.Forever(c)
	head := c.Response().Header()
	head.Set("Content-Security-Policy", logoCSP)
	head.Set("Content-Disposition", `inline; filename="logo.png"`)
	head.Set("Cross-Origin-Resource-Policy", "cross-origin") // mails show it
	return web.Send(c, http.StatusOK, contentType, body)
}

// static serves the files of the program.
func (h *handlers) static(c echo.Context) error {
	f, ok := static.Find(c.Param("*"))
	if !ok {
		return parcel.ErrNotFound
	}
	br, gz := f.Packed()
	web.Forever(c)
	return web.SendPacked(c, http.StatusOK, f.Type, f.Body, br, gz)
}

func isHex(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "0123456789abcdef") == ""
}
