package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"onderweg/store"
	"onderweg/store/storetest"
	"onderweg/web"
)

// house is a server with routes of the test's own.
type house struct {
	*web.Server
	addr  string
	log   *strings.Builder
	stop  context.CancelFunc
	ended chan error
	live  *store.Live
}

func newHouse(t *testing.T, tune func(*web.Config), routes ...web.Route) *house {
	t.Helper()
	st := storetest.New(t)
	h := &house{log: &strings.Builder{}, ended: make(chan error, 1), live: st.NewLive()}
	cfg := web.Config{Store: st, Live: h.live, BaseURL: "https://track.example", Keys: storetest.Keys(), Log: slog.New(slog.NewJSONHandler(&locked{w: h.log}, nil))}
	if tune != nil {
		tune(&cfg)
	}
	s, err := web.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Add(routes...)
	s.Add(web.Route{Method: "GET", Path: "/readyz", Do: s.Ready}, web.Route{Method: "GET", Path: "/healthz", Do: s.Health})
	h.Server = s
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = ln.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	go func() { h.ended <- s.Serve(ctx, ln) }()
	t.Cleanup(stop)
	return h
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (h *house) get(t *testing.T, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+h.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "track.example"
	resp, err := (&http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestAPanicBecomesAPageWithANumberAndTheServerGoesOn(t *testing.T) {
	h := newHouse(t, nil, web.Route{Method: "GET", Path: "/", Scope: web.House, Do: func(echo.Context) error { panic("a secret of somebody") }})
	code, page := h.get(t, "/")
	if code != 500 || strings.Contains(page, "secret") || !strings.Contains(page, "<code>") {
		t.Errorf("a panic answers %d:\n%s", code, page)
	}
	if code, _ := h.get(t, "/healthz"); code != 200 {
		t.Errorf("after a panic health answers %d", code)
	}
	if strings.Contains(h.log.String(), "secret of somebody") {
		t.Error("the log repeats what the panic said")
	}
}

func TestDrainingFinishesWhatRunsAndTakesNothingNew(t *testing.T) {
	started, finish := make(chan struct{}), make(chan struct{})
	h := newHouse(t, nil, web.Route{Method: "GET", Path: "/", Scope: web.House, Do: func(c echo.Context) error {
		close(started)
		<-finish
		return web.Send(c, 200, "text/plain", []byte("finished"))
	}})
	if code, _ := h.get(t, "/readyz"); code != 200 {
		t.Errorf("a server that runs is not ready: %d", code)
	}
	got := make(chan string, 1)
	go func() {
		_, text := h.get(t, "/")
		got <- text
	}()
	<-started
	h.stop()
	refused := func() bool {
		conn, err := net.DialTimeout("tcp", h.addr, time.Second)
		if err == nil {
			conn.Close()
		}
		return err != nil
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !refused() {
		<-tick.C
	}
	close(finish)
	if text := <-got; text != "finished" {
		t.Errorf("the running request got %q", text)
	}
	if err := <-h.ended; err != nil {
		t.Errorf("draining ends with %v", err)
	}
}

func TestReadinessSaysWhatIsWrong(t *testing.T) {
	h := newHouse(t, nil)
	code, text := h.get(t, "/readyz")
	var r web.Readiness
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	if code != 200 || !r.Ready || r.Database != "ok" || r.Listener != "away" {
		t.Errorf("%d %s", code, text)
	}
}

func TestHeadersAreCapped(t *testing.T) {
	h := newHouse(t, nil)
	for name, lines := range map[string]string{
		"one of 64 kB":  "X-A: " + strings.Repeat("a", 64<<10) + "\r\n",
		"ten thousand":  strings.Repeat("X-A: a\r\n", 10_000),
		"a huge cookie": "Cookie: " + strings.Repeat("a=b; ", 10_000) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if line := raw(t, h.addr, "GET /healthz HTTP/1.1\r\nHost: track.example\r\n"+lines+"\r\n"); !strings.Contains(line, " 431 ") {
				t.Errorf("answers %q", line)
			}
		})
	}
	if line := raw(t, h.addr, "GET /"+strings.Repeat("a", 64<<10)+" HTTP/1.1\r\nHost: track.example\r\n\r\n"); !strings.Contains(line, " 431 ") && !strings.Contains(line, " 414 ") {
		t.Errorf("an address of 64 kB answers %q", line)
	}
}

func raw(t *testing.T, addr, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, request) // the server may hang up in the middle
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return "hung up"
	}
	return line
}

func TestSlowClientsKeepNobodyWaitingAndAreCutOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	const slow = 300
	conns := make([]net.Conn, slow)
	for i := range conns {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: track.exam"); err != nil {
			t.Fatal(err)
		}
		conns[i] = conn
	}
	start := time.Now()
	if code, _ := h.get(t, "/healthz"); code != 200 {
		t.Errorf("health answers %d beside %d slow clients", code, slow)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("health took %v beside %d slow clients", took, slow)
	}
	if testing.Short() {
		return
	}
	for _, conn := range conns {
		if err := conn.SetReadDeadline(time.Now().Add(9 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(conn); err != nil {
			t.Fatalf("a client that never finishes its headers is kept: %v", err)
		}
	}
}

func TestConnectionsAreCapped(t *testing.T) {
	h := newHouse(t, func(c *web.Config) { c.MaxConns = 3 })
	var held []net.Conn
	for range 3 {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	fourth, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer fourth.Close()
	fmt.Fprint(fourth, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := fourth.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(fourth).ReadString('\n'); err == nil {
		t.Error("a fourth connection is served")
	}
	held[0].Close()
	if err := fourth.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(fourth).ReadString('\n'); err != nil {
		t.Errorf("a freed place is not given on: %v", err)
	}
}
