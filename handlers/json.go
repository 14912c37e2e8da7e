package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"onderweg/internal/parcel"
	"onderweg/web"
)

// Limits of a JSON body. Source: security reference, section 5.
const (
	maxDepth  = 32
	maxTokens = 20_000
)

// decode reads one JSON value strictly: UTF-8, no duplicate and no unknown names, no NUL and no half surrogates, nothing
// after it. Text that is not such JSON gives 400, a field of another type 422. It gives the raw body as well.
func decode(r *http.Request, into any) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (kind != "application/json" && !strings.HasSuffix(kind, "+json")) {
		return nil, web.Explain(http.StatusUnsupportedMediaType, "Send application/json.")
	}
	body, err := readAll(r)
	if err != nil {
		return nil, err
	}
	if err := checkJSON(body); err != nil {
		return nil, web.Explain(http.StatusBadRequest, err.Error())
	}

	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return nil, fieldError(err)
	}
	return body, nil
}

// fieldError turns the decoder's error into the field it is about.
func fieldError(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return parcel.Invalid{Field: wrongType.Field, Message: "must be " + typeName(wrongType.Type.Kind().String()) + ", not " + wrongType.Value}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if plain, err := strconv.Unquote(name); err == nil {
			name = plain
		}
		return parcel.Invalid{Field: name, Message: "is not a field of this request"}
	}
	return web.Explain(http.StatusBadRequest, "The body is not JSON as this request wants it.")
}

func typeName(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "a whole number"
	case kind == "struct", kind == "ptr":
		return "an object"
	case kind == "slice":
		return "an array"
	}
	return "a " + kind
}

// checkJSON walks the value token by token. Its errors are sentences for whoever sent it.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("The body is not UTF-8.")
	}
	if err := checkEscapes(body); err != nil {
		return err
	}
	w := walker{d: json.NewDecoder(bytes.NewReader(body))}
	w.d.UseNumber()
	if err := w.value(0); err != nil {
		return err
	}
	if _, err := w.d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("There is something after the end of the JSON value.")
	}
	return nil
}

type walker struct {
	d      *json.Decoder
	tokens int
}

func (w *walker) next() (json.Token, error) {
	if w.tokens++; w.tokens > maxTokens {
		return nil, fmt.Errorf("The body has more than %d values.", maxTokens)
	}
	t, err := w.d.Token()
	if err != nil {
		return nil, errors.New("The body is not JSON.")
	}
	return t, nil
}

func (w *walker) value(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("The body is nested more than %d deep.", maxDepth)
	}
	t, err := w.next()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		return w.object(depth)
	case json.Delim('['):
		return w.array(depth)
	}
	return nil
}

func (w *walker) object(depth int) error {
	seen := make(map[string]struct{})
	for w.d.More() {
		t, err := w.next()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok {
			return errors.New("The body is not JSON.")
		}
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return fmt.Errorf("%q is not the name of a field: they are lower case.", name)
		}
		if _, twice := seen[name]; twice {
			return fmt.Errorf("The field %q is there twice.", name)
		}
		seen[name] = struct{}{}
		if err := w.value(depth + 1); err != nil {
			return err
		}
	}
	_, err := w.next()
	return err
}

func (w *walker) array(depth int) error {
	for w.d.More() {
		if err := w.value(depth + 1); err != nil {
			return err
		}
	}
	_, err := w.next()
	return err
}

// checkEscapes refuses \u0000, which PostgreSQL cannot keep, and half surrogates, which Go would silently replace.
func checkEscapes(body []byte) error {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		code, ok := escaped(body[i:])
		switch {
		case !ok:
			i++ // the next byte belongs to this escape
		case code == 0:
			return errors.New(`The body has \u0000 in it.`)
		case code >= 0xd800 && code < 0xdc00:
			low, ok := escaped(body[min(i+6, len(body)):])
			if !ok || low < 0xdc00 || low > 0xdfff {
				return errors.New("The body has half a surrogate pair in it.")
			}
			i += 11
		case code >= 0xdc00 && code <= 0xdfff:
			return errors.New("The body has half a surrogate pair in it.")
		default:
			i += 5
		}
	}
	return nil
}

// escaped reads \uXXXX at the start of b.
func escaped(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	return rune(n), err == nil
}
