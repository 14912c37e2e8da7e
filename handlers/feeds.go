package handlers

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"onderweg/internal/feed"
	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/web"
)

// receive takes one request of a feed: the signature is verified over the bytes as they came, and the answer is given
// after they are committed. What they mean is found out later; odd ones are put aside, never refused.
func (h *handlers) receive(c echo.Context) error {
	slug, err := pathText(c, "feed")
	if err != nil {
		return err
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	shop, err := h.ShopBySlug(ctx, c.Param("shop"))
	if err != nil {
		return err
	}
	source, err := h.Store().FeedBySlug(ctx, shop.ID, slug)
	if err != nil {
		return err
	}
	adapter, ok := feed.ByKind(source.Kind)
	if !ok {
		return parcel.ErrNotFound
	}

	r := c.Request()
	body, err := readAll(r)
	if err != nil {
		return err
	}
	if err := adapter.Verify(source.Secrets, r.Header, body, h.Now()); err != nil {
		return h.forged(c, source)
	}
	err = h.Store().Receive(ctx, store.Incoming{
		Merchant: shop.ID, FeedID: source.ID, EventKey: adapter.EventKey(r.Header, body), Body: body,
		Headers: keep(r.Header, adapter.Keep()),
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}

// readAll reads a capped body. One that ends too early is the sender's fault.
func readAll(r *http.Request) ([]byte, error) {
	body := make([]byte, 0, max(512, r.ContentLength))
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return nil, err
		}
		if err != nil {
			return nil, web.Explain(http.StatusBadRequest, "The body ended before it was complete.")
		}
	}
}

// forged counts a request nobody with the secret has sent.
func (h *handlers) forged(c echo.Context, source store.Feed) error {
	if h.Forged(source.Merchant, source.ID) {
		ctx, cancel := web.Reading(c)
		defer cancel()
		if err := h.Store().FeedRefused(ctx, source.Merchant, source.ID); err != nil {
			return err
		}
	}
	return web.Refusal{Status: http.StatusUnauthorized, Challenge: "Signature", Detail: "The signature is missing or does not fit the body."}
}

// keep takes the headers a parser needs later.
func keep(h http.Header, names []string) map[string]string {
	kept := make(map[string]string, len(names))
	for _, name := range names {
		if v := h.Get(name); v != "" {
			kept[name] = v
		}
	}
	return kept
}
