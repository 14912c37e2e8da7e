package main

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is the graph of the house: who may import whom, only downwards. Packages for tests only are at the end. A
// package that is not here may not exist; what it may import and does not, it may still.
var mayImport = map[string][]string{
	"cmd/onderweg": {"docs", "handlers", "internal/bench", "internal/brand", "internal/demo", "internal/feed", "internal/holidays", "internal/notify", "internal/parcel", "internal/postgres", "store", "views", "web"},

	"internal/bench":  {"handlers", "internal/brand", "internal/feed", "internal/holidays", "internal/notify", "internal/parcel", "internal/postgres", "store", "views", "web"},
	"internal/demo":   {"internal/brand", "internal/feed", "internal/holidays", "internal/notify", "internal/parcel", "store", "views"},
	"handlers":        {"docs", "internal/brand", "internal/feed", "internal/parcel", "static", "store", "views", "web"},
	"web":             {"internal/brand", "internal/parcel", "static", "store", "views"},
	"internal/notify": {"internal/brand", "internal/parcel", "store", "views"},
	"internal/feed":   {"internal/parcel", "store"},
	"views":           {"internal/brand", "internal/parcel", "static"},
	"store":           {"internal/brand", "internal/parcel", "migrations"},

	"internal/holidays": {"internal/parcel"},
	"internal/brand":    {},
	"internal/parcel":   {},
	"internal/postgres": {},
	"migrations":        {},
	"static":            {},
	"docs":              {},

	"store/storetest": {"internal/brand", "internal/parcel", "internal/postgres", "migrations", "store"},
}

// pure packages use nothing but the standard library and these.
var pure = map[string][]string{
	"internal/parcel": {"golang.org/x/text"},
	"internal/brand":  {"golang.org/x/text"},
}

// noIO is what a pure package has no business with.
var noIO = []string{"os", "net", "net/http", "database/sql", "io/fs", "log", "log/slog", "math/rand", "math/rand/v2", "syscall", "os/exec"}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "onderweg/...").Output()
	if err != nil {
		t.Fatal(err)
	}

	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func TestPackagesImportOnlyDownwards(t *testing.T) {
	t.Parallel()

	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "onderweg/")
		may, known := mayImport[name]
		if !known {
			t.Errorf("%s is not on the map: put it where it belongs, here and in CONTRIBUTING.md", name)

			continue
		}
		for _, imported := range p.Imports {
			if other, ours := strings.CutPrefix(imported, "onderweg/"); ours && !slices.Contains(may, other) {
				t.Errorf("%s imports %s, which it may not", name, other)
			}
		}
	}
}

func TestTheMapItselfHasNoCircle(t *testing.T) {
	t.Parallel()

	left := maps.Clone(mayImport)
	for len(left) > 0 {
		before := len(left)
		maps.DeleteFunc(left, func(_ string, may []string) bool {
			return !slices.ContainsFunc(may, func(other string) bool { _, waits := left[other]; return waits })
		})
		if len(left) == before {
			t.Fatalf("a circle among %v", slices.Sorted(maps.Keys(left)))
		}
	}
}

func TestTheDomainIsPure(t *testing.T) {
	t.Parallel()

	for _, p := range listPackages(t) {
		allowed, isPure := pure[strings.TrimPrefix(p.ImportPath, "onderweg/")]
		if !isPure {
			continue
		}
		for _, imported := range p.Imports {
			foreign := strings.Contains(strings.Split(imported, "/")[0], ".")
			if foreign && !slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(imported, a) }) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
			if slices.Contains(noIO, imported) {
				t.Errorf("%s imports %s: it is to be pure", p.ImportPath, imported)
			}
		}
	}
}

// Views render values: they must not be able to fetch one, or to know of an exchange.
func TestViewsKnowNeitherTheDatabaseNorTheWeb(t *testing.T) {
	t.Parallel()

	for _, p := range listPackages(t) {
		if p.ImportPath == "onderweg/views" && slices.ContainsFunc(p.Imports, func(i string) bool {
			return strings.Contains(i, "labstack") || strings.Contains(i, "database/sql")
		}) {
			t.Errorf("views import %v", p.Imports)
		}
		if p.ImportPath == "onderweg/store" && slices.Contains(p.Imports, "net/http") {
			t.Error("store knows of HTTP")
		}
	}
}
