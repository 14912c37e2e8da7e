package parcel

import (
	"math"
	"testing"
)

func TestMoneyIsReadWithoutFloats(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		want           int64
	}{
		{"12", "EUR", 1200},
		{"12.5", "EUR", 1250},
		{"12,50", "EUR", 1250},
		{"0.29", "EUR", 29},
		{".5", "EUR", -1},
		{"1.234,50", "EUR", 123450},
		{"1,234.50", "EUR", 123450},
		{"1 234,50", "EUR", 123450},
		{"1\u202f234,50", "EUR", 123450},
		{"1'234.50", "CHF", 123450},
		{"1.234.567", "EUR", 123456700},
		{"1.234", "EUR", -1}, // thousands or three decimals: nobody knows
		{"0.125", "EUR", -1},
		{"12.500", "EUR", -1},
		{"12.5000", "EUR", 1250},
		{"1.234", "KWD", 1234},
		{"1200", "JPY", 1200},
		{"1200.00", "JPY", 1200},
		{"1200.50", "JPY", -1},
		{"1.2345", "CLF", 12345},
		{"+3", "EUR", 300},
		{"1,2,3", "EUR", -1},
		{"1.2.3,4", "EUR", -1},
		{"12.", "EUR", -1},
		{"", "EUR", -1},
		{"twelve", "EUR", -1},
		{"1e3", "EUR", -1},
		{"٣", "EUR", -1},
		{"--1", "EUR", -1},
		{"92233720368547758.07", "EUR", -1},
		{"92233720368547757.99", "EUR", 9223372036854775799},
		{"99999999999999999999", "EUR", -1},
	} {
		got, err := ParseMoney(c.text, c.currency)
		if c.want < 0 {
			if err == nil {
				t.Errorf("%q %s is %d, want a refusal", c.text, c.currency, got)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%q %s is %d (%v), want %d", c.text, c.currency, got, err, c.want)
		}
	}
	if got, err := ParseMoney("-3.10", "EUR"); err != nil || got != -310 {
		t.Errorf("-3.10 is %d (%v)", got, err)
	}
}

func TestMoneyIsWrittenAsPlainText(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency string
		want     string
	}{
		{123450, "EUR", "1234.50"},
		{5, "EUR", "0.05"},
		{0, "EUR", "0.00"},
		{-310, "EUR", "-3.10"},
		{1200, "JPY", "1200"},
		{1234, "KWD", "1.234"},
		{math.MinInt64, "EUR", "-92233720368547758.08"},
	} {
		if got := FormatMoney(c.amount, c.currency); got != c.want {
			t.Errorf("%d %s is %q, want %q", c.amount, c.currency, got, c.want)
		}
	}
}

func TestACurrencyIsThreeCapitals(t *testing.T) {
	for code, want := range map[string]bool{"EUR": true, "eur": false, "EU": false, "EURO": false, "E R": false, "": false} {
		if IsCurrency(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

func FuzzMoney(f *testing.F) {
	f.Add("1.234,50", "EUR")
	f.Add("-0.01", "KWD")
	f.Fuzz(func(t *testing.T, text, currency string) {
		amount, err := ParseMoney(text, currency)
		if err != nil {
			return
		}
		again, err := ParseMoney(FormatMoney(amount, currency), currency)
		if err != nil || again != amount {
			t.Fatalf("%q %s: %d is read back as %d (%v)", text, currency, amount, again, err)
		}
	})
}
