package postgres

import (
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// watcher is a small shell that outlives the program by a moment: it reads a pipe that closes when the program ends,
// however it ends, and then ends the server and removes an ephemeral folder.
type watcher struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

const watchScript = `
read -r word
[ "$word" = stopped ] || kill -INT "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
[ -z "$2" ] || rm -rf -- "$2"
`

// watch starts one where it is needed: for an ephemeral folder, and where the system has no parent-death signal.
func watch(dir string, pid int, ephemeral bool) (*watcher, error) {
	if parentDeathSignal && !ephemeral {
		return nil, nil //nolint:nilnil // a nil watcher is a watcher with nothing to do
	}
	remove := ""
	if ephemeral {
		remove = dir
	}
	cmd := exec.Command("/bin/sh", "-c", watchScript, "sh", strconv.Itoa(pid), remove)
	cmd.Dir = "/"
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &watcher{cmd: cmd, pipe: pipe}, nil
}

// end tells it that the server was stopped in an orderly way and waits until it has tidied up.
func (w *watcher) end() {
	if w == nil {
		return
	}
	io.WriteString(w.pipe, "stopped\n") //nolint:errcheck // gone already: nothing to tell
	w.pipe.Close()
	w.cmd.Wait() //nolint:errcheck // it has nothing to say
}
