package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"onderweg/internal/demo"
)

// demoShow runs three invented shops on a private PostgreSQL, with parcels that travel while one watches.
func demoShow(ctx context.Context, c *call) error {
	dir := c.flags.String("data", filepath.Join("var", "demo"), "`DIR` of the demo's PostgreSQL and links.json")
	speed := c.flags.Float64("speed", 0, "pace of the simulator: 1 is an event in about four seconds (default SPEED, or 1)")
	reset := c.flags.Bool("reset", false, "start over: forget the data of earlier runs")
	still := c.flags.Bool("still", false, "no simulator: nothing moves but what you send")
	c.about = `Prints one page for each state, the mailbox, a sign-in link for staff and an API key, and keeps the same in
DIR/links.json. Messages stay in the house: see /dev/mailbox. With DATABASE_URL it uses that database.`
	if err := c.parse(0, 0); err != nil {
		return err
	}

	pace, err := c.pace(*speed)
	if err != nil {
		return err
	}
	cfg, err := c.demoConfig(*dir)
	if err != nil {
		return err
	}
	if *reset {
		if err := forget(cfg, *dir); err != nil {
			return err
		}
	}

	db, err := cfg.startDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.stop()
	s, err := openServing(ctx, cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()

	h := house{cfg: cfg, store: s, log: newLog(cfg, c.stderr), web: true, work: true, sandbox: true, databaseGone: db.gone}
	if h.listener, err = listen(ctx, cfg.ListenAddr, "PORT"); err != nil {
		return err
	}

	show := show{call: c, dir: *dir, pace: pace, still: *still, stage: demo.Stage{
		Store: s, BaseURL: string(cfg.BaseURL), Client: &http.Client{Timeout: 15 * time.Second}, Log: h.log, Now: time.Now,
	}}
	h.beside = append(h.beside, show.run)

	return h.run(ctx)
}

// pace is how fast parcels travel: the flag, else SPEED.
func (c *call) pace(flag float64) (float64, error) {
	if flag < 0 {
		return 0, usageError("--speed must be above 0")
	}
	if flag > 0 {
		return flag, nil
	}

	text := c.env["SPEED"]
	if text == "" {
		return 1, nil
	}
	speed, err := strconv.ParseFloat(text, 64)
	if err != nil || speed <= 0 {
		return 0, problems{"SPEED: must be a number above 0, such as 5"}
	}

	return speed, nil
}

// demoConfig fills in what a demo can choose by itself. What the environment says stays.
func (c *call) demoConfig(dir string) (Config, error) {
	port := "8080"
	for _, given := range []string{c.env["PORT"], c.settings["PORT"]} {
		if given != "" {
			port = given
		}
	}

	defaults := map[string]string{
		"LISTEN_ADDR": "127.0.0.1:" + port, "BASE_URL": "http://localhost:" + port, "METRICS_ADDR": "off", "LOG_LEVEL": "warn", "LOG_FORMAT": "text",
	}
	if c.env["DATABASE_URL"] == "" {
		defaults["DATA_DIR"] = dir
	}
	for name, value := range defaults {
		if c.env[name] == "" && c.settings[name] == "" {
			c.settings[name] = value
		}
	}

	return c.config(needDatabase, needSecret, needWeb)
}

// forget removes what an earlier demo left: those files only, whatever else lies in the folder.
func forget(cfg Config, dir string) error {
	if cfg.DataDir == "" {
		return usageError("--reset works on the demo's own PostgreSQL only; DATABASE_URL is set")
	}
	for _, name := range []string{dataServer, dataKey, dataAddress, demo.LinksFile} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("reset: %w", err)
		}
	}

	return nil
}

// show is the demo's part of the running house.
type show struct {
	*call
	stage demo.Stage
	dir   string
	pace  float64
	still bool
}

// run sets the stage, says where to look and lets parcels travel.
func (s *show) run(ctx context.Context) error {
	if err := s.stage.Raise(ctx); err != nil {
		return err
	}

	links, err := demo.Load(s.dir)
	switch {
	case err == nil:
		err = s.stage.Resume(ctx, &links)
	case errors.Is(err, fs.ErrNotExist):
		links, err = s.stage.Open(ctx)
	}
	if err != nil {
		return err
	}
	if err := links.Save(s.dir); err != nil {
		return err
	}

	links.Print(s.stdout)
	if s.still {
		return nil
	}
	fmt.Fprintln(s.stdout, "Parcels are travelling. Ctrl-C ends the demo; the next start goes on with the same data, --reset starts over.")

	return s.stage.Simulate(ctx, s.pace)
}
