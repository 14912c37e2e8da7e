package store_test

import (
	"errors"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store/storetest"
)

func TestAScanMovesThePage(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1001"), box("3S1"), box("3S2"))
	if n := mustRecord(t, s, m, scan("3S2", 1, parcel.HandedToCarrier), scan("3s-2", 2, parcel.OutForDelivery)); n != 2 {
		t.Errorf("applied %d", n)
	}

	tr := page(t, s, o)
	if tr.Number != "1001" || tr.Language != "nl" || tr.Total != 12990 || len(tr.Lines) != 2 || !tr.PlacedAt.Equal(monday) {
		t.Errorf("order: %+v", tr)
	}
	if tr.Version != 2 || len(tr.Parcels) != 2 {
		t.Fatalf("version %d, %d parcels", tr.Version, len(tr.Parcels))
	}
	if tr.Parcels[0].Milestone != parcel.OrderPlaced || tr.Parcels[1].Milestone != parcel.OutForDelivery {
		t.Errorf("milestones %s and %s", tr.Parcels[0].Milestone, tr.Parcels[1].Milestone)
	}
	if n := len(tr.Parcels[1].Scans); n != 2 {
		t.Errorf("%d scans", n)
	}
	id, version, err := s.TrackingVersion(t.Context(), m, s.ViewToken(o.ID, m), monday)
	if id != o.ID || version != 2 || err != nil {
		t.Errorf("the probe says %s, %d, %v", id, version, err)
	}
}

func TestAnUnknownTokenIsNotFound(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	o := mustSave(t, s, order(m, "1"))
	good := s.ViewToken(o.ID, m)
	flipped := []byte(good)
	flipped[20] ^= 1
	for _, token := range []string{"", "x", string(flipped), good + "0", good[1:], "\x00" + good[1:]} {
		if _, err := s.Tracking(t.Context(), m, token, monday); !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("%q: %v", token, err)
		}
		if _, _, err := s.TrackingVersion(t.Context(), m, token, monday); !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("the probe of %q: %v", token, err)
		}
	}
}

func TestALinkLivesAsLongAsItsOrderHasUseForIt(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord").ID
	day := 24 * time.Hour
	open := mustSave(t, s, order(m, "open"), box("3S1"), box("3S2"))
	mustRecord(t, s, m, scan("3S1", 24, parcel.Delivered))
	done := mustSave(t, s, order(m, "done"), box("3S3"))
	mustRecord(t, s, m, scan("3S3", 24, parcel.Delivered))
	again := mustSave(t, s, order(m, "again"), box("3S4"))
	mustRecord(t, s, m, scan("3S4", 24, parcel.Delivered))
	mustSave(t, s, order(m, "again"), box("3S5"))

	for _, test := range []struct {
		name  string
		order parcel.Order
		after time.Duration
		ends  bool
	}{
		{"while a parcel travels", open, 239 * day, false},
		{"when a parcel never comes to an end", open, 240 * day, true},
		{"after the last parcel arrived", done, 90 * day, false},
		{"long after the last parcel arrived", done, 91 * day, true},
		{"when a parcel was added after the arrival", again, 91 * day, false},
	} {
		now := monday.Add(test.after)
		_, err := s.Tracking(t.Context(), m, s.ViewToken(test.order.ID, m), now)
		_, _, probe := s.TrackingVersion(t.Context(), m, s.ViewToken(test.order.ID, m), now)
		if errors.Is(err, parcel.ErrExpired) != test.ends || errors.Is(probe, parcel.ErrExpired) != test.ends {
			t.Errorf("%s: %v, and the probe %v", test.name, err, probe)
		}
	}
}
