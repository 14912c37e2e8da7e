package views

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/vanng822/go-premailer/premailer"

	"onderweg/internal/brand"
)

// wardrobe is a theme as far as mail programs can wear it: proven colours for light and dark, faces every machine has,
// and a few measures. Everything in it is a number, a colour of brand.Derive or a word of our own, so that it may
// stand in a stylesheet.
type wardrobe struct {
	Light, Dark   brand.Tokens
	Display, Text string // font stacks
	Weight        int    // of headings
	Strong        int    // of the button and names
	Align         string
	Radius        int
	H1, H1Small   int
	Name          int    // size of a name set in type
	NameStyle     string // more declarations for it
	Bar, BarEnds  int    // height and corner of the road's bars
}

func wardrobeOf(t brand.Theme) wardrobe {
	l := wardrobe{
		Light: brand.Derive(t.Light, false, t.Plain), Dark: brand.Derive(t.Dark, true, t.Plain),
		Display: mailFace(t.Display), Text: mailFace(t.Text),
		Weight: 700, Strong: 700, Align: "left", Radius: min(max(t.Radius, 0), 28),
		H1: 40, H1Small: 29, Name: 20, Bar: 6,
	}
	if t.Weight < 600 {
		l.Weight, l.Strong = 400, 400
	}
	if t.Line == 1 {
		l.Bar = 2
	}
	if t.Radius >= 12 {
		l.Bar, l.BarEnds, l.Name = 10, 5, 26
		l.NameStyle = "color:" + l.Light.BrandText + ";"
	}
	if t.Centre {
		l.Align, l.NameStyle = "center", "text-transform:uppercase;letter-spacing:3px;"
	}
	if strings.HasSuffix(l.Display, " serif") {
		l.H1, l.H1Small = 42, 33
	}
	return l
}

// mailFace is what stands in for a font of a theme: mail programs do not load ours.
func mailFace(name string) string {
	switch name {
	case "Archivo Narrow":
		return "'Arial Narrow', 'Helvetica Neue Condensed', Arial, Helvetica, sans-serif"
	case "Baloo 2":
		return "ui-rounded, 'Arial Rounded MT Bold', 'Trebuchet MS', Verdana, sans-serif"
	case "Cormorant":
		return "Didot, 'Bodoni MT', Garamond, Georgia, serif"
	case "Jost":
		return "Futura, 'Century Gothic', Helvetica, Arial, sans-serif"
	case "Nunito":
		return "ui-rounded, 'Segoe UI', Helvetica, Arial, sans-serif"
	}
	return "Helvetica, Arial, sans-serif"
}

// logoOf gives the addresses of the shop's mark, "" where its name is set in type.
func logoOf(b brand.Brand) mailLogo {
	l := mailLogo{Light: logoAddress(b.Base, b.Logo.Light), Dark: logoAddress(b.Base, b.Logo.Dark)}
	if l.Light == "" || b.Logo.Width <= 0 || b.Logo.Height <= 0 {
		return mailLogo{}
	}
	l.Height = min(max(b.Theme.LogoHeight, 12), 64)
	l.Width = min(l.Height*b.Logo.Width/b.Logo.Height, 280)
	return l
}

func logoAddress(base, hash string) string {
	if hash == "" || strings.Trim(hash, "0123456789abcdef") != "" {
		return ""
	}
	return base + "/brand/" + hash + ".png"
}

// css is the stylesheet of a mail. Classes of one letter pair keep the inlined mail small.
func (l wardrobe) css() string {
	light := l.Light
	rules := []string{
		"body, .bg", "margin:0;background-color:" + light.Surface,
		"body", "padding:0;-webkit-text-size-adjust:100%",
		"table", "border-collapse:separate;border-spacing:0",
		".frame", "width:100%;max-width:600px;margin:0 auto",
		".pad", "padding:32px 40px 40px",
		".pre", "display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;color:" + light.Surface,
		"td, p, h1, h2", "text-align:" + l.Align,
		"p, h1, h2", "margin:0",
		".top", "padding-bottom:36px",
		".name", fmt.Sprintf("font:%d %dpx/28px %s;color:%s;%s", l.Weight, l.Name, l.Display, light.Ink, l.NameStyle),
		".h1", fmt.Sprintf("font:%d %dpx/1.1 %s;letter-spacing:-0.4px;text-wrap:balance;color:%s", l.Weight, l.H1, l.Display, light.Ink),
		".say", "display:inline-block",
		".h2", fmt.Sprintf("font:%d 17px/24px %s;color:%s", l.Strong, l.Text, light.Ink),
		".tx", fmt.Sprintf("font:400 16px/25px %s;color:%s", l.Text, light.Ink),
		".lead", "padding-top:12px;font-size:17px;line-height:27px",
		".mu", fmt.Sprintf("font:400 14px/21px %s;color:%s", l.Text, light.Muted),
		".hr", "border-top:1px solid " + light.Line,
		".bar", "padding:28px 0 0",
		".gap", "padding-right:4px",
		".b1, .b2, .b3", fmt.Sprintf("height:%dpx;font-size:1px;line-height:1px;border-radius:%dpx", l.Bar, l.BarEnds),
		".b1", "background-color:" + light.BrandGraphic,
		".b2", "background-color:" + light.AccentGraphic,
		".b3", "background-color:" + light.BrandLine,
		".said", "padding-top:8px",
		".act", "padding:28px 0 36px",
		".bt", fmt.Sprintf("background-color:%s;border-radius:%dpx;text-align:center", light.Brand, l.Radius),
		".bl", fmt.Sprintf("display:inline-block;padding:14px 28px;font:%d 16px/20px %s;color:%s;text-decoration:none", l.Strong, l.Text, light.OnBrand),
		".part", "padding:20px 0",
		".part h2, .part p", "text-align:left",
		".below", "padding-top:4px",
		".box", fmt.Sprintf("background-color:%s;border-radius:%dpx;padding:20px 24px;border:1px solid %s", light.BrandSoft, l.Radius, light.BrandSoft),
		".boxed", "padding-top:24px",
		".fact", "padding:3px 16px 3px 0;white-space:nowrap;text-align:left;vertical-align:top;font-size:15px",
		".val", "padding:3px 0;text-align:left;vertical-align:top;font-size:15px;line-height:21px",
		".big", fmt.Sprintf("font-weight:%d;font-size:17px;line-height:24px", max(l.Strong, 500)),
		".next", "padding-top:10px",
		".old", "text-decoration:line-through",
		".item", "padding:8px 16px 8px 0;text-align:left;vertical-align:top",
		".sum", "padding:8px 0;text-align:right;vertical-align:top;white-space:nowrap",
		".strong", fmt.Sprintf("font-weight:%d", max(l.Strong, 600)),
		".lk", fmt.Sprintf("color:%s;text-decoration:underline", light.BrandText),
		".foot", "padding-top:20px",
		".dark", "display:none",
	}
	var b strings.Builder
	for i := 0; i < len(rules); i += 2 {
		b.WriteString(rules[i] + "{" + strings.TrimSuffix(rules[i+1], ";") + "}\n")
	}
	return b.String()
}

// media are the rules a mail keeps in its head: the dark theme and small screens.
func (l wardrobe) media() string {
	d := l.Dark
	name := ""
	if strings.HasPrefix(l.NameStyle, "color") {
		name = ".name{color:" + d.BrandText + "!important}"
	}
	return "@media (prefers-color-scheme:dark){" +
		"body,.bg{background-color:" + d.Surface + "!important}" +
		".pre{color:" + d.Surface + "!important}" +
		".tx,.h1,.h2,.name{color:" + d.Ink + "!important}" + name +
		".mu{color:" + d.Muted + "!important}" +
		".hr{border-color:" + d.Line + "!important}" +
		".lk{color:" + d.BrandText + "!important}" +
		".b1{background-color:" + d.BrandGraphic + "!important}" +
		".b2{background-color:" + d.AccentGraphic + "!important}" +
		".b3{background-color:" + d.BrandLine + "!important}" +
		".box{background-color:" + d.BrandSoft + "!important;border-color:" + d.Line + "!important}" +
		".bt{background-color:" + d.Brand + "!important}" +
		".bl{color:" + d.OnBrand + "!important}" +
		".light{display:none!important}.dark{display:inline-block!important}}" +
		"@media (max-width:480px){.pad{padding:24px 20px 32px!important}" +
		".h1{font-size:" + strconv.Itoa(l.H1Small) + "px!important}.fact{padding-right:10px!important}}"
}

// dress puts the look on a rendered mail: rules become style attributes, because many mail programs read nothing
// else, and the media rules stay in the head.
func dress(page io.Reader, l wardrobe) (string, error) {
	doc, err := goquery.NewDocumentFromReader(page)
	if err != nil {
		return "", err
	}
	// Made of our own words, numbers and proven colours only; a style element's text is not escaped.
	doc.Find("head").AppendHtml(`<style>` + l.css() + `</style>`)
	if _, err := premailer.NewPremailer(doc, premailer.NewOptions(premailer.WithCssToAttributes(false))).Transform(); err != nil {
		return "", err
	}
	doc.Find("head").AppendHtml(`<style>` + l.media() + `</style>`)
	return doc.Html()
}
