package postgres

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test program be the program that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("ONDERWEG_TEST_CHILD"); dir != "" {
		child(dir, os.Getenv("ONDERWEG_TEST_EPHEMERAL") != "")
	}
	os.Exit(m.Run())
}

// child starts a server, writes a row, says that it is ready, and waits to be killed.
func child(dir string, ephemeral bool) {
	s, err := Start(context.Background(), Options{Dir: dir, Fsync: true, Ephemeral: ephemeral})
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	db, err := sql.Open("postgres", s.URL("postgres"))
	if err == nil {
		_, err = db.Exec(`create table if not exists kept (n int); insert into kept values (1)`)
	}
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(strconv.Itoa(s.process.pid()) + "\n")
	select {}
}

// startChild runs one and gives the pid of its postmaster.
func startChild(t *testing.T, dir string, env ...string) (*exec.Cmd, int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "ONDERWEG_TEST_CHILD="+dir)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line := make([]byte, 32)
	n, err := out.Read(line)
	if err != nil {
		t.Fatalf("the child did not get ready: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	return cmd, pid
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

func ask(t *testing.T, s *Server, query string) string {
	t.Helper()
	db, err := sql.Open("postgres", s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var answer string
	if err := db.QueryRow(query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if ok() {
			return
		}
		pause(t.Context(), 20*time.Millisecond)
	}
	t.Fatal(what)
}

func TestDataIsThereAfterARestartAndThePasswordIsKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	s := start(t, Options{Dir: dir, Fsync: true})
	ask(t, s, `with made as (select 1) select 'x' from made`)
	db, err := sql.Open("postgres", s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`create table kept (word text); insert into kept values ('still here')`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if got := ask(t, s, `select current_setting('fsync') || current_setting('synchronous_commit') || current_setting('full_page_writes')`); got != "ononon" {
		t.Errorf("real data is written with %q", got)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}

	st, err := os.Stat(filepath.Join(dir, "password"))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("password file: %v, %v", st.Mode(), err)
	}
	began := time.Now()
	s = start(t, Options{Dir: dir, Fsync: true})
	t.Logf("second start in %v", time.Since(began).Round(time.Millisecond))
	if got := ask(t, s, `select word from kept`); got != "still here" {
		t.Errorf("got %q", got)
	}
}

func TestTwoServersRunAtOnceAndListenOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	one := start(t, Options{Dir: filepath.Join(t.TempDir(), "one")})
	two := start(t, Options{Dir: filepath.Join(t.TempDir(), "two"), MaxConns: 33, Settings: map[string]string{"work_mem": "7MB"}})
	if one.Port() == two.Port() || one.password == two.password {
		t.Error("two servers share a port or a password")
	}
	const where = `select current_setting('listen_addresses') || ' ' || current_setting('unix_socket_directories') || ' ' || current_setting('max_connections') || ' ' || current_setting('work_mem')`
	if got := ask(t, two, where); got != "127.0.0.1  33 7MB" {
		t.Errorf("got %q", got)
	}
	if got := ask(t, one, `select lower('Ĳ Ö Ł')`); got != "ĳ ö ł" {
		t.Errorf("lower case of letters beyond ASCII: %q", got)
	}
	if got := ask(t, one, `select current_setting('fsync')`); got != "off" {
		t.Errorf("a test server waits for the disk: %q", got)
	}
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: filepath.Join(t.TempDir(), "pg")})
	db, err := sql.Open("postgres", strings.Replace(s.URL("postgres"), s.password, "guess", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if db.Ping() == nil {
		t.Error("anybody may enter")
	}
}

func TestOneFolderHasOneServer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	start(t, Options{Dir: dir})
	_, err := Start(t.Context(), Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "in use by process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("got %v", err)
	}
}

func TestKillingTheProgramLeavesNoServerAndKeepsTheData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	cmd, pid := startChild(t, dir)
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()

	s := start(t, Options{Dir: dir}) // at once: the old server may still be writing
	if got := ask(t, s, `select count(*)::text from kept`); got != "1" {
		t.Errorf("%s rows kept", got)
	}
	eventually(t, "the killed program's server is still there", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
	for _, other := range running(filepath.Join(dir, "data"), "") {
		if parent := parentOf(t, other); parent != s.process.pid() && other != s.process.pid() {
			t.Errorf("process %d is left over", other)
		}
	}
}

func TestAKilledServerRecoversOnTheSameData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	cmd, pid := startChild(t, dir)
	syscall.Kill(pid, syscall.SIGKILL)
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()

	s := start(t, Options{Dir: dir})
	if got := ask(t, s, `select count(*)::text from kept`); got != "1" {
		t.Errorf("%s rows kept", got)
	}
}

func TestAStalePidFileWithAnothersNumberIsNoObstacle(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	s := start(t, Options{Dir: dir})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sleeper.Process.Kill(); sleeper.Wait() })
	stale := strconv.Itoa(sleeper.Process.Pid) + "\n" + filepath.Join(dir, "data") + "\n1\n5432\n\n127.0.0.1\n 1 1\nready\n"
	if err := os.WriteFile(filepath.Join(dir, "data", "postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}

	start(t, Options{Dir: dir})
	if syscall.Kill(sleeper.Process.Pid, 0) != nil {
		t.Error("a process that is not ours was ended")
	}
}

func TestAnEphemeralFolderGoesWithTheProgram(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	cmd, _ := startChild(t, dir, "ONDERWEG_TEST_EPHEMERAL=1")
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
	eventually(t, "the folder is still there", func() bool { _, err := os.Stat(dir); return errors.Is(err, fs.ErrNotExist) })

	dir = filepath.Join(t.TempDir(), "pg")
	s := start(t, Options{Dir: dir, Ephemeral: true})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the folder outlived an orderly stop")
	}
}

func TestTheWatcherEndsTheServerWhereTheSystemDoesNot(t *testing.T) {
	t.Parallel()
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	w, err := watch(t.TempDir(), sleeper.Process.Pid, true)
	if err != nil {
		t.Fatal(err)
	}
	w.pipe.Close() // as it closes when the program is killed
	if err := sleeper.Wait(); err == nil || !strings.Contains(err.Error(), "interrupt") {
		t.Errorf("the server ended with %v", err)
	}
	w.cmd.Wait()
}

// As root both ways of being somebody else are tried: a folder everybody may enter, and one below a closed folder.
func TestRootBecomesSomebodyElse(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("not root: the server runs as the same user")
	}
	open, err := os.MkdirTemp("", "onderweg-open-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(open) })
	if err := os.Chmod(open, 0o711); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}

	for name, dir := range map[string]string{"open": open, "closed": closed} {
		s := start(t, Options{Dir: filepath.Join(dir, "pg")})
		if got := ask(t, s, `select 'up'`); got != "up" {
			t.Errorf("%s: %q", name, got)
		}
		if err := s.Stop(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	moved := filepath.Join(open, "moved") // data written under another identity
	if err := os.Rename(filepath.Join(closed, "pg"), moved); err != nil {
		t.Fatal(err)
	}
	start(t, Options{Dir: moved})
}

func TestWithoutBinariesTheErrorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := chooseBinaries([]string{t.TempDir(), "/nowhere"}, "")
	if !errors.Is(err, ErrNoBinaries) || strings.Contains(err.Error(), "\n") ||
		!strings.Contains(err.Error(), "apt install postgresql") || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("got %v", err)
	}
}

func TestTheNewestBinariesAreTakenUnlessTheDataIsOlder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, version := range []string{"9.6", "14", "15", "17"} {
		fakeBinaries(t, filepath.Join(root, version, "bin"), version+".1")
	}
	dirs := inPlaces([]string{filepath.Join(root, "*", "bin")})

	for wanted, want := range map[string]string{"": "17.1", "15": "15.1", "17": "17.1"} {
		got, err := chooseBinaries(dirs, wanted)
		if err != nil || got.version != want {
			t.Errorf("data of %q: got %q, %v; want %q", wanted, got.version, err, want)
		}
	}
	_, err := chooseBinaries(dirs, "16")
	if err == nil || !strings.Contains(err.Error(), "apt install postgresql-16") {
		t.Errorf("got %v", err)
	}
}

func fakeBinaries(t *testing.T, dir, version string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"postgres", "initdb"} {
		script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
		if err := os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func parentOf(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	parent, _ := strconv.Atoi(fields[1])
	return parent
}
