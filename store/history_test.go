package store

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"onderweg/internal/parcel"
)

// fillAny gives every field below v a random value, so that a field the record forgets cannot go unseen.
func fillAny(r *rand.Rand, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		if r.IntN(4) > 0 {
			v.Set(reflect.ValueOf(time.Unix(r.Int64N(1<<36)-(1<<34), r.Int64N(2)*r.Int64N(1e9)).UTC()))
		}
		return
	case parcel.Holidays:
		return
	}

	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillAny(r, v.Field(i))
		}
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), r.IntN(6), 9)
		for i := range list.Len() {
			fillAny(r, list.Index(i))
		}
		if list.Len() > 0 {
			v.Set(list)
		}
	case reflect.String:
		words := []string{"", "in_transit", "Depot Nord", "3SABCD", "zürich", "été", string(make([]byte, r.IntN(200)))}
		v.SetString(words[r.IntN(len(words))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(r.Int64N(1<<20) - 1<<10)
	default:
		panic("the record knows no " + v.Type().String())
	}
}

// difference names the first field in which two values differ, "" for none.
func difference(got, want reflect.Value) string {
	_, isTime := got.Interface().(time.Time)
	switch {
	case got.Kind() == reflect.Struct && !isTime:
		for i := range got.NumField() {
			if d := difference(got.Field(i), want.Field(i)); d != "" {
				return "." + got.Type().Field(i).Name + d
			}
		}
		return ""
	case got.Kind() == reflect.Slice && got.Len() == want.Len():
		for i := range got.Len() {
			if d := difference(got.Index(i), want.Index(i)); d != "" {
				return fmt.Sprintf("[%d]%s", i, d)
			}
		}
		return ""
	case reflect.DeepEqual(got.Interface(), want.Interface()):
		return ""
	}
	return fmt.Sprintf(": got %q, want %q", fmt.Sprint(got), fmt.Sprint(want))
}

func randomParcel(r *rand.Rand) parcel.Parcel {
	var p parcel.Parcel
	fillAny(r, reflect.ValueOf(&p).Elem())
	p.Since.Raw = ""
	for i := range p.Scans {
		p.Scans[i].When.Raw = "" // stays in the table of scans
		if i%2 == 0 {
			p.Scans[i].Fingerprint = parcel.Fingerprint("a", p.Scans[i].Number, "b", "c", "d", "e")
		}
	}
	return p
}

// columnsOf are the fields that stand in columns of their own or come from the order.
func columnsOf(p parcel.Parcel) parcel.Parcel {
	return parcel.Parcel{
		Merchant: p.Merchant, Order: p.Order, ID: p.ID, Carrier: p.Carrier, TrackingNumber: p.TrackingNumber,
		Country: p.Country, PlacedAt: p.PlacedAt, Rules: p.Rules, NextCheck: p.NextCheck,
	}
}

func TestEveryFieldOfAParcelComesBack(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		want := randomParcel(r)
		got := columnsOf(want)
		if err := decodeState(encodeState(&want), &got, true); err != nil {
			t.Fatal(err)
		}
		if where := difference(reflect.ValueOf(got), reflect.ValueOf(want)); where != "" {
			t.Fatal("differs at " + where)
		}
	}
}

func TestPagesGetEverythingButFingerprints(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		want := randomParcel(r)
		got := columnsOf(want)
		if err := decodeState(encodeState(&want), &got, false); err != nil {
			t.Fatal(err)
		}
		for i := range want.Scans {
			want.Scans[i].Fingerprint = ""
		}
		if where := difference(reflect.ValueOf(got), reflect.ValueOf(want)); where != "" {
			t.Fatal("differs at " + where)
		}
	}
}

func TestEveryFieldOfALineComesBack(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var o parcel.Order
		fillAny(r, reflect.ValueOf(&o).Elem())
		got, err := decodeLines(encodeLines(o.Lines))
		if err != nil || !reflect.DeepEqual(got, o.Lines) {
			t.Fatalf("%v\ngot  %+v\nwant %+v", err, got, o.Lines)
		}
	}
}

func TestANewParcelHasAnEmptyRecord(t *testing.T) {
	t.Parallel()
	var p parcel.Parcel
	if err := decodeState(nil, &p, true); err != nil || !reflect.DeepEqual(p, parcel.Parcel{}) {
		t.Errorf("got %v, %+v", err, p)
	}
}

func TestARecordOfALaterVersionIsRefused(t *testing.T) {
	t.Parallel()
	record := encodeState(&parcel.Parcel{Milestone: parcel.InTransit})
	record[0] = 99
	if err := decodeState(record, &parcel.Parcel{}, true); err == nil {
		t.Error("it was read")
	}
}

func TestACutRecordIsRefused(t *testing.T) {
	t.Parallel()
	p := randomParcel(rand.New(rand.NewPCG(7, 8)))
	record := encodeState(&p)
	for n := 1; n < len(record); n++ {
		if err := decodeState(record[:n], &parcel.Parcel{}, true); err == nil {
			t.Fatalf("%d of %d bytes were read", n, len(record))
		}
	}
}

func TestEightScansTakeLessThanAKilobyte(t *testing.T) {
	t.Parallel()
	p := ordinaryParcel(8)
	if n := len(encodeState(&p)); n > 1000 {
		t.Errorf("%d bytes", n)
	}
}

func TestReadingAnOrdinaryParcelTakesFewAllocations(t *testing.T) {
	p := ordinaryParcel(8)
	record := encodeState(&p)
	got := testing.AllocsPerRun(100, func() {
		var into parcel.Parcel
		if err := decodeState(record, &into, false); err != nil {
			t.Fatal(err)
		}
	})
	if got > 6 {
		t.Errorf("%v allocations", got)
	}
}

// ordinaryParcel has been scanned at eight places as parcels are.
func ordinaryParcel(scans int) parcel.Parcel {
	p := parcel.Parcel{
		ID: "01890000-0000-7000-8000-000000000001", Country: "NL", Carrier: "postnl", TrackingNumber: "3SKNOO000012345",
		PlacedAt: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), Rules: parcel.Rules{Zone: "Europe/Amsterdam", MaxDays: 3},
	}
	p.Begin(p.PlacedAt)
	for i := range scans {
		at := p.PlacedAt.Add(time.Duration(5*(i+1)) * time.Hour)
		p.Apply(parcel.Scan{
			Fingerprint: parcel.Fingerprint("aftership", p.TrackingNumber, at.String(), "InTransit_002", "", ""),
			Source:      "aftership", Carrier: p.Carrier, Number: p.TrackingNumber, Code: "InTransit_002",
			Milestone: []parcel.Milestone{parcel.HandedToCarrier, parcel.InTransit, parcel.ArrivedAtHub}[min(i, 2)],
			When:      parcel.EventTime{Raw: at.String(), Local: at.Add(time.Hour), Offset: 3600, UTC: at, ZoneKnown: true},
			Place:     parcel.Place{City: []string{"Utrecht", "Den Haag", "Zwolle"}[i%3], Country: "NL"},
			Text:      "Shipment is sorted at the centre", Received: at.Add(time.Minute),
		})
	}
	return p
}

func FuzzDecodeState(f *testing.F) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 20 {
		p := randomParcel(r)
		f.Add(encodeState(&p))
	}
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})

	f.Fuzz(func(t *testing.T, record []byte) {
		var p parcel.Parcel
		if decodeState(record, &p, true) != nil || len(record) == 0 {
			return
		}
		var again parcel.Parcel
		if err := decodeState(encodeState(&p), &again, true); err != nil {
			t.Fatal(err)
		}
		if where := difference(reflect.ValueOf(again), reflect.ValueOf(p)); where != "" {
			t.Fatal("differs at " + where)
		}
	})
}

func FuzzDecodeLines(f *testing.F) {
	f.Add(encodeLines([]parcel.Line{{SKU: "a", Name: "Jas", Detail: "blauw", Quantity: 1, Price: 9900}}))
	f.Fuzz(func(_ *testing.T, record []byte) {
		_, _ = decodeLines(record)
	})
}
