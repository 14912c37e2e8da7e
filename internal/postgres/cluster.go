package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// create makes the data at the first start. It is made aside and renamed, so that a half-made one is never used.
func (s *Server) create(ctx context.Context, bin binaries, who identity, o Options) error {
	if _, err := os.Stat(s.data()); err == nil {
		return nil
	}
	aside := s.data() + ".new"
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	if err := os.Mkdir(aside, 0o700); err != nil {
		return err
	}
	if err := who.own(aside); err != nil {
		return err
	}
	if err := s.initdb(ctx, bin, who, o, aside); err != nil {
		return err
	}
	return os.Rename(aside, s.data())
}

// initdb reads the password from a pipe: it is in no argument list and in no second file.
func (s *Server) initdb(ctx context.Context, bin binaries, who identity, o Options, data string) error {
	in, out, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	if err := who.give(in); err != nil {
		return err
	}
	_, err = out.WriteString(s.password + "\n")
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}

	args := []string{
		"--pgdata", data, "--username", User, "--auth", "scram-sha-256", "--pwfile", "/dev/fd/3",
		"--encoding", "UTF8", "--locale", "C", "--lc-ctype", characterLocale(),
	}
	if !o.Fsync {
		args = append(args, "--no-sync", "--wal-segsize", "1")
	}
	cmd := exec.CommandContext(ctx, bin.path("initdb"), args...)
	cmd.ExtraFiles = []*os.File{in}
	who.apply(cmd, data)
	words, err := runLocked(cmd)
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLine(words))
	}
	return nil
}

// characterLocale knows letters beyond ASCII (lower, upper) without sorting by any language's rules.
func characterLocale() string {
	if runtime.GOOS == "linux" {
		return "C.UTF-8"
	}
	return "en_US.UTF-8"
}

// run starts the server on a free port and waits until it answers. Another program may take the port in between: then
// it is tried again on another.
func (s *Server) run(ctx context.Context, bin binaries, who identity, o Options) error {
	for attempt := 1; ; attempt++ {
		port, err := freePort()
		if err != nil {
			return err
		}
		s.port = port
		s.process, err = startProcess(s.command(bin, who, o), o.Log)
		if err != nil {
			return err
		}
		err = s.await(ctx)
		if err == nil {
			return nil
		}
		err = errors.Join(err, s.process.stop())
		if attempt == 5 || !s.process.said("could not bind") {
			return err
		}
	}
}

func (s *Server) command(bin binaries, who identity, o Options) *exec.Cmd {
	args := []string{"-D", s.data()}
	for name, value := range settings(o, s.port) {
		args = append(args, "-c", name+"="+value)
	}
	cmd := exec.Command(bin.path("postgres"), args...)
	who.apply(cmd, s.data())
	return cmd
}

func settings(o Options, port int) map[string]string {
	set := map[string]string{
		"listen_addresses":                  "127.0.0.1",
		"port":                              strconv.Itoa(port),
		"unix_socket_directories":           "",
		"max_connections":                   "100",
		"password_encryption":               "scram-sha-256",
		"timezone":                          "UTC",
		"log_timezone":                      "UTC",
		"log_destination":                   "stderr",
		"logging_collector":                 "off",
		"log_statement":                     "none",
		"log_min_error_statement":           "panic", // statements hold personal data
		"log_parameter_max_length_on_error": "0",
		"shared_buffers":                    "128MB",
		"max_wal_size":                      "1GB",
		"fsync":                             "on",
		"synchronous_commit":                "on",
		"full_page_writes":                  "on",
	}
	if !o.Fsync {
		set["fsync"], set["synchronous_commit"], set["full_page_writes"] = "off", "off", "off"
		set["shared_buffers"] = "64MB"
		set["max_wal_size"] = "256MB"
		set["autovacuum_naptime"] = "5min"
	}
	if o.MaxConns > 0 {
		set["max_connections"] = strconv.Itoa(o.MaxConns)
	}
	for name, value := range o.Settings {
		set[name] = value
	}
	return set
}

// await asks until the server answers our password, ends by itself, or ctx ends. Recovery after a crash takes its time.
func (s *Server) await(ctx context.Context) error {
	db, err := sql.Open("postgres", s.URL("postgres")+"&connect_timeout=5")
	if err != nil {
		return err
	}
	defer db.Close()

	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		var refused *pq.Error
		if errors.As(err, &refused) && refused.Code == "28P01" {
			return fmt.Errorf("the password in %s is not the server's", filepath.Join(s.dir, "password"))
		}
		select {
		case <-tick.C:
		case <-s.process.done:
			return fmt.Errorf("the server ended while starting: %s", s.process.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer: %w", ctx.Err())
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

func lastLine(words string) string {
	lines := strings.Split(strings.TrimSpace(words), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
