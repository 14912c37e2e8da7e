package handlers

import (
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// orderOut is an order as the API shows it to its own shop.
type orderOut struct {
	ID          parcel.OrderID `json:"id"`
	Number      string         `json:"number"`
	PlacedAt    time.Time      `json:"placed_at"`
	Language    string         `json:"language"`
	Country     string         `json:"country"`
	Currency    string         `json:"currency"`
	Total       string         `json:"total"`
	Lines       []lineOut      `json:"lines"`
	Contact     contactOut     `json:"contact"`
	Version     int64          `json:"version"`
	TrackingURL string         `json:"tracking_url"`
	Parcels     []parcelOut    `json:"parcels,omitempty"`
}

type lineOut struct {
	SKU      string `json:"sku,omitempty"`
	Name     string `json:"name"`
	Detail   string `json:"detail,omitempty"`
	Quantity int    `json:"quantity"`
	Price    string `json:"price"`
	Picture  string `json:"picture,omitempty"`
}

type contactOut struct {
	Name    string     `json:"name,omitempty"`
	Email   string     `json:"email,omitempty"`
	Phone   string     `json:"phone,omitempty"`
	Address addressOut `json:"address"`
}

type addressOut struct {
	Street     string `json:"street,omitempty"`
	Extra      string `json:"extra,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	City       string `json:"city,omitempty"`
}

// parcelOut is a parcel with where it is, by our reckoning.
type parcelOut struct {
	ID             parcel.ParcelID  `json:"id"`
	Order          string           `json:"order"`
	Carrier        string           `json:"carrier,omitempty"`
	TrackingNumber string           `json:"tracking_number,omitempty"`
	Contents       []contentOut     `json:"contents,omitempty"`
	PackedAt       *time.Time       `json:"packed_at,omitempty"`
	Milestone      parcel.Milestone `json:"milestone"`
	Since          *time.Time       `json:"since,omitempty"`
	Expected       *windowOut       `json:"expected,omitempty"`
	Promised       *windowOut       `json:"promised,omitempty"`
	Exceptions     []exceptionOut   `json:"exceptions,omitempty"`
	Scans          []scanOut        `json:"scans,omitempty"`
}

// windowOut is a span of civil days at the destination; the times are there when they are known.
type windowOut struct {
	From     string       `json:"from"`
	To       string       `json:"to"`
	FromTime string       `json:"from_time,omitempty"`
	ToTime   string       `json:"to_time,omitempty"`
	Basis    parcel.Basis `json:"basis,omitempty"`
}

type exceptionOut struct {
	Kind   parcel.ExceptionKind `json:"kind"`
	Since  time.Time            `json:"since"`
	Actor  parcel.Actor         `json:"actor,omitempty"`
	Cause  parcel.Cause         `json:"cause,omitempty"`
	Reason parcel.Reason        `json:"reason,omitempty"`
}

type scanOut struct {
	At        time.Time        `json:"at"`
	LocalTime string           `json:"local_time"` // at the place of the scan; a date when no time of day is known
	Milestone parcel.Milestone `json:"milestone,omitempty"`
	Reason    parcel.Reason    `json:"reason,omitempty"`
	Source    string           `json:"source"`
	Code      string           `json:"code"`
	Text      string           `json:"text,omitempty"`
	City      string           `json:"city,omitempty"`
	Country   string           `json:"country,omitempty"`
}

type orderList struct {
	Data []orderOut `json:"data"`
	Next string     `json:"next,omitempty"` // address of the next page
}

type parcelList struct {
	Data []parcelOut `json:"data"`
}

func (h *handlers) showOrder(m store.Merchant, o parcel.Order, parcels []parcel.Parcel) orderOut {
	scale, _ := scaleOf(o.Currency)
	out := orderOut{
		ID: o.ID, Number: o.Number, PlacedAt: o.PlacedAt.UTC(), Language: o.Language, Country: o.Country, Currency: o.Currency,
		Total: decimal(o.Total, scale), Version: o.Version, TrackingURL: h.trackingURL(m, o.ID),
		Contact: contactOut{Name: o.Contact.Name, Email: o.Contact.Email, Phone: o.Contact.Phone, Address: addressOut(o.Contact.Address)},
		Lines:   make([]lineOut, len(o.Lines)),
		Parcels: showParcels(o.Number, parcels),
	}
	for i, l := range o.Lines {
		out.Lines[i] = lineOut{SKU: l.SKU, Name: l.Name, Detail: l.Detail, Quantity: l.Quantity, Price: decimal(l.Price, scale), Picture: l.Picture}
	}
	return out
}

func showParcels(number string, parcels []parcel.Parcel) []parcelOut {
	out := make([]parcelOut, len(parcels))
	for i, p := range parcels {
		out[i] = showParcel(number, p)
	}
	return out
}

func showParcel(number string, p parcel.Parcel) parcelOut {
	out := parcelOut{
		ID: p.ID, Order: number, Carrier: p.Carrier, TrackingNumber: p.TrackingNumber, PackedAt: moment(p.PackedAt),
		Milestone: p.Milestone, Since: moment(p.Since.UTC), Expected: showWindow(p.ETA.Window, p.ETA.Basis),
	}
	for _, content := range p.Contents {
		out.Contents = append(out.Contents, contentOut(content))
	}
	if len(p.Promises) > 0 {
		out.Promised = showWindow(p.Promises[0].Window, p.Promises[0].Basis)
	}
	for _, e := range p.Exceptions {
		out.Exceptions = append(out.Exceptions, exceptionOut{e.Kind, e.Since.UTC(), e.Actor, e.Cause, e.Reason})
	}
	for _, s := range p.Scans {
		out.Scans = append(out.Scans, showScan(s))
	}
	return out
}

func showScan(s parcel.Scan) scanOut {
	local := s.When.Local.Format("2006-01-02T15:04:05")
	if s.When.DateOnly {
		local = s.When.Local.Format(time.DateOnly)
	}
	return scanOut{
		At: s.When.UTC.UTC(), LocalTime: local, Milestone: s.Milestone, Reason: s.Reason, Source: s.Source, Code: s.Code,
		Text: s.Text, City: s.Place.City, Country: s.Place.Country,
	}
}

func showWindow(w parcel.Window, basis parcel.Basis) *windowOut {
	if w.IsZero() {
		return nil
	}
	out := &windowOut{From: w.From.String(), To: w.To.String(), Basis: basis}
	if w.FromMinute != 0 || w.ToMinute != 0 {
		out.FromTime, out.ToTime = clock(w.FromMinute), clock(w.ToMinute)
	}
	return out
}

func clock(minutes int) string {
	return time.Date(2000, 1, 1, 0, minutes, 0, 0, time.UTC).Format("15:04")
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
