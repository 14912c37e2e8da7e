package brand

import "math"

// rgb is one colour in sRGB, 8 bits a channel.
type rgb struct{ r, g, b uint8 }

// oklab is a colour in the OKLab space (Björn Ottosson, 2020): lightness 0–1 and two opponent axes.
type oklab struct{ l, a, b float64 }

var (
	black = rgb{}
	white = rgb{255, 255, 255}
)

// parseHex reads "#rrggbb" in either case. Anything else is refused: the text goes into a stylesheet.
func parseHex(s string) (rgb, bool) {
	if len(s) != 7 || s[0] != '#' {
		return rgb{}, false
	}
	var v [6]uint8
	for i := range v {
		d, ok := hexDigit(s[i+1])
		if !ok {
			return rgb{}, false
		}
		v[i] = d
	}
	return rgb{v[0]<<4 | v[1], v[2]<<4 | v[3], v[4]<<4 | v[5]}, true
}

func hexDigit(c byte) (uint8, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func (c rgb) String() string {
	const digits = "0123456789abcdef"
	return string([]byte{
		'#', digits[c.r>>4], digits[c.r&15], digits[c.g>>4], digits[c.g&15], digits[c.b>>4], digits[c.b&15],
	})
}

// linear undoes the sRGB transfer curve of one channel (IEC 61966-2-1).
func linear(v uint8) float64 { return linearOf[v] }

var linearOf = func() (t [256]float64) {
	for i := range t {
		c := float64(i) / 255
		if c <= 0.04045 {
			t[i] = c / 12.92
			continue
		}
		t[i] = math.Pow((c+0.055)/1.055, 2.4)
	}
	return t
}()

// encode applies the sRGB transfer curve and clamps to 8 bits.
func encode(c float64) uint8 {
	c = min(1, max(0, c))
	if c <= 0.0031308 {
		return uint8(math.Round(255 * 12.92 * c))
	}
	return uint8(math.Round(255 * (1.055*math.Pow(c, 1/2.4) - 0.055)))
}

// luminance is the relative luminance of WCAG 2.
func (c rgb) luminance() float64 {
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is the WCAG 2 ratio of two colours, 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

func (c rgb) oklab() oklab {
	r, g, b := linear(c.r), linear(c.g), linear(c.b)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return oklab{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// linearRGB gives the linear channels, which lie outside 0–1 when the colour is outside sRGB.
func (c oklab) linearRGB() (r, g, b float64) {
	l := c.l + 0.3963377774*c.a + 0.2158037573*c.b
	m := c.l - 0.1055613458*c.a - 0.0638541728*c.b
	s := c.l - 0.0894841775*c.a - 1.2914855480*c.b
	l, m, s = l*l*l, m*m*m, s*s*s
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

func (c oklab) rgb() rgb {
	r, g, b := c.linearRGB()
	return rgb{encode(r), encode(g), encode(b)}
}

func (c oklab) inGamut() bool {
	const slack = 0.001
	r, g, b := c.linearRGB()
	return min(r, g, b) > -slack && max(r, g, b) < 1+slack
}

// mix goes the part t (0–1) of the way from a to b, in OKLab.
func mix(a, b rgb, t float64) rgb {
	p, q := a.oklab(), b.oklab()
	return oklab{p.l + (q.l-p.l)*t, p.a + (q.a-p.a)*t, p.b + (q.b-p.b)*t}.rgb()
}

// atLightness keeps the hue and gives up chroma until the colour fits sRGB at lightness l.
func atLightness(c oklab, l float64) rgb {
	c.l = l
	for range 40 {
		if c.inGamut() {
			return c.rgb()
		}
		c.a *= 0.94
		c.b *= 0.94
	}
	return oklab{l: l}.rgb()
}

// reach gives the colour of c's hue nearest to c in lightness that has at least the wanted ratio on all grounds.
// It darkens on light grounds and lightens on dark ones; the first ground decides which.
func reach(c rgb, want float64, grounds ...rgb) rgb {
	if holds(c, want, grounds) {
		return c
	}
	lab := c.oklab()
	end := 0.0
	if grounds[0].luminance() < 0.18 {
		end = 1
	}
	lo, hi := 0.0, 1.0
	for range 14 {
		t := (lo + hi) / 2
		if holds(atLightness(lab, lab.l+(end-lab.l)*t), want, grounds) {
			hi = t
		} else {
			lo = t
		}
	}
	return atLightness(lab, lab.l+(end-lab.l)*hi)
}

func holds(c rgb, want float64, grounds []rgb) bool {
	for _, g := range grounds {
		if contrast(c, g) < want {
			return false
		}
	}
	return true
}

// textOn picks the colour of words on c: paper where it reads very well, else pure white, else pure black.
// White or black always reaches 4.58 on any colour, which #111 would not.
func textOn(c, paper rgb) rgb {
	if contrast(c, paper) >= 7 {
		return paper
	}
	if contrast(c, white) >= 4.5 {
		return white
	}
	return black
}
