package store_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

func TestAMerchantIsFoundByEveryName(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Holidays: func(string, parcel.Date) bool { return true }})
	shop := storetest.Shop("kaap-noord")
	shop.Host = "track.kaapnoord.example"
	saved, err := s.SaveMerchant(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}

	bySlug, err := s.MerchantBySlug(t.Context(), "kaap-noord")
	if err != nil {
		t.Fatal(err)
	}
	byHost, err := s.MerchantByHost(t.Context(), "track.kaapnoord.example")
	if err != nil {
		t.Fatal(err)
	}
	byID, err := s.MerchantByID(t.Context(), saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]store.Merchant{"slug": bySlug, "host": byHost, "id": byID} {
		if m.Rules.Holiday == nil || !m.Rules.Holiday("NL", parcel.Date{}) {
			t.Errorf("by %s it has no calendar", name)
		}
		m.Rules.Holiday, saved.Rules.Holiday = nil, nil
		if !reflect.DeepEqual(m, saved) {
			t.Errorf("by %s: got %+v, want %+v", name, m, saved)
		}
	}
	if bySlug.Brand.Name != "Kaap noord" || bySlug.Brand.Slug != "kaap-noord" || bySlug.Version != 1 {
		t.Errorf("got %q, %q, version %d", bySlug.Brand.Name, bySlug.Brand.Slug, bySlug.Version)
	}
	for what, err := range map[string]error{
		"slug": second(s.MerchantBySlug(t.Context(), "elders")), "host": second(s.MerchantByHost(t.Context(), "")),
		"id": second(s.MerchantByID(t.Context(), "01930000-0000-7000-8000-000000000009")),
	} {
		if !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("an unknown %s gives %v", what, err)
		}
	}
	if all, err := s.Merchants(t.Context()); err != nil || len(all) != 1 || all[0].ID != saved.ID {
		t.Errorf("got %d merchants, %v", len(all), err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestPagesLiveOnTheOwnHostOrBelowTheSharedOne(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ shared, host, base, path string }{
		{"https://track.example", "", "https://track.example/kaap-noord", "/kaap-noord"},
		{"https://track.example/", "", "https://track.example/kaap-noord", "/kaap-noord"},
		{"https://example.com/parcels", "", "https://example.com/parcels/kaap-noord", "/parcels/kaap-noord"},
		{"http://localhost:8080", "", "http://localhost:8080/kaap-noord", "/kaap-noord"},
		{"https://track.example", "track.kaapnoord.example", "https://track.kaapnoord.example", ""},
	} {
		s := storetest.Open(t, store.Config{BaseURL: row.shared})
		shop := storetest.Shop("kaap-noord")
		shop.Host = row.host
		m, err := s.SaveMerchant(t.Context(), shop)
		if err != nil || m.Brand.Base != row.base || m.Brand.Path != row.path {
			t.Errorf("%s, %s: got %q, %q, %v", row.shared, row.host, m.Brand.Base, m.Brand.Path, err)
		}
	}
}

func TestSavingAgainGrowsTheVersionAndKeepsTheID(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	first := storetest.Merchant(t, s, "kaap-noord")
	if _, err := s.MerchantBySlug(t.Context(), "kaap-noord"); err != nil {
		t.Fatal(err)
	}
	changed := storetest.Shop("kaap-noord")
	changed.Name = "Kaap Zuid"
	again, err := s.SaveMerchant(t.Context(), changed)
	if err != nil || again.ID != first.ID || again.Version != 2 {
		t.Errorf("got %s, version %d, %v", again.ID, again.Version, err)
	}
	if got, err := s.MerchantBySlug(t.Context(), "kaap-noord"); err != nil || got.Name != "Kaap Zuid" {
		t.Errorf("the cache still says %q, %v", got.Name, err)
	}
}

func TestAnotherProcessHearsOfAChangedBrand(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	here, there := storetest.Open(t, store.Config{URL: url}), storetest.Open(t, store.Config{URL: url})
	storetest.Merchant(t, here, "kaap-noord")
	listen(t, there)
	if _, err := there.MerchantBySlug(t.Context(), "kaap-noord"); err != nil {
		t.Fatal(err)
	}
	changed := storetest.Shop("kaap-noord")
	changed.Name = "Kaap Zuid"
	if _, err := here.SaveMerchant(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other process keeps the old brand", func() bool {
		m, err := there.MerchantBySlug(t.Context(), "kaap-noord")
		return err == nil && m.Name == "Kaap Zuid"
	})
}

func TestAMerchantThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	taken := storetest.Shop("elders")
	taken.Host = "track.elders.example"
	if _, err := s.SaveMerchant(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*store.Merchant){
		"a reserved slug":  func(m *store.Merchant) { m.Slug = "admin" },
		"a slug with dots": func(m *store.Merchant) { m.Slug = "kaap..noord" },
		"no name":          func(m *store.Merchant) { m.Name = "" },
		"a long country":   func(m *store.Merchant) { m.Country = "Nederland" },
		"an unknown zone":  func(m *store.Merchant) { m.Rules.Zone = "Europe/Atlantis" },
		"a host in caps":   func(m *store.Merchant) { m.Host = "Track.Example" },
	} {
		shop := storetest.Shop("kaap-noord")
		change(&shop)
		_, err := s.SaveMerchant(t.Context(), shop)
		if _, ok := errors.AsType[parcel.Invalid](err); !ok {
			t.Errorf("%s: got %v", what, err)
		}
	}
	shop := storetest.Shop("kaap-noord")
	shop.Host = "track.elders.example"
	if _, err := s.SaveMerchant(t.Context(), shop); !errors.Is(err, parcel.ErrConflict) {
		t.Errorf("another's host: got %v", err)
	}
}

func TestABrandFileIsKeptUnderItsHashAndForItsMerchantOnly(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m, other := storetest.Merchant(t, s, "kaap-noord"), storetest.Merchant(t, s, "elders")
	body := []byte("\x89PNG\r\n\x1a\n and so on")
	hash, err := s.SaveBrandFile(t.Context(), m.ID, "image/png", body)
	if err != nil || len(hash) != 32 {
		t.Fatalf("got %q, %v", hash, err)
	}
	if again, err := s.SaveBrandFile(t.Context(), m.ID, "image/png", body); err != nil || again != hash {
		t.Errorf("the same file again: %q, %v", again, err)
	}
	if kind, got, err := s.BrandFile(t.Context(), m.ID, hash); err != nil || kind != "image/png" || !bytes.Equal(got, body) {
		t.Errorf("got %q, %d bytes, %v", kind, len(got), err)
	}
	if _, _, err := s.BrandFile(t.Context(), other.ID, hash); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("another merchant gets %v", err)
	}
}

// eventually waits for what another goroutine or process does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(what)
		}
	}
}
