package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

// TestMain lets the test program be the program itself: a test that needs a process of its own starts it with this mark.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Unsetenv(asProgram)
		main()
	}
	os.Exit(m.Run())
}

const asProgram = "ONDERWEG_TEST_IS_THE_PROGRAM"

// outcome is what one run of the program gave.
type outcome struct {
	code   int
	stdout string
	stderr string
}

func (o outcome) all() string { return o.stdout + o.stderr }

// program runs a command inside the test.
func program(t *testing.T, env map[string]string, args ...string) outcome {
	t.Helper()

	return programIn(t.Context(), env, args...)
}

func programIn(ctx context.Context, env map[string]string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, env, &stdout, &stderr)

	return outcome{code, stdout.String(), stderr.String()}
}

func TestWithoutArgumentsTheTableOfCommandsIsPrinted(t *testing.T) {
	t.Parallel()

	for _, args := range [][]string{nil, {"help"}, {"--help"}, {"-h"}} {
		got := program(t, nil, args...)
		if got.code != exitDone || got.stderr != "" {
			t.Errorf("%v: code %d, stderr %q", args, got.code, got.stderr)
		}
		for _, c := range commands() {
			if !strings.Contains(got.stdout, c.name) || !strings.Contains(got.stdout, c.line) {
				t.Errorf("%v: help does not name %q", args, c.name)
			}
		}
	}
}

func TestEveryCommandHasHelpThatNamesItsExitCodes(t *testing.T) {
	t.Parallel()

	var walk func(path []string, table []command)
	walk = func(path []string, table []command) {
		for _, c := range table {
			at := append(path[:len(path):len(path)], c.name)
			if c.subs != nil {
				walk(at, c.subs)

				continue
			}
			for _, args := range [][]string{append(at[:len(at):len(at)], "--help"), append([]string{"help"}, at...)} {
				got := program(t, nil, args...)
				if got.code != exitDone || got.stderr != "" {
					t.Errorf("%v: code %d, stderr %q", args, got.code, got.stderr)
				}
				for _, want := range []string{"usage: onderweg " + strings.Join(at, " "), c.line, "exit codes: 0 done"} {
					if !strings.Contains(got.stdout, want) {
						t.Errorf("%v: help lacks %q", args, want)
					}
				}
			}
		}
	}
	walk(nil, commands())
}

func TestAGroupOfCommandsPrintsItsOwnTableAsHelp(t *testing.T) {
	t.Parallel()

	for _, args := range [][]string{{"inbox", "--help"}, {"help", "inbox"}} {
		got := program(t, nil, args...)
		if got.code != exitDone || !strings.Contains(got.stdout, "onderweg inbox replay") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

func TestWrongUsageSaysWhatThereIsAndEndsWithTwo(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		args []string
		want string
	}{
		"a misspelt command":            {[]string{"migrat"}, `did you mean "migrate"?`},
		"a misspelt command of a group": {[]string{"inbox", "lists"}, `did you mean "list"?`},
		"a word that is nothing":        {[]string{"frobnicate"}, `has no command "frobnicate"`},
		"a group alone":                 {[]string{"import"}, "needs one of: orders, scans"},
		"an unknown flag":               {[]string{"migrate", "--fast"}, "--help"},
		"an argument too many":          {[]string{"migrate", "now"}, "usage: onderweg migrate"},
		"no file to import":             {[]string{"import", "orders"}, "usage: onderweg import orders FILE.csv"},
		"a shop that is not named":      {[]string{"import", "orders", "a.csv"}, "--merchant"},
		"a role that is none":           {[]string{"serve", "--role", "boss"}, "--role"},
		"a scope that is none":          {[]string{"key", "add", "--merchant", "kaap", "--name", "x", "--scopes", "all"}, "--scopes"},
		"a state that is none":          {[]string{"inbox", "list", "--merchant", "kaap", "--state", "odd"}, "--state"},
		"nothing to replay":             {[]string{"inbox", "replay", "--merchant", "kaap"}, "--all"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := program(t, nil, tt.args...)
			if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, tt.want) {
				t.Errorf("got %+v, want code %d with %q", got, exitUsage, tt.want)
			}
			if strings.Count(strings.TrimSpace(got.stderr), "\n") != 0 {
				t.Errorf("more than one line: %q", got.stderr)
			}
		})
	}
}

func TestFlagsMayStandBehindArguments(t *testing.T) {
	t.Parallel()

	got := program(t, nil, "import", "orders", "missing.csv", "--merchant", "kaap-noord")
	if got.code != exitFailed || !strings.Contains(got.stderr, "missing.csv") {
		t.Errorf("got %+v", got)
	}
}

func TestVersionSaysWhatItWasBuiltWith(t *testing.T) {
	t.Parallel()

	got := program(t, nil, "version")
	if got.code != exitDone || !strings.HasPrefix(got.stdout, "onderweg ") || !strings.Contains(got.stdout, "go1.") {
		t.Errorf("got %+v", got)
	}
}
