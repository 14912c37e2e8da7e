package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// linkLife is how long a sign-in link of the command line may wait to be used.
const linkLife = 24 * time.Hour

// userAdd creates a person or changes their role, and prints a sign-in link: nobody ever has a default password.
func userAdd(ctx context.Context, c *call) error {
	merchant := c.flags.String("merchant", "", "`SLUG` of the shop (required)")
	role := c.flags.String("role", "owner", "owner, editor, support or viewer; none takes the `ROLE` away")
	name := c.flags.String("name", "", "`NAME` colleagues see")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := requireMerchant(*merchant); err != nil {
		return err
	}
	if !slices.Contains([]string{"owner", "editor", "support", "viewer", "none"}, *role) {
		return usageError("--role is owner, editor, support, viewer or none")
	}
	if _, err := emailOf(c.args[0]); err != nil {
		return usageError(c.args[0] + " " + err.Error())
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

	if *role == "none" {
		_, err := s.SaveStaff(ctx, c.args[0], *name, m.ID, "")

		return err
	}
	person, err := s.SaveStaff(ctx, c.args[0], *name, m.ID, *role)
	if err != nil {
		return err
	}

	return c.printLink(ctx, s, cfg, person)
}

// printLink makes a one-time link and prints it with how long it waits.
func (c *call) printLink(ctx context.Context, s *store.Store, cfg Config, person store.Staff) error {
	token, err := s.NewStaffLink(ctx, person.ID, linkLife)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s/admin/sign-in/%s\n", cfg.BaseURL, token)
	fmt.Fprintf(c.stderr, "sign-in link for %s: works once, within %d hours\n", person.Email, int(linkLife.Hours()))

	return nil
}

func userLink(ctx context.Context, c *call) error {
	if err := c.parse(1, 1); err != nil {
		return err
	}
	s, cfg, closing, err := c.open(ctx, needWeb)
	if err != nil {
		return err
	}
	defer closing()

	all, err := s.AllStaff(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p store.Staff) bool { return strings.EqualFold(p.Email, c.args[0]) })
	if i < 0 {
		return fmt.Errorf("%s: %w (see `onderweg user list`)", c.args[0], parcel.ErrNotFound)
	}

	return c.printLink(ctx, s, cfg, all[i])
}

func userList(ctx context.Context, c *call) error {
	if err := c.parse(0, 0); err != nil {
		return err
	}
	s, _, closing, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closing()

	all, err := s.AllStaff(ctx)
	if err != nil {
		return err
	}
	shops, err := s.Merchants(ctx)
	if err != nil {
		return err
	}
	slugs := map[parcel.MerchantID]string{}
	for _, m := range shops {
		slugs[m.ID] = m.Slug
	}

	var rows [][]string
	for _, p := range all {
		var roles []string
		for _, id := range slices.Sorted(maps.Keys(p.Roles)) {
			roles = append(roles, slugs[id]+":"+p.Roles[id])
		}
		rows = append(rows, []string{p.Email, p.Name, strings.Join(roles, " ")})
	}
	c.table("EMAIL\tNAME\tROLES", rows)

	return nil
}

func userDisable(ctx context.Context, c *call) error {
	if err := c.parse(1, 1); err != nil {
		return err
	}
	s, _, closing, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closing()

	if err := s.DisableStaff(ctx, c.args[0]); err != nil {
		return fmt.Errorf("%s: %w", c.args[0], err)
	}
	fmt.Fprintf(c.stdout, "%s is locked out and signed out everywhere\n", c.args[0])

	return nil
}
