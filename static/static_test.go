package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func file(t *testing.T, name string) File {
	t.Helper()
	for _, f := range Files() {
		if f.Name == name {
			return f
		}
	}
	t.Fatal("no file " + name)
	return File{}
}

func TestHtmxIsTheOnePublished(t *testing.T) {
	sum := sha512.Sum384(file(t, "js/htmx.min.js").Body)
	const want = "2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != want {
		t.Errorf("htmx 2.0.11 has sha384-%s, ours %s", want, got)
	}
}

func TestFontsAreSmall(t *testing.T) {
	for _, f := range Files() {
		if f.Type == "font/woff2" && len(f.Body) > 30_000 {
			t.Errorf("%s has %d bytes", f.Name, len(f.Body))
		}
	}
}

func TestNamesCarryTheHashOfTheBytes(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9/.-]+\.[0-9a-f]{8}\.[a-z0-9]+$`)
	for _, f := range Files() {
		if !name.MatchString(f.Path) {
			t.Errorf("%s is served as %s", f.Name, f.Path)
		}
		if URL(f.Name) != Prefix+f.Path {
			t.Errorf("%s is at %s", f.Name, URL(f.Name))
		}
		if got, ok := Find(f.Path); !ok || !bytes.Equal(got.Body, f.Body) {
			t.Errorf("%s is not found where it is served", f.Path)
		}
		if f.Type == "application/octet-stream" {
			t.Errorf("%s has no content type", f.Name)
		}
	}
	if _, ok := Find("css/page.css"); ok {
		t.Error("a name without a hash is served: caches would keep an old file for ever")
	}
}

func TestStylesNameHashedFilesOnly(t *testing.T) {
	for _, f := range Files() {
		if !strings.HasSuffix(f.Name, ".css") {
			continue
		}
		for _, m := range regexp.MustCompile(`url\(([^)]+)\)`).FindAllSubmatch(f.Body, -1) {
			address := string(m[1])
			if _, ok := Find(strings.TrimPrefix(address, Prefix)); !ok {
				t.Errorf("%s names %s", f.Name, address)
			}
		}
	}
}

func TestPackedIsTheSameAndSmaller(t *testing.T) {
	for _, f := range Files() {
		br, gz := f.Packed()
		if br == nil {
			continue
		}
		plain, err := io.ReadAll(brotli.NewReader(bytes.NewReader(br)))
		if err != nil || !bytes.Equal(plain, f.Body) {
			t.Errorf("%s: brotli gives something else: %v", f.Name, err)
		}
		r, err := gzip.NewReader(bytes.NewReader(gz))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err = io.ReadAll(r); err != nil || !bytes.Equal(plain, f.Body) {
			t.Errorf("%s: gzip gives something else: %v", f.Name, err)
		}
		if len(f.Body) > 1000 && len(br) >= len(f.Body) {
			t.Errorf("%s grew", f.Name)
		}
	}
}

func TestScriptsNeedNoEval(t *testing.T) {
	own := file(t, "js/live.js").Body
	for _, bad := range []string{"eval(", "Function(", "innerHTML = ", "document.write", "localStorage", "sessionStorage", "document.cookie"} {
		if bytes.Contains(own, []byte(bad)) {
			t.Errorf("live.js uses %s", bad)
		}
	}
}
