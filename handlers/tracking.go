package handlers

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/views"
	"onderweg/web"
)

// look is one request for an order's page: which link, in which language, when.
type look struct {
	h     *handlers
	shop  store.Merchant
	token string
	want  string // language asked for: by the address (?lang=fr), else by the browser
	fixed bool   // the address asked for it: it goes before the order's own language
	now   time.Time
}

func (h *handlers) look(c echo.Context) (look, error) {
	token, ok := parcel.NormaliseToken(c.Param("token"))
	if !ok {
		return look{}, h.Missed(c, parcel.ErrNotFound)
	}
	l := look{h: h, shop: web.Merchant(c), token: token, now: h.Now()}
	if tag := c.QueryParam("lang"); tag != "" && len(tag) <= 35 {
		l.want, l.fixed = views.Pick(l.shop.Brand.Languages, tag), true
		return l, nil
	}
	l.want = views.Pick(l.shop.Brand.Languages, web.Languages(c.Request())...)
	return l, nil
}

func (l look) key() web.PageKey {
	want := l.want
	if l.fixed {
		want = "=" + want
	}
	return web.PageKey{
		Merchant: l.shop.ID, Token: sha256.Sum256([]byte(l.token)), Want: want,
		Slot: web.Slot(l.now), Brand: l.shop.Version,
	}
}

// tag is the ETag of the page at a version of its order.
func (l look) tag(version int64) string {
	k := l.key()
	return fmt.Sprintf(`W/"%d-%d-%s-%s-%d-%d"`, version, k.Brand, l.h.Build(), k.Want, k.Slot, parcel.L0)
}

func (l look) source() web.Source {
	return web.Source{
		Probe: func(ctx context.Context) (parcel.OrderID, int64, error) {
			return l.h.Store().TrackingVersion(ctx, l.shop.ID, l.token, l.now)
		},
		Load: l.load,
	}
}

// load reads the order and says how its page is rendered: whole, and the part that changes.
func (l look) load(ctx context.Context) (*web.Page, error) {
	t, err := l.h.Store().Tracking(ctx, l.shop.ID, l.token, l.now)
	if err != nil {
		return nil, err
	}
	lang := l.want
	if !l.fixed {
		lang = views.Pick(l.shop.Brand.Languages, t.Language, l.want)
	}
	page := views.L0(t, l.shop.Brand, lang, l.now)
	page.Page = l.shop.Brand.Path + "/t/" + l.token
	page.Live, page.Now = page.Page+"/live", page.Page+"/now"
	if l.fixed {
		page.Live, page.Now = page.Live+"?lang="+l.want, page.Now+"?lang="+l.want
	}

	// The page may be rendered long after this request has ended.
	look := views.WithLanguage(views.WithBrand(context.Background(), l.shop.Brand), lang)
	loaded := &web.Page{Order: t.Order, Version: t.Version, Expires: t.Expires, Tag: l.tag(t.Version), Final: page.Final}
	loaded.Full.Render = func() ([]byte, error) { return web.RenderBytes(look, views.TrackingFull(page)) }
	loaded.Main.Render = func() ([]byte, error) { return web.RenderBytes(look, views.TrackingMain(page)) }
	return loaded, nil
}

// tracking shows the page of a view link.
func (h *handlers) tracking(c echo.Context) error {
	page, err := h.open(c)
	if err != nil || page == nil {
		return err
	}
	return sendPart(c, &page.Full)
}

// trackingNow shows the part of the page that changes, for browsers that poll.
func (h *handlers) trackingNow(c echo.Context) error {
	page, err := h.open(c)
	if err != nil || page == nil {
		return err
	}
	return sendPart(c, &page.Main)
}

func sendPart(c echo.Context, part *web.Part) error {
	enc := web.Encoding(c.Request())
	body, err := part.Packed(enc)
	if err != nil {
		return err
	}
	if body != nil {
		c.Response().Header().Set("Content-Encoding", enc)
		return web.Send(c, http.StatusOK, echo.MIMETextHTMLCharsetUTF8, body)
	}
	if body, err = part.Body(); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, echo.MIMETextHTMLCharsetUTF8, body)
}

// open gives the page, or nil when the browser has it already and was told so.
func (h *handlers) open(c echo.Context) (*web.Page, error) {
	l, err := h.look(c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	key, src := l.key(), l.source()

	if have := c.Request().Header.Get("If-None-Match"); have != "" {
		version, err := h.Pages().Version(ctx, key, src)
		if err != nil {
			return nil, h.missing(c, err)
		}
		if tag := l.tag(version); matches(have, tag) {
			c.Response().Header().Set("ETag", tag)
			return nil, c.NoContent(http.StatusNotModified)
		}
	}

	page, err := h.Pages().Open(ctx, key, src)
	if err != nil {
		return nil, h.missing(c, err)
	}
	c.Response().Header().Set("ETag", page.Tag)
	return page, nil
}

// matches says whether If-None-Match names a tag; weak comparison, as RFC 9110 wants it there.
func matches(header, tag string) bool {
	if header == "*" {
		return true
	}
	tag = strings.TrimPrefix(tag, "W/")
	for one := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == tag {
			return true
		}
	}
	return false
}

// missing counts links that do not exist; those that ended are no guesses.
func (h *handlers) missing(c echo.Context, err error) error {
	if errors.Is(err, parcel.ErrNotFound) {
		return h.Missed(c, err)
	}
	return err
}

// trackingLive keeps the page up to date: it sends what /now gives, once at the start and after each change.
func (h *handlers) trackingLive(c echo.Context) error {
	l, err := h.look(c)
	if err != nil {
		return err
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	order, _, err := h.Store().TrackingVersion(ctx, l.shop.ID, l.token, l.now)
	if err != nil {
		return h.missing(c, err)
	}
	if c.Request().Method == http.MethodHead {
		return web.Send(c, http.StatusOK, "text/event-stream; charset=utf-8", nil)
	}
	return h.Hub().Open(c, order, h.follow(l))
}

// follow gives a live page's next state. It remembers what it showed by a hash, and looks again only when it was
// woken or a new quarter of an hour began.
func (h *handlers) follow(l look) web.ShowLive {
	shop, token, want, fixed := l.shop.ID, l.token, l.want, l.fixed
	var shown [sha256.Size]byte
	return func(ctx context.Context) ([]byte, bool, error) {
		m, err := h.Store().MerchantByID(ctx, shop)
		if err != nil {
			return nil, false, err
		}
		l := look{h: h, shop: m, token: token, want: want, fixed: fixed, now: h.Now()}
		page, err := h.Pages().Open(ctx, l.key(), l.source())
		if err != nil {
			return nil, false, err
		}
		body, err := page.Main.Body()
		if err != nil {
			return nil, false, err
		}
		sum := sha256.Sum256(body)
		if sum == shown {
			return nil, page.Final, nil
		}
		shown = sum
		return body, page.Final, nil
	}
}
