package main

import (
	"context"
	"fmt"

	"onderweg/store"
)

// migrate brings the schema to the newest version. Several may run at once: one works, the others wait for it.
func migrate(ctx context.Context, c *call) error {
	c.about = "serve does the same at its start unless --migrate=off."
	if err := c.parse(0, 0); err != nil {
		return err
	}
	cfg, err := c.config(needDatabase)
	if err != nil {
		return err
	}

	db, err := cfg.startDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.stop()
	if err := store.Migrate(ctx, cfg.migrateURL()); err != nil {
		return cfg.plain(err)
	}
	fmt.Fprintln(c.stdout, "the schema is at the newest version")

	return nil
}
