// Package storetest gives every test a PostgreSQL database of its own, with the newest schema, in a few milliseconds. It
// is for tests only.
//
// Each test program runs one private server (see internal/postgres) that ends with it, even on kill -9. The server starts
// on a copy of a seed that is kept in the temporary folder: a cluster with one migrated template database.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
	"onderweg/internal/postgres"
	"onderweg/store"
)

// BaseURL is the shared host of test stores.
const BaseURL = "https://track.example"

// server is this program's one server: the only state of the package, because starting one costs a second.
var server struct {
	once   sync.Once
	one    *postgres.Server
	admin  *sql.DB
	err    error
	clones atomic.Int64
}

// New opens a store on a fresh database; both end with the test.
func New(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, store.Config{})
}

// Open is New with wishes: what cfg leaves empty is filled in (URL, Keys, BaseURL).
func Open(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	if cfg.URL == "" {
		cfg.URL = URL(t)
	}
	if cfg.Keys.Current == nil {
		cfg.Keys = Keys()
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = BaseURL
	}
	if cfg.MaxConns == 0 {
		cfg.MaxConns = 6
	}
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Pair opens a store and a second one on the same database in which nothing can be written, whatever its transactions
// ask for: it has a role that may only read. For proving that GET handlers only read.
func Pair(t testing.TB) (writer, reader *store.Store) {
	t.Helper()
	url := URL(t)
	return Open(t, store.Config{URL: url}), Open(t, store.Config{URL: url + "&role=pg_read_all_data", ReadOnly: true})
}

// URL is the address of a fresh database with the newest schema.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, templateName)
}

// Empty is the address of a fresh database without any schema.
func Empty(t testing.TB) string {
	t.Helper()
	return clone(t, "template0")
}

// DB opens a database for looking at what stands in it.
func DB(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url+"&binary_parameters=yes")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Keys are the secrets of test stores.
func Keys() store.Keys {
	return store.Keys{Current: []byte("a secret key for tests, 32 bytes")}
}

// clone copies a template. The copy is dropped with the test: a full run would else fill the disk.
func clone(t testing.TB, template string) string {
	t.Helper()
	server.once.Do(func() { server.one, server.admin, server.err = startServer() })
	if server.err != nil {
		t.Fatal(server.err)
	}
	name := fmt.Sprintf("test_%d", server.clones.Add(1))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	query := `create database ` + pq.QuoteIdentifier(name) + ` template ` + pq.QuoteIdentifier(template) + ` strategy file_copy`
	if _, err := server.admin.ExecContext(ctx, query); err != nil {
		t.Fatalf("clone a database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := server.admin.Exec(`drop database ` + pq.QuoteIdentifier(name) + ` with (force)`); err != nil {
			t.Errorf("drop a database: %v", err)
		}
	})
	return server.one.URL(name)
}

// Merchant saves a shop with rules, a theme and a sender, as the demo has them.
func Merchant(t testing.TB, s *store.Store, slug string) store.Merchant {
	t.Helper()
	m, err := s.SaveMerchant(t.Context(), Shop(slug))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Shop is the shop that Merchant saves.
func Shop(slug string) store.Merchant {
	name := strings.ToUpper(slug[:1]) + strings.ReplaceAll(slug[1:], "-", " ")
	return store.Merchant{
		Name: name,
		Merchant: parcel.Merchant{
			Slug:    slug,
			Country: "NL",
			Rules:   parcel.Rules{Zone: "Europe/Amsterdam", CutoffHour: 22, MinDays: 1, MaxDays: 2, QuietDays: 3, ReadyDays: 7},
		},
		Sender: store.Sender{Name: name, Address: "orders@" + slug + ".example.com", ReplyTo: "help@" + slug + ".example.com"},
		Brand: brand.Brand{
			Shop:      "https://" + slug + ".example.com",
			Languages: []string{"nl", "en"},
			Informal:  true,
			Contact:   brand.Contact{Email: "help@" + slug + ".example.com", Page: "https://" + slug + ".example.com/help"},
			Legal:     brand.Legal{Privacy: "https://" + slug + ".example.com/privacy", Company: name + " B.V., Kade 1, Amsterdam"},
			Theme:     theme(),
		},
	}
}

func theme() brand.Theme {
	return brand.Theme{
		Light:  brand.Palette{Brand: "#12343b", Accent: "#c2410c", Surface: "#f7f5f0", Ink: "#1b2a2f", Muted: "#5b6b70", Line: "#d9d5cb"},
		Dark:   brand.Palette{Brand: "#0d2429", Accent: "#fb923c", Surface: "#101c20", Ink: "#eef2f1", Muted: "#9fb0b4", Line: "#2a3b40"},
		Radius: 10, Shadow: "soft", Scale: 1, Lead: 1.1, Weight: 700, H2: 1.25, Line: 2,
		Road: "line", Party: "rings", Motif: "none", LogoHeight: 32,
	}
}
