package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/store/storetest"
)

func aPerson(t *testing.T, s *store.Store, m parcel.MerchantID, email, role string) store.Staff {
	t.Helper()
	person, err := s.SaveStaff(t.Context(), email, "Jo", m, role)
	if err != nil {
		t.Fatal(err)
	}
	return person
}

func TestAPersonHasARoleAtEachMerchant(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	one, two := storetest.Merchant(t, s, "kaap-noord"), storetest.Merchant(t, s, "elders")
	jo := aPerson(t, s, one.ID, " Jo@Example.com", "owner")
	again := aPerson(t, s, two.ID, "jo@example.com", "viewer")
	if again.ID != jo.ID || again.Email != "jo@example.com" || len(again.Roles) != 2 || again.Roles[one.ID] != "owner" || again.Roles[two.ID] != "viewer" {
		t.Errorf("got %+v", again)
	}
	if kept, err := s.SaveStaff(t.Context(), "jo@example.com", "", one.ID, ""); err != nil || kept.Name != "Jo" || len(kept.Roles) != 1 {
		t.Errorf("after taking a role away: %+v, %v", kept, err)
	}
	if read, err := s.StaffByID(t.Context(), jo.ID); err != nil || read.Roles[two.ID] != "viewer" || len(read.Roles) != 1 {
		t.Errorf("read %+v, %v", read, err)
	}
	aPerson(t, s, one.ID, "an@example.com", "support")
	if all, err := s.AllStaff(t.Context()); err != nil || len(all) != 2 || all[0].Email != "an@example.com" {
		t.Errorf("everyone: %+v, %v", all, err)
	}
	for what, in := range map[string][2]string{"an unknown role": {"x@example.com", "god"}, "no address": {"x", "owner"}} {
		_, err := s.SaveStaff(t.Context(), in[0], "", one.ID, in[1])
		if _, ok := errors.AsType[parcel.Invalid](err); !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.SaveStaff(t.Context(), "x@example.com", "", "01930000-0000-7000-8000-000000000009", "owner"); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("an unknown merchant: %v", err)
	}
}

func TestASignInLinkWorksOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	jo := aPerson(t, s, m.ID, "jo@example.com", "owner")
	link, err := s.NewStaffLink(t.Context(), jo.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.PeekStaffLink(t.Context(), link, time.Now()); err != nil {
			t.Errorf("looking at it: %v", err)
		}
	}
	var used atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			person, err := s.UseStaffLink(t.Context(), link, time.Now())
			switch {
			case err == nil && person.ID == jo.ID && person.Roles[m.ID] == "owner":
				used.Add(1)
			case !errors.Is(err, parcel.ErrExpired):
				t.Errorf("got %+v, %v", person, err)
			}
		})
	}
	all.Wait()
	if used.Load() != 1 {
		t.Errorf("it was used %d times", used.Load())
	}
	if err := s.PeekStaffLink(t.Context(), link, time.Now()); !errors.Is(err, parcel.ErrExpired) {
		t.Errorf("looking at a used one: %v", err)
	}

	late, err := s.NewStaffLink(t.Context(), jo.ID, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.UseStaffLink(t.Context(), late, time.Now().Add(2*time.Minute)); !errors.Is(err, parcel.ErrExpired) {
		t.Errorf("too late: %v", err)
	}
	for _, unknown := range []string{token(t), "", "x"} {
		if _, err := s.UseStaffLink(t.Context(), unknown, time.Now()); !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	if _, err := s.NewStaffLink(t.Context(), "01930000-0000-7000-8000-000000000009", time.Hour); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("for nobody: %v", err)
	}
}

func TestADisabledPersonIsOutAtOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	jo := aPerson(t, s, m.ID, "jo@example.com", "owner")
	link, err := s.NewStaffLink(t.Context(), jo.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	session := store.SessionRow{Kind: "staff", StaffID: jo.ID, Created: now, Seen: now, Expires: now.Add(time.Hour)}
	if err := s.SaveSession(t.Context(), "session of jo", session); err != nil {
		t.Fatal(err)
	}

	if err := s.DisableStaff(t.Context(), "Jo@example.com"); err != nil {
		t.Fatal(err)
	}
	_, loading := s.LoadSession(t.Context(), "session of jo", time.Hour, now)
	_, using := s.UseStaffLink(t.Context(), link, now)
	_, making := s.NewStaffLink(t.Context(), jo.ID, time.Hour)
	_, reading := s.StaffByID(t.Context(), jo.ID)
	for what, err := range map[string]error{"session": loading, "link": using, "new link": making, "read": reading} {
		if !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if all, err := s.AllStaff(t.Context()); err != nil || all[0].Disabled.IsZero() {
		t.Errorf("the list does not say so: %+v, %v", all, err)
	}
	aPerson(t, s, m.ID, "jo@example.com", "owner")
	if _, err := s.NewStaffLink(t.Context(), jo.ID, time.Hour); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("saving let them in: %v", err)
	}
	if err := s.EnableStaff(t.Context(), "jo@example.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NewStaffLink(t.Context(), jo.ID, time.Hour); err != nil {
		t.Error(err)
	}
	if _, err := s.LoadSession(t.Context(), "session of jo", time.Hour, now); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("an old session came back: %v", err)
	}
	if err := s.DisableStaff(t.Context(), "nobody@example.com"); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestASessionEndsByIdlenessByAgeAndByOrder(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	jo := aPerson(t, s, m.ID, "jo@example.com", "owner")
	now := time.Now().Truncate(time.Microsecond)
	row := store.SessionRow{Kind: "staff", StaffID: jo.ID, Data: []byte("grants"), Created: now, Seen: now, Expires: now.Add(12 * time.Hour)}
	if err := s.SaveSession(t.Context(), "id", row); err != nil {
		t.Fatal(err)
	}
	got, err := s.LoadSession(t.Context(), "id", 30*time.Minute, now.Add(29*time.Minute))
	if err != nil || got.Kind != "staff" || got.StaffID != jo.ID || string(got.Data) != "grants" || !got.Created.Equal(now) || !got.Expires.Equal(row.Expires) {
		t.Errorf("got %+v, %v", got, err)
	}
	for what, at := range map[string]time.Duration{"idle": 30 * time.Minute, "old": 12 * time.Hour} {
		idle := 30 * time.Minute
		if what == "old" {
			idle = 100 * time.Hour
		}
		if _, err := s.LoadSession(t.Context(), "id", idle, now.Add(at)); !errors.Is(err, parcel.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}

	if err := s.TouchSession(t.Context(), "id", now.Add(20*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LoadSession(t.Context(), "id", 30*time.Minute, now.Add(45*time.Minute)); err != nil {
		t.Errorf("seen in between: %v", err)
	}
	theirs := row
	theirs.Kind, theirs.StaffID = "shopper", ""
	if err := s.SaveSession(t.Context(), "id", theirs); !errors.Is(err, parcel.ErrConflict) {
		t.Errorf("it became somebody else's: %v", err)
	}
	if err := s.RevokeSession(t.Context(), "id"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LoadSession(t.Context(), "id", time.Hour, now); !errors.Is(err, parcel.ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
	if err := s.SaveSession(t.Context(), "id", row); !errors.Is(err, parcel.ErrConflict) {
		t.Errorf("a revoked one was saved: %v", err)
	}
	if err := s.RevokeSession(t.Context(), "unknown"); err != nil {
		t.Errorf("an unknown one: %v", err)
	}
}

func TestAllSessionsOfAPersonEndTogetherAndOthersStay(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m := storetest.Merchant(t, s, "kaap-noord")
	jo, an := aPerson(t, s, m.ID, "jo@example.com", "owner"), aPerson(t, s, m.ID, "an@example.com", "viewer")
	now := time.Now()
	for id, who := range map[string]string{"phone": jo.ID, "desk": jo.ID, "an": an.ID, "shopper": ""} {
		row := store.SessionRow{Kind: "staff", StaffID: who, Created: now, Seen: now, Expires: now.Add(time.Hour)}
		if who == "" {
			row.Kind = "shopper"
		}
		if err := s.SaveSession(t.Context(), id, row); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RevokeStaffSessions(t.Context(), jo.ID); err != nil {
		t.Fatal(err)
	}
	for id, lives := range map[string]bool{"phone": false, "desk": false, "an": true, "shopper": true} {
		if _, err := s.LoadSession(t.Context(), id, time.Hour, now); (err == nil) != lives {
			t.Errorf("%s: %v", id, err)
		}
	}
	var plain int
	if err := s.DB().Get(&plain, `select count(*) from sessions where encode(hash, 'escape') like '%desk%'`); err != nil || plain != 0 {
		t.Error("an id stands in the table")
	}
}
