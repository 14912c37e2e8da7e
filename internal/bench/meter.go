package bench

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
)

// meter reads what the server, which is this process, and the database have used. The database's part is known on Linux
// only; elsewhere it is NaN.
type meter struct {
	postmaster string // number of the process whose children are the database; "" where they cannot be watched
}

// usage is what was used since the start.
type usage struct {
	server, database float64 // of the processors, in seconds
	mallocs          uint64
}

// newMeter finds the database's processes: the parent of the one that answers us.
func newMeter(ctx context.Context, db *sqlx.DB) (meter, error) {
	var pid int
	if err := db.GetContext(ctx, &pid, `select pg_backend_pid()`); err != nil {
		return meter{}, err
	}

	fields := processStat(strconv.Itoa(pid))
	if fields == nil {
		return meter{}, nil
	}

	return meter{postmaster: fields[1]}, nil
}

// processStat gives the fields of /proc/N/stat after the name of a process of PostgreSQL: state, parent, …; nil for any
// other process.
func processStat(pid string) []string {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil || !bytes.Contains(text, []byte("(postgres)")) {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return nil
	}

	return fields
}

func (m meter) read() usage {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)

	return usage{server: ownTime(), database: m.databaseTime(), mallocs: memory.Mallocs}
}

// ownTime is what this process has used of the processors, in seconds.
func ownTime() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return math.NaN()
	}

	return float64(r.Utime.Nano()+r.Stime.Nano()) / float64(time.Second)
}

// databaseTime adds up the database's processes, those that ended included.
func (m meter) databaseTime() float64 {
	if m.postmaster == "" {
		return math.NaN()
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return math.NaN()
	}

	total := 0.0
	for _, e := range entries {
		fields := processStat(e.Name())
		if fields == nil {
			continue
		}
		if e.Name() == m.postmaster {
			total += ticks(fields[13]) + ticks(fields[14])
		}
		if fields[1] == m.postmaster {
			total += onProcessor(e.Name(), fields)
		}
	}

	return total
}

// onProcessor is one process's time: to the nanosecond where the kernel tells it so, else in its ticks.
func onProcessor(pid string, fields []string) float64 {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "schedstat"))
	if err == nil {
		if n, err := strconv.ParseFloat(firstField(string(text)), 64); err == nil && n > 0 {
			return n / float64(time.Second)
		}
	}

	return ticks(fields[11]) + ticks(fields[12])
}

func firstField(text string) string {
	first, _, _ := strings.Cut(text, " ")

	return first
}

// ticks reads hundredths of a second, as Linux counts for programs.
func ticks(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}

	return n / 100
}

// sample is one rung in one round.
type sample struct {
	rate             float64 // a second
	p50, p99         float64 // milliseconds; NaN where nobody waits
	server, database float64 // microseconds of processor for one
	allocs           float64 // for one
}

var errNothingDone = errors.New("nothing was done in the time given: try more of it")

// measure runs work, which says how many it did in what time.
func (m meter) measure(work func() (done int, took time.Duration, err error)) (sample, error) {
	before := m.read()
	done, took, err := work()
	after := m.read()
	if err != nil {
		return sample{}, err
	}
	if done == 0 {
		return sample{}, errNothingDone
	}

	n := float64(done)

	return sample{
		rate: n / took.Seconds(), p50: math.NaN(), p99: math.NaN(),
		server: (after.server - before.server) / n * 1e6, database: (after.database - before.database) / n * 1e6,
		allocs: float64(after.mallocs-before.mallocs) / n,
	}, nil
}

// requests measures a job of the load generator.
func (s *stage) requests(j job) (sample, error) {
	var got result
	measured, err := s.meter.measure(func() (int, time.Duration, error) {
		var err error
		got, err = s.loader.do(j)

		return got.Done, got.Took, err
	})
	measured.p50, measured.p99 = got.P50, got.P99

	return measured, err
}
