package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// keyScopes are what a key may be allowed.
var keyScopes = []string{"orders:read", "orders:write"}

func keyAdd(ctx context.Context, c *call) error {
	merchant := c.flags.String("merchant", "", "`SLUG` of the shop (required)")
	name := c.flags.String("name", "", "`NAME` that says who uses it (required)")
	scopes := c.flags.String("scopes", strings.Join(keyScopes, ","), "`LIST` of what it may do")
	days := c.flags.Int("days", 0, "`DAYS` until it ends; 0 for never")
	c.about = "The key is printed once and never again: only its hash is kept."
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if err := requireMerchant(*merchant); err != nil {
		return err
	}
	if *name == "" || *days < 0 {
		return usageError("--name says who uses the key; --days is 0 or more")
	}
	wanted := strings.Split(*scopes, ",")
	for _, scope := range wanted {
		if !slices.Contains(keyScopes, scope) {
			return usageError("--scopes knows " + strings.Join(keyScopes, ", "))
		}
	}

	s, _, closing, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closing()
	m, err := shop(ctx, s, *merchant)
	if err != nil {
		return err
	}

	var expires time.Time
	if *days > 0 {
		expires = time.Now().AddDate(0, 0, *days)
	}
	plain, key, err := s.NewAPIKey(ctx, m.ID, *name, wanted, expires)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, plain)
	fmt.Fprintf(c.stderr, "key %s of %s: keep it now, it is not shown again\n", key.ID, m.Slug)

	return nil
}

func keyList(ctx context.Context, c *call) error {
	merchant := c.flags.String("merchant", "", "`SLUG` of the shop (required)")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if err := requireMerchant(*merchant); err != nil {
		return err
	}
	s, _, closing, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closing()
	m, err := shop(ctx, s, *merchant)
	if err != nil {
		return err
	}

	keys, err := s.APIKeys(ctx, m.ID)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, k := range keys {
		state := "live"
		if !k.Revoked.IsZero() {
			state = "revoked"
		} else if !k.Expires.IsZero() && k.Expires.Before(time.Now()) {
			state = "expired"
		}
		rows = append(rows, []string{k.ID, k.Prefix + "…", k.Name, strings.Join(k.Scopes, ","), state, day(k.Created), day(k.Expires), day(k.LastUsed)})
	}
	c.table("ID\tKEY\tNAME\tSCOPES\tSTATE\tMADE\tENDS\tLAST USED", rows)

	return nil
}

func keyRevoke(ctx context.Context, c *call) error {
	merchant := c.flags.String("merchant", "", "`SLUG` of the shop (required)")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := requireMerchant(*merchant); err != nil {
		return err
	}
	s, _, closing, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closing()
	m, err := shop(ctx, s, *merchant)
	if err != nil {
		return err
	}

	if err := s.RevokeAPIKey(ctx, m.ID, c.args[0]); err != nil {
		return fmt.Errorf("%s: %w", c.args[0], err)
	}
	fmt.Fprintln(c.stdout, "the key is ended")

	return nil
}

// day prints a moment's day, "-" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}

	return t.UTC().Format(time.DateOnly)
}
