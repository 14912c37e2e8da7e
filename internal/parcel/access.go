package parcel

import "time"

// Purpose is the one thing a link may be used for. Purposes never mix.
type Purpose string

// Purposes of links.
const (
	PurposeView  Purpose = "view"
	PurposeUnsub Purpose = "unsub"
)

// Level is how much a link holder has proved. Source: security reference, section 3.4.
type Level int

// Levels: L0 anyone with the link, L1 knows the postcode, L2 proved to be the shopper.
const (
	L0 Level = iota
	L1
	L2
)

// Link is a stored capability: only the SHA-256 of its token is kept.
type Link struct {
	Merchant MerchantID
	Order    OrderID
	Parcel   ParcelID // "" for the whole order
	Purpose  Purpose
	Channel  string // "email" for links in mails, "api" for links handed to the shop
	Message  string // outbox id, "" when not made for a message
	Expires  time.Time
}
