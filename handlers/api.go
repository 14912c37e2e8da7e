package handlers

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"unicode"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/web"
)

// Page sizes of lists.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// maxKey is the longest Idempotency-Key.
const maxKey = 255

// orders lists the newest orders, a page at a time.
func (h *handlers) orders(c echo.Context) error {
	limit, after, err := paging(c)
	if err != nil {
		return err
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	m := web.Merchant(c)
	found, err := h.Store().Orders(ctx, m.ID, after, limit+1)
	if err != nil {
		return err
	}

	var list orderList
	if len(found) > limit {
		found = found[:limit]
		list.Next = "/api/v1/orders?after=" + url.QueryEscape(string(found[limit-1].ID)) + "&limit=" + strconv.Itoa(limit)
		c.Response().Header().Set("Link", "<"+list.Next+`>; rel="next"`)
	}
	list.Data = make([]orderOut, len(found))
	for i, o := range found {
		list.Data[i] = h.showOrder(m, o, nil)
	}
	return reply(c, http.StatusOK, list)
}

func paging(c echo.Context) (limit int, after parcel.OrderID, err error) {
	limit = defaultLimit
	if q := c.QueryParam("limit"); q != "" {
		limit, err = strconv.Atoi(q)
		if err != nil || limit < 1 || limit > maxLimit {
			return 0, "", parcel.Invalid{Field: "limit", Message: "must be a number from 1 to " + strconv.Itoa(maxLimit)}
		}
	}
	if q := c.QueryParam("after"); q != "" {
		id, err := uuid.Parse(q)
		if err != nil {
			return 0, "", parcel.Invalid{Field: "after", Message: "must be the id of the last order you have seen"}
		}
		after = parcel.OrderID(id.String())
	}
	return limit, after, nil
}

// order shows one order with its parcels.
func (h *handlers) order(c echo.Context) error {
	o, parcels, err := h.orderByNumber(c)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, h.showOrder(web.Merchant(c), o, parcels))
}

// orderParcels shows an order's parcels alone.
func (h *handlers) orderParcels(c echo.Context) error {
	o, parcels, err := h.orderByNumber(c)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, parcelList{Data: showParcels(o.Number, parcels)})
}

func (h *handlers) orderByNumber(c echo.Context) (parcel.Order, []parcel.Parcel, error) {
	number, err := pathText(c, "number")
	if err != nil {
		return parcel.Order{}, nil, err
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	return h.Store().Order(ctx, web.Merchant(c).ID, number)
}

// pathText is a path parameter as text; what PostgreSQL cannot even compare is not found.
func pathText(c echo.Context, name string) (string, error) {
	text, err := url.PathUnescape(c.Param(name))
	if err != nil || !printable(text) {
		return "", parcel.ErrNotFound
	}
	return text, nil
}

func printable(s string) bool {
	for _, r := range s {
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// parcel shows one parcel.
func (h *handlers) parcel(c echo.Context) error {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return parcel.ErrNotFound
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	p, number, err := h.Store().ParcelByID(ctx, web.Merchant(c).ID, parcel.ParcelID(id.String()))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, showParcel(number, p))
}

// saveOrder creates an order, or replaces the one with that number.
func (h *handlers) saveOrder(c echo.Context) error {
	var in orderIn
	body, err := decode(c.Request(), &in)
	if err != nil {
		return err
	}
	m := web.Merchant(c)
	return h.once(c, body, func() (int, any, error) {
		o, parcels, err := in.order(m, h.Now())
		if err != nil {
			return 0, nil, err
		}
		ctx, cancel := web.Reading(c)
		defer cancel()
		saved, created, err := h.Store().SaveOrder(ctx, o, parcels, h.Now())
		if err != nil {
			return 0, nil, err
		}
		saved, all, err := h.Store().OrderByID(ctx, m.ID, saved.ID)
		return createdOr(created), h.showOrder(m, saved, all), err
	})
}

// saveParcel adds a parcel to an order, or updates the one with that reference.
func (h *handlers) saveParcel(c echo.Context) error {
	number, err := pathText(c, "number")
	if err != nil {
		return err
	}
	var in parcelIn
	body, err := decode(c.Request(), &in)
	if err != nil {
		return err
	}
	m := web.Merchant(c)
	return h.once(c, body, func() (int, any, error) {
		var wrong web.Problems
		input := in.parcel("", &wrong)
		if len(wrong) > 0 {
			return 0, nil, wrong
		}
		ctx, cancel := web.Reading(c)
		defer cancel()
		p, created, err := h.Store().SaveParcel(ctx, m.ID, number, input, h.Now())
		return createdOr(created), showParcel(number, p), err
	})
}

func createdOr(created bool) int {
	if created {
		return http.StatusCreated
	}
	return http.StatusOK
}

// once runs a write, and with an Idempotency-Key only the first time: a repeat gets the first answer.
func (h *handlers) once(c echo.Context, body []byte, write func() (int, any, error)) error {
	idem := c.Request().Header.Get("Idempotency-Key")
	if idem == "" {
		code, out, err := write()
		if err != nil {
			return err
		}
		return reply(c, code, out)
	}
	if len(idem) > maxKey || !printable(idem) {
		return parcel.Invalid{Field: "Idempotency-Key", Message: "must be at most 255 printable characters"}
	}

	ctx, cancel := web.Reading(c)
	defer cancel()
	key := web.APIKey(c)
	code, answer, replayed, err := h.Store().Idempotent(ctx, key.Merchant, key.ID, idem, fingerprint(c, body), func() (int, []byte) {
		return answerOf(write)
	})
	if err != nil {
		return err
	}
	if replayed {
		c.Response().Header().Set("Idempotent-Replayed", "true")
	}
	return sendJSON(c, code, answer)
}

// answerOf runs a write and gives the whole answer, errors included, so that it can be kept.
func answerOf(write func() (int, any, error)) (int, []byte) {
	code, out, err := write()
	if err != nil {
		return web.ProblemBody(err)
	}
	body, err := json.Marshal(out)
	if err != nil {
		return web.ProblemBody(err)
	}
	return code, append(body, '\n')
}

// fingerprint tells two requests under the same key apart.
func fingerprint(c echo.Context, body []byte) []byte {
	sum := sha256.New()
	sum.Write([]byte(c.Request().Method + " " + c.Request().URL.Path + "\n"))
	sum.Write(body)
	return sum.Sum(nil)
}

func reply(c echo.Context, code int, out any) error {
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return sendJSON(c, code, append(body, '\n'))
}

func sendJSON(c echo.Context, code int, body []byte) error {
	kind := "application/json"
	if code >= http.StatusBadRequest {
		kind = "application/problem+json"
	}
	return web.SendPacked(c, code, kind, body, web.PackFor(c, "br", body), web.PackFor(c, "gzip", body))
}

// trackingURL is the address of an order's page.
func (h *handlers) trackingURL(m store.Merchant, o parcel.OrderID) string {
	return m.Brand.Base + "/t/" + h.Store().ViewToken(o, m.ID)
}
