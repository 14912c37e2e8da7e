package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

const htmlType = "text/html; charset=utf-8"

// worthPacking is the size below which compression gains nothing, in bytes.
const worthPacking = 1400

var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 32<<10)) }}

// keepBuffer is the largest buffer that goes back to the pool.
const keepBuffer = 256 << 10

func putBuffer(b *bytes.Buffer) {
	if b.Cap() > keepBuffer {
		return
	}
	b.Reset()
	buffers.Put(b)
}

// Show renders a component and sends it. It is rendered whole first, so that an error can still become an error page.
func Show(c echo.Context, ctx context.Context, code int, page templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer putBuffer(b)
	if err := page.Render(ctx, b); err != nil {
		return err
	}
	return Send(c, code, htmlType, b.Bytes())
}

// RenderBytes renders a component into a slice of its own.
func RenderBytes(ctx context.Context, page templ.Component) ([]byte, error) {
	b := buffers.Get().(*bytes.Buffer)
	defer putBuffer(b)
	if err := page.Render(ctx, b); err != nil {
		return nil, err
	}
	return bytes.Clone(b.Bytes()), nil
}

// Send writes a body of known length.
func Send(c echo.Context, code int, contentType string, body []byte) error {
	x := exchangeOf(c)
	h := x.Header()
	h["Content-Type"] = []string{contentType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.WriteHeader(code)
	_, err := x.Write(body)
	return ignoreGone(err)
}

// SendPacked is Send with the best of the given encodings the client takes; br and gz may be nil.
func SendPacked(c echo.Context, code int, contentType string, body, br, gz []byte) error {
	h := exchangeOf(c).Header()
	switch enc := Encoding(c.Request()); {
	case enc == "br" && br != nil:
		h["Content-Encoding"] = []string{"br"}
		body = br
	case gz != nil && Accepts(c.Request(), "gzip"):
		h["Content-Encoding"] = []string{"gzip"}
		body = gz
	}
	return Send(c, code, contentType, body)
}

// Forever marks an answer whose name carries the hash of its bytes.
func Forever(c echo.Context) {
	h := exchangeOf(c).Header()
	h.Set("Cache-Control", forever)
	h.Set("Vary", "Accept-Encoding")
}

// ignoreGone drops write errors: whoever asked has gone, and nobody is left to tell.
func ignoreGone(error) error { return nil }

// Encoding is the encoding a client prefers among ours: "br", "gzip" or "".
func Encoding(r *http.Request) string {
	switch {
	case Accepts(r, "br"):
		return "br"
	case Accepts(r, "gzip"):
		return "gzip"
	}
	return ""
}

// Accepts says whether Accept-Encoding names an encoding, and not with q=0.
func Accepts(r *http.Request, name string) bool {
	for _, line := range r.Header["Accept-Encoding"] {
		for part := range strings.SplitSeq(line, ",") {
			coding, param, _ := strings.Cut(part, ";")
			if strings.TrimSpace(coding) != name {
				continue
			}
			q := strings.TrimSpace(param)
			return !strings.HasPrefix(q, "q=0") || strings.Trim(q, "q=0.") != ""
		}
	}
	return false
}

var (
	brotliWriters = sync.Pool{New: func() any { return brotli.NewWriterLevel(io.Discard, 1) }}
	gzipWriters   = sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is valid
		return w
	}}
)

// Pack compresses a body at level 1, the level that is worth its time for an answer made once. nil when it gains nothing.
func Pack(encoding string, body []byte) []byte {
	if len(body) < worthPacking {
		return nil
	}
	b := buffers.Get().(*bytes.Buffer)
	defer putBuffer(b)
	switch encoding { // writes to a buffer do not fail
	case "br":
		w := brotliWriters.Get().(*brotli.Writer)
		w.Reset(b)
		_, _ = w.Write(body)
		_ = w.Close()
		brotliWriters.Put(w)
	case "gzip":
		w := gzipWriters.Get().(*gzip.Writer)
		w.Reset(b)
		_, _ = w.Write(body)
		_ = w.Close()
		gzipWriters.Put(w)
	default:
		return nil
	}
	return bytes.Clone(b.Bytes())
}

// PackFor is Pack when the client prefers that encoding, else nil: for answers that are made for one request.
func PackFor(c echo.Context, encoding string, body []byte) []byte {
	if Encoding(c.Request()) != encoding {
		return nil
	}
	return Pack(encoding, body)
}
