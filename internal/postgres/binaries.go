package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version the schema works with: "unique nulls not distinct" came in 15.
const oldest = 15

// ErrNoBinaries says what to do about a machine without PostgreSQL.
var ErrNoBinaries = errors.New("no PostgreSQL 15 or newer on this machine: run `apt install postgresql`, or set DATABASE_URL to a server")

// places are where packages put the server's programs, beside PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                   // the PostgreSQL project's packages for Fedora and its kin
	"/usr/libexec/postgresql*",           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin", // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// binaries is one installation's programs.
type binaries struct {
	dir     string
	version string // "15.18"
	major   int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// findBinaries gives the installation to use: the one on PATH, else the newest. Data that is already there decides the
// major version; wanted is "" when there is none.
func findBinaries(wanted string) (binaries, error) {
	return chooseBinaries(append(onPath(), inPlaces(places)...), wanted)
}

func chooseBinaries(dirs []string, wanted string) (binaries, error) {
	var others []string
	for _, dir := range dirs {
		b, ok := inspect(dir)
		if !ok || b.major < oldest {
			continue
		}
		if wanted == "" || wanted == strconv.Itoa(b.major) {
			return b, nil
		}
		others = append(others, strconv.Itoa(b.major))
	}
	if len(others) == 0 {
		return binaries{}, ErrNoBinaries
	}
	return binaries{}, fmt.Errorf("the data was written by PostgreSQL %s, but only %s is installed: run `apt install postgresql-%[1]s`",
		wanted, strings.Join(slices.Compact(others), ", "))
}

// onPath lists the folders behind PATH: behind links, and where pg_config says when "postgres" itself is not on it.
func onPath() []string {
	var dirs []string
	for _, program := range []string{"postgres", "pg_ctl", "initdb"} {
		found, err := exec.LookPath(program)
		if err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(found); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	return dirs
}

// inPlaces lists the folders that exist, newest version first.
func inPlaces(patterns []string) []string {
	var dirs []string
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern) // only a bad pattern fails, and these are ours
		dirs = append(dirs, found...)
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(numberIn(b), numberIn(a)) })
	return dirs
}

var lastNumber = regexp.MustCompile(`(\d+)\D*$`)

// numberIn is the last number of a path, its major version; 0 when there is none. (Of "9.6" it is 6: older all the same.)
func numberIn(dir string) int {
	m := lastNumber.FindStringSubmatch(dir)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

var versionWords = regexp.MustCompile(`(\d+)(?:\.\d+|beta\d+|rc\d+|devel)?`)

// inspect asks a folder's server for its version. It is of no use without initdb beside it: wrappers and shims fail here.
func inspect(dir string) (binaries, bool) {
	for _, program := range []string{"postgres", "initdb"} {
		st, err := os.Stat(filepath.Join(dir, program))
		if err != nil || st.IsDir() || st.Mode()&0o111 == 0 {
			return binaries{}, false
		}
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, false
	}
	m := versionWords.FindStringSubmatch(string(out))
	if m == nil {
		return binaries{}, false
	}
	major, _ := strconv.Atoi(m[1])
	return binaries{dir: dir, version: m[0], major: major}, true
}
