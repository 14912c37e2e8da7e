package web

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// trustFor is how long a kept page is shown without asking whether its order is still at that version. Notifications
// drop pages at once; this bounds what a lost one can do, however it was lost.
const trustFor = 900 * time.Millisecond

// PageKey names an order's page as one reader sees it. Token is the hash of the link's token.
type PageKey struct {
	Merchant parcel.MerchantID
	Token    [32]byte
	Want     string // language asked for
	Slot     int64  // quarter of an hour, see Slot
	Brand    int64  // version of the merchant's brand
}

// Slot numbers the quarters of an hour: in every zone of the world a day begins at one, so a page made in a slot says
// "today" rightly until the slot ends.
func Slot(now time.Time) int64 { return now.Unix() / (15 * 60) }

// Page is an order's page at one version, with what tells whether it still holds. Its parts are rendered when they are
// first wanted.
type Page struct {
	Order   parcel.OrderID
	Version int64
	Expires time.Time // when the link ends; zero for never
	Tag     string    // ETag
	Final   bool      // nothing will change any more
	Full    Part      // the whole document
	Main    Part      // what live pages swap

	confirmed atomic.Int64 // when the version was last known to be right, unix nanoseconds
}

// Part is a piece of a page: rendered once, compressed once for each encoding, for all who ask.
type Part struct {
	Render func() ([]byte, error)

	once   sync.Once
	body   []byte
	err    error
	br, gz atomic.Pointer[[]byte]
	grown  func(int) // told of each body that is kept
}

var errUnrendered = errors.New("a part of a page could not be rendered")

// Body is the part as it is.
func (p *Part) Body() ([]byte, error) {
	p.once.Do(func() {
		p.err = errUnrendered // stays when Render panics
		p.body, p.err = p.Render()
		p.Render = nil
		p.grow(len(p.body))
	})
	return p.body, p.err
}

// Packed is the part in an encoding; nil when there is none, or it gains nothing.
func (p *Part) Packed(encoding string) ([]byte, error) {
	slot := &p.gz
	switch encoding {
	case "br":
		slot = &p.br
	case "":
		return nil, nil //nolint:nilnil // nothing to pack with is no error
	}
	if b := slot.Load(); b != nil {
		return *b, nil
	}
	body, err := p.Body()
	if err != nil {
		return nil, err
	}
	b := Pack(encoding, body)
	if slot.CompareAndSwap(nil, &b) {
		p.grow(len(b))
	}
	return *slot.Load(), nil
}

func (p *Part) grow(n int) {
	if p.grown != nil {
		p.grown(n)
	}
}

// Source reads what a key names.
type Source struct {
	Probe func(ctx context.Context) (order parcel.OrderID, version int64, err error)
	Load  func(ctx context.Context) (*Page, error)
}

// Pages keeps rendered pages, least recently used ones leaving first. An order's pages are dropped when it changes.
type Pages struct {
	limit     int64
	connected func() bool // whether changes are told at once
	now       func() time.Time
	loads     singleflight.Group

	mu      sync.Mutex
	size    int64
	order   *list.List // of *kept, most recent first
	byKey   map[PageKey]*list.Element
	byOrder map[parcel.OrderID]map[PageKey]struct{}
	clock   uint64                    // counts invalidations
	changed map[parcel.OrderID]uint64 // when an order last changed, by clock; the recent ones
	floor   uint64                    // every order counts as changed at least this late
}

type kept struct {
	key  PageKey
	page *Page
	size int64
}

// pageOverhead is about what a page takes beside its bodies: what it is rendered from, and its places in the maps.
const pageOverhead = 4096

// maxChanged bounds the memory of recent changes.
const maxChanged = 4096

func newPages(limit int64, live *store.Live, now func() time.Time) *Pages {
	p := &Pages{
		limit: limit, connected: func() bool { return false }, now: now, order: list.New(), byKey: make(map[PageKey]*list.Element),
		byOrder: make(map[parcel.OrderID]map[PageKey]struct{}), changed: make(map[parcel.OrderID]uint64),
	}
	if live != nil {
		p.connected = live.Connected
		live.OnOrder(p.Drop)
	}
	return p
}

// Open gives the page of a key: the kept one while it holds, else a new one. Requests that come together share the work.
func (p *Pages) Open(ctx context.Context, key PageKey, src Source) (*Page, error) {
	page := p.find(key)
	if page == nil {
		return p.load(ctx, key, src)
	}
	if p.trusted(page) {
		return page, nil
	}
	started := p.now()
	order, version, err := src.Probe(ctx)
	if err != nil {
		return nil, err
	}
	if order == page.Order && version == page.Version {
		page.confirmed.Store(started.UnixNano())
		return page, nil
	}
	return p.load(ctx, key, src)
}

// Version gives the version an order is at, from a kept page while it can be trusted, else by a probe.
func (p *Pages) Version(ctx context.Context, key PageKey, src Source) (int64, error) {
	page := p.find(key)
	if page != nil && p.trusted(page) {
		return page.Version, nil
	}
	started := p.now()
	_, version, err := src.Probe(ctx)
	if page != nil && err == nil && version == page.Version {
		page.confirmed.Store(started.UnixNano())
	}
	return version, err
}

func (p *Pages) trusted(page *Page) bool {
	return p.connected() && p.now().UnixNano()-page.confirmed.Load() < int64(trustFor)
}

// load reads. A change that arrives meanwhile keeps the result from being kept.
func (p *Pages) load(ctx context.Context, key PageKey, src Source) (*Page, error) {
	if p.limit < 0 {
		return src.Load(ctx)
	}
	mark := p.mark()
	got, err, _ := p.loads.Do(key.flight(mark), func() (any, error) {
		started := p.now()
		page, err := src.Load(ctx)
		if err != nil {
			return nil, err
		}
		page.confirmed.Store(started.UnixNano())
		grown := func(n int) { p.grew(key, page, n) }
		page.Full.grown, page.Main.grown = grown, grown
		p.keep(key, page, mark)
		return page, nil
	})
	if err != nil {
		return nil, err
	}
	return got.(*Page), nil
}

// flight names the work that may be shared: the same key with no change in between, so that nobody is given what
// was read before the change they come to see.
func (k PageKey) flight(mark uint64) string {
	b := make([]byte, 0, 128)
	b = append(b, k.Merchant...)
	b = append(b, k.Token[:]...)
	b = append(b, k.Want...)
	for _, n := range []uint64{uint64(k.Slot), uint64(k.Brand), mark} {
		for ; n > 0; n >>= 8 {
			b = append(b, byte(n))
		}
		b = append(b, '/')
	}
	return string(b)
}

func (p *Pages) find(key PageKey) *Page {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.byKey[key]
	if e == nil {
		return nil
	}
	k := e.Value.(*kept)
	if !k.page.Expires.IsZero() && !p.now().Before(k.page.Expires) {
		p.remove(e)
		return nil
	}
	p.order.MoveToFront(e)
	return k.page
}

func (p *Pages) mark() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock
}

func (p *Pages) keep(key PageKey, page *Page, mark uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if max(p.changed[page.Order], p.floor) > mark {
		return
	}
	if e := p.byKey[key]; e != nil {
		p.remove(e)
	}
	k := &kept{key, page, pageOverhead}
	p.byKey[key] = p.order.PushFront(k)
	if p.byOrder[page.Order] == nil {
		p.byOrder[page.Order] = make(map[PageKey]struct{}, 1)
	}
	p.byOrder[page.Order][key] = struct{}{}
	p.size += k.size
	p.shrink()
}

// grew counts a body that a kept page has rendered.
func (p *Pages) grew(key PageKey, page *Page, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.byKey[key]
	if e == nil || e.Value.(*kept).page != page {
		return
	}
	e.Value.(*kept).size += int64(n)
	p.size += int64(n)
	p.shrink()
}

func (p *Pages) shrink() {
	for p.size > p.limit && p.order.Len() > 0 {
		p.remove(p.order.Back())
	}
}

func (p *Pages) remove(e *list.Element) {
	k := p.order.Remove(e).(*kept)
	p.size -= k.size
	delete(p.byKey, k.key)
	keys := p.byOrder[k.page.Order]
	if delete(keys, k.key); len(keys) == 0 {
		delete(p.byOrder, k.page.Order)
	}
}

// Drop forgets the pages of an order, or of all with "".
func (p *Pages) Drop(o parcel.OrderID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock++
	if o == "" {
		p.floor = p.clock
		clear(p.changed)
		p.order.Init()
		p.size = 0
		clear(p.byKey)
		clear(p.byOrder)
		return
	}
	if len(p.changed) >= maxChanged {
		p.floor = p.clock
		clear(p.changed)
	}
	p.changed[o] = p.clock
	for key := range p.byOrder[o] {
		p.remove(p.byKey[key])
	}
}

// Size is how many bytes are kept.
func (p *Pages) Size() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size
}
