package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"

	"onderweg/internal/holidays"
	"onderweg/store"
)

// call is one run of a command: its flags, its arguments and the world it may touch.
type call struct {
	command command
	path    string // "onderweg import orders"
	env     map[string]string
	stdout  io.Writer
	stderr  io.Writer

	flags    *flag.FlagSet
	about    string // more help than the one line
	rest     []string
	args     []string          // what is left after flags
	settings map[string]string // settings given as flags, by name
}

func newCall(path string, c command, rest []string) *call {
	fs := flag.NewFlagSet(path, flag.ContinueOnError)
	fs.SetOutput(io.Discard)

	return &call{command: c, path: path, flags: fs, rest: rest, settings: map[string]string{}}
}

// parse reads flags and arguments in any order and checks the number of arguments (most < 0 is any).
func (c *call) parse(least, most int) error {
	own := map[string]bool{}
	c.flags.VisitAll(func(f *flag.Flag) { own[f.Name] = true })
	c.settingFlags(own)

	rest := c.rest
	for {
		err := c.flags.Parse(rest)
		if errors.Is(err, flag.ErrHelp) {
			return helpText(c.help(own))
		}
		if err != nil {
			return usageError(fmt.Sprintf("%s: %v (see `%s --help`)", c.path, err, c.path))
		}

		rest = c.flags.Args()
		if len(rest) == 0 {
			break
		}
		c.args, rest = append(c.args, rest[0]), rest[1:]
	}

	if len(c.args) < least || most >= 0 && len(c.args) > most {
		return usageError(fmt.Sprintf("usage: %s %s (see `%s --help`)", c.path, c.command.args, c.path))
	}

	return nil
}

// settingFlags lets every setting that is not secret be given as a flag: flags of a process are visible to its neighbours.
func (c *call) settingFlags(taken map[string]bool) {
	for _, s := range settingList() {
		if s.Flag == "" || taken[s.Flag] {
			continue
		}
		c.flags.Func(s.Flag, s.Help, func(value string) error {
			c.settings[s.Name] = value

			return nil
		})
	}
}

// help is the text of --help: the command's own flags first, then the settings that may be given as flags.
func (c *call) help(own map[string]bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\nusage: %s [flags] %s\n", c.path, c.command.line, c.path, c.command.args)
	if c.about != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(c.about))
	}

	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	if len(own) > 0 {
		fmt.Fprint(w, "\nflags:\n")
	}
	var names []string
	for name := range own {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		kind, text := flag.UnquoteUsage(c.flags.Lookup(name))
		fmt.Fprintf(w, "  --%s %s\t%s\n", name, kind, text)
	}

	fmt.Fprint(w, "\nsettings (flag before environment before file before default; secrets have no flag):\n")
	for _, s := range settingList() {
		if s.Flag != "" && !own[s.Flag] {
			fmt.Fprintf(w, "  --%s\t%s\n", s.Flag, s.Name)
		}
	}
	w.Flush()

	b.WriteString("\nexit codes: 0 done, 1 failed, 2 wrong usage, 3 wrong configuration" + map[bool]string{true: ", 4 done but rows were rejected"}[strings.Contains(c.path, " import ")] + "\n")

	return b.String()
}

// config reads the settings and refuses with every problem at once.
func (c *call) config(needs ...need) (Config, error) {
	cfg, _, err := loadConfig(c.env, c.settings, needs...)

	return cfg, err
}

// open reads the settings and opens the store: with DATA_DIR on the private server of that folder, which is started for
// the length of the command unless it runs already. close ends both.
func (c *call) open(ctx context.Context, needs ...need) (s *store.Store, cfg Config, closing func(), err error) {
	cfg, err = c.config(append(needs, needDatabase, needSecret)...)
	if err != nil {
		return nil, cfg, nil, err
	}

	db, err := cfg.startDatabase(ctx)
	if err != nil {
		return nil, cfg, nil, err
	}

	if db.own {
		err = store.Migrate(ctx, string(cfg.DatabaseURL))
	}
	if err == nil {
		s, err = store.Open(ctx, cfg.store())
	}
	if err != nil {
		db.stop()

		return nil, cfg, nil, cfg.plain(err)
	}

	return s, cfg, func() { s.Close(); db.stop() }, nil
}

// store is the part of the configuration the store needs.
func (cfg Config) store() store.Config {
	return store.Config{
		URL:      string(cfg.DatabaseURL),
		Direct:   string(cfg.DirectDatabaseURL),
		Keys:     store.Keys{Current: cfg.SecretKey, Previous: cfg.SecretKeyPrevious},
		MaxConns: cfg.DBMaxConns,
		BaseURL:  string(cfg.BaseURL),
		Holidays: holidays.Public,
	}
}

// table prints aligned columns.
func (c *call) table(head string, rows [][]string) {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
}
