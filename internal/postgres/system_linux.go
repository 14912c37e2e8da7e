package postgres

import "syscall"

// Linux ends the server for us when the program is killed, and can call root by another name.
const (
	parentDeathSignal = true
	namespaces        = true
)

func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// enterNamespace maps root outside to uid and gid inside. It works below folders only root may enter; container
// runtimes may forbid it.
func enterNamespace(attr *syscall.SysProcAttr, uid, gid int) {
	attr.Cloneflags = syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: 0, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: 0, Size: 1}}
}
