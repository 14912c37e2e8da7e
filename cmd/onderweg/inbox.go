package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"onderweg/store"
)

// inboxStates are the states a row can be looked up by; the odd ones, which need a person, come first.
var inboxStates = []string{"quarantined", "waiting", "pending", "ignored", "done"}

// inboxFlags are what all commands of the inbox have.
type inboxFlags struct {
	merchant *string
	state    *string
}

func (c *call) inboxFlags() inboxFlags {
	return inboxFlags{
		merchant: c.flags.String("merchant", "", "`SLUG` of the shop (required)"),
		state:    c.flags.String("state", "quarantined", "`STATE`: quarantined, waiting, pending, ignored or done"),
	}
}

// inbox opens the store and finds the shop of an inbox command.
func (c *call) inbox(ctx context.Context, f inboxFlags) (*store.Store, store.Merchant, func(), error) {
	if err := requireMerchant(*f.merchant); err != nil {
		return nil, store.Merchant{}, nil, err
	}
	if !slices.Contains(inboxStates, *f.state) {
		return nil, store.Merchant{}, nil, usageError("--state is quarantined, waiting, pending, ignored or done")
	}

	s, _, closing, err := c.open(ctx)
	if err != nil {
		return nil, store.Merchant{}, nil, err
	}
	m, err := shop(ctx, s, *f.merchant)
	if err != nil {
		closing()

		return nil, m, nil, err
	}

	return s, m, closing, nil
}

func inboxList(ctx context.Context, c *call) error {
	f := c.inboxFlags()
	limit := c.flags.Int("limit", 50, "most `ROWS` to list")
	c.about = "Quarantined rows are authentic but could not be understood; waiting ones name a parcel that is not there yet."
	if err := c.parse(0, 0); err != nil {
		return err
	}
	s, m, closing, err := c.inbox(ctx, f)
	if err != nil {
		return err
	}
	defer closing()

	found, err := s.InboxRows(ctx, m.ID, *f.state, *limit)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, r := range found {
		rows = append(rows, []string{r.ID, r.ReceivedAt.UTC().Format(time.RFC3339), r.Feed.Slug, r.Feed.Kind, fmt.Sprint(r.Attempts), r.Reason})
	}
	c.table("ID\tRECEIVED\tFEED\tKIND\tTRIES\tREASON", rows)

	return nil
}

// inboxShow prints one row whole. Its body is what a carrier sent and may hold personal data: it goes to stdout only.
func inboxShow(ctx context.Context, c *call) error {
	f := c.inboxFlags()
	c.about = "Looks in every state. The body may hold personal data."
	if err := c.parse(1, 1); err != nil {
		return err
	}
	s, m, closing, err := c.inbox(ctx, f)
	if err != nil {
		return err
	}
	defer closing()

	row, err := s.InboxRow(ctx, m.ID, c.args[0])
	if err != nil {
		return fmt.Errorf("%s: %w", c.args[0], err)
	}
	for _, line := range [][2]string{
		{"id", row.ID},
		{"feed", row.Feed.Slug + " (" + row.Feed.Kind + ")"},
		{"state", row.State},
		{"reason", row.Reason},
		{"received", row.ReceivedAt.UTC().Format(time.RFC3339)},
		{"tries", fmt.Sprint(row.Attempts)},
	} {
		fmt.Fprintf(c.stdout, "%-9s %s\n", line[0], line[1])
	}
	for _, name := range slices.Sorted(maps.Keys(row.Headers)) {
		fmt.Fprintf(c.stdout, "%-9s %s: %s\n", "header", name, row.Headers[name])
	}
	fmt.Fprintf(c.stdout, "\n%s\n", readable(row.Body))

	return nil
}

// readable indents JSON and quotes what a terminal could take for a command.
func readable(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) == nil {
		if pretty, err := json.MarshalIndent(v, "", "  "); err == nil {
			return string(pretty)
		}
	}

	return fmt.Sprintf("%q", body)
}

func inboxReplay(ctx context.Context, c *call) error {
	f := c.inboxFlags()
	all := c.flags.Bool("all", false, "replay every row in that state")
	c.about = "The intake takes the rows again: after a fix of a status map, or when a shop's orders came late."
	if err := c.parse(0, -1); err != nil {
		return err
	}
	if *all == (len(c.args) > 0) {
		return usageError("name the rows to replay, or --all of a state")
	}
	s, m, closing, err := c.inbox(ctx, f)
	if err != nil {
		return err
	}
	defer closing()

	var ids []string
	for _, id := range c.args {
		if uuid.Validate(id) != nil {
			return usageError(id + " is no id of a row: see `onderweg inbox list`")
		}
		ids = append(ids, id)
	}
	n, err := s.ReplayInbox(ctx, m.ID, *f.state, ids)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%d rows will be taken again\n", n)

	return nil
}
