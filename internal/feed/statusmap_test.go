package feed

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"onderweg/internal/parcel"
)

func TestEveryCodeMeansAMilestoneWeKnow(t *testing.T) {
	dec := json.NewDecoder(bytes.NewReader(statusMapJSON))
	dec.DisallowUnknownFields()
	var all map[string]statusMap
	if err := dec.Decode(&all); err != nil {
		t.Fatal(err)
	}
	if _, err := readObject(statusMapJSON, true); err != nil {
		t.Fatalf("a code stands twice: %v", err)
	}

	marks := []string{"verified", "verified-3p", "memory", "ours"}
	for kind, codes := range all {
		if _, ok := ByKind(kind); !ok {
			t.Errorf("there is a map for %q, which is no feed", kind)
		}
		for code, s := range codes {
			if s.Milestone != parcel.None && !slices.Contains(parcel.Milestones, s.Milestone) {
				t.Errorf("%s %s: %q is no milestone", kind, code, s.Milestone)
			}
			if !slices.Contains(marks, s.Mark) {
				t.Errorf("%s %s: %q is no mark of how sure we are", kind, code, s.Mark)
			}
			if s.Reason != "" && !slices.Contains(reasons, s.Reason) {
				t.Errorf("%s %s: %q is no reason", kind, code, s.Reason)
			}
			if s.Actor != "" && !slices.Contains(actors, s.Actor) {
				t.Errorf("%s %s: %q cannot act", kind, code, s.Actor)
			}
			if s.Cause != "" && !slices.Contains(causes, s.Cause) {
				t.Errorf("%s %s: %q is no cause", kind, code, s.Cause)
			}
			if s.Handover != "" && (!slices.Contains(handovers, s.Handover) || s.Milestone != parcel.Delivered) {
				t.Errorf("%s %s: %q is no hand-over of a delivery", kind, code, s.Handover)
			}
			if kind == "sendcloud" && s.Message == "" {
				t.Errorf("sendcloud %s has no words to be known by", code)
			}
		}
	}
	for _, a := range All() {
		if len(all[a.Kind()]) == 0 {
			t.Errorf("%s has no status map", a.Kind())
		}
	}
	for _, m := range parcel.Milestones {
		if all["standard"][string(m)].Milestone != m {
			t.Errorf("our own format has no word for %s", m)
		}
	}
}

func TestPitfallsOfTheMaps(t *testing.T) {
	for _, c := range []struct {
		kind, code string
		want       status
	}{
		{"aftership", "Exception_010", status{Milestone: parcel.ReturningToSender}},
		{"aftership", "Exception_011", status{Milestone: parcel.ReturnedToSender}},
		{"aftership", "Delivered_005", status{Milestone: parcel.Delivered, Handover: parcel.HandoverNeighbour}},
		{"aftership", "Delivered_002", status{Milestone: parcel.Delivered, Handover: parcel.HandoverCollected}},
		{"aftership", "Exception_003", status{Milestone: parcel.Problem, Reason: parcel.ReasonRefused}},
		{"aftership", "Pending", status{Milestone: parcel.None}},
		{"easypost", "error", status{Milestone: parcel.None}},
		{"easypost", "detail:arrived_at_destination", status{Milestone: parcel.ArrivedAtHub}},
		{"sendcloud", "12", status{Milestone: parcel.AvailableForPickup}},
		{"sendcloud", "80", status{Milestone: parcel.Problem, Reason: parcel.ReasonOther}},
		{"sendcloud", "2000", status{Milestone: parcel.Cancelled}},
		{"sendcloud", "1000", status{Milestone: parcel.None}},
		{"sendcloud", "1002", status{Milestone: parcel.None}},
	} {
		got := maps()[c.kind][c.code]
		if got.Milestone != c.want.Milestone || got.Reason != c.want.Reason || got.Handover != c.want.Handover {
			t.Errorf("%s %s means %+v", c.kind, c.code, got)
		}
	}
}
