package views

import (
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"onderweg/internal/brand"
)

// shape is one element of a drawing: a path when D is set, else a circle when R is set. Class says the role of its
// colour: a brand, c accent, s soft, w paper, v paper or accent, i ink, k line only.
type shape struct {
	D         string
	CX, CY, R string
	Class     string
	Move      string // transform attribute, "" for none
}

// pen draws in the hand of one brand: corner is the radius of its rectangles.
type pen struct {
	corner float64
	shapes []shape
}

func (p *pen) path(d, class string) { p.shapes = append(p.shapes, shape{D: d, Class: class}) }

func (p *pen) circle(x, y, r float64, class string) {
	p.shapes = append(p.shapes, shape{CX: num(x), CY: num(y), R: num(r), Class: class})
}

// rect is a rectangle with corners of the brand, times soft.
func (p *pen) rect(x, y, w, h, soft float64, class string) {
	r := min(p.corner*soft, w/2, h/2)
	if r == 0 {
		p.path("M"+num(x)+" "+num(y)+"h"+num(w)+"v"+num(h)+"h"+num(-w)+"Z", class)
		return
	}
	a := "a" + num(r) + " " + num(r) + " 0 0 1 "
	p.path("M"+num(x+r)+" "+num(y)+"h"+num(w-2*r)+a+num(r)+" "+num(r)+"v"+num(h-2*r)+a+num(-r)+" "+num(r)+
		"h"+num(2*r-w)+a+num(-r)+" "+num(-r)+"v"+num(2*r-h)+a+num(r)+" "+num(-r)+"Z", class)
}

// box is a parcel of side s with its tape.
func (p *pen) box(x, y, s float64, class string) {
	p.rect(x, y, s, s, 1, class)
	p.path("M"+num(x+s*0.4)+" "+num(y)+"h"+num(s*0.2)+"v"+num(s*0.42)+"h"+num(-s*0.2)+"Z", "w")
}

func (p *pen) wheel(x float64) {
	p.circle(x, -7, 7, "i")
	p.circle(x, -7, 2.5, "w")
}

// illustration draws one state, about 72 wide, with the ground at y = 0, upwards. One geometry gives every brand its
// own hand by corner, line and colour.
func illustration(kind string, corner float64) []shape {
	p := &pen{corner: corner}
	draw, ok := drawings[kind]
	if !ok {
		draw = drawings["box"]
	}
	draw(p)
	return p.shapes
}

var drawings = map[string]func(*pen){
	"way": func(p *pen) {
		p.rect(-34, -44, 42, 36, 1, "a")
		p.path("M8 -32h14l10 12v12H8Z", "c")
		p.path("M13 -27h7l6 8H13Z", "w")
		p.box(-25, -36, 20, "s")
		p.wheel(-20)
		p.wheel(19)
	},
	"out": func(p *pen) {
		p.rect(-32, -42, 62, 34, 2, "a")
		p.path("M12 -36h9l7 13H12Z", "w")
		p.rect(-24, -34, 14, 18, 1, "s")
		p.rect(-5, -34, 12, 26, 1, "c")
		p.wheel(-19)
		p.wheel(18)
	},
	"late": func(p *pen) {
		p.box(-28, -36, 36, "a")
		p.circle(14, -32, 17, "v")
		p.path("M14 -42v10l7 5", "k")
	},
	"pickup": func(p *pen) {
		p.rect(-30, -40, 60, 40, 1, "s")
		p.rect(-23, -24, 24, 15, 1, "w")
		p.rect(8, -26, 14, 26, 1, "a")
		p.path("M-34 -54h68v14h-68Z", "c")
		p.path("M-17 -54v14M0 -54v14M17 -54v14", "k")
		p.box(-17, -21, 12, "a")
	},
	"failed": func(p *pen) {
		p.rect(-22, -60, 44, 60, 1, "a")
		p.rect(-15, -52, 30, 18, 1, "s")
		p.circle(14.5, -26, 3.5, "c")
		p.path("M-13 -30h18v20h-18Z", "w")
		p.path("M-9 -24h10M-9 -19h10M-9 -14h6", "k t")
	},
	"delivered": func(p *pen) {
		p.path("M-24 -30h48v30h-48Z", "a")
		p.path("M-24 -30l-10 -9h22l12 9Z", "s")
		p.path("M24 -30l10 -9H12L0 -30Z", "s")
		p.path("M-4 -30h8v14h-8Z", "w")
		p.circle(0, -45, 7, "c")
	},
	"box": func(p *pen) { p.box(-19, -38, 38, "a") },
	"two": func(p *pen) {
		p.box(-30, -34, 34, "a")
		p.box(8, -24, 24, "c")
	},
	"back": func(p *pen) {
		p.box(-26, -36, 36, "a")
		p.path("M16 -12h10a9 9 0 0 0 0 -22H14M21 -42l-8 8 8 8", "k")
	},
	// A slip of paper that becomes a parcel: the order is in.
	"ordered": func(p *pen) {
		p.rect(-16, -46, 32, 46, 0.6, "w")
		p.path("M-9 -37H9M-9 -30H9M-9 -23H2", "k t")
		p.circle(12, -10, 9, "c")
		p.path("M7.5 -10l3 3.500 6 -6.500", "k t")
	},
	// A hall with a belt and a parcel on it.
	"hub": func(p *pen) {
		p.path("M-36 -34L0 -52L36 -34V0H-36Z", "s")
		p.rect(-26, -30, 52, 30, 0.6, "w")
		p.box(-17, -26, 18, "a")
		p.box(6, -20, 12, "c")
		p.path("M-26 -7H26", "k")
		p.circle(-16, -3, 2.5, "i")
		p.circle(0, -3, 2.5, "i")
		p.circle(16, -3, 2.5, "i")
	},
	// A barrier before a parcel.
	"customs": func(p *pen) {
		p.box(-32, -30, 30, "a")
		p.rect(12, -40, 14, 40, 0.6, "s")
		p.path("M16 -33h6v7h-6Z", "w")
		p.path("M-36 -44H30v7H-36Z", "c")
		p.path("M-24 -44v7M-8 -44v7M8 -44v7", "k t")
		p.circle(19, -40.5, 6, "i")
	},
	// A hand of time over a quiet parcel: nothing was seen.
	"stalled": func(p *pen) {
		p.box(-30, -34, 34, "a")
		p.path("M14 -12h.1M22 -12h.1M30 -12h.1", "k d")
	},
	// A shield-like stop on the parcel.
	"held": func(p *pen) {
		p.box(-28, -36, 36, "a")
		p.circle(14, -34, 16, "v")
		p.path("M14 -42v10M14 -26.500v.1", "k")
	},
	// A parcel with a dent and a plaster.
	"problem": func(p *pen) {
		p.path("M-24 -40H8L12 -30L20 -32V0H-24Z", "a")
		p.path("M-7 -40h8v16h-8Z", "w")
		p.path("M4 -20l16 -9 4 7 -16 9Z", "c")
	},
	// A magnifying glass over the place where the parcel was.
	"lost": func(p *pen) {
		p.path("M-30 0V-32H6V0Z", "g")
		p.circle(12, -34, 15, "v")
		p.circle(12, -34, 15, "k")
		p.path("M23 -23L34 -10", "k b")
		p.path("M8 -38a4 4 0 1 1 5.500 4c-1.300 .6 -1.500 1.500 -1.500 2.500M12 -26.800v.1", "k t")
	},
	// An empty open box.
	"empty": func(p *pen) {
		p.path("M-24 -28h48v28h-48Z", "a")
		p.path("M-24 -28l-10 -10h22l12 10Z", "s")
		p.path("M24 -28l10 -10H12L0 -28Z", "s")
		p.path("M0 -46v-8M-16 -45l-5 -6M16 -45l5 -6", "k t")
	},
	// A signpost whose arrow has gone: this link leads nowhere any more.
	"expired": func(p *pen) {
		p.path("M-3 -58h6V0h-6Z", "i")
		p.path("M-28 -54H18l10 9 -10 9H-28Z", "c")
		p.path("M-18 -48L-6 -42M-6 -48L-18 -42", "k t")
		p.path("M28 -32H-16l-10 8 10 8H28Z", "g")
		p.path("M-14 0h28", "k")
	},
	// A mast without waves.
	"offline": func(p *pen) {
		p.path("M-12 0L0 -40L12 0Z", "s")
		p.path("M-7 -15H7M-10 -7H10", "k t")
		p.circle(0, -43, 5, "c")
		p.path("M-15 -54a18 18 0 0 0 0 22M15 -54a18 18 0 0 1 0 22", "k g")
		p.path("M-24 -62L24 -6", "k")
	},
}

// scenery is the road with its five marks, in the hand of a brand.
type scenery struct {
	Class        string // "ridge", "hills" or "line"
	Land, Sun    bool
	Party        []spark
	PartyClass   string
	Togo, Past   string
	Tail         string
	Dots         []shape
	Illustration []shape
	Move         string
	HereX, HereY string
	Here         bool
}

// spark is one piece of a celebration. Delay names a class: eight steps of the same little wave.
type spark struct {
	Class, D, Move string
}

// marks are where the five steps stand on a road 360 wide.
var marks = [5]float64{36, 108, 180, 252, 324}

var heights = map[string][5]float64{
	"ridge": {98, 88, 94, 76, 66},
	"hills": {96, 84, 94, 82, 92},
	"line":  {92, 92, 92, 92, 92},
}

type sceneKey struct {
	road, party, kind string
	corner, at        int
	done              bool
}

// scenes keeps what was drawn: at most a few hundred small values, for the life of the process.
var scenes sync.Map

// scene draws the road of a theme with a state's drawing at one of the five marks. done is the arrived parcel: the
// whole road is behind it, and its brand celebrates.
func scene(t brand.Theme, kind string, at int, done bool) templ.Component {
	key := sceneKey{t.Road, t.Party, kind, corner(t), at, done}
	if s, ok := scenes.Load(key); ok {
		return s.(templ.Component)
	}
	s, _ := scenes.LoadOrStore(key, drawOnce(sceneOf(drawScene(key))))
	return s.(templ.Component)
}

// corner is how round a brand draws: nothing below 4 px, at most 6.
func corner(t brand.Theme) int {
	if t.Radius < 4 {
		return 0
	}
	return min(6, t.Radius/3+1)
}

func drawScene(k sceneKey) *scenery {
	ys, ok := heights[k.road]
	if !ok {
		k.road, ys = "line", heights["line"]
	}
	x, y := marks[k.at], ys[k.at]
	lift := 10.0
	if k.road == "line" {
		lift = 6
	}
	s := &scenery{
		Class: "scene " + k.road, Land: k.road == "hills", Sun: k.road == "hills",
		Togo: stretch(k.road, ys, k.at, 4), Past: approach(k.road, ys[0]) + strings.TrimPrefix(stretch(k.road, ys, 0, k.at), "M"+num(marks[0])+" "+num(ys[0])),
		Illustration: illustration(k.kind, float64(k.corner)), Move: "translate(" + num(x) + " " + num(y-lift) + ")",
		Here: !k.done, HereX: num(x), HereY: num(y),
	}
	for i := range marks {
		if i == k.at && !k.done {
			continue
		}
		class, r := "off", 4.5
		if i <= k.at {
			class, r = "on", 5
		}
		s.Dots = append(s.Dots, shape{CX: num(marks[i]), CY: num(ys[i]), R: num(r), Class: class})
	}
	if k.done {
		s.Tail = "M324 " + num(ys[4]) + "H1200"
		s.Party, s.PartyClass = celebrate(k.party)
	}
	return s
}

// approach comes in from far off the left edge: the road runs off both sides of the phone.
func approach(road string, y float64) string {
	h := num(y)
	if road == "hills" {
		return "M-900 " + h + "H0C12 " + h + " 24 " + h + " 36 " + h
	}
	return "M-900 " + h + "H36"
}

// stretch is the road from mark a to mark z.
func stretch(road string, ys [5]float64, a, z int) string {
	var b strings.Builder
	b.WriteString("M" + num(marks[a]) + " " + num(ys[a]))
	for i := a; i < z; i++ {
		x0, y0, x1, y1 := marks[i], ys[i], marks[i+1], ys[i+1]
		switch road {
		case "hills":
			b.WriteString("C" + num(x0+36) + " " + num(y0) + " " + num(x1-36) + " " + num(y1) + " " + num(x1) + " " + num(y1))
		case "ridge":
			b.WriteString("L" + num(x0+30) + " " + num(y0+(y1-y0)*0.2) + " " + num(x0+46) + " " + num(y0+(y1-y0)*0.85) + " " + num(x1) + " " + num(y1))
		default:
			b.WriteString("H" + num(x1))
		}
	}
	return b.String()
}

// celebrate is the delivered moment: rings of a summit, a tumble of blocks, petals.
func celebrate(party string) (sparks []spark, class string) {
	switch party {
	case "blocks":
		return scatter(44, 74, []string{"M0-8a8 8 0 1 0 .1 0Z", "M-7-7H7V7H-7Z", "M0-9l9 16H-9Z", "M-9 4a9 9 0 0 1 18 0"}, false), "party"
	case "petals":
		return scatter(16, 80, []string{"M0-7C6-3 6 4 0 8-6 4-6-3 0-7Z"}, true), "party"
	}
	return rings(), "party rings"
}

// rings are five uneven ellipses round the last mark, fainter outwards.
func rings() []spark {
	var out []spark
	for ring := range 5 {
		l := float64(ring)
		var xs, ys [12]float64
		for j := range xs {
			a := float64(j) * math.Pi / 6
			q := (17 + l*14) * (1 + 0.13*math.Sin(2*a+1+l*0.12) + 0.07*math.Cos(3*a-l*0.1))
			xs[j], ys[j] = math.Round(324+q*1.25*math.Cos(a)), math.Round(66+q*0.54*math.Sin(a))
		}
		d := "M" + num((xs[11]+xs[0])/2) + " " + num((ys[11]+ys[0])/2)
		for j := range xs {
			n := (j + 1) % 12
			d += "Q" + num(xs[j]) + " " + num(ys[j]) + " " + num((xs[j]+xs[n])/2) + " " + num((ys[j]+ys[n])/2)
		}
		out = append(out, spark{Class: "o" + strconv.Itoa(ring) + " d" + strconv.Itoa(ring*2), D: d + "Z"})
	}
	return out
}

// scatter throws n pieces over the road's band, along a golden-angle fan from the box; low is the lowest y.
func scatter(n int, low float64, pieces []string, falling bool) []spark {
	var out []spark
	for i := range n {
		f := float64(i)
		a := math.Pi * (0.86 + 0.6*math.Mod(f*0.618, 1))
		q := 46 + 250*math.Sqrt((f+0.5)/float64(n))*(0.55+0.45*math.Abs(math.Cos(a)))
		x, y := math.Round(324+q*math.Cos(a)), math.Round(104+q*0.5*math.Sin(a))
		if x > 352 || y < 4 || y > low {
			continue
		}
		turn := (i * 53) % 360
		if falling {
			turn = (i*37)%90 - 45
		}
		out = append(out, spark{
			Class: "p" + strconv.Itoa(i%4) + " d" + strconv.Itoa(i%10),
			D:     pieces[i%len(pieces)],
			Move: "translate(" + num(x) + " " + num(y) + ")rotate(" + strconv.Itoa(turn) + ")scale(" +
				strconv.FormatFloat(0.6+float64(i*7%5)/8, 'f', 2, 64) + ")",
		})
	}
	return out
}

// num writes a coordinate with one decimal at most.
func num(f float64) string {
	return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64)
}

// product is a drawing that a shop may name for an article; the empty name is a parcel.
func product(name string) (drawing []shape, known bool) {
	p := &pen{}
	switch name {
	case "jacket":
		p.path("M20 8h16l12 9-5 9-4-2v24H17V24l-4 2-5-9Z", "a")
		p.path("M22 8l6 8 6-8Z", "w")
		p.path("M28 16v32", "k")
	case "flask":
		p.path("M20 18h16v30H20Z", "c")
		p.path("M22 8h12v10H22Z", "a")
		p.path("M20 28h16v6H20Z", "s")
	case "blocks":
		p.path("M8 30h18v18H8Z", "a")
		p.path("M30 30h18v18H30Z", "c")
		p.path("M28 8l11 19H17Z", "s")
	case "top":
		p.path("M8 22h40L28 48Z", "c")
		p.path("M8 16h40v8H8Z", "a")
		p.path("M26 6h4v10h-4Z", "i")
	case "scent":
		p.path("M15 22h26v26H15Z", "w")
		p.path("M15 32h26v16H15Z", "c")
		p.path("M22 8h12v9H22Z", "a")
		p.path("M25 17h6v5h-6Z", "w")
	case "candle":
		p.path("M16 22h24v26H16Z", "w")
		p.path("M16 32h24v8H16Z", "c")
		p.path("M28 22v-6", "k")
		p.path("M28 6c4 5 3 9 0 10-3-1-4-5 0-10Z", "a")
	default:
		p.path("M12 18h32v28H12Z", "a")
		p.path("M24 18h8v12h-8Z", "w")
		return p.shapes, name == ""
	}
	return p.shapes, true
}
