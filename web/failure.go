package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"onderweg/internal/brand"
	"onderweg/views"
)

// failPage shows an error in the shop's clothes, or in plain ones where there is no shop. A link that never was and
// one that has ended get the same words.
func (s *Server) failPage(x *exchange, r *http.Request, a Refusal) {
	lang := views.Pick(staffLanguages(), Languages(r)...)
	var body templ.Component
	switch {
	case x.class == staff && a.Status == http.StatusUnauthorized:
		body = views.SignIn(views.SignInPage{})
	case x.class == shopper && x.merchant.Name != "":
		look := x.merchant.Brand
		lang = views.Pick(look.Languages, Languages(r)...)
		body = views.Failure(views.NewFailure(a.Status, isLink(r.URL.Path), look, lang, x.id))
	default:
		body = views.FailurePlain(views.NewFailure(a.Status, false, brand.Brand{Informal: true}, lang, x.id))
	}

	b, err := RenderBytes(views.WithLanguage(context.WithoutCancel(r.Context()), lang), body)
	if err != nil {
		s.cfg.Log.Error("error page failed", "request", x.id, "error", err.Error())
		b = []byte(http.StatusText(a.Status))
	}
	x.Header().Set("Content-Type", htmlType)
	x.Header().Set("Content-Length", strconv.Itoa(len(b)))
	x.WriteHeader(a.Status)
	_, _ = x.Write(b)
}

// isLink says that an address below a shop's base has a token in it.
func isLink(path string) bool {
	return strings.HasPrefix(path, "/t/") || strings.HasPrefix(path, "/u/")
}

// pageContext carries the language and the brand views render with.
func (s *Server) pageContext(x *exchange, r *http.Request) context.Context {
	ctx := context.WithoutCancel(r.Context())
	offered := views.Languages()
	if x.merchant.Name != "" {
		ctx = views.WithBrand(ctx, x.merchant.Brand)
		offered = x.merchant.Brand.Languages
	}
	return views.WithLanguage(ctx, views.Pick(offered, Languages(r)...))
}

// Context carries the language and the brand of the request's pages.
func (s *Server) Context(c echo.Context) context.Context {
	return s.pageContext(exchangeOf(c), c.Request())
}

// StaffContext is Context in the product's own clothes: staff read their own language, whatever the shop speaks.
func (s *Server) StaffContext(c echo.Context) context.Context {
	return staffContext(c.Request())
}

func staffContext(r *http.Request) context.Context {
	return views.WithLanguage(context.WithoutCancel(r.Context()), views.Pick(staffLanguages(), Languages(r)...))
}

// staffLanguages are the catalogues that hold the desk's words; the first is for whoever speaks none of them.
func staffLanguages() []string { return []string{"en", "nl"} }
