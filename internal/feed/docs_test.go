package feed

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

func TestTheShellExampleOfTheDocsIsAccepted(t *testing.T) {
	for _, tool := range []string{"sh", "openssl", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("the example needs %s: %v", tool, err)
		}
	}
	example := shellExample(t)
	secret := regexp.MustCompile(`SECRET=(\S+)`).FindStringSubmatch(example)[1]
	a, _ := ByKind("standard")

	var scans []parcel.Scan
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := a.Verify([]string{secret}, r.Header, body, time.Now()); err != nil {
			t.Errorf("the signature of the docs is refused: %v", err)
		}

		if scans, err = a.Parse(r.Header, body, time.Now()); err != nil {
			t.Errorf("the body of the docs is odd: %v", err)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()

	script := regexp.MustCompile(`URL=\S+`).ReplaceAllString(example, "URL="+server.URL)
	out, err := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "202 Accepted") {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(scans) != 1 || scans[0].Milestone != parcel.OutForDelivery || scans[0].Number != "VB00010001" {
		t.Errorf("got %s", describe(scans, nil))
	}
}

// shellExample is the script in docs/feeds.md.
func shellExample(t *testing.T) string {
	t.Helper()
	doc := docsOfFeeds(t)
	_, rest, _ := strings.Cut(doc, "```sh\n")
	script, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("there is no shell example in docs/feeds.md")
	}

	return script
}

func docsOfFeeds(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/feeds.md")
	if err != nil {
		t.Fatal(err)
	}

	return string(doc)
}

func TestTheDocsNameEveryWordOfOurFormat(t *testing.T) {
	doc := docsOfFeeds(t)
	var words []string
	for _, m := range parcel.Milestones {
		words = append(words, string(m))
	}
	for _, r := range reasons {
		words = append(words, string(r))
	}
	for _, a := range actors {
		words = append(words, string(a))
	}
	for _, c := range causes {
		words = append(words, string(c))
	}
	for _, h := range handovers {
		words = append(words, string(h))
	}
	for _, a := range All() {
		words = append(words, a.Kind())
	}
	for _, w := range words {
		if !strings.Contains(doc, "`"+w+"`") {
			t.Errorf("docs/feeds.md does not name %q", w)
		}
	}
}

func TestTheJSONExampleOfTheDocsIsRead(t *testing.T) {
	_, rest, _ := strings.Cut(docsOfFeeds(t), "```json\n")
	body, _, _ := strings.Cut(rest, "```")
	a, _ := ByKind("standard")
	scans, err := a.Parse(nil, []byte(body), received)
	if err != nil || len(scans) != 2 || scans[0].Pickup.Until.String() != "2026-12-02" || scans[1].Window.ToMinute != 15*60 {
		t.Errorf("%v\n%s", err, describe(scans, nil))
	}
}
