package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// Limits of live pages. An address may stand for an office or a whole village behind one gateway; whoever finds no
// place polls instead.
const (
	heartbeat    = 20 * time.Second
	writeWithin  = 10 * time.Second
	livePerIP    = 64
	livePerOrder = 64
	retryAtLeast = 2 * time.Second // what a browser waits before it comes back, plus up to as much again
)

// ShowLive gives what a live page shows now, nil when nothing changed since the last time, and whether nothing ever
// will again. An error ends the page: its link has ended, or the browser may come back.
type ShowLive func(ctx context.Context) (body []byte, final bool, err error)

// Names of the events: "parcel" carries the part of the page that changes, "done" ends the stream for good.
const (
	eventParcel = "parcel"
	eventDone   = "done"
)

// Hub holds the open live pages of this process. Each takes the connection over from net/http and keeps one
// goroutine and a few hundred bytes; the hub owns them all and Close waits for them.
type Hub struct {
	max int
	log *slog.Logger

	mu     sync.Mutex
	closed bool
	count  int
	byIP   map[netip.Prefix]int
	orders map[parcel.OrderID]map[*stream]struct{}
	wg     sync.WaitGroup
}

type stream struct {
	conn    net.Conn
	order   parcel.OrderID
	from    netip.Prefix
	show    ShowLive
	dirty   atomic.Bool
	closing atomic.Bool
}

func newHub(limit int, live *store.Live, log *slog.Logger) *Hub {
	h := &Hub{max: limit, log: log, byIP: make(map[netip.Prefix]int), orders: make(map[parcel.OrderID]map[*stream]struct{})}
	if live != nil {
		live.OnOrder(h.Wake)
	}
	return h
}

// Open turns the request into a live page of an order. It is subscribed first and shown then, so that no change falls
// in between. It answers 503 when there is no place.
func (h *Hub) Open(c echo.Context, o parcel.OrderID, show ShowLive) error {
	x := exchangeOf(c)
	st := &stream{order: o, from: network(x.client), show: show}
	st.dirty.Store(true)
	if err := h.enter(st); err != nil {
		return err
	}
	conn, err := x.takeOver(c.Request())
	if err != nil {
		h.leave(st)
		return err
	}
	h.mu.Lock()
	st.conn = conn
	closed := h.closed
	h.mu.Unlock()
	if closed {
		st.close()
	}
	go h.run(st)
	return nil
}

// enter takes a place, before the connection is taken over.
func (h *Hub) enter(st *stream) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.count >= h.max || h.byIP[st.from] >= livePerIP || len(h.orders[st.order]) >= livePerOrder {
		return Refusal{Status: http.StatusServiceUnavailable, RetryAfter: int(heartbeat.Seconds())}
	}
	h.count++
	h.byIP[st.from]++
	if h.orders[st.order] == nil {
		h.orders[st.order] = make(map[*stream]struct{}, 1)
	}
	h.orders[st.order][st] = struct{}{}
	h.wg.Add(1)
	return nil
}

func (h *Hub) leave(st *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count--
	if h.byIP[st.from]--; h.byIP[st.from] == 0 {
		delete(h.byIP, st.from)
	}
	if delete(h.orders[st.order], st); len(h.orders[st.order]) == 0 {
		delete(h.orders, st.order)
	}
	h.wg.Done()
}

// takeOver writes the head of an event stream and takes the connection away from net/http, whose buffers and stack
// are then free.
func (x *exchange) takeOver(r *http.Request) (net.Conn, error) {
	if r.ProtoMajor != 1 {
		return nil, status(http.StatusServiceUnavailable)
	}
	conn, _, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err != nil {
		return nil, err
	}
	x.hijacked, x.status = true, http.StatusOK

	head := bytes.NewBufferString("HTTP/1.1 200 OK\r\n")
	header := x.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Connection", "close")
	header.Set("X-Accel-Buffering", "no")
	_ = header.Write(head) // a buffer takes everything
	wait := retryAtLeast + rand.N(retryAtLeast)
	head.WriteString("\r\nretry: " + strconv.FormatInt(wait.Milliseconds(), 10) + "\n\n")
	_ = conn.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := conn.Write(head.Bytes()); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// run waits in a read, which ends when the browser goes, when the heartbeat is due, or when wake moves the deadline.
func (h *Hub) run(st *stream) {
	defer h.leave(st)
	defer st.conn.Close()
	var one [1]byte
	for {
		_ = st.conn.SetReadDeadline(time.Now().Add(heartbeat))
		if st.closing.Load() {
			return
		}
		if st.dirty.Swap(false) {
			goes, err := st.tell()
			switch {
			case !goes:
				return
			case err == nil:
				continue
			}
			_ = st.conn.SetReadDeadline(time.Now().Add(retryAtLeast + rand.N(retryAtLeast)))
		}
		_, err := st.conn.Read(one[:])
		switch {
		case err == nil || !errors.Is(err, os.ErrDeadlineExceeded):
			return // gone, or saying what an event stream has no ear for
		case !st.dirty.Load() && !st.closing.Load():
			st.dirty.Store(true) // what the page says of today may have changed
			if !st.write([]byte(":\n\n")) {
				return
			}
		}
	}
}

// tell shows the page as it is now, when it differs from what was shown. It says whether the stream goes on; with an
// error it was not shown and is worth another try.
func (st *stream) tell() (goes bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), readBudget)
	defer cancel()
	body, final, err := st.show(ctx)
	switch {
	case errors.Is(err, parcel.ErrNotFound), errors.Is(err, parcel.ErrExpired):
		final = true
	case err != nil:
		return true, err
	}
	if body != nil && !st.write(event(eventParcel, body)) {
		return false, nil
	}
	if final {
		st.write(event(eventDone, []byte("-")))
	}
	return !final, nil
}

func (st *stream) write(b []byte) bool {
	_ = st.conn.SetWriteDeadline(time.Now().Add(writeWithin))
	_, err := st.conn.Write(b)
	return err == nil
}

// event frames a body: a line of data for each of its lines.
func event(name string, body []byte) []byte {
	b := make([]byte, 0, len(body)+len(body)/8+32)
	b = append(b, "event: "+name+"\n"...)
	for line := range bytes.Lines(body) {
		b = append(append(b, "data: "...), bytes.TrimRight(line, "\r\n")...)
		b = append(b, '\n')
	}
	return append(b, '\n')
}

// interrupt ends the read the stream waits in. It is harmless while the stream writes: run looks at its flags after
// each new deadline.
func (st *stream) interrupt() {
	if st.conn != nil {
		_ = st.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

func (st *stream) close() {
	st.closing.Store(true)
	st.interrupt()
}

// Wake makes the live pages of an order look again; "" means all of them.
func (h *Hub) Wake(o parcel.OrderID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if o != "" {
		wake(h.orders[o])
		return
	}
	for _, streams := range h.orders {
		wake(streams)
	}
}

func wake(streams map[*stream]struct{}) {
	for st := range streams {
		st.dirty.Store(true)
		st.interrupt()
	}
}

// Close ends all live pages and waits for them; browsers come back to another replica.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for _, streams := range h.orders {
		for st := range streams {
			st.close()
		}
	}
	h.mu.Unlock()
	h.wg.Wait()
}

// Count is how many live pages are open.
func (h *Hub) Count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.count
}
