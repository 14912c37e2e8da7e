//go:build unix

package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// identity is who the server runs as. PostgreSQL refuses to run as root, so root becomes somebody else: another user
// where that user can reach the folder, else a user namespace in which root is called something else (Linux).
type identity struct {
	uid, gid  int  // meaningful when drop
	drop      bool // become uid and gid
	namespace bool // be called uid and gid, and stay who we are outside
}

// chooseIdentity tries in turn: the owner of the data, "postgres", "nobody", a user namespace.
func chooseIdentity(dir, data string, bin binaries) (identity, error) {
	if os.Geteuid() != 0 {
		return identity{}, nil
	}
	candidates := unprivileged(data)
	for _, id := range candidates {
		id.drop = true
		if id.works(dir, bin) {
			return id, nil
		}
	}
	for _, id := range candidates {
		id.namespace = true
		if namespaces && id.works(dir, bin) {
			return id, nil
		}
	}
	return identity{}, fmt.Errorf("PostgreSQL does not run as root, and no other user may enter %s: choose another folder or another user", dir)
}

// unprivileged lists users the server could be: each has a name, which initdb insists on.
func unprivileged(data string) []identity {
	var ids []identity
	if st, err := os.Stat(data); err == nil {
		if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Uid != 0 {
			ids = append(ids, identity{uid: int(sys.Uid), gid: int(sys.Gid)})
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		ids = append(ids, identity{uid: uid, gid: gid})
	}
	return ids
}

// works finds out by trying: the program must start, and start inside the folder.
func (id identity) works(dir string, bin binaries) bool {
	cmd := exec.Command(bin.path("postgres"), "--version")
	id.apply(cmd, dir)
	_, err := runLocked(cmd)
	return err == nil
}

// apply makes cmd run as this identity, in a process group of its own (so that Ctrl-C reaches the program only) and in
// a folder it may be in.
func (id identity) apply(cmd *exec.Cmd, dir string) {
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	if id.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(id.uid), Gid: uint32(id.gid)}
	}
	if id.namespace {
		enterNamespace(cmd.SysProcAttr, id.uid, id.gid)
	}
}

// give lets this identity open a pipe of ours by its path.
func (id identity) give(f *os.File) error {
	if !id.drop {
		return nil
	}
	return f.Chown(id.uid, id.gid)
}

// own hands the files below path to this identity when they are somebody else's: copied by root, or written under
// another identity.
func (id identity) own(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid := 0, 0
	if id.drop {
		uid, gid = id.uid, id.gid
	}
	st, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok && int(sys.Uid) == uid {
		return nil
	}
	return filepath.WalkDir(path, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, uid, gid)
	})
}
