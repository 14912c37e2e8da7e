package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"text/tabwriter"
)

// results are all samples, by rung, a round each.
type results struct {
	base  string // what ratios are of
	names []string
	by    map[string][]sample
}

func newResults(base string) *results { return &results{base: base, by: map[string][]sample{}} }

func (r *results) add(name string, s sample) {
	if r.by[name] == nil {
		r.names = append(r.names, name)
	}
	r.by[name] = append(r.by[name], s)
}

// What can be read of a sample.
func rateOf(s sample) float64     { return s.rate }
func p50Of(s sample) float64      { return s.p50 }
func p99Of(s sample) float64      { return s.p99 }
func serverOf(s sample) float64   { return s.server }
func databaseOf(s sample) float64 { return s.database }
func cpuOf(s sample) float64      { return s.server + s.database }
func allocsOf(s sample) float64   { return s.allocs }

func (r *results) median(name string, of func(sample) float64) float64 {
	var list []float64
	for _, s := range r.by[name] {
		list = append(list, of(s))
	}

	return median(list)
}

// ratio is the median of the rounds' ratios: what disturbs a round disturbs both sides of it.
func (r *results) ratio(name, base string, of func(sample) float64) float64 {
	var list []float64
	for i, s := range r.by[name] {
		list = append(list, of(s)/of(r.by[base][i]))
	}

	return median(list)
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	slices.Sort(list)

	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

// number is one that may be unknown: NaN, in JSON null.
type number float64

// MarshalJSON writes four digits that count.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}

	return strconv.AppendFloat(nil, float64(n), 'g', 4, 64), nil
}

func (n number) text(decimals int) string {
	if math.IsNaN(float64(n)) {
		return "–"
	}

	return strconv.FormatFloat(float64(n), 'f', decimals, 64)
}

// Row is one rung: medians over the rounds.
type Row struct {
	Name     string `json:"name"`
	Ratio    number `json:"ratio"` // of the base's rate
	Rate     number `json:"per_second"`
	P50      number `json:"p50_ms"`
	P99      number `json:"p99_ms"`
	Server   number `json:"server_us"` // microseconds of processor for one
	Database number `json:"database_us"`
	Allocs   number `json:"allocations"`
}

// Goal is one that docs/performance.md sets.
type Goal struct {
	ID      string `json:"id"`
	What    string `json:"what"`
	Value   number `json:"value"`
	Gate    number `json:"gate"`  // must hold in every run
	Reach   number `json:"reach"` // what is aimed at
	AtMost  bool   `json:"at_most"`
	Verdict string `json:"verdict"` // "reached", "ok", "below", or "unknown" where it cannot be measured
}

func atLeast(id, what string, value, gate, reach float64) Goal {
	return Goal{ID: id, What: what, Value: number(value), Gate: number(gate), Reach: number(reach)}
}

func atMost(id, what string, value, gate, reach float64) Goal {
	g := atLeast(id, what, value, gate, reach)
	g.AtMost = true

	return g
}

func (g Goal) verdict() string {
	holds := func(limit number) bool { return g.AtMost && g.Value <= limit || !g.AtMost && g.Value >= limit }
	switch {
	case math.IsNaN(float64(g.Value)):
		return "unknown"
	case holds(g.Reach):
		return "reached"
	case holds(g.Gate):
		return "ok"
	}

	return "below"
}

// Report is one run.
type Report struct {
	Bench      string  `json:"bench"`
	Base       string  `json:"base"`
	Orders     int     `json:"orders"`
	Rounds     int     `json:"rounds"`
	Seconds    float64 `json:"seconds"`
	Processors int     `json:"processors"`
	Go         string  `json:"go"`
	PostgreSQL string  `json:"postgresql"`
	Rows       []Row   `json:"rows"`
	Goals      []Goal  `json:"goals"`
}

func (s *stage) report(name string, r *results, goals []Goal) Report {
	report := Report{
		Bench: name, Base: r.base, Orders: s.options.Orders, Rounds: s.options.Rounds, Seconds: s.options.Span.Seconds(),
		Processors: runtime.GOMAXPROCS(0), Go: runtime.Version(), PostgreSQL: s.database.Version, Goals: goals,
	}
	for _, name := range r.names {
		report.Rows = append(report.Rows, Row{
			Name: name, Ratio: number(r.ratio(name, r.base, rateOf)), Rate: number(r.median(name, rateOf)),
			P50: number(r.median(name, p50Of)), P99: number(r.median(name, p99Of)), Server: number(r.median(name, serverOf)),
			Database: number(r.median(name, databaseOf)), Allocs: number(r.median(name, allocsOf)),
		})
	}
	for i := range goals {
		goals[i].Verdict = goals[i].verdict()
	}

	return report
}

// Below says whether a gate does not hold.
func (r Report) Below() bool {
	return slices.ContainsFunc(r.Goals, func(g Goal) bool { return g.Verdict == "below" })
}

// JSON writes the report for programs.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")

	return e.Encode(r)
}

// Print writes the report as two tables: the rungs, then the goals.
func (r Report) Print(out io.Writer) {
	fmt.Fprintf(out, "%d orders, %d rounds of %gs a rung, %d processors, %s, PostgreSQL %s; medians, ratios to %q\n\n",
		r.Orders, r.Rounds, r.Seconds, r.Processors, r.Go, r.PostgreSQL, r.Base)

	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "rung\tratio\tper second\tp50 ms\tp99 ms\tCPU µs server\tdatabase\tallocations")
	for _, row := range r.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.Name, row.Ratio.text(2), row.Rate.text(0), row.P50.text(2), row.P99.text(2),
			row.Server.text(0), row.Database.text(0), row.Allocs.text(0))
	}
	w.Flush()

	fmt.Fprintln(out)
	fmt.Fprintln(w, "goal\tmeasured\tgate\treach\tverdict\twhat")
	for _, g := range r.Goals {
		sign := "≥"
		if g.AtMost {
			sign = "≤"
		}
		fmt.Fprintf(w, "%s\t%s\t%s %g\t%s %g\t%s\t%s\n", g.ID, g.Value.text(2), sign, float64(g.Gate), sign, float64(g.Reach), g.Verdict, g.What)
	}
	w.Flush()
}
