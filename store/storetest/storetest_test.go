package storetest

import (
	"testing"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

func TestEveryTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	one, two := New(t), New(t)
	Merchant(t, one, "kaap-noord")
	if _, err := two.MerchantBySlug(t.Context(), "kaap-noord"); err == nil {
		t.Error("two tests share a database")
	}
	began := time.Now()
	url := URL(t)
	t.Logf("a clone in %v", time.Since(began).Round(time.Millisecond))
	if err := Open(t, store.Config{URL: url}).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheReaderOfAPairWritesNothing(t *testing.T) {
	t.Parallel()
	writer, reader := Pair(t)
	m := Merchant(t, writer, "kaap-noord")
	got, err := reader.MerchantBySlug(t.Context(), "kaap-noord")
	if err != nil || got.ID != m.ID {
		t.Errorf("got %v, %v", got.ID, err)
	}
	if _, err := reader.SaveMerchant(t.Context(), Shop("elders")); err == nil {
		t.Error("it wrote")
	}
	if _, err := writer.MerchantByID(t.Context(), parcel.MerchantID(m.ID)); err != nil {
		t.Error(err)
	}
}
