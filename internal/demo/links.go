package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"onderweg/internal/feed"
)

// LinksFile is the name of the file that holds them.
const LinksFile = "links.json"

// Links is what a visitor of the demo, or a script, needs to find its way. It is kept in LinksFile.
type Links struct {
	Base    string                       `json:"base"`    // where the server was reached
	States  map[string]string            `json:"states"`  // state → a page that shows it
	Pages   map[string]map[string]string `json:"pages"`   // shop → state → page
	Feeds   []FeedLink                   `json:"feeds"`   // where carriers post, and how they sign
	Keys    map[string]string            `json:"keys"`    // shop → API key
	APIKey  string                       `json:"api_key"` // the first shop's
	API     string                       `json:"api"`
	Mailbox string                       `json:"mailbox"`
	Admin   string                       `json:"admin"` // one-time sign-in link
}

// FeedLink is how one feed of one shop is posted to.
type FeedLink struct {
	Shop   string `json:"shop"`
	Kind   string `json:"kind"`
	URL    string `json:"url"`
	Header string `json:"header"` // that carries the signature
	Secret string `json:"secret"`
}

// links gives everything but the pages.
func (s *Stage) links() Links {
	l := Links{
		Base: s.BaseURL, States: map[string]string{}, Pages: map[string]map[string]string{}, Keys: map[string]string{},
		API: s.BaseURL + "/api/v1/orders", Mailbox: s.BaseURL + "/dev/mailbox",
	}
	header := map[string]string{"aftership": "Aftership-Hmac-Sha256", "easypost": "X-Hmac-Signature", "sendcloud": "Sendcloud-Signature", "standard": "Webhook-Signature"}

	for _, c := range s.companies {
		l.Pages[c.Slug] = map[string]string{}
		l.Keys[c.Slug] = c.key

		for _, a := range feed.All() {
			l.Feeds = append(l.Feeds, FeedLink{Shop: c.Slug, Kind: a.Kind(), URL: s.feedURL(c, a.Kind()), Header: header[a.Kind()], Secret: feedSecret(a.Kind(), c.Slug)})
		}
	}

	l.APIKey = l.Keys[s.companies[0].Slug]

	return l
}

// staff adds one member of staff who works for all three shops.
func (s *Stage) staff(ctx context.Context, l *Links) error {
	for _, c := range s.companies {
		person, err := s.Store.SaveStaff(ctx, "noor@example.com", "Noor Demo", c.ID, "owner")
		if err != nil {
			return fmt.Errorf("staff: %w", err)
		}

		token, err := s.Store.NewStaffLink(ctx, person.ID, 7*24*time.Hour)
		if err != nil {
			return fmt.Errorf("staff: %w", err)
		}

		l.Admin = s.BaseURL + "/admin/sign-in/" + token
	}

	return nil
}

// finish gives each state a page, turning through the shops.
func (l *Links) finish(order []string) {
	for i, p := range plots() {
		l.States[p.state] = l.Pages[order[i%len(order)]][p.state]
	}
}

// Save writes links.json into dir, for its owner only.
func (l Links) Save(dir string) error {
	body, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}

	return os.WriteFile(filepath.Join(dir, LinksFile), append(body, '\n'), 0o600)
}

// Load reads what an earlier run saved.
func Load(dir string) (Links, error) {
	var l Links

	body, err := os.ReadFile(filepath.Join(dir, LinksFile))
	if err != nil {
		return l, err
	}

	if err := json.Unmarshal(body, &l); err != nil {
		return l, fmt.Errorf("%s: %w; start over with --reset", LinksFile, err)
	}

	return l, nil
}

// Resume goes on with the data of an earlier run: its links at the address of today, its keys for the simulator, and a
// fresh sign-in link.
func (s *Stage) Resume(ctx context.Context, l *Links) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}

	var moved Links
	if err := json.Unmarshal(bytes.ReplaceAll(body, []byte(l.Base), []byte(s.BaseURL)), &moved); err != nil {
		return err
	}

	for i := range s.companies {
		s.companies[i].key = moved.Keys[s.companies[i].Slug]
	}

	*l = moved

	return s.staff(ctx, l)
}

// Print says where to look, one page a state.
func (l Links) Print(w io.Writer) {
	_, _ = fmt.Fprintln(w, "\nPages, one a state:")

	for _, p := range plots() {
		_, _ = fmt.Fprintf(w, "  %-20s %s\n", p.state, l.States[p.state])
	}

	_, _ = fmt.Fprintf(w, "\nMailbox      %s\nStaff        %s\nAPI          %s\nAPI key      %s\n\n", l.Mailbox, l.Admin, l.API, l.APIKey)
}
