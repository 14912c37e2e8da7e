package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"onderweg/internal/parcel"
	"onderweg/store/storetest"
)

// BenchmarkReceive prints requests a second from 64 senders, each answered after its commit.
func BenchmarkReceive(b *testing.B) {
	s := storetest.New(b)
	f := feedOf(b, s, storetest.Merchant(b, s, "kaap-noord").ID)
	committing(b, s)
	var n atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			in := incoming(f, fmt.Sprint(n.Add(1)))
			in.Body = make([]byte, 700)
			if err := s.Receive(b.Context(), in); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkRecord prints scans a second, each of another parcel and the cause of a notice, in batches of a hundred from two
// workers.
func BenchmarkRecord(b *testing.B) {
	s := storetest.New(b)
	m := storetest.Merchant(b, s, "kaap-noord").ID
	const orders, batch = 10_000, 100
	for from := 0; from < orders; from += 1000 {
		if _, _, err := s.ImportOrders(b.Context(), m, importRows(m, from, 1000), monday); err != nil {
			b.Fatal(err)
		}
	}

	var batches atomic.Int64
	b.ResetTimer()
	b.SetParallelism(1)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := int(batches.Add(1) - 1)
			hour := 1 + n*batch/orders
			scans := make([]parcel.Scan, batch)
			for i := range scans {
				scans[i] = scan(fmt.Sprint("3SN", (n*batch+i)%orders), hour, parcel.Milestones[3+hour%6])
			}
			mustRecord(b, s, m, scans...)
		}
	})
	b.ReportMetric(float64(batches.Load()*batch)/b.Elapsed().Seconds(), "scans/s")
}
