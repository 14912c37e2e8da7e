package bench

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// job is what the load generator is to do: a request is Before, one of the set's keys, and After, as they go over the wire.
type job struct {
	Address string
	Clients int
	Set     string   // name of Keys: kept, so that they are sent once
	Keys    []string // nil means those sent before under this name
	First   int      // keys to use, from the first; 0 means all
	Before  string
	After   string
	Once    bool          // each key once, in order; else all over the set, until the time is over
	Span    time.Duration // ends the job
	Want    int           // status every answer must have
}

// result is how it went.
type result struct {
	Done     int
	Took     time.Duration
	P50, P99 float64 // milliseconds
	Size     int     // of the last body
	Failure  string
}

// patience is how much longer than its span a job may take.
const patience = 30 * time.Second

// Load is the load generator: it reads jobs and writes results until its input ends. It speaks just as much HTTP as it
// needs, so that it leaves the processors to those who are measured.
func Load(in io.Reader, out io.Writer) error {
	jobs, results := gob.NewDecoder(in), gob.NewEncoder(out)
	sets := map[string][]string{}

	for {
		var j job
		err := jobs.Decode(&j)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("load: %w", err)
		}

		if j.Keys != nil {
			sets[j.Set] = j.Keys
		}
		j.Keys = sets[j.Set]
		if j.First > 0 && j.First < len(j.Keys) {
			j.Keys = j.Keys[:j.First]
		}
		r, err := j.run()
		if err != nil {
			r.Failure = err.Error()
		}
		if err := results.Encode(r); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
}

// run does a job: connections first, then all clients at once.
func (j job) run() (result, error) {
	list := make([]*client, j.Clients)
	var next atomic.Uint64
	for i := range list {
		conn, err := net.DialTimeout("tcp", j.Address, 5*time.Second)
		if err != nil {
			return result{}, err
		}
		defer conn.Close()
		list[i] = &client{job: j, conn: conn, in: bufio.NewReaderSize(conn, 32<<10), next: &next}
	}

	begun := time.Now()
	var all sync.WaitGroup
	for _, c := range list {
		all.Go(func() { c.run(begun.Add(j.Span)) })
	}
	all.Wait()

	return sum(list, time.Since(begun))
}

func sum(list []*client, took time.Duration) (result, error) {
	var waits []time.Duration
	var errs []error
	r := result{Took: took}
	for _, c := range list {
		waits = append(waits, c.waits...)
		errs = append(errs, c.err)
		r.Size = max(r.Size, c.size)
	}
	slices.Sort(waits)
	r.Done = len(waits)
	if r.Done > 0 {
		r.P50, r.P99 = millis(waits[r.Done/2]), millis(waits[r.Done*99/100])
	}

	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return r, errs[i] // the others say the same
	}

	return r, nil
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// client is one connection that asks, waits for the answer and asks again.
type client struct {
	job
	conn  net.Conn
	in    *bufio.Reader
	next  *atomic.Uint64
	out   []byte
	waits []time.Duration
	size  int
	err   error
}

// scatter is a prime far above any number of keys: its multiples visit all of them, in no order of theirs.
const scatter = 2_654_435_761

func (c *client) run(end time.Time) {
	if c.err = c.conn.SetDeadline(end.Add(patience)); c.err != nil {
		return
	}

	n := uint64(len(c.Keys))
	for c.err == nil && n > 0 {
		i := c.next.Add(1) - 1
		asked := time.Now()
		if c.Once && i >= n || !asked.Before(end) {
			return
		}
		if !c.Once {
			i = i * scatter % n
		}
		c.out = append(append(append(c.out[:0], c.Before...), c.Keys[i]...), c.After...)
		if c.err = c.ask(); c.err == nil {
			c.waits = append(c.waits, time.Since(asked))
		}
	}
}

// ask sends one request and reads its answer to the end.
func (c *client) ask() error {
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 12 {
		return fmt.Errorf("no status line: %q", line)
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil || status != c.Want {
		return fmt.Errorf("answered %q, not %d", bytes.TrimSpace(line), c.Want)
	}

	return c.skip(status)
}

var (
	lengthHeader = []byte("content-length:")
	errNoLength  = errors.New("an answer without Content-Length")
)

// skip reads the rest of an answer away.
func (c *client) skip(status int) error {
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if len(line) > len(lengthHeader) && bytes.EqualFold(line[:len(lengthHeader)], lengthHeader) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthHeader):]))); err != nil {
				return err
			}
		}
	}

	if status == 204 || status == 304 {
		return nil
	}
	if length < 0 {
		return errNoLength
	}
	c.size = length
	_, err := c.in.Discard(length)

	return err
}
