// Package views is every word and pixel people see: pages, mails, texts. It renders values and never fetches them;
// language and brand come with the context, everything else is an argument.
package views

import (
	"context"
	"embed"
	"encoding/json"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/go-playground/locales"
	"golang.org/x/text/language"

	"onderweg/internal/brand"
)

//go:embed locales/*.json
var catalogues embed.FS

// Fallback is the language of a word that a catalogue lacks, and of a shopper whose language nobody speaks.
const Fallback = "en"

// formal marks the variant of a word for shops that say "u", "Sie" or "vous": "page.help@formal".
const formal = "@formal"

// Words is one language in one tone. It does not change once made and serves every request.
type Words struct {
	Tag      string
	Informal bool
	tongue   tongue
	cldr     locales.Translator
	texts    map[string]string
	lands    *sync.Map // ISO country → its name in this language
}

type voice struct {
	tag      string
	informal bool
}

// loaded reads the catalogues once.
var loaded = sync.OnceValue(func() map[voice]*Words {
	voices := map[voice]*Words{}
	files, err := catalogues.ReadDir("locales")
	if err != nil {
		panic("views: " + err.Error())
	}
	for _, f := range files {
		tag := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		texts := readCatalogue(f.Name())
		for _, informal := range []bool{true, false} {
			voices[voice{tag, informal}] = newWords(tag, informal, texts)
		}
	}
	return voices
})

func readCatalogue(file string) map[string]string {
	body, err := catalogues.ReadFile("locales/" + file)
	if err != nil {
		panic("views: " + err.Error())
	}
	var texts map[string]string
	if err := json.Unmarshal(body, &texts); err != nil {
		panic("views: " + file + ": " + err.Error())
	}
	return texts
}

func newWords(tag string, informal bool, all map[string]string) *Words {
	t, ok := tongueOf(tag)
	if !ok {
		panic("views: no date patterns for " + tag)
	}
	texts := make(map[string]string, len(all))
	for key, text := range all {
		if !strings.HasSuffix(key, formal) {
			texts[key] = text
		}
	}
	for key, text := range all {
		if !informal && strings.HasSuffix(key, formal) {
			texts[strings.TrimSuffix(key, formal)] = text
		}
	}
	return &Words{Tag: tag, Informal: informal, tongue: t, cldr: t.cldr(), texts: texts, lands: &sync.Map{}}
}

// Speak gives the words of a language and a tone. A tag with a region falls back to its language, an unknown one to
// English.
func Speak(tag string, informal bool) *Words {
	if w, ok := loaded()[voice{tag, informal}]; ok {
		return w
	}
	base, _, _ := strings.Cut(tag, "-")
	if w, ok := loaded()[voice{base, informal}]; ok {
		return w
	}
	return loaded()[voice{Fallback, informal}]
}

// Languages lists the tags that have a catalogue.
func Languages() []string {
	var tags []string
	for v := range loaded() {
		if v.informal {
			tags = append(tags, v.tag)
		}
	}
	sort.Strings(tags)
	return tags
}

// Pick chooses among the offered languages the first that anyone wanted: wanted holds tags or Accept-Language
// headers, the strongest wish first. Tags are read one by one, because x/text gives up on a header with one bad
// tag. The first offered language is the answer when nothing fits, English when nothing is offered.
func Pick(offered []string, wanted ...string) string {
	for _, wish := range wanted {
		if slices.Contains(offered, wish) { // the common case, on every page
			return wish
		}
		for _, tag := range ranked(wish) {
			if got, ok := match(offered, tag); ok {
				return got
			}
		}
	}
	if len(offered) > 0 {
		return offered[0]
	}
	return Fallback
}

// ranked reads "nl-BE, fr;q=0.8, xx" into base tags, best first; what is not a tag is left out.
func ranked(header string) []string {
	type wish struct {
		tag string
		q   float64
	}
	var wishes []wish
	for part := range strings.SplitSeq(header[:min(len(header), 200)], ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, err := language.Parse(strings.TrimSpace(name))
		if err != nil {
			continue
		}
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, err = strconv.ParseFloat(v, 64)
			if err != nil || !(q > 0) {
				continue
			}
		}
		wishes = append(wishes, wish{tag.String(), q})
	}
	sort.SliceStable(wishes, func(i, j int) bool { return wishes[i].q > wishes[j].q })
	tags := make([]string, len(wishes))
	for i, w := range wishes {
		tags[i] = w.tag
	}
	return tags
}

func match(offered []string, tag string) (string, bool) {
	base, _, _ := strings.Cut(tag, "-")
	for _, want := range []string{tag, base} {
		for _, o := range offered {
			if strings.EqualFold(o, want) {
				return o, true
			}
		}
	}
	for _, o := range offered {
		if b, _, _ := strings.Cut(o, "-"); b == base {
			return o, true
		}
	}
	return "", false
}

// T gives the text of a key with its {names} filled from args: name, value, name, value. Values are strings or ints.
// A key nobody wrote comes back as itself, which a test looks for on every page.
func (w *Words) T(key string, args ...any) string {
	return fill(w.text(key), args)
}

// N is T for a number of things: it picks the plural form of n by the rules of the language and fills {n}.
func (w *Words) N(key string, n int, args ...any) string {
	form := "other"
	if w.cldr.CardinalPluralRule(float64(n), 0) == locales.PluralRuleOne {
		form = "one"
	}
	return fill(w.text(key+"."+form), append([]any{"n", n}, args...))
}

// Has says whether the language itself has the key.
func (w *Words) Has(key string) bool {
	_, ok := w.texts[key]
	return ok
}

func (w *Words) text(key string) string {
	if text, ok := w.texts[key]; ok {
		return text
	}
	if w.Tag != Fallback {
		return Speak(Fallback, w.Informal).text(key)
	}
	return key
}

// fill replaces each {name} of text. What is not in args stays as it is.
func fill(text string, args []any) string {
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 24)
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteByte('{')
			b.WriteString(rest)
			return b.String()
		}
		if !writeArg(&b, name, args) {
			b.WriteString("{" + name + "}")
		}
		text = after
	}
}

func writeArg(b *strings.Builder, name string, args []any) bool {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		switch v := args[i+1].(type) {
		case string:
			b.WriteString(v)
		case int:
			b.WriteString(strconv.Itoa(v))
		default:
			return false
		}
		return true
	}
	return false
}

type (
	languageKey struct{}
	brandKey    struct{}
)

// WithLanguage says in which language a page or mail is written.
func WithLanguage(ctx context.Context, tag string) context.Context {
	return context.WithValue(ctx, languageKey{}, tag)
}

// WithBrand says whose page it is; the brand also decides between "je" and "u".
func WithBrand(ctx context.Context, b brand.Brand) context.Context {
	return context.WithValue(ctx, brandKey{}, b)
}

// BrandOf gives the brand of the context, the zero Brand when there is none.
func BrandOf(ctx context.Context) brand.Brand {
	b, _ := ctx.Value(brandKey{}).(brand.Brand)
	return b
}

// In gives the words of the context: its language in its brand's tone; without a brand, informal.
func In(ctx context.Context) *Words {
	tag, _ := ctx.Value(languageKey{}).(string)
	informal := true
	if b, ok := ctx.Value(brandKey{}).(brand.Brand); ok {
		informal = b.Informal
	}
	return Speak(tag, informal)
}

// T is Words.T in the language of the context.
func T(ctx context.Context, key string, args ...any) string { return In(ctx).T(key, args...) }

// N is Words.N in the language of the context.
func N(ctx context.Context, key string, n int, args ...any) string { return In(ctx).N(key, n, args...) }
