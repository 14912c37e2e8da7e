package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// order is an ordinary order of a shop.
func order(m parcel.MerchantID, number string) parcel.Order {
	return parcel.Order{
		Merchant: m, Number: number, PlacedAt: monday, Language: "nl", Country: "NL", Currency: "EUR", Total: 12990,
		Lines: []parcel.Line{
			{SKU: "A1", Name: "Regenjas", Detail: "blauw, M", Quantity: 1, Price: 9900},
			{SKU: "B2", Name: "Muts", Quantity: 2, Price: 3090},
		},
		Contact: parcel.Contact{
			Name: "Sanne de Vries", Email: "sanne@example.com", Phone: "+31201234567",
			Address: parcel.Address{Street: "Kade 1", PostalCode: "1011 AB", City: "Amsterdam"},
		},
	}
}

func box(number string) store.ParcelInput {
	return store.ParcelInput{Carrier: "postnl", TrackingNumber: number}
}

// scan is an event of a parcel, an hour after monday for each step.
func scan(number string, hour int, m parcel.Milestone) parcel.Scan {
	at := monday.Add(time.Duration(hour) * time.Hour)
	raw := at.Format(time.RFC3339)
	return parcel.Scan{
		Fingerprint: parcel.Fingerprint("standard", number, raw, string(m), "", ""), Source: "standard", Carrier: "postnl",
		Number: number, Code: string(m), Milestone: m, Place: parcel.Place{City: "Utrecht", Country: "NL"},
		When: parcel.EventTime{Raw: raw, Local: at, UTC: at, ZoneKnown: true}, Text: "scanned",
	}
}

func mustSave(t testing.TB, s *store.Store, o parcel.Order, parcels ...store.ParcelInput) parcel.Order {
	t.Helper()
	saved, _, err := s.SaveOrder(t.Context(), o, parcels, monday)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func mustRecord(t testing.TB, s *store.Store, m parcel.MerchantID, scans ...parcel.Scan) int {
	t.Helper()
	n, unknown, err := s.Record(t.Context(), m, scans, monday.Add(100*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(unknown) > 0 {
		t.Fatalf("%d scans of unknown parcels", len(unknown))
	}
	return n
}

func page(t testing.TB, s *store.Store, o parcel.Order) parcel.Tracking {
	t.Helper()
	tr, err := s.Tracking(t.Context(), o.Merchant, s.ViewToken(o.ID, o.Merchant), monday.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestAnOrderComesBackWhole(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	want := order(m, "1001")
	saved, created, err := s.SaveOrder(t.Context(), want, []store.ParcelInput{box("3S 1")}, monday)
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}

	got, parcels, err := s.Order(t.Context(), m, "1001")
	if err != nil {
		t.Fatal(err)
	}
	want.ID, want.Version = saved.ID, 1
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if len(parcels) != 1 || parcels[0].TrackingNumber != "3S1" || parcels[0].Milestone != parcel.OrderPlaced || parcels[0].ETA.IsZero() {
		t.Errorf("parcels %+v", parcels)
	}

	byID, _, err := s.OrderByID(t.Context(), m, saved.ID)
	if err != nil || byID.Number != "1001" {
		t.Errorf("by id: %v, %v", byID.Number, err)
	}
	p, number, err := s.ParcelByID(t.Context(), m, parcels[0].ID)
	if err != nil || number != "1001" || p.TrackingNumber != "3S1" {
		t.Errorf("parcel by id: %v of %v, %v", p.TrackingNumber, number, err)
	}
}

func TestAnUpdateKeepsWhatItDoesNotGive(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	first := mustSave(t, s, order(m, "1001"), box("3S1"))

	second, created, err := s.SaveOrder(t.Context(), parcel.Order{
		Merchant: m, Number: "1001", Language: "fr", Contact: parcel.Contact{Phone: "+3222345678"},
	}, nil, monday)
	if err != nil || created {
		t.Fatalf("created %v, %v", created, err)
	}
	want := first
	want.Language, want.Contact.Phone, want.Version = "fr", "+3222345678", 2
	if fmt.Sprint(second) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", second, want)
	}
	if _, parcels, _ := s.Order(t.Context(), m, "1001"); len(parcels) != 1 {
		t.Errorf("%d parcels", len(parcels))
	}
}

func TestOnlyWhatAPageShowsMakesANewVersion(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1001"), box("3S1"))
	for _, step := range []struct {
		what    string
		change  func(o *parcel.Order)
		parcels []store.ParcelInput
		version int64
	}{
		{"the same again", func(*parcel.Order) {}, []store.ParcelInput{box("3S1")}, 1},
		{"another e-mail address", func(o *parcel.Order) { o.Contact.Email = "s@example.com" }, nil, 1},
		{"another total", func(o *parcel.Order) { o.Total = 1 }, nil, 2},
		{"another country", func(o *parcel.Order) { o.Country = "BE" }, nil, 3},
		{"a second parcel", func(*parcel.Order) {}, []store.ParcelInput{box("3S2")}, 4},
		{"contents of a parcel", func(*parcel.Order) {}, []store.ParcelInput{
			{Carrier: "postnl", TrackingNumber: "3S2", Contents: []parcel.Content{{Line: 1, Quantity: 2}}},
		}, 5},
	} {
		step.change(&o)
		saved := mustSave(t, s, o, step.parcels...)
		if saved.Version != step.version {
			t.Errorf("%s: version %d, want %d", step.what, saved.Version, step.version)
		}
		if tr := page(t, s, o); tr.Version != step.version {
			t.Errorf("%s: the page has version %d, want %d", step.what, tr.Version, step.version)
		}
	}
}

func TestParcelsAreFoundAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule          string
		first, second store.ParcelInput
		want          []string // reference, carrier, number of each parcel
	}{
		{
			"by reference, with another carrier and number",
			store.ParcelInput{Reference: "A", Carrier: "dhl", TrackingNumber: "1"},
			store.ParcelInput{Reference: "A", Carrier: "dpd", TrackingNumber: "2"},
			[]string{"dpd 2"},
		},
		{"by carrier and number", box("1"), box("1"), []string{"postnl 1"}},
		{"by number, when one side knows no carrier", store.ParcelInput{TrackingNumber: "1"}, box("1"), []string{"postnl 1"}},
		{"not by number with another carrier", box("1"), store.ParcelInput{Carrier: "dhl", TrackingNumber: "1"}, []string{"postnl 1", "dhl 1"}},
		{"by waiting for a number", store.ParcelInput{Carrier: "postnl"}, box("1"), []string{"postnl 1"}},
		{"not with another number", box("1"), box("2"), []string{"postnl 1", "postnl 2"}},
		{
			"not with another reference",
			store.ParcelInput{Reference: "A", TrackingNumber: "1"},
			store.ParcelInput{Reference: "B", TrackingNumber: "1"},
			[]string{" 1", " 1"},
		},
		{"by number, and take a reference", box("1"), store.ParcelInput{Reference: "A", TrackingNumber: "1"}, []string{"postnl 1"}},
	} {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t)
			m := storetest.Merchant(t, s, "kaap-noord").ID
			first := mustSave(t, s, order(m, "1"), test.first)
			second := mustSave(t, s, order(m, "1"), test.second)
			if s.ViewToken(first.ID, m) != s.ViewToken(second.ID, m) {
				t.Error("the link changed")
			}

			var got []string
			for _, p := range page(t, s, second).Parcels {
				got = append(got, p.Carrier+" "+p.TrackingNumber)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTwoBoxesWithoutNumbersStayTwo(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	for range 2 {
		o := mustSave(t, s, order(m, "1"), store.ParcelInput{Carrier: "dhl"}, store.ParcelInput{Carrier: "dhl"})
		if n := len(page(t, s, o).Parcels); n != 2 {
			t.Errorf("%d parcels", n)
		}
	}
}

func TestAParcelIsAddedToAnOrder(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1"))
	p, created, err := s.SaveParcel(t.Context(), m, "1", box("3S1"), monday)
	if err != nil || !created || p.ETA.IsZero() {
		t.Fatalf("created %v, %+v, %v", created, p, err)
	}
	again, created, err := s.SaveParcel(t.Context(), m, "1", store.ParcelInput{TrackingNumber: "3S1", PackedAt: monday}, monday)
	if err != nil || created || again.ID != p.ID || again.Milestone != parcel.PickedAndPacked {
		t.Errorf("created %v, %+v, %v", created, again, err)
	}
	if tr := page(t, s, o); tr.Version != 3 || tr.Parcels[0].Milestone != parcel.PickedAndPacked {
		t.Errorf("version %d, %s", tr.Version, tr.Parcels[0].Milestone)
	}
	if _, _, err := s.SaveParcel(t.Context(), m, "2", box("3S1"), monday); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("of an unknown order: %v", err)
	}
}

func TestOrdersAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	for i := range 5 {
		mustSave(t, s, order(m, fmt.Sprint(i)))
	}

	var numbers []string
	after := parcel.OrderID("")
	for {
		list, err := s.Orders(t.Context(), m, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, o := range list {
			numbers = append(numbers, o.Number)
			after = o.ID
		}
	}
	if want := []string{"4", "3", "2", "1", "0"}; !slices.Equal(numbers, want) {
		t.Errorf("got %v, want %v", numbers, want)
	}
}

func TestTwoShopsWithTheSameNumbersNeverSeeEachOther(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	a, b := storetest.Merchant(t, s, "kaap-noord").ID, storetest.Merchant(t, s, "moss").ID
	first, second := mustSave(t, s, order(a, "1"), box("3S1")), mustSave(t, s, order(b, "1"), box("3S1"))
	mustRecord(t, s, a, scan("3S1", 1, parcel.InTransit))

	if got := page(t, s, first).Parcels[0].Milestone; got != parcel.InTransit {
		t.Errorf("its own: %s", got)
	}
	if got := page(t, s, second).Parcels[0].Milestone; got != parcel.OrderPlaced {
		t.Errorf("the other one: %s", got)
	}
	_, parcels, _ := s.Order(t.Context(), a, "1")
	for what, err := range map[string]error{
		"order by id":  second3(s.OrderByID(t.Context(), b, first.ID)),
		"parcel by id": second3(s.ParcelByID(t.Context(), b, parcels[0].ID)),
		"tracking":     second2(s.Tracking(t.Context(), b, s.ViewToken(first.ID, a), monday)),
		"version":      second3(s.TrackingVersion(t.Context(), b, s.ViewToken(first.ID, a), monday)),
	} {
		if !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second2[A any](_ A, err error) error         { return err }
func second3[A, B any](_ A, _ B, err error) error { return err }

func TestOrdersThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	for _, test := range []struct {
		field  string
		change func(o *parcel.Order, p *store.ParcelInput)
	}{
		{"number", func(o *parcel.Order, _ *store.ParcelInput) { o.Number = " " }},
		{"number", func(o *parcel.Order, _ *store.ParcelInput) { o.Number = "a\x00b" }},
		{"placed_at", func(o *parcel.Order, _ *store.ParcelInput) { o.PlacedAt = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"placed_at", func(o *parcel.Order, _ *store.ParcelInput) { o.PlacedAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"placed_at", func(o *parcel.Order, _ *store.ParcelInput) { o.PlacedAt = monday.Add(48 * time.Hour) }},
		{"country", func(o *parcel.Order, _ *store.ParcelInput) { o.Country = "Nederland" }},
		{"currency", func(o *parcel.Order, _ *store.ParcelInput) { o.Currency = "€" }},
		{"contact.name", func(o *parcel.Order, _ *store.ParcelInput) { o.Contact.Name = "\xed\xa0\x80" }},
		{"contact.email", func(o *parcel.Order, _ *store.ParcelInput) { o.Contact.Email = "a\x00@example.com" }},
		{"lines[1].name", func(o *parcel.Order, _ *store.ParcelInput) { o.Lines[1].Name = "\x00" }},
		{"lines[0].quantity", func(o *parcel.Order, _ *store.ParcelInput) { o.Lines[0].Quantity = -1 }},
		{"parcels[0].reference", func(_ *parcel.Order, p *store.ParcelInput) { p.Reference = "\xff" }},
		{"parcels[0].packed_at", func(_ *parcel.Order, p *store.ParcelInput) { p.PackedAt = monday.AddDate(9000, 0, 0) }},
		{"parcels[0].contents[0].line", func(_ *parcel.Order, p *store.ParcelInput) { p.Contents = []parcel.Content{{Line: 2, Quantity: 1}} }},
	} {
		o, p := order(m, "1"), box("1")
		test.change(&o, &p)
		_, _, err := s.SaveOrder(t.Context(), o, []store.ParcelInput{p}, monday)
		if invalid, ok := errors.AsType[parcel.Invalid](err); !ok || invalid.Field != test.field {
			t.Errorf("%s: %v", test.field, err)
		}
	}
}

func TestAParcelThatCannotBeIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	mustSave(t, s, order(m, "1"))
	for field, in := range map[string]store.ParcelInput{
		"carrier":          {Carrier: "\x00"},
		"packed_at":        {PackedAt: time.Date(1, 1, 1, 1, 0, 0, 0, time.UTC)},
		"contents[0].line": {Contents: []parcel.Content{{Line: 7, Quantity: 1}}},
	} {
		_, _, err := s.SaveParcel(t.Context(), m, "1", in, monday)
		if invalid, ok := errors.AsType[parcel.Invalid](err); !ok || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestTheSameNewOrderFromManySendersIsOne(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	const senders = 8
	results := make(chan bool, senders)
	for range senders {
		go func() {
			_, created, err := s.SaveOrder(context.WithoutCancel(t.Context()), order(m, "1"), []store.ParcelInput{box("3S1")}, monday)
			if err != nil {
				t.Error(err)
			}
			results <- created
		}()
	}

	created := 0
	for range senders {
		if <-results {
			created++
		}
	}
	if _, parcels, err := s.Order(t.Context(), m, "1"); err != nil || created != 1 || len(parcels) != 1 {
		t.Errorf("created %d times with %d parcels, %v", created, len(parcels), err)
	}
}
