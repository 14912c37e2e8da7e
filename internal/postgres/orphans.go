//go:build unix

package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// endOrphans waits for a server that a killed program left behind and that is still writing its last checkpoint. We
// hold the folder's lock, so nobody else owns it. When nothing runs in the folder any more, its pid file is stale, even
// where the number in it now belongs to another process.
func endOrphans(ctx context.Context, data string) error {
	pidFile := filepath.Join(data, "postmaster.pid")
	if _, err := os.Stat(pidFile); err != nil {
		return nil //nolint:nilerr // no file, no server
	}
	deadline := time.Now().Add(2 * stopPatience)
	sig := syscall.SIGINT
	for pids := running(data, pidFile); len(pids) > 0; pids = running(data, pidFile) {
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d of an earlier start does not end", pids[0])
		}
		if time.Now().After(deadline.Add(-stopPatience)) {
			sig = syscall.SIGQUIT
		}
		for _, pid := range pids {
			syscall.Kill(pid, sig) //nolint:errcheck // gone meanwhile
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	if err := os.Remove(pidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// running lists the processes that work in the data folder: the postmaster and its backends are all in it. Where the
// system does not tell folders, the number in the pid file counts as one while such a process lives.
func running(data, pidFile string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil || len(entries) == 0 {
		return recorded(pidFile)
	}
	real, err := filepath.EvalSymlinks(data)
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if cwd, err := os.Readlink(filepath.Join("/proc", e.Name(), "cwd")); err == nil && cwd == real {
			pids = append(pids, pid)
		}
	}
	return pids
}

func recorded(pidFile string) []int {
	b, err := os.ReadFile(pidFile)
	if err != nil {
		return nil
	}
	first, _, _ := bytes.Cut(b, []byte("\n"))
	pid, err := strconv.Atoi(string(bytes.TrimSpace(first)))
	if err != nil || pid <= 1 || syscall.Kill(pid, 0) != nil {
		return nil
	}
	command, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil || !bytes.Contains(command, []byte(filepath.Dir(pidFile))) {
		return nil // the number belongs to somebody else by now
	}
	return []int{pid}
}
