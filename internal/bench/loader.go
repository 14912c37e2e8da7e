package bench

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os/exec"
)

// loader is the load generator as the other process sees it.
type loader struct {
	command *exec.Cmd
	in      io.WriteCloser
	jobs    *gob.Encoder
	results *gob.Decoder
}

func startLoader(ctx context.Context, command func(context.Context) *exec.Cmd) (*loader, error) {
	l := &loader{command: command(ctx)}
	in, err := l.command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("load generator: %w", err)
	}
	out, err := l.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("load generator: %w", err)
	}
	if err := l.command.Start(); err != nil {
		return nil, fmt.Errorf("load generator: %w", err)
	}
	l.in, l.jobs, l.results = in, gob.NewEncoder(in), gob.NewDecoder(out)

	return l, nil
}

// give hands a set of keys over, ahead of the jobs that use it, so that no time of theirs goes into it.
func (l *loader) give(set string, keys []string) error {
	_, err := l.do(job{Set: set, Keys: keys})

	return err
}

// do has a job done. An answer that was not the one wanted is an error.
func (l *loader) do(j job) (result, error) {
	if err := l.jobs.Encode(j); err != nil {
		return result{}, fmt.Errorf("load generator: %w", err)
	}
	var r result
	if err := l.results.Decode(&r); err != nil {
		return result{}, fmt.Errorf("load generator: %w", err)
	}
	if r.Failure != "" {
		return r, errors.New("load generator: " + r.Failure)
	}

	return r, nil
}

func (l *loader) close() error {
	return errors.Join(l.in.Close(), l.command.Wait())
}
