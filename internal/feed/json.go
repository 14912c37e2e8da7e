package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// Bounds of a body. The server caps its size before; these cap what reading it may cost.
const (
	maxDepth  = 32
	maxTokens = 20_000
)

// object is a JSON object as it was sent: names are case-sensitive, values are string, json.Number, bool, nil, object or list.
type (
	object map[string]any
	list   []any
)

// reader builds objects from a token stream, so that depth, size and doubled names are seen before they cost anything.
type reader struct {
	dec    *json.Decoder
	strict bool // our own format: a name may stand once in an object
	tokens int
}

// readObject reads a body that is one JSON object. Strict bodies must be UTF-8 and may not repeat a name; elsewhere bad bytes
// and lone surrogates become U+FFFD, and the last of a repeated name counts, as JSON readers have it. Errors are ErrOdd.
func readObject(body []byte, strict bool) (object, error) {
	if strict && !utf8.Valid(body) {
		return nil, odd("the body is not UTF-8")
	}
	r := reader{dec: json.NewDecoder(bytes.NewReader(body)), strict: strict}
	r.dec.UseNumber()

	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, odd("something follows the JSON object")
	}
	o, ok := v.(object)
	if !ok {
		return nil, odd("the body is not a JSON object")
	}

	return o, nil
}

func (r *reader) token() (json.Token, error) {
	r.tokens++
	if r.tokens > maxTokens {
		return nil, odd("the JSON has more than %d values", maxTokens)
	}
	t, err := r.dec.Token()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, odd("the JSON ends too early")
	}
	if err != nil {
		return nil, odd("the body is not JSON")
	}

	return t, nil
}

func (r *reader) value(depth int) (any, error) {
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	d, nested := t.(json.Delim)
	if !nested {
		return t, nil
	}
	if depth == maxDepth {
		return nil, odd("the JSON is nested deeper than %d", maxDepth)
	}
	if d == '{' {
		return r.object(depth + 1)
	}

	return r.list(depth + 1)
}

func (r *reader) object(depth int) (any, error) {
	o := object{}
	for r.dec.More() {
		t, err := r.token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, odd("the body is not JSON")
		}
		if _, twice := o[name]; twice && r.strict {
			return nil, odd("the name %q stands twice in one object", short(clean(name, 40)))
		}
		if o[name], err = r.value(depth); err != nil {
			return nil, err
		}
	}
	_, err := r.token() // the closing brace

	return o, err
}

func (r *reader) list(depth int) (any, error) {
	l := list{}
	for r.dec.More() {
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	_, err := r.token() // the closing bracket

	return l, err
}

// object gives the object under a name; a nil one, which has nothing in it, when there is none.
func (o object) object(name string) object {
	v, _ := o[name].(object)

	return v
}

// objects gives the objects in the list under a name, leaving out what is none.
func (o object) objects(name string) []object {
	l, _ := o[name].(list)
	var out []object
	for _, v := range l {
		if e, ok := v.(object); ok {
			out = append(out, e)
		}
	}

	return out
}

// text gives the first of the names that holds a text or a number, cleaned for people and cut to max runes. Numbers keep
// their digits, however many: ids are larger than 2^53.
func (o object) text(max int, names ...string) string {
	for _, n := range names {
		if s := clean(o.raw(n), max); s != "" {
			return s
		}
	}

	return ""
}

// raw gives the text or the digits under a name as they were sent.
func (o object) raw(name string) string {
	switch v := o[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}

	return ""
}

// flag says whether true stands under a name.
func (o object) flag(name string) bool {
	b, _ := o[name].(bool)

	return b
}

// topText finds a text directly inside the body's object without reading the rest, "" when it is not there. It serves
// EventKey, which runs before the answer is given.
func topText(body []byte, name string) string {
	depth, value, found := 0, false, false
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ':':
			value = true
		case ',':
			value, found = false, false
		case '"':
			end := endOfText(body, i)
			switch {
			case end < 0:
				return ""
			case depth == 1 && value && found:
				return unquote(body[i : end+1])
			case depth == 1 && !value:
				found = string(body[i+1:end]) == name
			}
			i = end
		}
	}

	return ""
}

// endOfText gives the index of the quote that closes the text opened at i, or -1.
func endOfText(body []byte, i int) int {
	for i++; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}

	return -1
}

func unquote(quoted []byte) string {
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return ""
	}

	return s
}
