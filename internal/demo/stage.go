package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"onderweg/internal/feed"
	"onderweg/internal/parcel"
	"onderweg/store"
)

// Stage is a running demo: the shops in a store and a server that listens at BaseURL.
type Stage struct {
	Store   *store.Store
	BaseURL string // where the server is reached, without a final slash
	Client  *http.Client
	Log     *slog.Logger
	Now     func() time.Time

	companies []company
}

// company is a shop as it stands in the store, with what the simulator needs to speak for its carriers.
type company struct {
	shop
	feeds map[string]store.Feed // by kind
	key   string                // API key, plain; "" when it was made in an earlier run
}

// secrets of the demo's feeds are fixed, so that examples can be copied from the README; no real feed may use them.
func feedSecret(kind, slug string) string {
	if kind == "standard" {
		return "whsec_b25kZXJ3ZWctZGVtby1zZWNyZXQtbmV2ZXItdXNlLWl0"
	}

	return "demo-secret-of-" + slug
}

// Raise puts the three shops, their feeds and logos into the store. It may run again on the same data.
func (s *Stage) Raise(ctx context.Context) error {
	s.companies = nil

	for _, sh := range shops() {
		c, err := s.raise(ctx, sh)
		if err != nil {
			return fmt.Errorf("shop %s: %w", sh.Slug, err)
		}

		s.companies = append(s.companies, c)
	}

	return nil
}

func (s *Stage) raise(ctx context.Context, sh shop) (company, error) {
	saved, err := s.Store.SaveMerchant(ctx, sh.Merchant)
	if err != nil {
		return company{}, err
	}

	sh.Merchant.ID = saved.ID
	if err := s.dress(ctx, &sh); err != nil {
		return company{}, err
	}

	c := company{shop: sh, feeds: map[string]store.Feed{}}

	for _, a := range feed.All() {
		f, err := s.Store.SaveFeed(ctx, store.Feed{Merchant: saved.ID, Slug: a.Kind(), Kind: a.Kind(), Secrets: []string{feedSecret(a.Kind(), sh.Slug)}})
		if err != nil {
			return company{}, fmt.Errorf("feed %s: %w", a.Kind(), err)
		}

		f.Secrets = []string{feedSecret(a.Kind(), sh.Slug)}
		c.feeds[a.Kind()] = f
	}

	return c, nil
}

// dress stores the shop's logos and saves the brand with them.
func (s *Stage) dress(ctx context.Context, sh *shop) error {
	hash := map[string]string{}

	for _, theme := range []string{"light", "dark"} {
		body, err := sh.logoFile(theme)
		if err != nil {
			return err
		}

		if hash[theme], err = s.Store.SaveBrandFile(ctx, sh.ID, "image/png", body); err != nil {
			return err
		}

		if sh.Brand.Logo.Width, sh.Brand.Logo.Height, err = pngSize(body); err != nil {
			return err
		}
	}

	sh.Brand.Logo.Light, sh.Brand.Logo.Dark = hash["light"], hash["dark"]

	_, err := s.Store.SaveMerchant(ctx, sh.Merchant)

	return err
}

// keys makes an API key for each shop: once, since its plain text cannot be read again.
func (s *Stage) keys(ctx context.Context) error {
	for i := range s.companies {
		plain, _, err := s.Store.NewAPIKey(ctx, s.companies[i].ID, "demo", []string{"orders:read", "orders:write"}, time.Time{})
		if err != nil {
			return err
		}

		s.companies[i].key = plain
	}

	return nil
}

// Open fills an empty stage: about sixty orders in every state, their past told by the feeds, a key and a member of
// staff. The server must be listening.
func (s *Stage) Open(ctx context.Context) (Links, error) {
	if err := s.keys(ctx); err != nil {
		return Links{}, fmt.Errorf("api keys: %w", err)
	}

	links := s.links()
	n := int64(0)

	for _, c := range s.companies {
		for i, p := range plots() {
			n++

			link, err := s.act(ctx, c, p, i, n)
			if err != nil {
				return Links{}, fmt.Errorf("%s, %s: %w", c.Slug, p.state, err)
			}

			links.Pages[c.Slug][p.state] = link
		}
	}

	order := make([]string, 0, len(s.companies))
	for _, c := range s.companies {
		order = append(order, c.Slug)
	}

	links.finish(order)

	return links, s.staff(ctx, &links)
}

// act plays one plot and gives the link of its page.
func (s *Stage) act(ctx context.Context, c company, p plot, i int, n int64) (string, error) {
	now := s.Now()
	role := s.cast(c, i, n)

	order := role.order
	order.PlacedAt = now.Add(-time.Duration(p.made)*24*time.Hour - 40*time.Minute)

	fresh := time.Time{} // no confirmation for orders of the past
	if p.made == 0 {
		fresh = now
	}

	saved, _, err := s.Store.SaveOrder(ctx, order, role.parcels(p, now), fresh)
	if err != nil {
		return "", err
	}

	if err := s.tell(ctx, c, role, p, n); err != nil {
		return "", err
	}

	return s.page(c, saved.ID), nil
}

// kind is the feed that tells a plot. Sendcloud knows no day of delivery, and only our own format
// knows hours, pick-up points and why a parcel is late.
func (p plot) kind(n int64) string {
	switch {
	case p.hours || p.state == "ready_for_pickup" || p.state == "late":
		return "standard"
	case p.due != 0:
		return []string{"aftership", "easypost"}[n%2]
	default:
		return []string{"sendcloud", "standard", "aftership", "easypost"}[n%4]
	}
}

// tell posts the past of a plot, each scan at its time. Feeds that know no such code leave it to our own format.
func (s *Stage) tell(ctx context.Context, c company, r role, p plot, n int64) error {
	if len(p.beats) == 0 {
		return nil
	}

	kind := p.kind(n)
	now := s.Now()

	var due parcel.Window
	if p.due != 0 {
		due = inDays(now, r.zone, p.due)
	}

	for _, b := range p.beats {
		switch {
		case b.due > 0:
			due = inDays(now, r.zone, b.due)
		case p.hours && b.milestone == parcel.OutForDelivery:
			due = laterToday(now, r.zone)
		}

		scan := r.scan(b.milestone, b.when(now, r.zone), b.hub, b.reason, b.handover)
		if err := s.send(ctx, c, kind, r, []parcel.Scan{scan}, due); err != nil {
			return err
		}
	}

	return nil
}

// send signs one request in the feed's wire format and posts it to the server.
func (s *Stage) send(ctx context.Context, c company, kind string, r role, scans []parcel.Scan, due parcel.Window) error {
	batch := feed.Batch{
		Secret: feedSecret(kind, c.Slug), ID: fmt.Sprintf("demo-%s-%d", r.number, scans[len(scans)-1].When.UTC.Unix()), Sent: s.sent(kind, scans),
		Carrier: r.carrier, Number: r.number, OrderNumber: r.order.Number, Country: r.order.Country, Scans: scans, ETA: due,
	}

	body, header, err := compose(kind, batch)
	if err != nil {
		if kind == "standard" {
			return err
		}

		return s.send(ctx, c, "standard", r, scans, due)
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.feedURL(c, kind), strings.NewReader(string(body)))
	if err != nil {
		return err
	}

	req.Header = header

	answer, err := s.Client.Do(req)
	if err != nil {
		return fmt.Errorf("feed %s: %w", kind, err)
	}

	defer func() { _ = answer.Body.Close() }()

	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("feed %s answered %s", kind, answer.Status)
	}

	return nil
}

// sent is when the carrier sent its news: with the last scan. Our own format is refused when it was not just now.
func (s *Stage) sent(kind string, scans []parcel.Scan) time.Time {
	if kind == "standard" {
		return s.Now()
	}

	return scans[len(scans)-1].When.UTC.Add(time.Second)
}

var errNoFeed = errors.New("no such feed")

func compose(kind string, b feed.Batch) ([]byte, http.Header, error) {
	a, ok := feed.ByKind(kind)
	if !ok {
		return nil, nil, errNoFeed
	}

	return a.Compose(b)
}

func (s *Stage) feedURL(c company, kind string) string {
	return s.BaseURL + "/feeds/" + c.Slug + "/" + kind
}

func (s *Stage) page(c company, order parcel.OrderID) string {
	return s.BaseURL + "/" + c.Slug + "/t/" + s.Store.ViewToken(order, c.ID)
}
