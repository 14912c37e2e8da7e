package postgres

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a running postmaster, with the end of what it said.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended

	mu    sync.Mutex
	words []string // the newest lines of its log
}

// startProcess starts cmd on a thread of its own that lives as long as the child: Linux sends the parent-death signal
// when the thread that made the child ends, not when the program does.
func startProcess(cmd *exec.Cmd, log *slog.Logger) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = write
	cmd.Env = environment()

	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		write.Close()
		started <- err
		if err != nil {
			read.Close()
			return
		}
		heard := make(chan struct{})
		go func() { defer close(heard); p.listen(read, log) }()
		cmd.Wait() //nolint:errcheck // how it ended stands in its log
		select {
		case <-heard:
		case <-time.After(time.Second): // a backend outlives its postmaster for a moment
		}
		close(p.done)
	}()
	return p, <-started
}

// runLocked runs a short program under the same rule and gives what it said.
func runLocked(cmd *exec.Cmd) (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.Env = environment()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// environment keeps PG* variables of the caller away from the server.
func environment() []string {
	return []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "LANG=C"}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) listen(r io.ReadCloser, log *slog.Logger) {
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := string(bytes.ToValidUTF8(lines.Bytes(), []byte("?")))
		p.mu.Lock()
		p.words = append(p.words, line)
		if len(p.words) > 50 {
			p.words = p.words[1:]
		}
		p.mu.Unlock()
		if log != nil {
			log.Log(context.Background(), severity(line), "postgres", "line", line)
		}
	}
}

func severity(line string) slog.Level {
	switch {
	case strings.Contains(line, "PANIC:"), strings.Contains(line, "FATAL:"):
		return slog.LevelWarn
	default:
		return slog.LevelDebug
	}
}

func (p *process) said(words string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.words {
		if strings.Contains(line, words) {
			return true
		}
	}
	return false
}

// lastWords is the newest line that says why, else the newest line.
func (p *process) lastWords() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.words) - 1; i >= 0; i-- {
		if _, why, ok := strings.Cut(p.words[i], "FATAL:"); ok {
			return strings.TrimSpace(why)
		}
	}
	if len(p.words) == 0 {
		return "it said nothing"
	}
	return p.words[len(p.words)-1]
}

// stop asks for a fast shutdown, then for an immediate one (the next start recovers), then ends it.
func (p *process) stop() error {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-p.done:
			return nil
		case <-time.After(stopPatience):
		}
	}
	return errors.New("private postgres: the server does not end")
}
