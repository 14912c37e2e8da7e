package views

import "onderweg/internal/parcel"

// road is the drawn progress of a parcel: the drawing of its state stands at the mark it has come to. Pick-up, a
// failed attempt and the way back have their own five names.
func (v viewer) road(p parcel.Parcel, s state) *Road {
	names, at := journey(p, s)
	done := s == delivered || s == returned
	r := &Road{Scene: scene(v.b.Theme, drawingOf(s), at, s == delivered), Label: v.w.T("steps.label", "order", v.t.Number), Done: v.w.text("page.done")}
	for i, key := range names {
		r.Steps[i] = RoadStep{Name: v.w.text(key), Done: i < at || done, Current: i == at}
	}
	return r
}

var (
	homeSteps   = [5]string{"step.ordered", "step.packed", "step.way", "step.out", "step.delivered"}
	pickupSteps = [5]string{"step.ordered", "step.packed", "step.way", "step.pickup", "step.collected"}
	failedSteps = [5]string{"step.ordered", "step.packed", "step.way", "step.failed", "step.delivered"}
	backSteps   = [5]string{"step.ordered", "step.packed", "step.way", "step.returning", "step.returned"}
)

// journey gives the names of the five marks and the one the parcel stands at.
func journey(p parcel.Parcel, s state) (names [5]string, at int) {
	switch s {
	case ordered:
		return homeSteps, 0
	case ready, label:
		return homeSteps, 1
	case out:
		return homeSteps, 3
	case delivered:
		if p.Handover == parcel.HandoverCollected {
			return pickupSteps, 4
		}
		return homeSteps, 4
	case pickup:
		return pickupSteps, 3
	case failed:
		return failedSteps, 3
	case returning:
		return backSteps, 3
	case returned:
		return backSteps, 4
	case late, stalled:
		return homeSteps, stepOf(p.Milestone)
	}
	return homeSteps, 2
}

// stepOf is where a late or silent parcel was last seen.
func stepOf(m parcel.Milestone) int {
	switch stateOf(m) {
	case ordered:
		return 0
	case ready, label:
		return 1
	case out:
		return 3
	}
	return 2
}

// drawingOf names the illustration of a state.
func drawingOf(s state) string {
	switch s {
	case ready, label:
		return "box"
	case local:
		return "way"
	case returning, returned:
		return "back"
	case expired:
		return "stalled"
	}
	return string(s)
}
