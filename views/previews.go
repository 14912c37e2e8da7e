package views

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"onderweg/internal/brand"
)

// Preview is a page with example people and parcels in it: what staff look at, and what the tests render.
type Preview struct {
	Name string
	Make func(b brand.Brand, lang string, now time.Time) templ.Component
}

// Previews lists every page there is to look at.
func Previews() []Preview {
	var all []Preview
	for _, e := range examples() {
		all = append(all, Preview{e.name, func(b brand.Brand, lang string, now time.Time) templ.Component {
			t, _ := Example(e.name, b, now)
			p := L0(t, b, lang, now)
			p.Page = b.Path + "/preview/" + e.name
			return TrackingFull(p)
		}})
	}
	for _, f := range []struct {
		name   string
		status int
		link   bool
	}{
		{"link-unknown", http.StatusNotFound, true},
		{"link-expired", http.StatusGone, true},
		{"missing", http.StatusNotFound, false},
		{"refused", http.StatusForbidden, false},
		{"too-many", http.StatusTooManyRequests, false},
		{"input", http.StatusBadRequest, false},
		{"broken", http.StatusInternalServerError, false},
		{"busy", http.StatusServiceUnavailable, false},
	} {
		all = append(all, Preview{f.name, func(b brand.Brand, lang string, _ time.Time) templ.Component {
			return Failure(NewFailure(f.status, f.link, b, lang, "01j9zq4w"))
		}})
	}
	for _, done := range []bool{false, true} {
		name := map[bool]string{false: "unsubscribe", true: "unsubscribed"}[done]
		all = append(all, Preview{name, func(b brand.Brand, lang string, _ time.Time) templ.Component {
			return Unsubscribe(UnsubscribePage{Lang: lang, Brand: b, Action: b.Path + "/u/example", Done: done})
		}})
	}
	return append(all, Preview{"plain", func(b brand.Brand, lang string, _ time.Time) templ.Component {
		return FailurePlain(NewFailure(http.StatusNotFound, false, brand.Brand{Theme: brand.Plain()}, lang, ""))
	}})
}
