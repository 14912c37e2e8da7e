package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/views"
	"onderweg/web"
)

// How much the desk shows.
const (
	deskDays = 90
	deskRows = 50
	oddRows  = 50
)

// figures are the numbers of the desk: which milestones each counts.
var figures = []struct {
	key  string
	what []parcel.Milestone
}{
	{"all", nil},
	{"road", []parcel.Milestone{parcel.HandedToCarrier, parcel.InTransit, parcel.ArrivedAtHub, parcel.HandedToLocalCarrier, parcel.Customs, parcel.Held}},
	{"door", []parcel.Milestone{parcel.OutForDelivery, parcel.DeliveryAttemptFailed}},
	{"pickup", []parcel.Milestone{parcel.AvailableForPickup}},
	{"delivered", []parcel.Milestone{parcel.Delivered}},
	{"trouble", nil},
}

// firstDesk leads to the person's first shop.
func (h *handlers) firstDesk(c echo.Context) error {
	ctx, cancel := web.Reading(c)
	defer cancel()
	shops, err := h.shopsOf(ctx, web.Who(c).Staff)
	if err != nil {
		return err
	}
	if len(shops) == 0 {
		return parcel.ErrForbidden
	}
	return c.Redirect(http.StatusSeeOther, "/admin/"+shops[0].Slug)
}

func (h *handlers) shopsOf(ctx context.Context, p store.Staff) ([]views.DeskShop, error) {
	shops := make([]views.DeskShop, 0, len(p.Roles))
	for id := range p.Roles {
		m, err := h.Store().MerchantByID(ctx, id)
		if errors.Is(err, parcel.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		shops = append(shops, views.DeskShop{Name: m.Name, Slug: m.Slug})
	}
	slices.SortFunc(shops, func(a, b views.DeskShop) int { return strings.Compare(a.Slug, b.Slug) })
	return shops, nil
}

// frame is what every page of the desk has around it.
func (h *handlers) frame(ctx context.Context, c echo.Context, tab string, odd int64) (views.DeskFrame, error) {
	who, m := web.Who(c), web.Merchant(c)
	shops, err := h.shopsOf(ctx, who.Staff)
	if err != nil {
		return views.DeskFrame{}, err
	}
	zone, err := time.LoadLocation(m.Rules.Zone)
	if err != nil {
		zone = time.UTC
	}
	person := who.Staff.Name
	if person == "" {
		person = who.Staff.Email
	}
	return views.DeskFrame{
		Person: person, Role: who.Staff.Roles[m.ID], Shop: m.Name, Slug: m.Slug, Shops: shops, Tab: tab, Odd: int(odd),
		Today: parcel.DateOf(h.Now().In(zone)), Zone: zone,
	}, nil
}

// desk shows the newest orders and where their parcels stand.
func (h *handlers) desk(c echo.Context) error {
	ctx, cancel := web.Reading(c)
	defer cancel()
	m, show := web.Merchant(c), c.QueryParam("show")
	counts, err := h.Store().DeskCounts(ctx, m.ID, h.Now().AddDate(0, 0, -deskDays))
	if err != nil {
		return err
	}
	orders, err := h.Store().DeskOrders(ctx, m.ID, filterOf(show), deskRows)
	if err != nil {
		return err
	}
	frame, err := h.frame(ctx, c, "orders", counts.Aside)
	if err != nil {
		return err
	}
	return web.Show(c, h.StaffContext(c), http.StatusOK, views.Orders(views.OrdersDesk{
		DeskFrame: frame, Days: deskDays, Orders: counts.Orders, Figures: figuresOf(counts, show), Rows: h.deskRows(c, orders),
	}))
}

func filterOf(show string) store.DeskFilter {
	f := store.DeskFilter{Trouble: show == "trouble"}
	for _, one := range figures {
		if one.key == show {
			f.Milestones = one.what
		}
	}
	return f
}

func figuresOf(counts store.DeskCounts, show string) []views.DeskFigure {
	out := make([]views.DeskFigure, len(figures))
	known := false
	for i, one := range figures {
		out[i] = views.DeskFigure{Key: one.key, Current: one.key == show}
		known = known || out[i].Current
		for _, m := range one.what {
			out[i].N += counts.ByMilestone[m]
		}
		switch one.key {
		case "trouble":
			out[i].N = counts.Trouble
		case "all":
			for _, n := range counts.ByMilestone {
				out[i].N += n
			}
		}
	}
	out[0].Current = out[0].Current || !known
	return out
}

// deskRows makes the lines; those who may help shoppers can open an order as its shopper sees it.
func (h *handlers) deskRows(c echo.Context, orders []store.DeskOrder) []views.DeskOrder {
	m, mayOpen := web.Merchant(c), web.Who(c).Can(web.RoleSupport)
	out := make([]views.DeskOrder, len(orders))
	for i, o := range orders {
		out[i] = views.DeskOrder{Number: o.Number, Placed: o.PlacedAt, Country: o.Country, Currency: o.Currency, Total: o.Total}
		if mayOpen {
			out[i].Open = h.trackingURL(m, o.ID)
		}
		for _, p := range o.Parcels {
			one := views.DeskParcel{Carrier: p.Carrier, Milestone: p.Milestone, Expected: p.Expected, Promised: p.Promised}
			for _, e := range p.Exceptions {
				one.Trouble = append(one.Trouble, e.Kind)
			}
			out[i].Parcels = append(out[i].Parcels, one)
		}
	}
	return out
}

// feeds shows how the shop's sources are, and what was put aside.
func (h *handlers) feeds(c echo.Context) error {
	ctx, cancel := web.Reading(c)
	defer cancel()
	m := web.Merchant(c)
	feeds, err := h.Store().FeedsHealth(ctx, m.ID)
	if err != nil {
		return err
	}
	odd, err := h.Store().InboxRows(ctx, m.ID, "quarantined", oddRows)
	if err != nil {
		return err
	}

	page := views.FeedsDesk{Now: h.Now(), Feeds: make([]views.DeskFeed, len(feeds)), Odd: make([]views.DeskOdd, len(odd))}
	aside := int64(0)
	for i, f := range feeds {
		aside += f.Quarantined
		page.Feeds[i] = views.DeskFeed{
			Slug: f.Slug, Kind: f.Kind, Address: h.BaseURL() + "/feeds/" + m.Slug + "/" + f.Slug, Last: f.LastEvent,
			Events: f.Events, Refused: f.Refused, Aside: f.Quarantined, Waiting: f.Waiting,
		}
	}
	for i, row := range odd {
		page.Odd[i] = views.DeskOdd{ID: row.ID, Feed: row.Feed.Slug, Received: row.ReceivedAt, Reason: row.Reason, Size: len(row.Body)}
	}
	if web.Who(c).Can(web.RoleEditor) {
		page.Replay = "/admin/" + m.Slug + "/feeds/replay"
	}
	if page.DeskFrame, err = h.frame(ctx, c, "feeds", aside); err != nil {
		return err
	}
	page.Said, page.Count = replayed(c.QueryParam("replayed"))
	return web.Show(c, h.StaffContext(c), http.StatusOK, views.Feeds(page))
}

// replay has requests read again that were put aside: one, or all of them.
func (h *handlers) replay(c echo.Context) error {
	if err := c.Request().ParseForm(); err != nil {
		return formError(err)
	}
	form, m := c.Request().PostForm, web.Merchant(c)
	var ids []string
	if form.Get("all") != "1" {
		id, err := uuid.Parse(form.Get("id"))
		if err != nil {
			return web.Refuse(http.StatusUnprocessableEntity)
		}
		ids = []string{id.String()}
	}
	ctx, cancel := web.Reading(c)
	defer cancel()
	n, err := h.Store().ReplayInbox(ctx, m.ID, "quarantined", ids)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/"+m.Slug+"/feeds?replayed="+deskNumber(n))
}
