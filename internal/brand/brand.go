// Package brand is how a shop looks and speaks: theme tokens, proven contrast, tone of voice. Pure.
package brand

// Brand is everything a page or a mail needs to look and speak like the shop. It holds nothing about shoppers.
type Brand struct {
	Name      string   `json:"-"` // the merchant's name
	Slug      string   `json:"-"`
	Base      string   `json:"-"`         // absolute base of the shop's pages, no final slash: "https://track.example/kaap-noord" or "https://track.kaapnoord.example"
	Path      string   `json:"-"`         // path part of Base: "/kaap-noord" or ""
	Shop      string   `json:"shop"`      // https address of the webshop
	Languages []string `json:"languages"` // offered, first is the default
	Informal  bool     `json:"informal"`  // je/du/tu instead of u/Sie/vous
	Items     bool     `json:"items"`     // show item names to anyone with the link (L0)
	Contact   Contact  `json:"contact"`
	Legal     Legal    `json:"legal"`
	Theme     Theme    `json:"theme"`
	Logo      Logo     `json:"logo"`
}

// Contact is where a shopper asks the shop.
type Contact struct {
	Email string `json:"email"`
	Phone string `json:"phone,omitempty"`
	Page  string `json:"page,omitempty"`
}

// Legal links stand in every footer and mail.
type Legal struct {
	Privacy       string `json:"privacy,omitempty"`
	Imprint       string `json:"imprint,omitempty"`
	Accessibility string `json:"accessibility,omitempty"`
	Company       string `json:"company,omitempty"` // one line: name, address, register number
}

// Logo names two raster files of brand_files; an empty one means the name is set in the display font.
type Logo struct {
	Light  string `json:"light,omitempty"` // hash
	Dark   string `json:"dark,omitempty"`
	Width  int    `json:"width,omitempty"` // intrinsic, px
	Height int    `json:"height,omitempty"`
}

// Theme is what a merchant chooses. Everything else is derived, with contrast proven: see Derive.
type Theme struct {
	Light      Palette `json:"light"`
	Dark       Palette `json:"dark"`
	Plain      bool    `json:"plain"`   // the action button is paper, never the accent
	Radius     int     `json:"radius"`  // px
	Shadow     string  `json:"shadow"`  // "none" or "soft"
	Display    string  `json:"display"` // name of a font in Fonts
	Text       string  `json:"text"`
	Scale      float64 `json:"scale"` // of the display size: narrow faces need more
	Lead       float64 `json:"lead"`
	Weight     int     `json:"weight"`
	Track      float64 `json:"track"` // em
	H2         float64 `json:"h2"`    // rem
	Centre     bool    `json:"centre"`
	Line       float64 `json:"line"`        // px, outline of drawings
	Road       string  `json:"road"`        // "ridge", "hills" or "line"
	Party      string  `json:"party"`       // "rings", "blocks" or "petals"
	Motif      string  `json:"motif"`       // "contours" or "none"
	LogoHeight int     `json:"logo_height"` // px
}

// Palette is six colours as "#rrggbb".
type Palette struct {
	Brand   string `json:"brand"`
	Accent  string `json:"accent"`
	Surface string `json:"surface"`
	Ink     string `json:"ink"`
	Muted   string `json:"muted"`
	Line    string `json:"line"`
}
