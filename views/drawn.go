package views

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

// drawn is the markup of a component that never changes, rendered once: roads, thumbnails, icons. templ spends two
// allocations on every expression, and a road has fifty.
type drawn string

// Render writes what was drawn.
func (d drawn) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(d))
	return err
}

// drawOnce renders a component that takes nothing from the context.
func drawOnce(c templ.Component) templ.Component {
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		// Only a writer can fail, and a builder does not.
		panic("views: " + err.Error())
	}
	return drawn(b.String())
}

// icons and thumbs keep what was drawn by its name, from lists of our own.
var icons, thumbs sync.Map

// Icon is one stroke drawing of the sprite, beside words that say the same.
func Icon(name string) templ.Component {
	if c, ok := icons.Load(name); ok {
		return c.(templ.Component)
	}
	c := drawOnce(iconOf(name))
	icons.Store(name, c)
	return c
}

// thumb is the drawing of a product, a parcel for a name that is not in the list.
func thumb(name string) templ.Component {
	if c, ok := thumbs.Load(name); ok {
		return c.(templ.Component)
	}
	shapes, known := product(name)
	if !known && name != "" {
		return thumb("")
	}
	c := drawOnce(thumbOf(shapes))
	thumbs.Store(name, c)
	return c
}

// rows is the timeline as a list. It is written by hand: it is the part of the page that grows. Every value goes
// through templ.EscapeString.
func rows(list []LogRow) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		t := tape{w: w}
		t.put(`<ol class="log">`)
		for i := range list {
			t.row(&list[i])
		}
		t.put(`</ol>`)
		return t.err
	})
}

// tape writes markup and keeps the first error.
type tape struct {
	w   io.Writer
	err error
}

// put writes markup of our own: constants only.
func (t *tape) put(markup string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.w, markup)
	}
}

// say writes a value as text or as a quoted attribute.
func (t *tape) say(value string) { t.put(templ.EscapeString(value)) }

// part writes a value between two pieces of markup, and nothing when there is none.
func (t *tape) part(before, value, after string) {
	if value == "" {
		return
	}
	t.put(before)
	t.say(value)
	t.put(after)
}

func (t *tape) row(r *LogRow) {
	t.put(`<li id="`)
	t.say(r.Key)
	t.put(`"`)
	if r.New {
		t.put(` class="new"`)
	}
	t.put(`>`)
	t.part(`<p class="day">`, r.Day, `</p>`)
	t.put(`<time class="num" datetime="`)
	t.say(r.Datetime)
	t.put(`">`)
	t.say(r.Time)
	t.part(`<small>`, r.Zone, `</small>`)
	t.put(`</time><div><p>`)
	t.say(r.Text)
	t.put(`</p>`)
	t.part(`<small>`, r.Place, `</small>`)
	if r.Raw != "" {
		t.part(`<small class="raw" lang="`, r.RawLang, `">`)
		t.say(r.Raw)
		t.put(`</small>`)
	}
	t.put(`</div></li>`)
}
