package feed

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"onderweg/internal/parcel"
)

// statusMapJSON is reviewed data: per kind of feed, each code with the milestone it stands for and how sure we are of the code.
//
//go:embed statusmap.json
var statusMapJSON []byte

// status is what a feed's code means.
type status struct {
	Milestone parcel.Milestone `json:"milestone"` // parcel.None: kept in the history, moves nothing
	Reason    parcel.Reason    `json:"reason"`
	Actor     parcel.Actor     `json:"actor"`
	Cause     parcel.Cause     `json:"cause"`
	Handover  parcel.Handover  `json:"handover"`
	Message   string           `json:"message"` // the feed's own words in lower case, where unknown codes are matched by them
	Note      string           `json:"note"`
	Mark      string           `json:"mark"` // verified, verified-3p, memory, ours
}

// statusMap is one feed's vocabulary.
type statusMap map[string]status

func readStatusMaps(data []byte) (map[string]statusMap, error) {
	var m map[string]statusMap
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("reading status maps: %w", err)
	}

	return m, nil
}

// byMessage finds the code whose words are given.
func (m statusMap) byMessage(words string) (status, bool) {
	words = strings.ToLower(words)
	for _, code := range m.codes() {
		if words != "" && m[code].Message == words {
			return m[code], true
		}
	}

	return status{}, false
}

// codes lists the codes in order.
func (m statusMap) codes() []string {
	out := make([]string, 0, len(m))
	for c := range m {
		out = append(out, c)
	}
	slices.Sort(out)

	return out
}

// fill writes what a code means into a scan.
func (s status) fill(scan *parcel.Scan) {
	scan.Milestone, scan.Reason, scan.Actor, scan.Cause, scan.Handover = s.Milestone, s.Reason, s.Actor, s.Cause, s.Handover
}

// codeFor finds the code a feed would send for a scan: its own when the feed has it or when it is meant to be unknown, else
// the one that says most of the same, among those usable accepts.
func (m statusMap) codeFor(scan parcel.Scan, usable func(code string) bool) (string, bool) {
	if _, known := m[scan.Code]; scan.Code != "" && (scan.Unmapped || known && usable(scan.Code)) {
		return scan.Code, true
	}

	best, most := "", -1
	for _, code := range m.codes() {
		s := m[code]
		if s.Milestone != scan.Milestone || !usable(code) {
			continue
		}
		if n := s.likeness(scan); n > most {
			best, most = code, n
		}
	}

	return best, most >= 0
}

// likeness counts what a code and a scan have in common beside the milestone.
func (s status) likeness(scan parcel.Scan) int {
	n := 0
	for _, same := range []bool{
		s.Reason == scan.Reason, s.Handover == scan.Handover, s.Actor == scan.Actor, s.Cause == scan.Cause,
	} {
		if same {
			n++
		}
	}

	return n
}
