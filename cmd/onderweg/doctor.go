package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"onderweg/store"
)

// verdict is one line of the doctor.
type verdict struct {
	mark string // "ok", "warning" or "FAILED"
	what string
	text string
}

// doctor checks what the program needs, one plain line a check. It changes nothing.
func doctor(ctx context.Context, c *call) error {
	c.about = "Changes nothing. Exit code 0 when no check failed (warnings are fine), 1 when one did, 3 when the settings cannot be used."
	if err := c.parse(0, 0); err != nil {
		return err
	}
	cfg, err := c.config(needDatabase, needSecret, needWeb)
	if err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	list := []verdict{{"ok", "settings", "can be used"}}
	for _, w := range warnings(c.env) {
		list = append(list, verdict{"warning", "settings", w})
	}
	list = append(list, checkSecrets(cfg), checkBase(ctx, cfg), checkMail(ctx, cfg), checkDisk(cfg))
	list = append(list, checkDatabase(ctx, &cfg)...)

	failed := false
	for _, v := range list {
		fmt.Fprintf(c.stdout, "%-8s %-10s %s\n", v.mark, v.what, v.text)
		failed = failed || v.mark == "FAILED"
	}
	if failed {
		return errSaid
	}

	return nil
}

// checkSecrets looks for keys that are no secret: too even to be random.
func checkSecrets(cfg Config) verdict {
	if cfg.DataDir != "" && len(cfg.SecretKey) == 0 {
		return verdict{"ok", "secrets", "SECRET_KEY is made and kept in " + filepath.Join(cfg.DataDir, dataKey)}
	}

	for _, key := range append([][]byte{cfg.SecretKey}, cfg.SecretKeyPrevious...) {
		different := map[byte]bool{}
		for _, b := range key {
			different[b] = true
		}
		if len(different) < 16 {
			return verdict{"FAILED", "secrets", "a SECRET_KEY is not random: make one with `openssl rand -hex 32`"}
		}
	}

	return verdict{"ok", "secrets", "SECRET_KEY has 32 bytes"}
}

// checkBase looks up the host of BASE_URL.
func checkBase(ctx context.Context, cfg Config) verdict {
	host := strings.TrimPrefix(strings.TrimPrefix(string(cfg.BaseURL), "https://"), "http://")
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if isLoopback(strings.Trim(host, "[]")) {
		return verdict{"warning", "BASE_URL", string(cfg.BaseURL) + " is reachable on this machine only: links in mails lead nowhere else"}
	}

	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		return verdict{"FAILED", "BASE_URL", host + " has no address in DNS: shoppers cannot open their links"}
	}
	if len(cfg.TrustedProxies) == 0 {
		return verdict{"warning", "BASE_URL", string(cfg.BaseURL) + " needs a proxy for https in front, and TRUSTED_PROXIES is not set"}
	}

	return verdict{"ok", "BASE_URL", string(cfg.BaseURL)}
}

// checkMail waits for the greeting of the mail server.
func checkMail(ctx context.Context, cfg Config) verdict {
	if cfg.SMTPHost == "" {
		return verdict{"warning", "mail", "SMTP_URL is not set: no mail leaves, messages wait in the outbox"}
	}

	address := net.JoinHostPort(cfg.SMTPHost, string(cfg.SMTPPort))
	if err := greet(ctx, cfg, address); err != nil {
		return verdict{"FAILED", "mail", fmt.Sprintf("%s: %v", address, scrubbed{err, cfg.secrets()})}
	}

	return verdict{"ok", "mail", address + " answers"}
}

// checkDisk looks at the disk of DATA_DIR, or of temporary files.
func checkDisk(cfg Config) verdict {
	dir := cfg.DataDir
	if dir == "" {
		dir = os.TempDir()
	}
	for dir != "/" && !exists(dir) {
		dir = filepath.Dir(dir)
	}

	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return verdict{"warning", "disk", fmt.Sprintf("%s cannot be measured on %s", dir, runtime.GOOS)}
	}
	free := fs.Bavail * uint64(fs.Bsize) >> 20
	switch {
	case free < 200 && cfg.DataDir != "":
		return verdict{"FAILED", "disk", fmt.Sprintf("%d MB free at %s: the database needs more", free, dir)}
	case free < 1000:
		return verdict{"warning", "disk", fmt.Sprintf("%d MB free at %s", free, dir)}
	default:
		return verdict{"ok", "disk", fmt.Sprintf("%d MB free at %s", free, dir)}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)

	return err == nil
}

// checkDatabase opens the store as serve does, which refuses a pooler that was not declared, and asks the server.
func checkDatabase(ctx context.Context, cfg *Config) []verdict {
	db, err := cfg.startDatabase(ctx)
	if err != nil {
		return []verdict{{"FAILED", "database", err.Error()}}
	}
	defer db.stop()
	s, err := store.Open(ctx, cfg.store())
	if err != nil {
		return []verdict{{"FAILED", "database", cfg.plain(err).Error()}}
	}
	defer s.Close()

	list := []verdict{{"ok", "database", "answers, and leads to the server as declared"}}
	e, err := s.Examine(ctx)
	if err != nil {
		return append(list, verdict{"FAILED", "database", cfg.plain(err).Error()})
	}

	return append(list, checkServer(e), checkClock(e.Behind), checkSchema(ctx, s), checkListener(ctx, s))
}

func checkServer(e store.Examination) verdict {
	version := fmt.Sprintf("PostgreSQL %d.%d", e.Version/10000, e.Version%10000)

	switch {
	case e.Version < 150000:
		return verdict{"FAILED", "version", version + " is too old: 15 or newer is needed"}
	case !e.UTF8:
		return verdict{"FAILED", "version", "the database's encoding is not UTF-8: create it with `encoding 'UTF8' template template0`"}
	case !e.Fsync:
		return verdict{"warning", "version", version + " runs with fsync off: a power cut loses data"}
	default:
		return verdict{"ok", "version", version}
	}
}

// checkClock compares the clocks: leases and quiet hours assume that they agree.
func checkClock(behind time.Duration) verdict {
	text := fmt.Sprintf("the database's clock differs by %d ms", behind.Abs().Milliseconds())

	switch {
	case behind.Abs() > 5*time.Second:
		return verdict{"FAILED", "clock", text + ": set both by NTP"}
	case behind.Abs() > time.Second:
		return verdict{"warning", "clock", text}
	default:
		return verdict{"ok", "clock", text}
	}
}

func checkSchema(ctx context.Context, s *store.Store) verdict {
	if err := s.Ping(ctx); err != nil {
		return verdict{"FAILED", "schema", err.Error()}
	}

	return verdict{"ok", "schema", "is at the version of this program"}
}

func checkListener(ctx context.Context, s *store.Store) verdict {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()

	took, err := s.Listens(ctx)
	if err != nil {
		return verdict{"FAILED", "live", err.Error()}
	}

	return verdict{"ok", "live", fmt.Sprintf("a change wakes a page in %s", took.Round(10*time.Microsecond))}
}

// greet reads the greeting of a mail server, over TLS where that comes first, and says goodbye.
func greet(ctx context.Context, cfg Config, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()

	conn, err := dialMail(ctx, cfg, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline) //nolint:errcheck // a connection that is gone fails at the next read
	}

	greeting := make([]byte, 512)
	n, err := conn.Read(greeting)
	if err != nil {
		return fmt.Errorf("no greeting: %w", err)
	}
	fmt.Fprint(conn, "QUIT\r\n") //nolint:errcheck // only polite
	if !strings.HasPrefix(string(greeting[:n]), "220") {
		return errors.New("answers, but not as a mail server")
	}

	return nil
}
