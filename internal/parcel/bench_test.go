package parcel

import "testing"

// BenchmarkApply takes the eighth scan into a parcel: what a webhook costs in the domain.
func BenchmarkApply(b *testing.B) {
	p := newParcel()
	for i, m := range []Milestone{LabelCreated, HandedToCarrier, ArrivedAtHub, InTransit, ArrivedAtHub, OutForDelivery, DeliveryAttemptFailed} {
		p.Apply(scan(m, at(0, 10+i, 0)))
	}
	s := scan(OutForDelivery, at(1, 8, 0))
	b.ReportAllocs()
	for b.Loop() {
		q := *p
		q.Apply(s)
	}
}
