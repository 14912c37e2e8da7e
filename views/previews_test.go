package views

import (
	"bytes"
	"compress/gzip"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"golang.org/x/net/html"

	"onderweg/internal/brand"
	"onderweg/static"
)

// tuesday is the day of the examples.
func tuesday() time.Time { return time.Date(2026, 11, 24, 10, 50, 0, 0, time.UTC) }

func render(t *testing.T, p Preview, b brand.Brand, lang string) string {
	t.Helper()
	var out strings.Builder
	if err := p.Make(b, lang, tuesday()).Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// everyPreview runs a check on every page in every language and brand.
func everyPreview(t *testing.T, check func(t *testing.T, page string)) {
	for _, b := range demoBrands(t) {
		for _, lang := range Languages() {
			for _, p := range Previews() {
				t.Run(b.Slug+"/"+lang+"/"+p.Name, func(t *testing.T) { check(t, render(t, p, b, lang)) })
			}
		}
	}
}

func TestEveryPageIsWellFormed(t *testing.T) {
	keys := regexp.MustCompile(`>\s*[a-z]+(\.[a-z]+)+\s*<`)
	everyPreview(t, func(t *testing.T, page string) {
		if n := strings.Count(page, "<h1"); n != 1 {
			t.Errorf("%d h1", n)
		}
		if key := keys.FindString(page); key != "" {
			t.Errorf("a raw key: %s", key)
		}
		if left := regexp.MustCompile(`\{[a-z]+\}`).FindString(strings.ReplaceAll(page, `{text}`, "")); left != "" {
			t.Errorf("a placeholder was left: %s", left)
		}
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		walk(root, func(n *html.Node) { inspect(t, n, ids) })
		if !ids["main"] || strings.Contains(page, `href="#help"`) && !ids["help"] {
			t.Error("a link within the page leads nowhere")
		}
	})
}

// inspect holds one element to the rules of every page: nothing inline, ids once, inputs with a label, pictures with words.
func inspect(t *testing.T, n *html.Node, ids map[string]bool) {
	if n.Type != html.ElementNode {
		return
	}
	attrs := map[string]string{}
	for _, a := range n.Attr {
		attrs[a.Key] = a.Val
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
			t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
		}
		if strings.Contains(a.Val, "TemplFailedSanitizationURL") {
			t.Errorf("<%s %s> was refused as an address", n.Data, a.Key)
		}
	}
	if id, ok := attrs["id"]; ok {
		if id == "" || ids[id] {
			t.Errorf("id %q is empty or used twice", id)
		}
		ids[id] = true
	}
	switch n.Data {
	case "script":
		if n.FirstChild != nil || !strings.HasPrefix(attrs["src"], static.Prefix) {
			t.Error("an inline or foreign script")
		}
	case "style":
		t.Error("an inline style")
	case "html":
		if attrs["lang"] == "" {
			t.Error("the document has no language")
		}
	case "img":
		if _, ok := attrs["alt"]; !ok {
			t.Error("a picture without words")
		}
	case "svg":
		if attrs["aria-hidden"] != "true" {
			t.Error("a drawing is read aloud")
		}
	case "input", "select", "textarea":
		if attrs["type"] != "hidden" && attrs["aria-label"] == "" && !labelled(n) {
			t.Errorf("<%s name=%q> has no label", n.Data, attrs["name"])
		}
	case "a":
		if strings.HasPrefix(attrs["href"], "//") {
			t.Errorf("a link to %q", attrs["href"])
		}
	}
}

func labelled(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return true
		}
	}
	for _, a := range n.Attr {
		if a.Key == "id" {
			return hasLabelFor(root(n), a.Val)
		}
	}
	return false
}

func root(n *html.Node) *html.Node {
	for n.Parent != nil {
		n = n.Parent
	}
	return n
}

func hasLabelFor(root *html.Node, id string) (found bool) {
	walk(root, func(n *html.Node) {
		if n.Type != html.ElementNode || n.Data != "label" {
			return
		}
		for _, a := range n.Attr {
			found = found || a.Key == "for" && a.Val == id
		}
	})
	return found
}

func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func TestEveryRoadHasOneCurrentStepAndSaysWhatIsDone(t *testing.T) {
	b := demoBrands(t)[0]
	for _, p := range Previews() {
		page := render(t, p, b, "nl")
		roads := strings.Count(page, `<ol class="steps"`)
		if current := strings.Count(page, `aria-current="step"`); current != roads {
			t.Errorf("%s: %d roads, %d current steps", p.Name, roads, current)
		}
	}
	if page := render(t, preview(t, "delivered"), b, "nl"); strings.Count(page, "(voltooid)") != 5 {
		t.Error("delivered: not all five steps are said to be done")
	}
}

func TestBadNewsIsNeverCelebrated(t *testing.T) {
	for _, b := range demoBrands(t) {
		for _, p := range Previews() {
			happy := p.Name == "delivered" || p.Name == "delivered-neighbour" || p.Name == "collected"
			if got := strings.Contains(render(t, p, b, "nl"), `class="party"`); got != happy {
				t.Errorf("%s %s: party is %v", b.Slug, p.Name, got)
			}
		}
	}
}

func TestOneLoudBlockAtMost(t *testing.T) {
	b := demoBrands(t)[0]
	for _, p := range Previews() {
		page := render(t, p, b, "nl")
		if n := strings.Count(page, `class="act"`); n > 1 {
			t.Errorf("%s has %d", p.Name, n)
		}
	}
	for _, quiet := range []string{"way", "out", "late", "late-unknown", "delivered", "customs"} {
		if strings.Contains(render(t, preview(t, quiet), b, "nl"), `class="act`) {
			t.Errorf("%s shouts although there is nothing to do", quiet)
		}
	}
}

func TestALinkThatEndedLooksLikeOneThatNeverWas(t *testing.T) {
	for _, b := range demoBrands(t) {
		if render(t, preview(t, "link-unknown"), b, "nl") != render(t, preview(t, "link-expired"), b, "nl") {
			t.Errorf("%s: 404 and 410 differ", b.Slug)
		}
	}
}

func TestLinkPreviewsTellNothing(t *testing.T) {
	b := demoBrands(t)[0]
	head := func(name string) string {
		page, _, _ := strings.Cut(render(t, preview(t, name), b, "nl"), "</head>")
		return page
	}
	if head("way") != head("delivered") || head("way") != head("lost") {
		t.Error("the head of the document depends on the state")
	}
}

func TestFirstViewIsLight(t *testing.T) {
	const limit, goal = 100_000, 80_000
	for _, b := range demoBrands(t) {
		p := L0(example0(t, "way", b), b, "nl", tuesday())
		p.Live, p.Now = "/live", "/now"
		var page bytes.Buffer
		if err := TrackingFull(p).Render(context.Background(), &page); err != nil {
			t.Fatal(err)
		}
		total := 0
		add := func(name string, n int) {
			total += n
			t.Logf("%-28s %6d", name, n)
		}
		add("document", len(gzipped(page.Bytes())))
		add("brand stylesheet", len(packed4(b.Theme.CSS(static.URL))))
		for _, f := range static.Files() {
			if !strings.Contains(page.String(), f.Path) && !(f.Name == "img/contours.svg" && b.Theme.Motif == "contours") {
				continue
			}
			br, _ := f.Packed()
			if br == nil {
				br = f.Body
			}
			add(f.Name, len(br))
		}
		t.Logf("%s: %d bytes", b.Name, total)
		if total > goal {
			t.Errorf("%s: %d bytes over the wire, the goal is %d and the limit %d", b.Name, total, goal, limit)
		}
	}
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

func packed4(body []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, 4)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

func preview(t *testing.T, name string) Preview {
	t.Helper()
	for _, p := range Previews() {
		if p.Name == name {
			return p
		}
	}
	t.Fatal("no preview " + name)
	return Preview{}
}
