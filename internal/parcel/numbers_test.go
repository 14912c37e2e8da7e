package parcel

import (
	"slices"
	"testing"
)

// The vectors are those of the carriers reference, section 19.
func TestCheckDigits(t *testing.T) {
	cases := []struct {
		rule    string
		check   func(string) CheckDigit
		numbers []string
		want    CheckDigit
	}{
		{"S10 fits", CheckS10, []string{"RB123456785GB", "RB123456785US", "RB123456785CV", "RB123456785CF", "RB123456785XX"}, CheckFits},
		{"S10 is wrong", CheckS10, []string{"RB123456786US"}, CheckWrong},
		{"S10 is another form", CheckS10, []string{"", "R1123456785GB", "RB12345678GB", "rb123456785gb", "RB12345678éGB"}, NoCheck},
		{"UPS fits", CheckUPS, []string{
			"1Z5R89390357567127", "1Z879E930346834440", "1Z410E7W0392751591", "1Z8V92A70367203024", "1ZXX3150YW44070023", "1Z999AA10123456784",
		}, CheckFits},
		{"UPS is wrong", CheckUPS, []string{"1Z1111111111111111", "1Z12345E6205277936", "1ZABCXYZ0112346789"}, CheckWrong},
		{"UPS is another form", CheckUPS, []string{"2Z5R89390357567127", "1Z5R8939035756712", "1Z5R8939035756712X", "1Z5R8939035756_127"}, NoCheck},
		{"SSCC fits", CheckSSCC, []string{"000123450000000027", "340434292135100124", "106141412345678908", "00340434292135100124"}, CheckFits},
		{"SSCC is wrong", CheckSSCC, []string{"000000000000000001"}, CheckWrong},
		{"SSCC is another form", CheckSSCC, []string{"10340434292135100124", "34043429213510012X", "1"}, NoCheck},
		{"DPD fits", CheckDPD, []string{
			"09980000020033F", "09980000020034D", "008182709980000020033350276C", "008182709980000020045327276N",
		}, CheckFits},
		{"DPD is wrong", CheckDPD, []string{"09980000020033D", "008182709980000020033350276A"}, CheckWrong},
		{"DPD without its check character is another form", CheckDPD, []string{"09980000020033", "", "A9980000020033F"}, NoCheck},
		{"DHL Express fits", CheckDHLExpress, []string{"3318810025", "73891051146", "8487135506", "1099255990", "3821724944"}, CheckFits},
		{"DHL Express is wrong", CheckDHLExpress, []string{"3318810010", "3318810034", "3318810011"}, CheckWrong},
		{"DHL Express is another form", CheckDHLExpress, []string{"331881002", "331881002X"}, NoCheck},
	}
	for _, c := range cases {
		for _, number := range c.numbers {
			if got := c.check(number); got != c.want {
				t.Errorf("%s: %q gives %d, want %d", c.rule, number, got, c.want)
			}
		}
	}
}

// S10 is not among them: it maps two remainders on 5 and two on 0.
func TestAMistypedDigitIsNoticed(t *testing.T) {
	for _, c := range []struct {
		number string
		check  func(string) CheckDigit
	}{
		{"340434292135100124", CheckSSCC},
		{"09980000020033F", CheckDPD},
	} {
		for i := range c.number {
			if c.number[i] < '0' || c.number[i] > '9' {
				continue
			}
			for d := byte('0'); d <= '9'; d++ {
				if d == c.number[i] {
					continue
				}
				wrong := c.number[:i] + string(d) + c.number[i+1:]
				if c.check(wrong) == CheckFits {
					t.Errorf("%s passes for %s", wrong, c.number)
				}
			}
		}
	}
}

func TestTrackingNumbersAreComparedWithoutTheirDress(t *testing.T) {
	for raw, want := range map[string]string{
		" 3s devc-665.9149 ":          "3SDEVC6659149",
		"1z 999 aa1 01 2345 6784":     "1Z999AA10123456784",
		"RB\u00a0123\u2011456785\tgb": "RB123456785GB",
		"00\u200b340434":              "00340434",
		"":                            "",
		"é-1":                         "é1",
	} {
		if got := NormaliseTrackingNumber(raw); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
		if got := NormaliseTrackingNumber(want); got != want {
			t.Errorf("%q is not stable: %q", want, got)
		}
	}
}

func TestAMaskedNumberShowsFourCharacters(t *testing.T) {
	for raw, want := range map[string]string{
		"3SDEVC6657734": "•••• 7734", "3s devc 665 77 34": "•••• 7734", "1234567": "••••", "12345678": "•••• 5678", "": "",
	} {
		if got := MaskTrackingNumber(raw); got != want {
			t.Errorf("%q is shown as %q, want %q", raw, got, want)
		}
	}
}

func TestCarriersAreGuessedByTheirNumbers(t *testing.T) {
	for number, want := range map[string][]string{
		"3SDEVC6659149":                {"postnl", "dhl"},
		"3SYZXG132912330":              {"postnl", "dhl"},
		"1Z999AA10123456784":           {"ups"},
		"1ZABCXYZ0112346789":           {"ups"}, // a wrong check digit is a hint only
		"RB123456785GB":                {"royal-mail", "parcelforce"},
		"LA123456785NL":                {"postnl"},
		"RB123456786IT":                {"poste-italiane"},
		"00340434292135100124":         {"dhl", "gls", "dpd"},
		"09980000020033F":              {"dpd", "fedex"},
		"09980000020033":               {"dpd", "dhl"},
		"008182709980000020033350276C": {"dpd", "fedex"},
		"3318810025":                   {"dhl-express"},
		"36301917596":                  {"gls", "dhl-express"},
		"323200000000000000000001":     {"bpost"},
		"6A12345678901":                {"colissimo"},
		"JJD000390007812345678":        {"dhl", "dhl-express"},
		"RB123456785XX":                nil,
		"PQ123456789012345678901":      {"correos"},
		"123456789012":                 {"fedex", "gls", "brt"},
		"961207700000000000000":        nil,
		"00000000000000000001":         {"dhl", "gls", "dpd"},
		"9612077000000000000000":       {"fedex", "usps"},
		"GM60511234500000001":          {"dhl"},
		"106141412345678908":           {"dhl", "gls", "dpd", "fedex"},
		"041441760228964":              {"fedex", "dpd"},
		"hello":                        nil,
		"":                             nil,
	} {
		if got := GuessCarriers(number); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", number, got, want)
		}
		for _, slug := range GuessCarriers(number) {
			if _, ok := carrier(slug); !ok {
				t.Errorf("%q is guessed to be of %q, which is not in Carriers", number, slug)
			}
		}
	}
}

func TestAPostalNumberIsOfItsCountrysPost(t *testing.T) {
	for country, want := range map[string]string{
		"NL": "postnl", "BE": "bpost", "DE": "dhl", "FR": "colissimo", "ES": "correos", "IT": "poste-italiane", "GB": "royal-mail", "AT": "post-at",
		"CH": "swiss-post", "IE": "an-post", "PT": "ctt", "PL": "poczta-polska", "LU": "post-luxembourg", "SE": "postnord", "DK": "postnord", "FI": "posti",
		"NO": "posten", "US": "usps",
	} {
		for _, number := range []string{"CP123456785" + country, "CP123456780" + country} {
			got := GuessCarriers(number)
			if len(got) == 0 || got[0] != want {
				t.Errorf("%s: %v, want %s first", number, got, want)
			}
			for _, slug := range got {
				if _, ok := carrier(slug); !ok {
					t.Errorf("%s: %q is not in Carriers", number, slug)
				}
			}
		}
	}
}

func FuzzTrackingNumber(f *testing.F) {
	for _, seed := range []string{"3SDEVC6659149", "1Z999AA10123456784", "RB123456785GB", "\x00\xff", "34043429213510012é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		n := NormaliseTrackingNumber(raw)
		if NormaliseTrackingNumber(n) != n {
			t.Fatalf("%q is not stable", raw)
		}
		if masked := MaskTrackingNumber(raw); len([]rune(masked)) > 9 {
			t.Fatalf("%q is shown as %q", raw, masked)
		}
		GuessCarriers(raw)
	})
}
