package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// process is the program running on its own.
type process struct {
	cmd     *exec.Cmd
	log     *syncBuffer
	address string // of its web server, once it listens
	ended   chan struct{}
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buf.String()
}

// start runs the program as a process. It is killed with the test when it still runs.
func start(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], args...), log: &syncBuffer{}, ended: make(chan struct{})}
	p.cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH")}
	for name, text := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+text)
	}
	p.cmd.Stdout = p.log
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}

	listening := make(chan string, 1)
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(p.log, lines.Text())
			var line struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
				listening <- line.Address
			}
		}
		p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
	})

	if args[0] == "serve" && env["LISTEN_ADDR"] != "" {
		select {
		case p.address = <-listening:
		case <-p.ended:
			t.Fatalf("it ended:\n%s", p.log)
		case <-time.After(patience):
			t.Fatalf("it does not listen:\n%s", p.log)
		}
	}

	return p
}

// end waits for the process and gives its exit code.
func (p *process) end(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("it does not end:\n%s", p.log)

		return -1
	}
}

func (p *process) signal(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// serving is an environment with a database of the test's own.
func serving(t *testing.T) (env map[string]string, s *store.Store) {
	t.Helper()
	address := storetest.URL(t)
	env = map[string]string{
		"DATABASE_URL": address, "SECRET_KEY": hex.EncodeToString(storetest.Keys().Current), "BASE_URL": "http://localhost",
		"LISTEN_ADDR": "127.0.0.1:0", "METRICS_ADDR": "off",
	}

	return env, storetest.Open(t, store.Config{URL: address})
}

// request sends a request to a process under its public name.
func (p *process) request(t *testing.T, method, path string, body io.Reader) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.address+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "localhost"
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

	return client.Do(req)
}

// order saves an order with a shop and a feed of it, and gives the path of its page.
func order(t *testing.T, s *store.Store) string {
	t.Helper()
	m := storetest.Merchant(t, s, "kaap-noord")
	o, _, err := s.SaveOrder(t.Context(), parcel.Order{
		Merchant: m.ID, Number: "1001", PlacedAt: time.Now().Add(-time.Hour), Country: "NL", Currency: "EUR", Language: "en",
		Lines: []parcel.Line{{Name: "Boot", Quantity: 1, Price: 12900}},
	}, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}

	if _, err := s.SaveFeed(t.Context(), store.Feed{Merchant: m.ID, Slug: "bike", Kind: "standard", Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}); err != nil {
		t.Fatal(err)
	}

	return "/kaap-noord/t/" + s.ViewToken(o.ID, m.ID)
}

func TestSIGTERMClosesLivePagesAndLetsARunningRequestEnd(t *testing.T) {
	t.Parallel()

	env, s := serving(t)
	page := order(t, s)
	p := start(t, env, "serve")

	live, err := p.request(t, http.MethodGet, page+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Body.Close()
	if live.StatusCode != http.StatusOK || !strings.HasPrefix(live.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("the live page answers %s\n%s", live.Status, p.log)
	}

	slow, answers := p.halfway(t, `{"half":true}`)

	began := time.Now()
	p.signal(t)
	if _, err := io.Copy(io.Discard, live.Body); err != nil && !strings.Contains(err.Error(), "EOF") {
		t.Errorf("the live page ends with %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the live page was closed after %s", took)
	}
	select {
	case <-p.ended:
		t.Fatalf("it ended before the request did:\n%s", p.log)
	default:
	}

	fmt.Fprint(slow, `{"half":true}`)
	res, err := http.ReadResponse(answers, nil)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the slow request got %v, %v\n%s", res, err, p.log)
	}
	if code := p.end(t); code != exitDone {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("it took %s", took)
	}
	if !strings.Contains(p.log.String(), "stopped") {
		t.Errorf("it does not say that it stopped:\n%s", p.log)
	}
}

func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()

	env, s := serving(t)
	order(t, s)
	p := start(t, env, "serve")

	// A request that never ends keeps the drain waiting.
	p.halfway(t, "never sent")

	p.signal(t)
	waitFor(t, func() bool { return strings.Contains(p.log.String(), "stopping") })
	p.signal(t)
	if code := p.end(t); code != exitForced {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
}

// halfway sends the head of a request and comes back when the server waits for its body.
func (p *process) halfway(t *testing.T, body string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })

	fmt.Fprintf(conn, "POST /feeds/kaap-noord/bike HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	answers := bufio.NewReader(conn)
	head, err := answers.ReadString('\n')
	if err != nil || !strings.HasPrefix(head, "HTTP/1.1 100") {
		t.Fatalf("got %q, %v\n%s", head, err, p.log)
	}
	answers.ReadString('\n')

	return conn, answers
}

// waitFor asks again and again until it is so.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(patience); !so(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it did not come to that")
		}
	}
}

func TestAWorkerHasNoWebServerAndTellsItsHealthToMachines(t *testing.T) {
	t.Parallel()

	env, _ := serving(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	env["METRICS_ADDR"] = free.Addr().String()
	env["LISTEN_ADDR"] = ""
	env["PORT"] = "1"
	free.Close()
	p := start(t, env, "serve", "--role", "worker")

	waitFor(t, func() bool {
		return program(t, env, "healthcheck", "--ready").code == exitDone
	})
	p.signal(t)
	if code := p.end(t); code != exitDone {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
	if got := program(t, env, "healthcheck"); got.code != exitFailed {
		t.Errorf("a dead worker is well: %+v", got)
	}
}

func TestServeFailsFastWithOneLine(t *testing.T) {
	t.Parallel()

	env, _ := serving(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })

	tests := map[string]struct {
		change map[string]string
		args   []string
		want   string
	}{
		"the database is away":      {map[string]string{"DATABASE_URL": "postgres://u:pw@127.0.0.1:1/x"}, nil, "DATABASE_URL: "},
		"the password is wrong":     {map[string]string{"DATABASE_URL": strings.Replace(env["DATABASE_URL"], "onderweg:", "onderweg:wrong", 1)}, nil, "password"},
		"the schema is missing":     {map[string]string{"DATABASE_URL": storetest.Empty(t)}, []string{"--migrate=off"}, "onderweg migrate"},
		"the port is taken":         {map[string]string{"LISTEN_ADDR": taken.Addr().String()}, nil, "LISTEN_ADDR: "},
		"the metrics port is taken": {map[string]string{"METRICS_ADDR": taken.Addr().String()}, nil, "METRICS_ADDR: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			changed := map[string]string{}
			for _, from := range []map[string]string{env, tt.change} {
				for name, text := range from {
					changed[name] = text
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			got := programIn(ctx, changed, append([]string{"serve"}, tt.args...)...)

			var said []string
			for line := range strings.Lines(got.stderr) {
				if !strings.HasPrefix(line, "{") {
					said = append(said, line)
				}
			}
			if got.code != exitFailed || len(said) != 1 || !strings.Contains(said[0], tt.want) {
				t.Errorf("code %d: %q", got.code, got.stderr)
			}
			if strings.Contains(got.all(), "wrong"+strings.Split(env["DATABASE_URL"], ":")[2]) {
				t.Errorf("a password is printed: %s", got.all())
			}
		})
	}
}

func TestADataFolderHoldsEverythingAndKeepsItsSecretsToItself(t *testing.T) {
	t.Parallel()

	dir, err := os.MkdirTemp("", "onderweg-data-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o711)

	p := start(t, map[string]string{"LISTEN_ADDR": "127.0.0.1:0", "METRICS_ADDR": "off", "BASE_URL": "http://localhost:4711"}, "serve", "--data", dir)
	for _, name := range []string{dataKey, dataAddress} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	key, err := os.ReadFile(filepath.Join(dir, dataKey))
	if err != nil {
		t.Fatal(err)
	}

	// Other commands join the running server and know its address.
	made := program(t, nil, "merchant", "add", "kaap-noord", "--name", "Kaap Noord", "--country", "nl", "--data", dir)
	if made.code != exitDone || !strings.Contains(made.stdout, "http://localhost:4711/kaap-noord") {
		t.Errorf("got %+v", made)
	}
	if strings.Contains(p.log.String(), strings.TrimSpace(string(key))) {
		t.Error("the key stands in the log")
	}
	p.signal(t)
	if code := p.end(t); code != exitDone {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
	if _, err := os.Stat(filepath.Join(dir, dataAddress)); !os.IsNotExist(err) {
		t.Error("the address of a server that is gone was left")
	}

	// After the end a command starts the server for itself, on the same data with the same key.
	again := program(t, nil, "merchant", "list", "--data", dir)
	kept, _ := os.ReadFile(filepath.Join(dir, dataKey))
	if again.code != exitDone || !strings.Contains(again.stdout, "Kaap Noord") || !bytes.Equal(key, kept) {
		t.Errorf("got %+v", again)
	}
	if err := filepath.WalkDir(dir, readableByOthers(t)); err != nil {
		t.Error(err)
	}
}

// readableByOthers complains about files that others may read.
func readableByOthers(t *testing.T) fs.WalkDirFunc {
	return func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}

		return err
	}
}
