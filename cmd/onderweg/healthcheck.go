package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// healthcheck asks the server of this machine, for containers that have no curl. A worker, which has no web server, is
// asked on METRICS_ADDR.
func healthcheck(ctx context.Context, c *call) error {
	ready := c.flags.Bool("ready", false, "ask whether it is ready for requests, not only alive")
	c.about = "Asks LISTEN_ADDR, and METRICS_ADDR when nothing listens there. Exit code 0 when the answer is 200, else 1."
	if err := c.parse(0, 0); err != nil {
		return err
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}

	path := "/healthz"
	if *ready {
		path = "/readyz"
	}

	for _, addr := range []listenAddr{cfg.ListenAddr, cfg.MetricsAddr} {
		if addr == "" {
			continue
		}
		if err = ask(ctx, addr.local()+path); err == nil {
			fmt.Fprintln(c.stdout, "ok")

			return nil
		}
	}

	return err
}

// local is the address a process of the same machine reaches the listener at.
func (l listenAddr) local() string {
	host, number, _ := net.SplitHostPort(string(l))
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}

	return "http://" + net.JoinHostPort(host, number)
}

func ask(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) //nolint:errcheck // only the status counts

	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, res.Status)
	}

	return nil
}
