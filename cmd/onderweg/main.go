// Command onderweg is the program: the web server and its workers, and the commands an operator needs beside them.
// It wires the rooms of the house together and holds no rule of the domain.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a scratch image has no zones of its own
)

// Exit codes of every command. They are documented in docs/operations.md.
const (
	exitDone     = 0
	exitFailed   = 1 // it was tried and did not work, or a check of doctor failed
	exitUsage    = 2 // unknown command, flag or argument
	exitConfig   = 3 // the configuration cannot be used; every reason was printed
	exitRejected = 4 // an import ended, and some rows were rejected
	exitForced   = 130
)

// command is one row of the table. A command either runs or has commands of its own.
type command struct {
	name string
	args string // after the name, as help shows it
	line string
	run  func(ctx context.Context, c *call) error
	subs []command
}

// commands is everything the program can do.
func commands() []command {
	return []command{
		{name: "serve", line: "run the web server and the workers", run: serve},
		{name: "migrate", line: "bring the database schema to the newest version", run: migrate},
		{name: "demo", line: "three invented shops with parcels that travel while you watch", run: demoShow},
		{name: "import", line: "read orders or scans from a CSV file", subs: []command{
			{name: "orders", args: "FILE.csv", line: "create and update orders, without messages to anyone", run: importOrders},
			{name: "scans", args: "FILE.csv", line: "apply events of parcels", run: importScans},
		}},
		{name: "inbox", line: "look after what feeds sent and could not be used", subs: []command{
			{name: "list", line: "list rows by state, oldest first", run: inboxList},
			{name: "show", args: "ID", line: "show one row with its body", run: inboxShow},
			{name: "replay", args: "[ID …]", line: "hand rows to the intake again", run: inboxReplay},
		}},
		{name: "merchant", line: "add and list shops", subs: []command{
			{name: "add", args: "SLUG", line: "create or change a shop", run: merchantAdd},
			{name: "list", line: "list all shops", run: merchantList},
		}},
		{name: "user", line: "people who work for a shop", subs: []command{
			{name: "add", args: "EMAIL", line: "create a person or change the role, and print a sign-in link", run: userAdd},
			{name: "list", line: "list everyone with their roles", run: userList},
			{name: "link", args: "EMAIL", line: "print a new one-time sign-in link", run: userLink},
			{name: "disable", args: "EMAIL", line: "lock a person out and end their sessions", run: userDisable},
		}},
		{name: "key", line: "API keys of a shop", subs: []command{
			{name: "add", line: "make a key and print it once", run: keyAdd},
			{name: "list", line: "list keys without their secrets", run: keyList},
			{name: "revoke", args: "ID", line: "end a key at once", run: keyRevoke},
		}},
		{name: "feed", line: "sources of scans of a shop", subs: []command{
			{name: "add", args: "SLUG", line: "create a feed or change its secrets, and print its address", run: feedAdd},
			{name: "list", line: "list feeds with their health", run: feedList},
		}},
		{name: "config", line: "show every setting, its value and where it comes from", run: showConfig},
		{name: "bench", line: "measure how fast the program is on this machine", subs: []command{
			{name: "page", line: "tracking pages against plainer pages", run: benchPage},
			{name: "ingest", line: "webhooks against COPY and plain inserts", run: benchIngest},
			{name: "outbox", line: "sending against a plain queue", run: benchOutbox},
			{name: "load", line: "the load generator of the other three: not to be called", run: benchLoad},
		}},
		{name: "doctor", line: "check that everything the program needs works", run: doctor},
		{name: "healthcheck", line: "ask a running server whether it is well, for containers", run: healthcheck},
		{name: "version", line: "print the version", run: version},
	}
}

func main() {
	ctx, stop := interruptible(context.Background())
	code := run(ctx, os.Args[1:], environment(os.Environ()), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// interruptible ends the context at the first SIGINT or SIGTERM and the process at the second.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)

	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	go func() {
		select {
		case <-signals:
			cancel()
		case <-parent.Done():
			return
		}
		<-signals
		os.Exit(exitForced)
	}()

	return ctx, cancel
}

// environment turns os.Environ into a map. An empty value counts as unset, as compose files write `KEY: ${KEY:-}`.
func environment(pairs []string) map[string]string {
	env := make(map[string]string, len(pairs))

	for _, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok && value != "" {
			env[name] = value
		}
	}

	return env
}

// run is the whole program as a function: what a test can call.
func run(ctx context.Context, args []string, env map[string]string, stdout, stderr io.Writer) int {
	c, err := find(commands(), args)
	if err == nil && c == nil {
		printHelp(stdout, commands())

		return exitDone
	}
	if err == nil {
		c.env, c.stdout, c.stderr = env, stdout, stderr
		err = c.command.run(ctx, c)
	}

	return report(err, stdout, stderr)
}

// find walks the table along the arguments. It gives nil without an error when help was asked for.
func find(table []command, args []string) (*call, error) {
	if len(args) == 0 || isHelp(args[0]) && len(args) == 1 {
		return nil, nil //nolint:nilnil // no call to make: the help of the whole program
	}
	if args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}

	path := "onderweg"
	for depth, name := range args {
		i := indexCommand(table, name)
		if i < 0 {
			return nil, unknownCommand(path, table, args[depth:])
		}

		path += " " + name
		if table[i].subs == nil {
			return newCall(path, table[i], args[depth+1:]), nil
		}
		table = table[i].subs
	}

	return nil, unknownCommand(path, table, nil)
}

func isHelp(arg string) bool {
	return arg == "help" || arg == "-h" || arg == "-help" || arg == "--help"
}

func indexCommand(table []command, name string) int {
	for i, c := range table {
		if c.name == name {
			return i
		}
	}

	return -1
}

// unknownCommand says what there is instead. Help for a command that only has commands is its list, and no error.
func unknownCommand(path string, table []command, rest []string) error {
	var names []string
	for _, c := range table {
		names = append(names, c.name)
	}

	if len(rest) > 0 && isHelp(rest[0]) {
		return helpText(groupHelp(path, table))
	}
	if len(rest) == 0 {
		return usageError(fmt.Sprintf("%s needs one of: %s", path, strings.Join(names, ", ")))
	}

	message := fmt.Sprintf("%s has no command %q", path, rest[0])
	if near := nearest(rest[0], names); near != "" {
		message += fmt.Sprintf(": did you mean %q?", near)
	}

	return usageError(message + " (see `onderweg help`)")
}

// The ways a command can end other than well. Everything else is exitFailed.
type (
	usageError string   // wrong arguments
	helpText   string   // not a failure: help to print
	problems   []string // every reason why the configuration cannot be used, a line each
	rejected   int      // rows of an import that were rejected
)

func (e usageError) Error() string { return string(e) }
func (e helpText) Error() string   { return string(e) }
func (e problems) Error() string   { return strings.Join(e, "\n") }
func (e rejected) Error() string   { return fmt.Sprintf("%d rows were rejected", int(e)) }

// errSaid is a failure that the command has already put in words.
var errSaid = errors.New("already reported")

// report puts a command's error in words, once, and gives the exit code.
func report(err error, stdout, stderr io.Writer) int {
	var (
		usage usageError
		help  helpText
		wrong problems
		rows  rejected
	)

	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &help):
		fmt.Fprint(stdout, string(help))

		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "onderweg:", usage)

		return exitUsage
	case errors.As(err, &wrong):
		fmt.Fprintln(stderr, wrong.Error())

		return exitConfig
	case errors.As(err, &rows):
		return exitRejected
	case errors.Is(err, errSaid):
		return exitFailed
	default:
		fmt.Fprintln(stderr, "onderweg:", err)

		return exitFailed
	}
}
