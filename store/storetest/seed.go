package storetest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"onderweg/internal/postgres"
	"onderweg/migrations"
	"onderweg/store"
)

const templateName = "onderweg_template"

// startServer starts this program's server on a copy of the seed.
func startServer() (*postgres.Server, *sql.DB, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	root, err := rootDir()
	if err != nil {
		return nil, nil, err
	}
	sweep(root)
	seed, err := makeSeed(ctx, root)
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp(root, "run-")
	if err != nil {
		return nil, nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, nil, err
	}
	if err := copyTree(seed, dir); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}

	s, err := postgres.Start(ctx, postgres.Options{Dir: dir, Ephemeral: true, MaxConns: 400})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	admin, err := sql.Open("postgres", s.URL("postgres"))
	return s, admin, err
}

// rootDir is this user's folder for seeds and running clusters. Another user's folder of that name is not trusted.
func rootDir() (string, error) {
	root := filepath.Join(os.TempDir(), "onderweg-test-"+strconv.Itoa(os.Geteuid()))
	if err := os.Mkdir(root, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	st, err := os.Lstat(root)
	if err != nil {
		return "", err
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !st.IsDir() || !ok || int(sys.Uid) != os.Geteuid() || st.Mode().Perm()&0o022 != 0 {
		return "", fmt.Errorf("%s is not ours", root)
	}
	return root, nil
}

// sweep removes what a crash of the whole machine left behind, a day later.
func sweep(root string) {
	entries, _ := os.ReadDir(root) // nothing to read is nothing to sweep
	for _, e := range entries {
		st, err := e.Info()
		if err != nil || !e.IsDir() || time.Since(st.ModTime()) < 24*time.Hour {
			continue
		}
		dir := filepath.Join(root, e.Name())
		if unlock, err := lock(filepath.Join(dir, "lock"), syscall.LOCK_NB); err == nil {
			os.RemoveAll(dir) //nolint:errcheck // next time
			unlock()
		}
	}
}

// makeSeed gives the seed of this state of the migrations. One program makes it, the others wait.
func makeSeed(ctx context.Context, root string) (string, error) {
	hash, err := schemaHash()
	if err != nil {
		return "", err
	}
	seed := filepath.Join(root, "seed-"+hash)
	if _, err := os.Stat(seed); err == nil {
		return seed, os.Chtimes(seed, time.Time{}, time.Now())
	}
	unlock, err := lock(filepath.Join(root, "lock"), 0)
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(seed); err == nil {
		return seed, nil
	}

	aside := seed + ".new"
	if err := os.RemoveAll(aside); err != nil {
		return "", err
	}
	if err := fillSeed(ctx, aside); err != nil {
		return "", err
	}
	return seed, os.Rename(aside, seed)
}

// fillSeed makes a cluster with a migrated template in it and stops it.
func fillSeed(ctx context.Context, dir string) error {
	s, err := postgres.Start(ctx, postgres.Options{Dir: dir})
	if err != nil {
		return err
	}
	return errors.Join(makeTemplate(ctx, s), s.Stop())
}

func makeTemplate(ctx context.Context, s *postgres.Server) error {
	admin, err := sql.Open("postgres", s.URL("postgres"))
	if err != nil {
		return err
	}
	defer admin.Close()
	if _, err := admin.ExecContext(ctx, `create database `+templateName); err != nil {
		return err
	}
	return store.Migrate(ctx, s.URL(templateName))
}

// schemaHash changes with every byte of every migration, and with the way this package makes seeds.
func schemaHash() (string, error) {
	h := sha256.New()
	io.WriteString(h, "seed 1") //nolint:errcheck // a hash takes everything
	err := fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(migrations.FS, path)
		fmt.Fprintf(h, "%s %d %s", path, len(b), b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
}

func lock(file string, how int) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|how); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// copyTree copies files and folders with their modes; the server takes care of the owner.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		st, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path == from {
				return nil
			}
			return os.Mkdir(target, st.Mode().Perm())
		}
		return copyFile(path, target, st.Mode().Perm())
	})
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
