package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

// openPipe starts a live page over a pipe, past the handshake.
func (h *Hub) openPipe(t *testing.T, show ShowLive) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	st := &stream{order: "o", show: show}
	st.dirty.Store(true)
	if err := h.enter(st); err != nil {
		t.Fatal(err)
	}
	st.conn = ours
	go h.run(st)
	t.Cleanup(func() { theirs.Close(); h.Close() })
	return theirs
}

func read(t *testing.T, c net.Conn) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := c.Read(b)
	if err != nil {
		return ""
	}
	return string(b[:n])
}

func TestALivePageTriesAgainWhenTheDatabaseWasAway(t *testing.T) {
	h, tries := newHub(10, nil, slog.New(slog.DiscardHandler)), 0
	c := h.openPipe(t, func(context.Context) ([]byte, bool, error) {
		if tries++; tries == 1 {
			return nil, false, errors.New("away")
		}
		return []byte("here"), false, nil
	})
	for {
		got := read(t, c)
		if got == "" {
			t.Fatal("the stream has ended")
		}
		if strings.Contains(got, "data: here") {
			return
		}
	}
}

func TestManyWakingsBecomeOneLook(t *testing.T) {
	h, looks := newHub(10, nil, slog.New(slog.DiscardHandler)), make(chan struct{}, 1000)
	c := h.openPipe(t, func(context.Context) ([]byte, bool, error) {
		looks <- struct{}{}
		return []byte("x"), false, nil
	})
	<-looks // it now waits for somebody to read what it says
	for range 500 {
		h.Wake("o")
	}
	read(t, c)
	<-looks
	read(t, c)
	h.Wake("another")
	select {
	case <-looks:
		t.Error("a page looks again although nothing of it changed")
	case <-time.After(50 * time.Millisecond):
	}
}

func TestABrowserThatReadsNothingIsLetGo(t *testing.T) {
	t.Parallel()
	h := newHub(10, nil, slog.New(slog.DiscardHandler))
	h.openPipe(t, func(context.Context) ([]byte, bool, error) { return []byte("x"), false, nil })
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(writeWithin + 5*time.Second); h.Count() > 0; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("a browser that reads nothing is kept")
		}
	}
}

func TestAHubTakesSoManyAndNoMore(t *testing.T) {
	h := newHub(2, nil, slog.New(slog.DiscardHandler))
	for i := range 3 {
		err := h.enter(&stream{order: parcel.OrderID(string(rune('a' + i)))})
		if (err != nil) != (i == 2) {
			t.Errorf("page %d: %v", i, err)
		}
	}
}
