//go:build unix && !linux

package postgres

import "syscall"

// Elsewhere a watcher ends the server when the program is killed.
const (
	parentDeathSignal = false
	namespaces        = false
)

func dieWithParent(*syscall.SysProcAttr) {}

func enterNamespace(*syscall.SysProcAttr, int, int) {}
