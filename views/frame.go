package views

import (
	"net/http"
	"regexp"
	"strings"

	"onderweg/internal/brand"
)

// FramePage is what the document around a shop's page needs.
type FramePage struct {
	Lang  string
	Title string // neutral: it stands in link previews
	Brand brand.Brand
	Words *Words
	Page  string // root-relative address of this page, for the language links; "" leaves them out
	Live  string // event stream, "" for a page that stays as it is
	Now   string
	Help  bool // the page has a section with the id "help"
}

// NewFrame makes the frame of a quiet page: no stream, no help link.
func NewFrame(b brand.Brand, lang, title string) FramePage {
	w := Speak(lang, b.Informal)
	return FramePage{Lang: w.Tag, Title: title, Brand: b, Words: w}
}

// Classes are the hooks of the theme's shape; colours and sizes come as tokens. Only words of our own lists pass.
func (f FramePage) Classes() string {
	t := f.Brand.Theme
	classes := "road-line"
	if t.Road == "ridge" || t.Road == "hills" {
		classes = "road-" + t.Road
	}
	if t.Motif == "contours" {
		classes += " contours"
	}
	if t.Centre {
		classes += " centre"
	}
	return classes
}

// Company is the line of the footer: what the law wants to see, else the name.
func (f FramePage) Company() string {
	if f.Brand.Legal.Company != "" {
		return f.Brand.Legal.Company
	}
	return f.Brand.Name
}

// Tongues are links to this page in the brand's other languages, each in its own words.
func (f FramePage) Tongues() []Link {
	if f.Page == "" || len(f.Brand.Languages) < 2 {
		return nil
	}
	var links []Link
	for _, tag := range f.Brand.Languages {
		w := Speak(tag, f.Brand.Informal)
		if w.Tag == f.Lang || !strings.HasPrefix(tag, w.Tag) {
			continue
		}
		links = append(links, Link{Text: w.T("lang.name"), Detail: w.Tag, Href: f.Page + "?lang=" + w.Tag})
	}
	return links
}

// themeURL is the shop's stylesheet, named by its look.
func themeURL(b brand.Brand) string { return b.Path + "/brand/" + b.Theme.Hash() + ".css" }

var fileHash = regexp.MustCompile(`^[0-9a-f]{32}$`)

// logoURL is where a picture of the brand is served, "" for none. Only a hash of ours becomes an address.
func logoURL(b brand.Brand, hash string) string {
	if !fileHash.MatchString(hash) {
		return ""
	}
	return b.Path + "/brand/" + hash + ".png"
}

// Frame is the document of a tracking page. The title says nothing about the parcel.
func (p TrackingPage) Frame() FramePage {
	f := FramePage{
		Lang: p.Lang, Brand: p.Brand, Words: p.Words, Title: p.Words.T("page.title", "shop", p.Brand.Name),
		Page: p.Page, Help: true,
	}
	if !p.Final {
		f.Live, f.Now = p.Live, p.Now
	}
	return f
}

// FailurePage is an error in the brand of a shop: what happened, what it means, what to do.
type FailurePage struct {
	Lang    string
	Brand   brand.Brand
	Status  int
	Title   string
	Text    string
	More    string
	Drawing string
	Request string // id for the log, shown where the fault is ours
	Link    Link
	Ask     []Link
}

// NewFailure words a status for people. A link that is unknown and one that has ended give the same page, byte for
// byte: nobody learns from it which tokens exist. link says that the address was a parcel's link.
func NewFailure(status int, link bool, b brand.Brand, lang, request string) FailurePage {
	w := Speak(lang, b.Informal)
	f := FailurePage{Lang: w.Tag, Brand: b, Status: status}
	shop := b.Name
	if shop == "" {
		shop = "Onderweg"
	}
	if link && (status == http.StatusNotFound || status == http.StatusGone) {
		f.Status = 0
		f.Title, f.Text, f.Drawing = w.T("fail.link"), w.T("fail.link.line", "shop", shop), "expired"
		f.More = w.T("fail.link.ask", "shop", shop)
		f.Ask = viewer{w: w, b: b}.ask()
		return f
	}
	f.Title, f.Text, f.Drawing = failure(w, status)
	if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
		f.Request = request
	}
	if home := secure(b.Shop); home != "" {
		f.Link = Link{Text: w.T("fail.shop", "shop", shop), Href: home}
	}
	return f
}

func failure(w *Words, status int) (title, text, drawing string) {
	switch status {
	case http.StatusNotFound, http.StatusGone, http.StatusMethodNotAllowed:
		return w.T("fail.missing"), w.T("fail.missing.line"), "empty"
	case http.StatusForbidden, http.StatusUnauthorized:
		return w.T("fail.refused"), w.T("fail.refused.line"), "customs"
	case http.StatusTooManyRequests:
		return w.T("fail.many"), w.T("fail.many.line"), "late"
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusBadGateway:
		return w.T("fail.busy"), w.T("fail.busy.line"), "offline"
	}
	if status >= http.StatusInternalServerError {
		return w.T("fail.broken"), w.T("fail.broken.line"), "problem"
	}
	return w.T("fail.input"), w.T("fail.input.line"), "problem"
}

// Frame is the document of an error page.
func (f FailurePage) Frame() FramePage { return NewFrame(f.Brand, f.Lang, f.title()) }

// title is neutral for a shop's page: it stands in link previews.
func (f FailurePage) title() string {
	if f.Brand.Name == "" {
		return f.Title
	}
	return f.Words().T("page.title", "shop", f.Brand.Name)
}

// Words of the page's language and tone.
func (f FailurePage) Words() *Words { return Speak(f.Lang, f.Brand.Informal) }

// drawing is the illustration in the brand's hand.
func (f FailurePage) drawing() []shape {
	return illustration(f.Drawing, float64(corner(f.Brand.Theme)))
}
