package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"onderweg/internal/feed"
	"onderweg/internal/parcel"
	"onderweg/store"
)

// feedAdd creates a feed or changes its secrets. A secret comes from a file or from standard input, never from an
// argument, which neighbours can see; without one it is made here and printed once.
func feedAdd(ctx context.Context, c *call) error {
	merchant := c.flags.String("merchant", "", "`SLUG` of the shop (required)")
	kind := c.flags.String("kind", "", "`KIND` of source: "+strings.Join(feedKinds(), ", "))
	file := c.flags.String("secret-file", "", "`FILE` with the signing secret, - for standard input; without it one is made")
	rotate := c.flags.Bool("rotate", false, "keep the present secret valid beside the new one")
	c.about = "Prints the address to enter at the sender. With a new secret the old one ends at once unless --rotate."
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := requireMerchant(*merchant); err != nil {
		return err
	}
	if _, known := feed.ByKind(*kind); !known {
		return usageError("--kind is one of " + strings.Join(feedKinds(), ", "))
	}
	if !slugShape.MatchString(c.args[0]) {
		return usageError("SLUG is lower-case letters, digits and hyphens, 2 to 41 of them")
	}

	secret, made, err := feedSecret(*file)
	if err != nil {
		return err
	}
	s, cfg, closing, err := c.open(ctx, needWeb)
	if err != nil {
		return err
	}
	defer closing()
	m, err := shop(ctx, s, *merchant)
	if err != nil {
		return err
	}

	f, err := s.FeedBySlug(ctx, m.ID, c.args[0])
	if err != nil && !errors.Is(err, parcel.ErrNotFound) {
		return err
	}
	secrets := []string{secret}
	if *rotate && len(f.Secrets) > 0 {
		secrets = append(secrets, f.Secrets[0])
	}
	if f, err = s.SaveFeed(ctx, store.Feed{Merchant: m.ID, Slug: c.args[0], Kind: *kind, Secrets: secrets}); err != nil {
		return err
	}

	fmt.Fprintf(c.stdout, "address  %s/feeds/%s/%s\n", cfg.BaseURL, m.Slug, f.Slug)
	if made {
		fmt.Fprintf(c.stdout, "secret   %s\n", secret)
		fmt.Fprintln(c.stderr, "enter the secret at the sender now: it is not shown again")
	}

	return nil
}

func feedKinds() []string {
	var kinds []string
	for _, a := range feed.All() {
		kinds = append(kinds, a.Kind())
	}

	return kinds
}

// feedSecret reads the secret or makes one in the form of Standard Webhooks, which every sender takes.
func feedSecret(file string) (secret string, made bool, err error) {
	if file == "" {
		key := make([]byte, 32)
		rand.Read(key) //nolint:errcheck // it never fails

		return "whsec_" + base64.StdEncoding.EncodeToString(key), true, nil
	}

	in := os.Stdin
	if file != "-" {
		if in, err = os.Open(file); err != nil {
			return "", false, fmt.Errorf("--secret-file: %w", err)
		}
		defer in.Close()
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("--secret-file: %w", err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", false, usageError("--secret-file is empty")
	}

	return line, false, nil
}

func feedList(ctx context.Context, c *call) error {
	merchant := c.flags.String("merchant", "", "`SLUG` of the shop (required)")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if err := requireMerchant(*merchant); err != nil {
		return err
	}
	s, cfg, closing, err := c.open(ctx, needWeb)
	if err != nil {
		return err
	}
	defer closing()
	m, err := shop(ctx, s, *merchant)
	if err != nil {
		return err
	}

	feeds, err := s.Feeds(ctx, m.ID)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, f := range feeds {
		last := "never"
		if !f.LastEvent.IsZero() {
			last = f.LastEvent.UTC().Format("2006-01-02 15:04 UTC")
		}
		rows = append(rows, []string{f.Slug, f.Kind, last, fmt.Sprint(f.Refused), string(cfg.BaseURL) + "/feeds/" + m.Slug + "/" + f.Slug})
	}
	c.table("SLUG\tKIND\tLAST EVENT\tREFUSED\tADDRESS", rows)

	return nil
}
