package brand

// Tokens are the colours a page is made of, as "#rrggbb": the six given ones, corrected where they would not be
// readable, and those derived from them. Text pairs reach 4.5, graphics 3.0; derive_test.go holds every pair.
type Tokens struct {
	Brand, Accent, Surface, Ink, Muted, Line string

	OnBrand       string // words on Brand
	BrandText     string // words in the brand's hue on Surface and BrandSoft
	BrandGraphic  string // lines and drawings in the brand's hue on Surface
	BrandSoft     string // a ground a shade away from Surface
	BrandLine     string // the road still to go; decoration
	OnAccent      string // words on Accent
	AccentGraphic string // the mark "here" on Surface
	ActBtn        string // the button in the loud block, on Brand
	OnActBtn      string // words on ActBtn
	Bad           string // words of errors on Surface and BrandSoft
	Good          string
}

// Ratios wanted. In the dark the bare minimum reads as grey, so brand colours are lifted further.
const (
	wantText        = 4.6
	wantGraphic     = 3.05
	wantInk         = 7
	wantDarkText    = 6.5
	wantDarkGraphic = 5.5
	lightGround     = 13 // of a light surface against black
	darkGround      = 12 // of a dark surface against white
)

// Derive makes the tokens of a palette for a light or a dark page. A colour that is not "#rrggbb" counts as mid grey;
// Validate refuses it before it is kept. Plain keeps the accent off the action button.
func Derive(p Palette, dark, plain bool) Tokens {
	brand, accent := colour(p.Brand), colour(p.Accent)
	surface := ground(colour(p.Surface), dark)
	soft := mix(surface, brand, 0.07)
	ink := reach(colour(p.Ink), wantInk, surface, soft)
	muted := reach(colour(p.Muted), wantText, surface, soft)

	text, graphic, line := wantText, wantGraphic, mix(surface, brand, 0.26)
	if dark {
		text, graphic, line = wantDarkText, wantDarkGraphic, mix(surface, muted, 0.34)
	}
	onBrand := textOn(brand, surface)
	button, onButton := actionButton(brand, accent, surface, onBrand, plain)

	return Tokens{
		Brand: brand.String(), Accent: accent.String(), Surface: surface.String(),
		Ink: ink.String(), Muted: muted.String(), Line: colour(p.Line).String(),
		OnBrand:       onBrand.String(),
		BrandText:     reach(brand, text, surface, soft).String(),
		BrandGraphic:  reach(brand, graphic, surface).String(),
		BrandSoft:     soft.String(),
		BrandLine:     line.String(),
		OnAccent:      textOn(accent, surface).String(),
		AccentGraphic: reach(accent, wantGraphic, surface).String(),
		ActBtn:        button.String(),
		OnActBtn:      onButton.String(),
		Bad:           reach(rgb{0xb3, 0x26, 0x1e}, wantText, surface, soft).String(),
		Good:          reach(rgb{0x1c, 0x7a, 0x4a}, wantText, surface, soft).String(),
	}
}

func colour(s string) rgb {
	c, ok := parseHex(s)
	if !ok {
		return rgb{0x80, 0x80, 0x80}
	}
	return c
}

// ground moves a surface far enough to its end of the scale that readable words in any hue exist on it.
func ground(c rgb, dark bool) rgb {
	if dark {
		return shift(c, 0, darkGround, white)
	}
	return shift(c, 1, lightGround, black)
}

// shift moves c's lightness towards end until it has the wanted ratio against other.
func shift(c rgb, end, want float64, other rgb) rgb {
	if contrast(c, other) >= want {
		return c
	}
	lab := c.oklab()
	lo, hi := 0.0, 1.0
	for range 14 {
		t := (lo + hi) / 2
		if contrast(atLightness(lab, lab.l+(end-lab.l)*t), other) >= want {
			hi = t
		} else {
			lo = t
		}
	}
	return atLightness(lab, lab.l+(end-lab.l)*hi)
}

// actionButton is the accent where it stands out from the brand colour, otherwise the paper of the words around it.
func actionButton(brand, accent, surface, onBrand rgb, plain bool) (button, words rgb) {
	if !plain && contrast(accent, brand) >= 3.1 {
		return accent, textOn(accent, surface)
	}
	return onBrand, reach(brand, wantText, onBrand)
}
