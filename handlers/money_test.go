package handlers

import (
	"testing"

	"onderweg/internal/parcel"
	"onderweg/web"
)

func TestAnAmountIsReadAsPagesShowIt(t *testing.T) {
	t.Parallel()
	for code, amount := range map[string]string{
		"EUR": "12.50", "JPY": "1250", "ALL": "12.50", "RSD": "12.50", "HUF": "12.50", "IQD": "12.500", "KWD": "12.500", "ISK": "1250",
	} {
		scale, known := scaleOf(code)
		if !known {
			t.Errorf("%s is not known", code)
		}
		var wrong web.Problems
		minor := money("total", amount, scale, &wrong)
		if len(wrong) > 0 {
			t.Errorf("%s %s: %v", amount, code, wrong)
		}
		if want, err := parcel.ParseMoney(amount, code); err != nil || minor != want {
			t.Errorf("%s %s is read as %d, the domain reads %d (%v)", amount, code, minor, want, err)
		}
		if got := decimal(minor, scale); got != amount {
			t.Errorf("%s %s is given back as %s", amount, code, got)
		}
	}
	if _, known := scaleOf("eur"); known {
		t.Error("a currency code in small letters is taken")
	}
}
