// Package parcel is the domain: orders, parcels, scans, milestones, promises, exceptions and the notices
// people should get. It is pure: no I/O, no clock and no randomness; "now" and ids are arguments.
package parcel

import "time"

// MerchantID, OrderID and ParcelID are lower-case UUID texts (version 7). They order rows; they are never credentials.
type (
	MerchantID string
	OrderID    string
	ParcelID   string
)

// Merchant is what the domain needs to know of a shop.
type Merchant struct {
	ID      MerchantID
	Slug    string // path prefix on the shared host: lower-case letters, digits, hyphens
	Host    string // own host, "" when the shop is served under its path prefix
	Country string // ISO 3166-1 alpha-2
	Rules   Rules
}

// Rules are a merchant's delivery promises when no carrier gives a date, and its patience.
type Rules struct {
	Zone       string // IANA zone of the warehouse, e.g. "Europe/Amsterdam"
	CutoffHour int    // orders placed from this local hour on count as placed the next business day
	MinDays    int    // business days after the counted day, earliest
	MaxDays    int    // business days after the counted day, latest
	QuietDays  int    // business days without a scan after which a moving parcel is stalled
	ReadyDays  int    // days a pick-up point keeps a parcel when the carrier does not say

	Holiday Holidays `json:"-"` // set at the edge; nil means no holidays but weekends
}

// Holidays says whether a civil day is a public holiday in a country (ISO 3166-1 alpha-2).
type Holidays func(country string, day Date) bool

// Order is what was bought.
type Order struct {
	Merchant MerchantID
	ID       OrderID
	Number   string // the shop's own order number, unique per merchant
	PlacedAt time.Time
	Language string // BCP 47 tag the shopper wants, e.g. "nl" or "nl-BE"
	Country  string // destination, ISO 3166-1 alpha-2
	Currency string // ISO 4217
	Total    int64  // minor units of Currency, shipping included
	Lines    []Line
	Contact  Contact // personal data: sealed at rest, never on an L0 page
	Version  int64   // grows with every change a page shows
}

// Line is one row of an order.
type Line struct {
	SKU      string `json:"sku,omitempty"`
	Name     string `json:"name"`
	Detail   string `json:"detail,omitempty"` // variant: size, colour
	Quantity int    `json:"quantity"`
	Price    int64  `json:"price"`             // minor units, for all pieces of the line
	Picture  string `json:"picture,omitempty"` // name of a drawing, "" for none
}

// Contact is how the shopper is reached and where the parcel goes.
type Contact struct {
	Name    string  `json:"name,omitempty"`
	Email   string  `json:"email,omitempty"`
	Phone   string  `json:"phone,omitempty"` // E.164
	Address Address `json:"address"`
}

// Address is a postal address. Country stands in Order.
type Address struct {
	Street     string `json:"street,omitempty"` // with house number
	Extra      string `json:"extra,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	City       string `json:"city,omitempty"`
}

// Content is how much of an order's line travels in one parcel.
type Content struct {
	Line     int `json:"line"` // index into Order.Lines
	Quantity int `json:"quantity"`
}

// Parcel is one physical shipment of (part of) an order. The first block is given, the second is derived by
// Apply and Tick from the first block, the scans and the clock, and from nothing else.
type Parcel struct {
	Merchant       MerchantID
	Order          OrderID
	ID             ParcelID
	Carrier        string // carrier slug: "postnl", "dhl", "dpd", "bpost", "colissimo", …
	TrackingNumber string // normalised by NormaliseTrackingNumber; never unique: carriers reuse numbers
	Contents       []Content
	Country        string // destination
	PlacedAt       time.Time
	PackedAt       time.Time // zero until the shop says so
	Rules          Rules
	Scans          []Scan // distinct by Fingerprint, oldest first in carrier time

	Milestone  Milestone
	Since      EventTime   // when the milestone was reached
	ETA        ETA         // the window now expected; zero when unknown
	Promises   []Promise   // every window that was told, oldest first; the first is *the* promise
	Exceptions []Exception // open ones only, oldest first
	Pickup     Pickup      // where to collect, when Milestone is AvailableForPickup
	Handover   Handover    // how it was delivered, when Milestone is Delivered
	NextCheck  time.Time   // when Tick has something to look at; zero for never
}

// Tracking is what a tracking page may load of an order: no contact and no address, at any link level.
type Tracking struct {
	Merchant MerchantID
	Order    OrderID
	Number   string
	PlacedAt time.Time
	Language string
	Country  string
	Currency string
	Total    int64
	Lines    []Line
	Parcels  []Parcel // in order of creation; without Rules
	Version  int64
	Expires  time.Time // when the link that opened it ends
}
