package handlers

import (
	"maps"
	"net/http"
	"testing"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// The server is given a store in which nothing can be written at all; what the people need is made beside it.
func TestNoGETWritesAnything(t *testing.T) {
	a := newApp(t)
	p := newPeople(a)
	reader := storetest.Open(t, store.Config{URL: a.url + "&role=pg_read_all_data", ReadOnly: true})
	b := &app{T: t, url: a.url, store: a.store, log: &logLines{}, db: a.db, kaap: a.kaap, tuimel: a.tuimel, verene: a.verene}
	b.serve(reader)
	p.app = b

	before := b.tables()
	for _, rt := range b.web.Routes() {
		if rt.Method != http.MethodGet {
			continue
		}
		for _, persona := range []string{"own", "anonymous", "foreign", "expired"} {
			line := matrix["GET "+rt.Path]
			if rt.Needs.Signed || persona != "own" && rt.Path == "/admin/sign-in/:token" {
				continue
			}
			path, how := p.as(persona, rt, line)
			if rt.Path == "/admin/sign-in/:token" {
				before = b.tables() // the link was just made
			}
			method := http.MethodGet
			if rt.Path == "/t/:token/live" {
				method = http.MethodHead
			}
			got := b.ask(method, path, how...)
			if got.Status >= 500 {
				t.Errorf("%s %s: %d on a database that can only be read", persona, path, got.Status)
			}
			if persona == "own" && got.Status != line.want.own {
				t.Errorf("%s %s: %d, want %d", persona, path, got.Status, line.want.own)
			}
		}
	}
	page := b.stream("/kaap-noord/t/" + p.tokens[parcel.PurposeView]["own"] + "/live")
	page.next()
	if after := b.tables(); !maps.Equal(before, after) {
		t.Errorf("something was written:\n%v\n%v", before, after)
	}
}
