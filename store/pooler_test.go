package store_test

import (
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"onderweg/store"
	"onderweg/store/storetest"
)

// pooled starts PgBouncer in transaction mode, with four server connections, in front of a fresh database. It gives the
// address through it and the direct one.
func pooled(t *testing.T) (through, direct string) {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil {
			t.Fatal("no PgBouncer on this machine: run `apt install pgbouncer`")
		}
	}
	direct = storetest.URL(t)
	port := freePort(t)
	config := writeConfig(t, direct, port)

	cmd := exec.Command(program, config)
	cmd.Dir = filepath.Dir(config)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: unprivileged(t)}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); <-ended })

	through = fmt.Sprintf("postgres://anybody@127.0.0.1:%d/through?sslmode=disable", port)
	eventually(t, "PgBouncer does not answer", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return through, direct
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func writeConfig(t *testing.T, direct string, port int) string {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	dir, err := os.MkdirTemp("", "onderweg-pgbouncer-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	config := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf(`[databases]
through = host=127.0.0.1 port=%s dbname=%s user=%s password=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
`, u.Port(), strings.TrimPrefix(u.Path, "/"), u.User.Username(), password, port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if who := unprivileged(t); who != nil {
		for _, path := range []string{dir, config} {
			if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return config
}

// unprivileged is who PgBouncer runs as when we are root, which it refuses to be.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// ask lets 40 goroutines ask 300 questions each, every goroutine its own, and counts the answers to other questions.
func askAll(t *testing.T, db *sqlx.DB) (wrong, failed int64) {
	t.Helper()
	db.SetMaxOpenConns(40)
	var swapped, errs atomic.Int64
	var all sync.WaitGroup
	for worker := range 40 {
		all.Go(func() {
			query := fmt.Sprintf(`select $1::int, 'question %d'::text`, worker)
			for i := range 300 {
				var n int
				var text string
				err := db.QueryRowContext(t.Context(), query, i).Scan(&n, &text)
				switch {
				case err != nil:
					errs.Add(1)
				case n != i || text != fmt.Sprintf("question %d", worker):
					swapped.Add(1)
				}
			}
		})
	}
	all.Wait()
	return swapped.Load(), errs.Load()
}

func TestNoAnswersAreSwappedBehindAPooler(t *testing.T) {
	t.Parallel()
	through, direct := pooled(t)
	s := storetest.Open(t, store.Config{URL: through, Direct: direct})
	for name, db := range map[string]*sqlx.DB{"writes": s.DB(), "reads": s.ReadDB()} {
		if wrong, failed := askAll(t, db); wrong != 0 || failed != 0 {
			t.Errorf("%s: of 12000 answers %d were to other questions, %d failed", name, wrong, failed)
		}
	}

	careless, err := sql.Open("postgres", through)
	if err != nil {
		t.Fatal(err)
	}
	defer careless.Close()
	wrong, failed := askAll(t, sqlx.NewDb(careless, "postgres"))
	t.Logf("for comparison, without binary_parameters: %d wrong, %d failed", wrong, failed)
}

func TestAPoolerMustBeDeclared(t *testing.T) {
	t.Parallel()
	through, direct := pooled(t)
	open := func(url, direct string) error {
		s, err := store.Open(t.Context(), store.Config{URL: url, Direct: direct, Keys: storetest.Keys()})
		if err == nil {
			s.Close()
		}
		return err
	}
	if err := open(through, ""); err == nil || !strings.Contains(err.Error(), "DIRECT_DATABASE_URL") {
		t.Errorf("undeclared: %v", err)
	}
	if err := open(through, through); err == nil || !strings.Contains(err.Error(), "DIRECT_DATABASE_URL leads to a connection pooler") {
		t.Errorf("a pooler as the direct address: %v", err)
	}
	if err := open(through, direct); err != nil {
		t.Errorf("declared: %v", err)
	}
	if err := open(direct, direct); err != nil {
		t.Errorf("direct twice: %v", err)
	}
}

func TestBehindAPoolerEverythingWorks(t *testing.T) {
	t.Parallel()
	through, direct := pooled(t)
	if err := store.Migrate(t.Context(), direct); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, store.Config{URL: through, Direct: direct})
	live := listen(t, s)
	m := storetest.Merchant(t, s, "kaap-noord")
	order := anOrder(t, s, m.ID, "jo@example.com")
	slot, end := live.Watch(order)
	defer end()
	tell(t, s, "o:"+string(order))
	woken(t, "a page", slot)

	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 20 {
				find, err := s.Stmt(t.Context(), `select $1::int + 1`)
				if err != nil {
					t.Error(err)
					return
				}
				var n int
				if err := find.QueryRow(t.Context(), 41).Scan(&n); err != nil || n != 42 {
					t.Errorf("got %d, %v", n, err)
				}
			}
		})
	}
	all.Wait()
	plain, _ := aKey(t, s, m.ID, time.Time{})
	if _, err := s.APIKeyByPlain(t.Context(), plain); err != nil {
		t.Error(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
