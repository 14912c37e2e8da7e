//go:build unix

package postgres

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrInUse says that another program runs a server on the folder.
var ErrInUse = errors.New("in use")

// lockDir takes the folder for this program. The lock goes with the program, even on kill -9; the file stays.
func lockDir(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := os.ReadFile(file)
		f.Close()
		return nil, fmt.Errorf("%s is %w by process %s", filepath.Dir(file), ErrInUse, strings.TrimSpace(string(holder)))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	f.Truncate(0)                       //nolint:errcheck // only says who holds it
	fmt.Fprintf(f, "%d\n", os.Getpid()) //nolint:errcheck // the same
	return func() { f.Close() }, nil
}
