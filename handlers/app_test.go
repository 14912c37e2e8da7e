package handlers

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/feed"
	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
	"onderweg/web"
)

// app is the program's HTTP side as it runs: the real server on a real port, on a database of its own.
type app struct {
	*testing.T
	store *store.Store
	live  *store.Live
	web   *web.Server
	url   string // of the database
	db    *sql.DB
	addr  string
	log   *logLines
	ahead atomic.Int64 // how far the clock is ahead, in nanoseconds

	kaap, tuimel, verene store.Merchant // under a prefix, under another, and on a host of its own
}

const (
	sharedHost = "track.example"
	ownHost    = "volg.verene.example"
	feedSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
)

// newApp starts it. tune may change what the server is made of.
func newApp(t *testing.T, tune ...func(*web.Config)) *app {
	t.Helper()
	dsn := storetest.URL(t)
	a := &app{T: t, url: dsn, store: storetest.Open(t, store.Config{URL: dsn}), log: &logLines{}, db: storetest.DB(t, dsn)}
	a.kaap = a.merchant(store.Merchant{Merchant: parcel.Merchant{Slug: "kaap-noord"}, Name: "Kaap Noord", Brand: dressed(brand.KaapNoord(), "nl", "en")})
	a.tuimel = a.merchant(store.Merchant{Merchant: parcel.Merchant{Slug: "tuimel"}, Name: "Tuimel", Brand: dressed(brand.Tuimel(), "nl")})
	a.verene = a.merchant(store.Merchant{Merchant: parcel.Merchant{Slug: "verene", Host: ownHost}, Name: "Maison Vérène", Brand: dressed(brand.MaisonVerene(), "en")})
	a.serve(a.store, tune...)
	return a
}

func dressed(theme brand.Theme, languages ...string) brand.Brand {
	return brand.Brand{Languages: languages, Informal: true, Items: true, Theme: theme, Shop: "https://shop.example", Contact: brand.Contact{Email: "help@shop.example"}}
}

func (a *app) merchant(m store.Merchant) store.Merchant {
	a.Helper()
	m.Country = "NL"
	m.Rules = parcel.Rules{Zone: "Europe/Amsterdam", CutoffHour: 17, MinDays: 1, MaxDays: 2, QuietDays: 3, ReadyDays: 7}
	m.Sender = store.Sender{Name: m.Name, Address: "hello@" + m.Slug + ".example"}
	saved, err := a.store.SaveMerchant(a.Context(), m)
	a.ok(err)
	return saved
}

// serve starts the server and what it needs beside it: the listener and the intake.
func (a *app) serve(s *store.Store, tune ...func(*web.Config)) {
	a.Helper()
	a.live = s.NewLive()
	cfg := web.Config{
		Store: s, Live: a.live, BaseURL: storetest.BaseURL, Keys: storetest.Keys(), Build: "test", Now: a.now, Sandbox: true,
		Log: slog.New(slog.NewJSONHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range tune {
		f(&cfg)
	}
	server, err := web.New(cfg)
	a.ok(err)
	a.ok(Routes(server))
	a.web = server

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	a.ok(err)
	a.addr = ln.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	intake := &feed.Intake{Store: a.store, Live: a.live, Log: slog.New(slog.DiscardHandler), Now: a.now}
	for _, run := range []func() error{
		func() error { return server.Serve(ctx, ln) },
		func() error { return a.live.Run(ctx) },
		func() error { return intake.Run(ctx) },
	} {
		running.Go(func() {
			if err := run(); err != nil {
				a.Errorf("serve: %v", err)
			}
		})
	}
	a.Cleanup(func() {
		stop()
		running.Wait()
	})
	a.until("the listener is connected", a.live.Connected)
}

func (a *app) now() time.Time { return time.Now().Add(time.Duration(a.ahead.Load())) }

func (a *app) ok(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// until waits for something that another goroutine brings about.
func (a *app) until(what string, done func() bool) {
	a.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(15 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			a.Fatalf("not in time: %s", what)
		}
	}
}

// answer is what came back.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

type with func(*http.Request)

func header(name, value string) with { return func(r *http.Request) { r.Header.Set(name, value) } }
func host(h string) with             { return func(r *http.Request) { r.Host = h } }
func cookie(value string) with       { return header("Cookie", value) }
func key(plain string) with          { return header("Authorization", "Bearer "+plain) }
func sameOrigin(r *http.Request)     { r.Header.Set("Sec-Fetch-Site", "same-origin") }

func body(kind, text string) with {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", kind)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
}
func asJSON(text string) with { return body("application/json", text) }
func form(pairs ...string) with {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return body("application/x-www-form-urlencoded", values.Encode())
}

var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
	Timeout:       20 * time.Second,
}

// ask sends one request to the shared host, unless told otherwise.
func (a *app) ask(method, path string, how ...with) answer {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), method, "http://"+a.addr+path, http.NoBody)
	a.ok(err)
	r.Host = sharedHost
	for _, f := range how {
		f(r)
	}
	resp, err := client.Do(r)
	a.ok(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	a.ok(err)
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func (a *app) get(path string, how ...with) answer { a.Helper(); return a.ask("GET", path, how...) }

// see is a page that must be there.
func (a *app) see(path string, how ...with) string {
	a.Helper()
	got := a.get(path, how...)
	if got.Status != http.StatusOK {
		a.Fatalf("GET %s: %d %s", path, got.Status, got.Body)
	}
	return got.Body
}

// post is a form sent from a page of ours.
func (a *app) post(path string, how ...with) answer {
	a.Helper()
	return a.ask("POST", path, append([]with{sameOrigin}, how...)...)
}

// order makes an order with one parcel of PostNL, and gives it with the token of its page.
func (a *app) order(m store.Merchant, number string) (o parcel.Order, token string) {
	a.Helper()
	saved, _, err := a.store.SaveOrder(a.Context(), parcel.Order{
		Merchant: m.ID, Number: number, PlacedAt: a.now().Add(-24 * time.Hour), Language: "en", Country: "NL", Currency: "EUR", Total: 6495,
		Lines: []parcel.Line{{Name: "Tent", Quantity: 1, Price: 6495}},
		Contact: parcel.Contact{
			Name: "Jip Canary", Email: "jip.canary@example.com", Phone: "+31201234567",
			Address: parcel.Address{Street: "Kanariestraat 7", PostalCode: "1234 XY", City: "Canaryville"},
		},
	}, []store.ParcelInput{{Carrier: "postnl", TrackingNumber: "3S" + strings.ReplaceAll(number, "-", ""), Contents: []parcel.Content{{Line: 0, Quantity: 1}}}}, a.now())
	a.ok(err)
	return saved, a.store.ViewToken(saved.ID, m.ID)
}

// feed connects a feed in our own format.
func (a *app) feed(m store.Merchant) store.Feed {
	a.Helper()
	f, err := a.store.SaveFeed(a.Context(), store.Feed{Merchant: m.ID, Slug: "standard", Kind: "standard", Secrets: []string{feedSecret}})
	a.ok(err)
	return f
}

// composed is a signed request that reports one scan of a parcel.
func (a *app) composed(id, number string, milestone parcel.Milestone, secret string) (text string, h http.Header) {
	a.Helper()
	adapter, _ := feed.ByKind("standard")
	at := a.now().Add(-time.Minute).UTC().Truncate(time.Second)
	raw, h, err := adapter.Compose(feed.Batch{
		Secret: secret, ID: id, Sent: a.now(), Carrier: "postnl", Number: number,
		Scans: []parcel.Scan{{
			Code: string(milestone), Milestone: milestone, Text: "reported",
			When: parcel.EventTime{Raw: at.Format(time.RFC3339), Local: at, UTC: at, ZoneKnown: true},
		}},
	})
	a.ok(err)
	return string(raw), h
}

func headers(h http.Header) with {
	return func(r *http.Request) {
		for name, values := range h {
			r.Header[name] = values
		}
	}
}

// scan has the carrier report where the order's parcel is, through the front door.
func (a *app) scan(m store.Merchant, order string, milestone parcel.Milestone) {
	a.Helper()
	a.scanNumber(m, "3S"+strings.ReplaceAll(order, "-", ""), milestone)
}

func (a *app) scanNumber(m store.Merchant, number string, milestone parcel.Milestone) {
	a.Helper()
	text, h := a.composed(fmt.Sprint("evt-", number, "-", milestone), number, milestone, feedSecret)
	got := a.ask("POST", "/feeds/"+m.Slug+"/standard", asJSON(text), headers(h))
	if got.Status != http.StatusAccepted {
		a.Fatalf("feed answers %d %s", got.Status, got.Body)
	}
}

// signIn makes a person with a role and gives their cookie.
func (a *app) signIn(email string, m store.Merchant, role string) string {
	a.Helper()
	p, err := a.store.SaveStaff(a.Context(), email, "", m.ID, role)
	a.ok(err)
	token, err := a.store.NewStaffLink(a.Context(), p.ID, time.Hour)
	a.ok(err)
	got := a.post("/admin/sign-in/" + token)
	if got.Status != http.StatusSeeOther {
		a.Fatalf("sign-in answers %d", got.Status)
	}
	value, _, _ := strings.Cut(got.Header.Get("Set-Cookie"), ";")
	return value
}

// apiKey makes a key with scopes.
func (a *app) apiKey(m store.Merchant, scopes ...string) (plain string, k store.APIKey) {
	a.Helper()
	plain, k, err := a.store.NewAPIKey(a.Context(), m.ID, "test", scopes, time.Time{})
	a.ok(err)
	return plain, k
}

// tables is a fingerprint of everything stored, but for the counters of limits and when something was last seen.
func (a *app) tables() map[string]string {
	a.Helper()
	rows, err := a.db.QueryContext(a.Context(), `select tablename from pg_tables where schemaname = 'public' and tablename <> 'counters'`)
	a.ok(err)
	var names []string
	for rows.Next() {
		var name string
		a.ok(rows.Scan(&name))
		names = append(names, name)
	}
	a.ok(rows.Err())
	prints := make(map[string]string, len(names))
	for _, name := range names {
		prints[name] = a.fingerprint(name)
	}
	return prints
}

func (a *app) fingerprint(table string) string {
	a.Helper()
	var n, sum int64
	a.ok(a.db.QueryRowContext(a.Context(), `select count(*), coalesce(bit_xor(hashtextextended((to_jsonb(t) - 'last_used_at' - 'seen_at')::text, 0)), 0) from `+table+` t`).Scan(&n, &sum))
	return fmt.Sprint(n, "/", sum)
}

// logLines is a log that many goroutines write to.
type logLines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
