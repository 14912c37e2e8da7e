package views

import (
	"time"

	"onderweg/internal/parcel"
)

// Types of schema.org as mail programs read them. Gmail still asks for carrier where schema.org says provider: both are
// written. Reference: E7, https://developers.google.com/workspace/gmail/markup/reference/parcel-delivery.
type (
	ldParcel struct {
		Context    string    `json:"@context,omitempty"`
		Type       string    `json:"@type"`
		Address    ldAddress `json:"deliveryAddress"`
		From       string    `json:"expectedArrivalFrom,omitempty"`
		Until      string    `json:"expectedArrivalUntil,omitempty"`
		Carrier    *ldNamed  `json:"carrier,omitempty"`
		Provider   *ldNamed  `json:"provider,omitempty"`
		Items      []ldNamed `json:"itemShipped,omitempty"`
		Number     string    `json:"trackingNumber,omitempty"`
		TrackingAt string    `json:"trackingUrl"`
		Order      *ldOrder  `json:"partOfOrder,omitempty"`
	}
	ldOrder struct {
		Context  string    `json:"@context,omitempty"`
		Type     string    `json:"@type"`
		Number   string    `json:"orderNumber"`
		Merchant ldNamed   `json:"merchant"`
		Status   string    `json:"orderStatus"`
		Date     string    `json:"orderDate,omitempty"`
		Page     string    `json:"url,omitempty"`
		Delivery *ldParcel `json:"orderDelivery,omitempty"`
	}
	ldAddress struct {
		Type     string `json:"@type"`
		Locality string `json:"addressLocality,omitempty"`
		Country  string `json:"addressCountry,omitempty"`
	}
	ldNamed struct {
		Type string `json:"@type"`
		Name string `json:"name"`
		Page string `json:"url,omitempty"`
	}
)

const ldContext = "https://schema.org"

// data describes the delivery for mail programs: of the address no more than town and country.
func (c *composer) data() {
	delivery := c.ldParcel()
	order := c.ldOrder()
	if c.p == nil {
		order.Context, order.Page, order.Delivery = ldContext, c.in.View, &delivery
		c.Data = order
		return
	}
	delivery.Context, delivery.Order = ldContext, &order
	c.Data = delivery
}

func (c *composer) ldOrder() ldOrder {
	shop, _ := webAddress(c.in.Brand.Shop)
	return ldOrder{
		Type: "Order", Number: clean(c.in.Order.Number), Status: ldStatus(c.in.Notice.Kind),
		Merchant: ldNamed{Type: "Organization", Name: c.shop, Page: shop},
		Date:     c.in.Order.PlacedAt.UTC().Format(time.RFC3339),
	}
}

func ldStatus(k parcel.Kind) string {
	status := "OrderInTransit"
	switch k {
	case parcel.OrderConfirmed:
		status = "OrderProcessing"
	case parcel.Delayed, parcel.AttemptFailed:
		status = "OrderProblem"
	case parcel.ReadyForPickup:
		status = "OrderPickupAvailable"
	case parcel.DeliveredNotice:
		status = "OrderDelivered"
	}
	return ldContext + "/" + status
}

func (c *composer) ldParcel() ldParcel {
	d := ldParcel{
		Type:       "ParcelDelivery",
		Address:    ldAddress{"PostalAddress", clean(c.in.Order.Contact.Address.City), c.in.Order.Country},
		TrackingAt: c.in.View,
	}
	w := c.expected()
	if c.p != nil {
		w = c.eta()
		company := ldNamed{Type: "Organization", Name: c.carrier()}
		d.Carrier, d.Provider = &company, &company
		d.Number = clean(c.p.TrackingNumber)
		d.Items = c.ldItems()
	}
	if c.p != nil && c.p.Milestone == parcel.Delivered && w.IsZero() {
		w = parcel.Window{From: c.p.Since.Day(), To: c.p.Since.Day()}
	}
	if !w.IsZero() {
		d.From = w.From.At(w.FromMinute, c.zone).Format(time.RFC3339)
		end := w.End(c.zone)
		if w.ToMinute == 0 {
			end = end.Add(-time.Second) // the last second of the day, not the next day
		}
		d.Until = end.Format(time.RFC3339)
	}
	return d
}

// ldItems are the lines in this parcel, all of the order when the shop did not say.
func (c *composer) ldItems() []ldNamed {
	var items []ldNamed
	add := func(l parcel.Line) { items = append(items, ldNamed{Type: "Product", Name: clean(l.Name)}) }
	for _, in := range c.p.Contents {
		if in.Line >= 0 && in.Line < len(c.in.Order.Lines) {
			add(c.in.Order.Lines[in.Line])
		}
	}
	if len(c.p.Contents) == 0 && len(c.in.Parcels) == 1 {
		for _, l := range c.in.Order.Lines {
			add(l)
		}
	}
	return items
}
