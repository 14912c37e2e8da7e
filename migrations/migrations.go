// Package migrations holds the history of the schema: numbered, forward-only SQL files, run by store.Migrate.
package migrations

import "embed"

// FS holds the *.sql files at its root.
//
//go:embed *.sql
var FS embed.FS
