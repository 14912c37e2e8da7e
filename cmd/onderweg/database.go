package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/natefinch/atomic"

	"onderweg/internal/postgres"
)

// Names inside DATA_DIR.
const (
	dataServer  = "postgres"   // the private server
	dataKey     = "secret_key" // SECRET_KEY, made at the first start
	dataAddress = "address"    // of the running server, for other commands of the same user
)

// private is the server of DATA_DIR.
type private struct {
	own  bool            // this command started it
	stop func()          // ends it; does nothing when there is none, or another command's
	gone <-chan struct{} // closed when it ended; nil when there is none
}

// startDatabase makes cfg usable when DATA_DIR is set: it reads or makes the secret key and starts the private server, or
// joins the one another command runs. With a DATABASE_URL it does nothing.
func (cfg *Config) startDatabase(ctx context.Context) (db private, err error) {
	db.stop = func() {}
	if cfg.DataDir == "" {
		return db, nil
	}

	if cfg.DataDir, err = filepath.Abs(cfg.DataDir); err != nil {
		return db, fmt.Errorf("DATA_DIR: %w", err)
	}
	if err := os.MkdirAll(cfg.DataDir, 0o711); err != nil {
		return db, fmt.Errorf("DATA_DIR: %w", err)
	}
	if len(cfg.SecretKey) == 0 {
		if cfg.SecretKey, err = keptKey(filepath.Join(cfg.DataDir, dataKey)); err != nil {
			return db, err
		}
	}

	server, err := cfg.startOrJoin(ctx)
	if err != nil || server == nil {
		return db, err
	}
	cfg.DatabaseURL = databaseURL(server.URL("postgres"))

	address := filepath.Join(cfg.DataDir, dataAddress)
	db = private{own: true, gone: server.Done(), stop: func() {
		os.Remove(address)
		server.Stop() //nolint:errcheck // nothing is left to do about it
	}}
	text := string(cfg.DatabaseURL) + "\n" + string(cfg.BaseURL) + "\n"
	if err := atomic.WriteFile(address, strings.NewReader(text)); err != nil {
		db.stop()

		return private{}, fmt.Errorf("DATA_DIR: %w", err)
	}

	return db, nil
}

// joinWithin is how long a command waits for a server that another one is starting.
const joinWithin = 20 * time.Second

// startOrJoin starts the private server; nil means that another command of this folder runs it and cfg leads there.
func (cfg *Config) startOrJoin(ctx context.Context) (*postgres.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, joinWithin)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()

	for {
		server, err := postgres.Start(ctx, postgres.Options{Dir: filepath.Join(cfg.DataDir, dataServer), Fsync: true})
		if !errors.Is(err, postgres.ErrInUse) || cfg.join(ctx) {
			if errors.Is(err, postgres.ErrInUse) {
				err = nil
			}

			return server, err
		}

		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// join uses the private server that another command of this folder runs, and its BASE_URL unless one was given.
func (cfg *Config) join(ctx context.Context) bool {
	text, err := os.ReadFile(filepath.Join(cfg.DataDir, dataAddress))
	if err != nil {
		return false
	}
	address, base, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	u, err := url.Parse(address)
	if err != nil {
		return false
	}

	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return false
	}
	conn.Close()

	cfg.DatabaseURL = databaseURL(address)
	if cfg.baseAssumed && base != "" {
		cfg.BaseURL = baseURL(base)
	}

	return true
}

// keptKey reads the secret key of a data folder, or makes it: readable by its owner only, never replaced.
func keptKey(path string) (secretKey, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) //nolint:errcheck // it never fails

	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteString(hex.EncodeToString(fresh) + "\n")

		return fresh, errors.Join(err, file.Sync(), file.Close())
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("secret key: %w", err)
	}

	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	key, err := parseKey(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("secret key: %s: %w", path, err)
	}

	return key, nil
}

// plain puts a failure to reach the database into one line that names the setting and holds nothing of its value but the
// host.
func (cfg Config) plain(err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("DATABASE_URL: %w", scrubbed{err, cfg.secrets()})
}

// secrets are the texts no message may hold.
func (cfg Config) secrets() []string {
	var out []string
	for _, address := range []databaseURL{cfg.DatabaseURL, cfg.DirectDatabaseURL} {
		u, err := url.Parse(string(address))
		if err != nil || address == "" {
			continue
		}
		out = append(out, string(address))
		if password, ok := u.User.Password(); ok && password != "" {
			out = append(out, password, url.QueryEscape(password), url.PathEscape(password))
		}
		if password := u.Query().Get("password"); password != "" {
			out = append(out, password)
		}
	}
	if cfg.SMTPPassword != "" {
		out = append(out, cfg.SMTPPassword)
	}

	return out
}

// scrubbed is an error without secrets in its words.
type scrubbed struct {
	error
	secrets []string
}

func (s scrubbed) Error() string {
	text := strings.ReplaceAll(s.error.Error(), "\n", " ")
	for _, secret := range s.secrets {
		if len(secret) > 3 || strings.Count(text, secret) == 1 {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}

	return text
}

func (s scrubbed) Unwrap() error { return s.error }

// migrateURL is the address migrations use: session locks do not go through a pooler.
func (cfg Config) migrateURL() string {
	if cfg.DirectDatabaseURL != "" {
		return string(cfg.DirectDatabaseURL)
	}

	return string(cfg.DatabaseURL)
}
