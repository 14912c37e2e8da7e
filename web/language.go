package web

import (
	"net/http"
	"strings"
)

// Languages are the languages a browser asks for, the most wanted first as far as their order tells: browsers send
// them sorted. At most 8 are read.
func Languages(r *http.Request) []string {
	var tags []string
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, weight, _ := strings.Cut(part, ";")
		tag = strings.TrimSpace(tag)
		if tag == "" || tag == "*" || len(tag) > 35 || strings.TrimSpace(weight) == "q=0" {
			continue
		}
		if tags = append(tags, tag); len(tags) == 8 {
			break
		}
	}
	return tags
}
