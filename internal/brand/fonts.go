package brand

import "bytes"

// Font is one family a theme may choose. The files are cut to the weights Least to Most; see static/README.md.
type Font struct {
	Name        string
	File        string // static name without ending: "jost" is fonts/jost.woff2 and fonts/jost-ext.woff2
	Least, Most int    // weights in the file
	Bold        int    // weight of emphasis in running text
	Text        bool   // fit for running text; every family is fit for headings
	Local       string // local faces that stand in until the file is there, as a CSS src list
	Adjust      string // their size-adjust, so that nothing jumps when the file comes
	Ascent      string // ascent-override of the stand-in
	Descent     string // descent-override of the stand-in
	Generic     string // families after both
}

const (
	localSans  = `local("Arial"),local("Liberation Sans"),local("Roboto"),local("Helvetica")`
	localBold  = `local("Arial Bold"),local("Liberation Sans Bold"),local("Roboto Bold"),local("Arial")`
	localSerif = `local("Times New Roman"),local("Liberation Serif"),local("Noto Serif"),local("Georgia")`
)

// Fonts lists the families of a theme. The metrics of the stand-ins are measured on the files: mean advance of
// running text against Arial (Liberation Sans has its widths), ascent and descent of hhea divided by it.
func Fonts() []Font {
	return []Font{
		{
			Name: "Archivo Narrow", File: "archivo-narrow", Least: 400, Most: 700, Bold: 600,
			Local: localBold, Adjust: "82%", Ascent: "126.2%", Descent: "38%", Generic: `"Arial Narrow",sans-serif`,
		},
		{
			Name: "Baloo 2", File: "baloo-2", Least: 500, Most: 800, Bold: 700,
			Local: localBold, Adjust: "94.7%", Ascent: "113.9%", Descent: "55.3%", Generic: "ui-rounded,sans-serif",
		},
		{
			Name: "Cormorant", File: "cormorant", Least: 400, Most: 600, Bold: 600,
			Local: localSerif, Adjust: "97.3%", Ascent: "95%", Descent: "29.5%", Generic: "Georgia,serif",
		},
		{
			Name: "Jost", File: "jost", Least: 400, Most: 600, Bold: 500, Text: true,
			Local: localSans, Adjust: "95.7%", Ascent: "111.8%", Descent: "39.2%", Generic: `"Century Gothic",sans-serif`,
		},
		{
			Name: "Nunito", File: "nunito", Least: 400, Most: 600, Bold: 600, Text: true,
			Local: localSans, Adjust: "101.9%", Ascent: "99.2%", Descent: "34.6%", Generic: "ui-rounded,system-ui,sans-serif",
		},
		{
			Name: "Public Sans", File: "public-sans", Least: 400, Most: 600, Bold: 600, Text: true,
			Local: localSans, Adjust: "105.6%", Ascent: "90%", Descent: "21.3%", Generic: "system-ui,sans-serif",
		},
	}
}

// Subsets of a family: a browser fetches only those whose letters are on the page. Czech, Polish or Turkish names
// need the second; the six languages of the product do not.
const (
	latinRange = "U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+02C6,U+02DA,U+02DC,U+2010-2014,U+2018-201A,U+201C-201E," +
		"U+2020-2022,U+2026,U+202F,U+2030,U+2039-203A,U+20AC,U+2122,U+2190-2193,U+2212,U+2215"
	extendedRange = "U+0100-0130,U+0132-0151,U+0154-017F,U+018F,U+0192,U+01A0-01A1,U+01AF-01B0,U+01CD-01DC,U+01FA-021B," +
		"U+0259,U+1E80-1E85,U+1E9E,U+1EA0-1EF9,U+20A0-20AB,U+20AD-20C0"
)

// FontFiles names the static files the first view of a theme needs, display face first: what a page preloads.
func (t Theme) FontFiles() []string {
	display, text := fontNamed(t.Display), fontNamed(t.Text)
	if display.Name == text.Name {
		return []string{display.path("")}
	}
	return []string{display.path(""), text.path("")}
}

func (f Font) path(subset string) string { return "fonts/" + f.File + subset + ".woff2" }

func (f Font) faces(b *bytes.Buffer, url func(string) string) {
	weights := number(float64(f.Least)) + " " + number(float64(f.Most))
	for _, s := range []struct{ subset, codes string }{{"", latinRange}, {"-ext", extendedRange}} {
		b.WriteString(`@font-face{font-family:"` + f.Name + `";src:url(` + url(f.path(s.subset)) + `)format("woff2");font-weight:` +
			weights + `;font-display:swap;unicode-range:` + s.codes + "}\n")
	}
	b.WriteString(`@font-face{font-family:"` + f.Name + ` stand-in";src:` + f.Local + `;size-adjust:` + f.Adjust +
		`;ascent-override:` + f.Ascent + `;descent-override:` + f.Descent + ";line-gap-override:0%}\n")
}

func (f Font) stack() string { return `"` + f.Name + `","` + f.Name + ` stand-in",` + f.Generic }

// fontNamed finds a font; an unknown name gives Public Sans.
func fontNamed(name string) Font {
	var spare Font
	for _, f := range Fonts() {
		if f.Name == name {
			return f
		}
		if f.Name == "Public Sans" {
			spare = f
		}
	}
	return spare
}

func fontNames() []string {
	var names []string
	for _, f := range Fonts() {
		names = append(names, f.Name)
	}
	return names
}

func textFontNames() []string {
	var names []string
	for _, f := range Fonts() {
		if f.Text {
			names = append(names, f.Name)
		}
	}
	return names
}
