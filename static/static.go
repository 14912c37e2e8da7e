// Package static holds the files browsers fetch as they are: styles, scripts, fonts, drawings. Every file is
// embedded and served under a name that carries the hash of its bytes, so that caches may keep it for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed css js fonts/*.woff2 img
var embedded embed.FS

// Prefix is where the files are served.
const Prefix = "/static/"

// File is one asset as it goes over the wire.
type File struct {
	Name   string // "css/page.css"
	Path   string // "css/page.1a2b3c4d.css", below Prefix
	Type   string // content type
	Body   []byte
	url    string // Prefix and Path
	packed func() (br, gz []byte)
}

// Packed gives the body compressed once for all requests, or nil where that gains nothing (fonts, pictures).
func (f File) Packed() (br, gz []byte) { return f.packed() }

// URL turns a name ("css/page.css") into the address it is served at. It panics on a name that does not exist:
// names are constants, and a test renders every page.
func URL(name string) string {
	f, ok := files().byName[name]
	if !ok {
		panic("static: no file " + name)
	}
	return f.url
}

// Find gives the file served at path, which is what follows Prefix in the address.
func Find(path string) (File, bool) {
	f, ok := files().byPath[path]
	return f, ok
}

// Files lists every asset.
func Files() []File {
	all := make([]File, 0, len(files().byName))
	for _, f := range files().byName {
		all = append(all, f)
	}
	return all
}

type shelf struct{ byName, byPath map[string]File }

// files reads the embedded tree once. Styles come last: they name other files, whose hashes must be known.
var files = sync.OnceValue(func() shelf {
	s := shelf{map[string]File{}, map[string]File{}}
	for _, styles := range []bool{false, true} {
		err := fs.WalkDir(embedded, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || (path.Ext(name) == ".css") != styles {
				return err
			}
			body, err := embedded.ReadFile(name)
			if err != nil {
				return err
			}
			s.put(name, body)
			return nil
		})
		if err != nil {
			panic("static: " + err.Error())
		}
	}
	return s
})

func (s shelf) put(name string, body []byte) {
	if path.Ext(name) == ".css" {
		body = s.link(body)
	}
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	f := File{
		Name: name, Body: body, Type: contentType(ext),
		Path: strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext,
	}
	f.url = Prefix + f.Path
	f.packed = sync.OnceValues(func() ([]byte, []byte) { return pack(f) })
	s.byName[f.Name], s.byPath[f.Path] = f, f
}

// link writes the hashed addresses into a stylesheet: url(static:img/x.svg) becomes url(/static/img/x.1a2b3c4d.svg).
func (s shelf) link(css []byte) []byte {
	const mark = "url(static:"
	for {
		before, rest, found := bytes.Cut(css, []byte(mark))
		if !found {
			return css
		}
		name, after, _ := bytes.Cut(rest, []byte(")"))
		f, ok := s.byName[string(name)]
		if !ok {
			panic("static: a stylesheet names " + string(name))
		}
		css = bytes.Join([][]byte{before, []byte("url(" + Prefix + f.Path + ")"), after}, nil)
	}
}

func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	}
	return "application/octet-stream"
}

func pack(f File) (br, gz []byte) {
	if !strings.HasPrefix(f.Type, "text/") && f.Type != "image/svg+xml" {
		return nil, nil
	}
	var b, g bytes.Buffer
	// Writes to a buffer do not fail.
	bw := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, _ = bw.Write(f.Body)
	_ = bw.Close()
	gw, _ := gzip.NewWriterLevel(&g, gzip.BestCompression)
	_, _ = gw.Write(f.Body)
	_ = gw.Close()
	return b.Bytes(), g.Bytes()
}
