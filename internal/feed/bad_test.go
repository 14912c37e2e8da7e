package feed

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"onderweg/internal/parcel"
)

// templates are the smallest bodies of each feed; %s is where a value of the carrier's goes.
var templates = map[string]string{
	"aftership": `{"ts":1795606800,"event":"tracking_update","msg":{"tracking_number":"3SDEMO1","slug":"postnl","checkpoints":[{"checkpoint_time":"2026-11-25T09:00:00Z","tag":"InTransit","city":"Gent","message":%s}]}}`,
	"easypost":  `{"description":"tracker.updated","result":{"tracking_code":"3SDEMO1","carrier":"PostNL","tracking_details":[{"datetime":"2026-11-25T09:00:00Z","status":"in_transit","tracking_location":{"city":"Gent"},"message":%s}]}}`,
	"sendcloud": `{"action":"parcel_status_changed","timestamp":1795600000,"parcel":{"tracking_number":"3SDEMO1","status":{"id":91,"message":%s}}}`,
	"standard":  `{"type":"parcel.scanned","timestamp":"2026-11-25T09:00:00Z","data":{"tracking_number":"3SDEMO1","scans":[{"time":"2026-11-25T09:00:00Z","milestone":"in_transit","city":"Gent","text":%s}]}}`,
}

func eachFeed(t *testing.T, f func(t *testing.T, a Adapter, template string)) {
	for _, a := range All() {
		t.Run(a.Kind(), func(t *testing.T) { f(t, a, templates[a.Kind()]) })
	}
}

func TestStrangeTextsAreKeptInASafeForm(t *testing.T) {
	eachFeed(t, func(t *testing.T, a Adapter, template string) {
		for sent, want := range map[string]string{
			`"a\u0000b"`:                          "a\uFFFDb",
			`"a\ud800b"`:                          "a\uFFFDb",
			`"\udc00\ud83d"`:                      "\uFFFD\uFFFD",
			`"\ud83d\ude9a"`:                      "🚚",
			`"abc\u202edef\u2066ghi\u200f"`:       "abcdefghi",
			`"one\u2028two\r\n\u0085three\u0007"`: "one two three",
			`"  padded   twice  "`:                "padded twice",
			`"e\u0301"`:                           "é",
			`"👩‍🚀 zero width joiners are letters"`:      "👩\u200d🚀 zero width joiners are letters",
			`12345678901234567890`:                      "12345678901234567890",
			`1e400`:                                     "1e400",
			`null`:                                      "",
			`{"a":[1,2,{"b":null}]}`:                    "",
			`"` + strings.Repeat("é", 1<<20) + `"`:      strings.Repeat("é", maxText),
			`"` + strings.Repeat("\u0301", 10000) + `"`: strings.Repeat("\u0301", maxText),
		} {
			scans, err := a.Parse(nil, fmt.Appendf(nil, template, sent), received)
			if err != nil || len(scans) != 1 {
				t.Errorf("%.40s: %d scans, %v", sent, len(scans), err)
				continue
			}
			if got := scans[0].Text; got != want && utf8.RuneCountInString(want) < maxText {
				t.Errorf("%.40s: kept as %.80q, want %.80q", sent, got, want)
			}
			if scans[0].Milestone != parcel.InTransit {
				t.Errorf("%.40s: the event was lost", sent)
			}
			fitToStore(t, scans[0])
		}
	})
}

// fitToStore checks what a text column and a log line need.
func fitToStore(t *testing.T, s parcel.Scan) {
	t.Helper()
	for _, text := range []string{s.Text, s.Code, s.Number, s.Carrier, s.Place.City, s.Place.Name, s.Place.Country, s.When.Raw, s.Pickup.Name} {
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxText {
			t.Errorf("not fit to store: %.80q", text)
		}
		for _, r := range text {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
				t.Errorf("%U is left in %.80q", r, text)
			}
		}
	}
}

func TestBytesThatAreNoTextDoNotLoseACarriersEvent(t *testing.T) {
	eachFeed(t, func(t *testing.T, a Adapter, template string) {
		body := fmt.Appendf(nil, template, "\"a\xff\xc0\xafb\"")
		scans, err := a.Parse(nil, body, received)
		if a.Kind() == "standard" {
			if !errors.Is(err, ErrOdd) || Reason(err) != "the body is not UTF-8" {
				t.Errorf("our own format must be UTF-8, got %v", err)
			}
			return
		}
		if err != nil || len(scans) != 1 {
			t.Fatalf("%d scans, %v", len(scans), err)
		}
		fitToStore(t, scans[0])
	})
}

func TestBodiesThatCannotBeReadAreOdd(t *testing.T) {
	eachFeed(t, func(t *testing.T, a Adapter, template string) {
		whole := fmt.Sprintf(template, `"x"`)
		for name, body := range map[string]string{
			"empty":                          "",
			"not JSON":                       "tracking=3SDEMO1",
			"HTML":                           "<html>502</html>",
			"a list":                         "[" + whole + "]",
			"a number":                       "1e400",
			"null":                           "null",
			"truncated":                      whole[:len(whole)-2],
			"two objects":                    whole + whole,
			"something after it":             whole + "x",
			"10,000 deep":                    fmt.Sprintf(template, strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)),
			"33 deep":                        strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33),
			"endless depth":                  strings.Repeat("[", 1<<20),
			"a million values":               fmt.Sprintf(template, "["+strings.Repeat("0,", 1_000_000)+"0]"),
			"a million names":                "{" + strings.Repeat(`"a":0,`, 150_000) + `"a":0}`,
			"no number":                      strings.ReplaceAll(whole, "3SDEMO1", ""),
			"half a surrogate as the number": strings.ReplaceAll(whole, "3SDEMO1", `\ud800`),
		} {
			start := time.Now()
			scans, err := a.Parse(nil, []byte(body), received)
			if !errors.Is(err, ErrOdd) || len(scans) > 0 {
				t.Errorf("%s: %d scans, %v", name, len(scans), err)
				continue
			}
			if r := Reason(err); r == "" || len(r) > 300 || !utf8.ValidString(r) {
				t.Errorf("%s: the reason is no plain sentence: %q", name, r)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("%s took %v", name, took)
			}
		}
	})
}

func TestDepthOf32IsRead(t *testing.T) {
	body := strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32)
	if _, err := readObject([]byte(body), true); err != nil {
		t.Error(err)
	}
}

func TestReadingAHugeBodyTakesLittleMemory(t *testing.T) {
	body := []byte("[" + strings.Repeat("[],", 350_000) + "[]]")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := readObject(body, false); !errors.Is(err, ErrOdd) {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("%d MiB", used>>20)
	}
}

func TestRepeatedNamesAreOddInOurFormatAndToleratedInTheirs(t *testing.T) {
	eachFeed(t, func(t *testing.T, a Adapter, template string) {
		body := strings.Replace(fmt.Sprintf(template, `"x"`), `{`, `{"type":"parcel.scanned","type":"parcel.scanned","TYPE":1,`, 1)
		scans, err := a.Parse(nil, []byte(body), received)
		if a.Kind() == "standard" {
			if !errors.Is(err, ErrOdd) || !strings.Contains(Reason(err), "twice") {
				t.Errorf("got %v", err)
			}
			return
		}
		if err != nil || len(scans) != 1 {
			t.Errorf("%d scans, %v", len(scans), err)
		}
	})
}

func TestImpossibleTimesAreLeftOutAndSaid(t *testing.T) {
	for raw, want := range map[string]string{
		"2026-11-27T11:59:00Z": "",
		"2026-11-27T12:01:00Z": "future",
		"2025-11-25T12:00:00Z": "",
		"2024-11-01T12:00:00Z": "past",
		"9999-12-31T23:59:59Z": "future",
		"0000-01-01T00:00:00Z": "past",
		"0001-01-01T00:00:00Z": "past",
		"":                     "cannot be read",
		"Tuesday":              "cannot be read",
		"2026-02-30T10:00:00Z": "cannot be read",
	} {
		body := fmt.Sprintf(templates["aftership"], `"x"`)
		good := `{"checkpoint_time":"2026-11-24T09:00:00Z","tag":"InTransit","message":"the good one"}`
		body = strings.Replace(body, `[{`, `[`+good+`,{`, 1)
		body = strings.Replace(body, "2026-11-25T09:00:00Z", raw, 1)

		scans, err := (aftership{codes: maps()["aftership"]}).Parse(nil, []byte(body), received)
		if want == "" {
			if err != nil || len(scans) != 2 {
				t.Errorf("%s: %d scans, %v", raw, len(scans), err)
			}
			continue
		}
		if len(scans) != 1 || !errors.Is(err, ErrOdd) || !strings.Contains(Reason(err), want) {
			t.Errorf("%s: the good scan must be kept and the other said, got %d scans, %v", raw, len(scans), err)
		}
	}
}

func TestHistoriesReorderedOrDoubledHaveTheSameScans(t *testing.T) {
	for _, a := range All() {
		if a.Kind() == "sendcloud" {
			continue // one status a request
		}
		way := journey()
		keys := func(scans []parcel.Scan) map[string]parcel.Milestone {
			b := aBatch(ours)
			b.Scans = scans
			body, h := composed(t, a, b)
			got, err := a.Parse(h, body, received)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]parcel.Milestone{}
			for _, s := range got {
				out[s.Fingerprint] = s.Milestone
			}
			return out
		}
		want := keys(way)
		turned := append([]parcel.Scan{way[6], way[3], way[1]}, append(way, way...)...)
		if got := keys(turned); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", a.Kind(), got, want)
		}
	}
}

func TestAPersonsDataInABodyIsNotInItsScans(t *testing.T) {
	eachFeed(t, func(t *testing.T, a Adapter, template string) {
		person := `"name":"Wilhelmina Geheim","address":"Geheimstraat 77","postal_code":"1234 ZZ","telephone":"+31699999999","email":"geheim@example.com","signed_by":"Wilhelmina Geheim"`
		body := fmt.Sprintf(template, `"Signed for by Wilhelmina Geheim"`)
		if a.Kind() == "sendcloud" || a.Kind() == "standard" {
			body = fmt.Sprintf(template, `"Delivered"`)
		}
		for _, opening := range []string{`"msg":{`, `"result":{`, `"parcel":{`, `"data":{`} {
			body = strings.Replace(body, opening, opening+person+",", 1)
		}
		scans, err := a.Parse(nil, []byte(body), received)
		if err != nil || len(scans) != 1 {
			t.Fatalf("%d scans, %v", len(scans), err)
		}
		if all := fmt.Sprintf("%+v", scans); strings.Contains(strings.ToLower(all), "geheim") || strings.Contains(all, "9999") || strings.Contains(all, "1234 ZZ") {
			t.Error(all)
		}
	})
}

func TestUnknownCarriersKeepTheirNameAsASlug(t *testing.T) {
	for name, want := range map[string]string{
		"postnl-3s": "postnl", "PostNL": "postnl", "Post NL": "postnl", "dhl-germany": "dhl", "DHLPaket": "dhl", "DHL Express": "dhl-express",
		"la-poste-colissimo": "colissimo", "gls_nl": "gls", "Flying Carpets B.V.": "flying-carpets-b-v", "": "", "日本郵便": "", "../../etc": "etc",
	} {
		if got := carrierSlug(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
