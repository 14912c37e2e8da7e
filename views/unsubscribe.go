package views

import "onderweg/internal/brand"

// UnsubscribePage asks whether mails about an order should stop. It knows nothing of the order.
type UnsubscribePage struct {
	Lang   string
	Brand  brand.Brand
	Action string // root-relative address the button posts to
	Done   bool
}

// Frame is the document around it.
func (p UnsubscribePage) Frame() FramePage {
	return NewFrame(p.Brand, p.Lang, p.Words().T("unsub.title", "shop", p.Brand.Name))
}

// Words of the page's language and tone.
func (p UnsubscribePage) Words() *Words { return Speak(p.Lang, p.Brand.Informal) }
