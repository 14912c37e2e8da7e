package main

import (
	"fmt"
	"strings"
	"unicode"
)

// column is one column an import knows, by its own name and the names other systems and languages use.
type column struct {
	name     string
	required bool
	also     []string // compared without case, spaces and signs
}

// dialect is another system's export, known by one of its headers: some of its names mean something else there.
type dialect struct {
	marker string
	means  map[string]string // plain header → our column
}

// dialects: in Shopify's order export "Name" is the order's number. Source: help.shopify.com, "Order export CSV".
var dialects = []dialect{
	{marker: "lineitemname", means: map[string]string{"name": "order_number", "shippingname": "name", "id": ""}},
}

// columns says where in a row each known column stands.
type columns map[string]int

// columnsOf reads a header. It names every missing column and every pair of headers that mean the same.
func columnsOf(header []string, known []column) (columns, error) {
	names := map[string]string{}
	for _, k := range known {
		names[plainHeader(k.name)] = k.name
		for _, also := range k.also {
			names[plainHeader(also)] = k.name
		}
	}
	for _, d := range dialects {
		if contains(header, d.marker) {
			for plain, means := range d.means {
				names[plain] = means
			}
		}
	}

	at := columns{}
	var wrong []string
	for i, h := range header {
		name := names[plainHeader(h)]
		if name == "" {
			continue
		}
		if first, twice := at[name]; twice {
			wrong = append(wrong, fmt.Sprintf("columns %q and %q both mean %s: rename one", header[first], h, name))

			continue
		}
		at[name] = i
	}

	for _, k := range known {
		if _, ok := at[k.name]; k.required && !ok {
			wrong = append(wrong, fmt.Sprintf("column %s is missing (it may also be called: %s)", k.name, strings.Join(k.also, ", ")))
		}
	}
	if len(wrong) > 0 {
		return at, fmt.Errorf("%s", strings.Join(wrong, "; "))
	}

	return at, nil
}

func contains(header []string, plain string) bool {
	for _, h := range header {
		if plainHeader(h) == plain {
			return true
		}
	}

	return false
}

// knownIn counts the headers that are known.
func knownIn(known []column) func([]string) int {
	return func(header []string) int {
		at, _ := columnsOf(header, known)

		return len(at)
	}
}

// plainHeader keeps letters and digits, in lower case.
func plainHeader(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}

		return unicode.ToLower(r)
	}, s)
}

// cell gives the trimmed text of a column, "" when the file does not have it. A spreadsheet's mark for text, an
// apostrophe before = + - or @, is taken off; what looks like a formula stays the text it is.
func (at columns) cell(cells []string, name string) string {
	i, ok := at[name]
	if !ok || i >= len(cells) {
		return ""
	}

	s := strings.TrimSpace(cells[i])
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte("=+-@", s[1]) >= 0 {
		s = s[1:]
	}

	return s
}
