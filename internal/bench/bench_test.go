package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const asLoad = "ONDERWEG_TEST_IS_THE_LOAD"

// TestMain lets the test program be the load generator.
func TestMain(m *testing.M) {
	if os.Getenv(asLoad) != "" {
		if Load(os.Stdin, os.Stdout) != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func tiny(t *testing.T) Options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	return Options{Orders: 40, Span: 60 * time.Millisecond, Rounds: 2, Command: func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), asLoad+"=1")

		return cmd
	}}
}

// How fast it was is nobody's business here: that everything was measured is.
func TestEachBenchMeasuresEveryRungAndEveryGoal(t *testing.T) {
	t.Parallel()

	for name, b := range map[string]struct {
		run   func(context.Context, Options) (Report, error)
		rows  []string
		goals string
	}{
		"page":   {Page, []string{r1, r2, r3, livePage, livePacked, notModified, hotPage, hotPacked}, "P1 P2 P3 P6 P7 P8"},
		"ingest": {Ingest, []string{copied, inserted, inserted2, accepted, accepted2, applied}, "P9 P9 P10 P11"},
		"outbox": {Outbox, []string{plainLoop, outboxRung}, "P12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := b.run(t.Context(), tiny(t))
			if err != nil {
				t.Fatal(err)
			}

			var out bytes.Buffer
			report.Print(&out)
			for _, row := range b.rows {
				if !strings.Contains(out.String(), "\n"+row+"  ") {
					t.Errorf("no row %q in\n%s", row, &out)
				}
			}
			var goals []string
			for _, g := range report.Goals {
				goals = append(goals, g.ID)
				if g.Verdict == "" || !math.IsNaN(float64(g.Value)) && g.Value <= 0 {
					t.Errorf("%s is %v, %q", g.ID, g.Value, g.Verdict)
				}
			}
			if got := strings.Join(goals, " "); got != b.goals {
				t.Errorf("goals %s, want %s", got, b.goals)
			}
			if err := report.JSON(&out); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestThePlainPageHasTheSizeOfARealOne(t *testing.T) {
	t.Parallel()

	var b bytes.Buffer
	if err := Sheet(newSheet(time.Now())).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if b.Len() < 11_000 || b.Len() > 13_000 {
		t.Errorf("%d bytes", b.Len())
	}
}

func TestAGoalIsReachedOrOkOrBelowOrUnknown(t *testing.T) {
	t.Parallel()

	for want, g := range map[string]Goal{
		"reached": atLeast("", "", 0.7, 0.5, 0.7), "ok": atMost("", "", 1.5, 2, 1.45), "below": atMost("", "", 2.1, 2, 1.45),
		"unknown": atLeast("", "", math.NaN(), 0.5, 0.7),
	} {
		if got := g.verdict(); got != want {
			t.Errorf("%v is %s, want %s", g, got, want)
		}
	}
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	t.Parallel()

	r := newResults("base")
	for _, pace := range []float64{1, 10, 4} { // the machine's, different in each round
		r.add("base", sample{rate: 100 * pace})
		r.add("other", sample{rate: 50 * pace})
	}
	if got := r.ratio("other", "base", rateOf); got != 0.5 {
		t.Errorf("the ratio is %v", got)
	}
}

func TestWhatIsUnknownIsNullAndADash(t *testing.T) {
	t.Parallel()

	got, err := json.Marshal(number(math.NaN()))
	if err != nil || string(got) != "null" || number(math.NaN()).text(1) != "–" {
		t.Errorf("%s, %v", got, err)
	}
}
