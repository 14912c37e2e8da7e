// Package postgres runs a private PostgreSQL server from the binaries on the machine: for the demo, for a small shop on
// one machine and for tests. It is not a way to reach a server that is already there; that is a URL.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// User is the only role of a private server; it owns everything.
const User = "onderweg"

// Options say where a private server lives and how careful it is.
type Options struct {
	Dir       string            // made when missing; holds the data and a file with the password
	Fsync     bool              // false loses data when the machine stops: for tests only
	Ephemeral bool              // Dir is removed when the program ends, however it ends
	MaxConns  int               // 0 means 100
	Settings  map[string]string // further settings of the server, as in postgresql.conf
	Log       *slog.Logger      // the server's own log; nil keeps it quiet
}

// Server is a running private server. It ends with Stop, and with the program.
type Server struct {
	Version string // of the binaries, e.g. "15.18"

	dir      string
	port     int
	password string
	process  *process
	watcher  *watcher
	unlock   func()
}

// Start runs a server on the data in o.Dir, which it makes at the first start. It returns when the server answers.
// The address is a free port of the loopback interface, new at every start.
func Start(ctx context.Context, o Options) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("private postgres: %w", err)
	}
	o.Dir = dir
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("private postgres: %w", err)
	}
	unlock, err := lockDir(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("private postgres: %w", err)
	}

	s := &Server{dir: dir, unlock: unlock}
	if err := s.start(ctx, o); err != nil {
		unlock()
		return nil, fmt.Errorf("private postgres: %w", err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, o Options) error {
	bin, err := findBinaries(dataVersion(s.data()))
	if err != nil {
		return err
	}
	s.Version = bin.version
	if s.password, err = password(filepath.Join(s.dir, "password")); err != nil {
		return err
	}
	who, err := chooseIdentity(s.dir, s.data(), bin)
	if err != nil {
		return err
	}
	if err := s.create(ctx, bin, who, o); err != nil {
		return err
	}
	if err := endOrphans(ctx, s.data()); err != nil {
		return err
	}
	if err := who.own(s.data()); err != nil {
		return err
	}
	if err := s.run(ctx, bin, who, o); err != nil {
		return err
	}
	s.watcher, err = watch(s.dir, s.process.pid(), o.Ephemeral)
	if err != nil {
		return errors.Join(err, s.process.stop())
	}
	return nil
}

// URL is the address of one of the server's databases, password included.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(User, s.password),
		Host:     "127.0.0.1:" + strconv.Itoa(s.port),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Port is the loopback port the server answers on.
func (s *Server) Port() int { return s.port }

// Done is closed when the server has ended, wanted or not.
func (s *Server) Done() <-chan struct{} { return s.process.done }

// Stop ends the server: open transactions are rolled back, the data is left clean.
func (s *Server) Stop() error {
	err := s.process.stop()
	s.watcher.end()
	s.unlock()
	return err
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// makeDir makes the folder so that an unprivileged server may pass through it when we are root.
func makeDir(dir string) error {
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	return os.MkdirAll(dir, mode)
}

// password reads the kept password or makes one.
func password(file string) (string, error) {
	kept, err := os.ReadFile(file)
	if err == nil && len(strings.TrimSpace(string(kept))) > 0 {
		return strings.TrimSpace(string(kept)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}

	fresh := rand.Text()
	return fresh, os.WriteFile(file, []byte(fresh+"\n"), 0o600)
}

// dataVersion is the major version that wrote the data, "" when there is none yet.
func dataVersion(data string) string {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// stopPatience is how long a server may take to write its last checkpoint before it is ended hard.
const stopPatience = 15 * time.Second
