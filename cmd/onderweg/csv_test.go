package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// write makes a file of a test.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	return path
}

// readAll reads orders as the import does, without saving them.
func readAll(t *testing.T, path string) (*csvFile, []store.ImportRow, []reject) {
	t.Helper()
	file, err := openCSV(path, knownIn(orderColumns))
	if err != nil {
		t.Fatal(err)
	}
	at, err := columnsOf(file.header, orderColumns)
	if err != nil {
		t.Fatal(err)
	}
	m := store.Merchant{Merchant: parcel.Merchant{ID: "m", Country: "NL", Rules: parcel.Rules{Zone: "Europe/Amsterdam"}}}
	r, err := newOrderReader(file, at, m, false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.in.close()

	var (
		orders  []store.ImportRow
		rejects []reject
	)
	for {
		it, bad, _, err := r.next()
		if len(it.rows) > 0 {
			orders = append(orders, it.value)
		}
		rejects = append(rejects, bad...)
		if errors.Is(err, io.EOF) {
			return file, orders, rejects
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const plainOrders = "order_number,placed_at,email,name,postal_code,city,item,quantity,price\n" +
	"1001,2026-11-20 14:30,anna@example.com,Zoë de Vries,1011 AB,Amsterdam,Wandelschoen,1,\"129,95\"\n" +
	"1001,,,,,,Wollen sokken,2,\"12,50\"\n" +
	"1002,2026-11-21 09:00,bob@example.com,Bob Jansen,2011 CD,Haarlem,Muts,1,19\n"

func TestTheSameOrdersAreReadFromEveryKindOfFile(t *testing.T) {
	t.Parallel()

	latin1, err := charmap.Windows1252.NewEncoder().String(plainOrders)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.NewReplacer(`"129,95"`, "129,95", `"12,50"`, "12,50", ",", "\t").Replace(plainOrders))
	if err != nil {
		t.Fatal(err)
	}
	semicolons := strings.NewReplacer(`"129,95"`, "129,95", `"12,50"`, "12,50", ",", ";").Replace(plainOrders)

	tests := map[string]struct {
		text     string
		encoding string
		comma    rune
	}{
		"plain":                                {plainOrders, "UTF-8", ','},
		"a byte order mark":                    {"\ufeff" + plainOrders, "UTF-8", ','},
		"line ends of Windows":                 {strings.ReplaceAll(plainOrders, "\n", "\r\n"), "UTF-8", ','},
		"Latin-1":                              {latin1, "Windows-1252", ','},
		"UTF-16 with tabs, as from Excel":      {utf16, "UTF-16", '\t'},
		"semicolons":                           {semicolons, "UTF-8", ';'},
		"semicolons named in the first line":   {"sep=;\r\n" + semicolons, "UTF-8", ';'},
		"blank lines before the header":        {"\n\n" + plainOrders, "UTF-8", ','},
		"no line end at the end":               {strings.TrimSuffix(plainOrders, "\n"), "UTF-8", ','},
		"quotes around everything":             {quoteAll(plainOrders), "UTF-8", ','},
		"capitals and spaces in the header":    {strings.Replace(plainOrders, "order_number,placed_at,email", " Order Number ,Placed-At,E-Mail", 1), "UTF-8", ','},
		"Dutch names of columns":               {strings.Replace(plainOrders, "order_number,placed_at,email,name,postal_code,city,item,quantity,price", "Bestelnummer,Besteldatum,E-mailadres,Naam,Postcode,Woonplaats,Artikel,Aantal,Prijs", 1), "UTF-8", ','},
		"columns nobody knows are passed over": {strings.NewReplacer("order_number,", "colour,order_number,", "\n1", "\nred,1").Replace(plainOrders), "UTF-8", ','},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			file, orders, rejects := readAll(t, write(t, tt.text))
			if file.name != tt.encoding || file.comma != tt.comma {
				t.Errorf("read as %s with %q", file.name, file.comma)
			}
			if len(rejects) != 0 || len(orders) != 2 {
				t.Fatalf("%d orders, rejects %v", len(orders), rejects)
			}

			o := orders[0].Order
			if o.Number != "1001" || o.Contact.Name != "Zoë de Vries" || o.Contact.Email != "anna@example.com" || o.Contact.Address.City != "Amsterdam" {
				t.Errorf("got %+v", o)
			}
			if want := time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC); !o.PlacedAt.Equal(want) {
				t.Errorf("placed at %v, want %v", o.PlacedAt, want)
			}
			wantLines := []parcel.Line{{Name: "Wandelschoen", Quantity: 1, Price: 12995}, {Name: "Wollen sokken", Quantity: 2, Price: 2500}}
			if !slices.Equal(o.Lines, wantLines) || o.Total != 15495 || o.Currency != "EUR" || o.Country != "NL" {
				t.Errorf("lines %+v, total %d %s to %s", o.Lines, o.Total, o.Currency, o.Country)
			}
		})
	}
}

func quoteAll(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.NewReplacer(`"129,95"`, "129.95", `"12,50"`, "12.50").Replace(strings.TrimSuffix(line, "\n"))
		b.WriteString(`"` + strings.ReplaceAll(line, ",", `","`) + "\"\n")
	}

	return b.String()
}

func TestAnExportOfShopifyIsReadAsItIs(t *testing.T) {
	t.Parallel()

	_, orders, rejects := readAll(t, write(t, "Name,Email,Created at,Currency,Total,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Name,Shipping Street,Shipping City,Shipping Zip,Shipping Country,Shipping Phone,Id\n"+
		"#1001,anna@example.com,2026-11-20 14:30:05 +0100,EUR,142.45,1,Boot - 42,129.95,B42,Anna Smit,Kade 1,Gent,9000,BE,'+32 2 555 01 23,5512\n"+
		"#1001,anna@example.com,,,,1,Socks,12.50,S1,,,,,,,\n"))
	if len(rejects) != 0 || len(orders) != 1 {
		t.Fatalf("%d orders, rejects %v", len(orders), rejects)
	}
	o := orders[0].Order
	if o.Number != "#1001" || o.Contact.Name != "Anna Smit" || o.Country != "BE" || o.Total != 14245 || len(o.Lines) != 2 || o.Lines[0].SKU != "B42" || o.Contact.Phone != "+3225550123" {
		t.Errorf("got %+v", o)
	}
}

func TestSeveralLinesMayStandInOneCellAndParcelsInTheirRows(t *testing.T) {
	t.Parallel()

	_, orders, rejects := readAll(t, write(t, "order_number;placed_at;items;carrier;tracking_number;parcel\n"+
		"1;2026-11-20;2x Wool socks @ 12,50 | Hat;PostNL;3s abc 123;\n"+
		"2;2026-11-20;Boot @ 100;dhl;JD01;A\n2;;Sock;dhl;JD02;B\n2;;Lace;;;\n"))
	if len(rejects) != 0 || len(orders) != 2 {
		t.Fatalf("%d orders, rejects %v", len(orders), rejects)
	}
	one, two := orders[0], orders[1]
	if want := []parcel.Line{{Name: "Wool socks", Quantity: 2, Price: 2500}, {Name: "Hat", Quantity: 1}}; !slices.Equal(one.Order.Lines, want) {
		t.Errorf("lines %+v", one.Order.Lines)
	}
	if len(one.Parcels) != 1 || one.Parcels[0].Carrier != "postnl" || one.Parcels[0].TrackingNumber != "3SABC123" || len(one.Parcels[0].Contents) != 2 {
		t.Errorf("parcels %+v", one.Parcels)
	}
	if len(two.Parcels) != 2 || two.Parcels[1].Reference != "B" || !slices.Equal(two.Parcels[1].Contents, []parcel.Content{{Line: 1, Quantity: 1}}) {
		t.Errorf("parcels %+v", two.Parcels)
	}
}

func TestEachBadRowIsRejectedWithItsLineAndReasonAndTheRestIsRead(t *testing.T) {
	t.Parallel()

	head := "order_number,placed_at,email,item,quantity,price,phone,country,currency\n"
	good := "9,2026-11-20,,Hat,1,5,,,\n"
	tests := map[string]struct {
		rows   string
		line   int
		reason string
	}{
		"no number":                   {",2026-11-20,,Hat,1,5,,,\n", 2, "order_number is empty"},
		"a date that is none":         {"1,yesterday,,Hat,1,5,,,\n", 2, "placed_at is no date"},
		"the year 0":                  {"1,0000-01-01,,Hat,1,5,,,\n", 2, "placed_at is not between"},
		"the year 9999":               {"1,9999-12-31,,Hat,1,5,,,\n", 2, "placed_at is not between"},
		"no date":                     {"1,,,Hat,1,5,,,\n", 2, "placed_at is no date"},
		"a mail address that is none": {"1,2026-11-20,anna,Hat,1,5,,,\n", 2, "email is no mail address"},
		"a quantity of zero":          {"1,2026-11-20,,Hat,0,5,,,\n", 2, "quantity"},
		"a price in words":            {"1,2026-11-20,,Hat,1,five,,,\n", 2, "price is no amount"},
		"too many decimals":           {"1,2026-11-20,,Hat,1,5.1234,,,\n", 2, "price is no amount"},
		"a phone without digits":      {"1,2026-11-20,,Hat,1,5,call me,,\n", 2, "phone is no phone number"},
		"a country in words":          {"1,2026-11-20,,Hat,1,5,,Holland,\n", 2, "country is no country"},
		"a currency that is none":     {"1,2026-11-20,,Hat,1,5,,,EURO\n", 2, "currency is no currency"},
		"no line":                     {"1,2026-11-20,,,1,5,,,\n", 2, "the order has no line"},
		"a cell too few":              {"1,2026-11-20,,Hat\n", 2, "has 4 cells, and the header has 9"},
		"a cell too many":             {"1,2026-11-20,,Hat,1,5,,,,x\n", 2, "has 10 cells"},
		"a zero byte":                 {"1,2026-11-20,,H\x00at,1,5,,,\n", 2, "zero byte"},
		"a very long cell":            {"1,2026-11-20,," + strings.Repeat("H", tooLong+1) + ",1,5,,,\n", 2, "longer than"},
		"a quote in the middle":       {"1,2026-11-20,,\"Hat\"x,1,5,,,\n", 2, "quote"},
		"a quote in bare text":        {"1,2026-11-20,,Ha\"t,1,5,,,\n", 2, "quote"},
		"an open quote":               {"1,2026-11-20,,\"Hat,1,5,,,\n", 2, "never closed"},
		"rows that do not follow":     {"1,2026-11-20,,Hat,1,5,,,\n2,2026-11-20,,Hat,1,5,,,\n1,2026-11-20,,Cap,1,5,,,\n", 4, "do not follow each other"},
		"a second date in an order":   {"1,2026-11-20,,Hat,1,5,,,\n1,2026-11-21,,Cap,1,5,,,\n", 3, "placed_at differs"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, orders, rejects := readAll(t, write(t, head+tt.rows+good))
			if len(orders) == 0 || orders[len(orders)-1].Order.Number != "9" {
				t.Errorf("the order behind it is not read: %+v", orders)
			}
			i := slices.IndexFunc(rejects, func(r reject) bool { return strings.Contains(r.reason, tt.reason) })
			if i < 0 || rejects[i].line != tt.line {
				t.Errorf("rejects %+v, want line %d: %s", rejects, tt.line, tt.reason)
			}
		})
	}
}

func TestABadRowRejectsItsWholeOrder(t *testing.T) {
	t.Parallel()

	_, orders, rejects := readAll(t, write(t, "order_number,placed_at,item,price\n1,2026-11-20,Hat,5\n1,,Cap,cheap\n1,,Scarf,7\n2,2026-11-20,Hat,5\n"))
	if len(orders) != 1 || orders[0].Order.Number != "2" {
		t.Errorf("orders %+v", orders)
	}
	var got []string
	for _, r := range rejects {
		got = append(got, fmt.Sprintf("%d: %s", r.line, r.reason))
	}
	want := []string{"2: line 3 of the same order cannot be taken", "3: price is no amount with at most 2 decimals", "4: line 3 of the same order cannot be taken"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestFormulasStayTextAndComeBackAsText(t *testing.T) {
	t.Parallel()

	_, orders, rejects := readAll(t, write(t, "order_number,placed_at,item,detail\n1,2026-11-20,\"=HYPERLINK(\"\"https://x.example\"\")\",-1\n2,2026-11-20,'=1+1,'+x\n"))
	if len(rejects) != 0 || len(orders) != 2 {
		t.Fatalf("%d orders, rejects %v", len(orders), rejects)
	}
	if l := orders[0].Order.Lines[0]; l.Name != `=HYPERLINK("https://x.example")` || l.Detail != "-1" {
		t.Errorf("got %+v", l)
	}
	if l := orders[1].Order.Lines[0]; l.Name != "=1+1" || l.Detail != "+x" {
		t.Errorf("got %+v", l)
	}
	if got := asText("=1+1"); got != "'=1+1" {
		t.Errorf("a rejects file would run %q", got)
	}
}

func TestMissingColumnsAreNamed(t *testing.T) {
	t.Parallel()

	file, err := openCSV(write(t, "email,item\na@example.com,Hat\n"), knownIn(orderColumns))
	if err != nil {
		t.Fatal(err)
	}
	_, err = columnsOf(file.header, orderColumns)
	for _, want := range []string{"column order_number is missing", "bestelnummer", "column placed_at is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestTwoColumnsOfOneMeaningAreRefused(t *testing.T) {
	t.Parallel()

	_, err := columnsOf([]string{"order_number", "Bestelnummer", "placed_at"}, orderColumns)
	if err == nil || !strings.Contains(err.Error(), `columns "order_number" and "Bestelnummer" both mean order_number`) {
		t.Errorf("got %v", err)
	}
}

func TestAnOpenQuoteDoesNotSwallowTheRestOfAFile(t *testing.T) {
	t.Parallel()

	var b strings.Builder
	b.WriteString("order_number,placed_at,item\n")
	for i := range 60_000 {
		name := "Hat with a name of some length"
		if i == 100 || i == 50_000 {
			name = `"Hat`
		}
		fmt.Fprintf(&b, "%d,2026-11-20,%s\n", i, name)
	}
	for kind, text := range map[string]string{"UTF-8": b.String(), "Windows-1252": strings.ReplaceAll(b.String(), "Hat with", "H\xe4t with")} {
		file, orders, rejects := readAll(t, write(t, text))
		if file.name != kind || len(orders) != 59_998 {
			t.Errorf("%s: %d orders of a %s file", kind, len(orders), file.name)
		}
		if len(rejects) != 2 || rejects[0].line != 102 || rejects[1].line != 50_002 {
			t.Errorf("%s: rejects %+v", kind, rejects)
		}
	}
}

func TestAFileWithoutAnyClosedQuoteIsGivenUp(t *testing.T) {
	t.Parallel()

	path := write(t, "order_number,placed_at,item\n"+strings.Repeat("1,\"a\nx,b\"c\n", maxRepair+10))
	file, err := openCSV(path, knownIn(orderColumns))
	if err != nil {
		t.Fatal(err)
	}
	in, err := file.records()
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	for {
		_, _, err = in.next()
		var bad badRecord
		if err != nil && !errors.As(err, &bad) {
			break
		}
	}
	if errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "is it a CSV file?") {
		t.Errorf("got %v", err)
	}
}

func TestAmountsAreReadAsShopsWriteThem(t *testing.T) {
	t.Parallel()

	tests := []struct {
		text     string
		decimals int
		want     int64
	}{
		{"12.50", 2, 1250},
		{"12,50", 2, 1250},
		{"12", 2, 1200},
		{"12,5", 2, 1250},
		{"1.234,56", 2, 123456},
		{"1,234.56", 2, 123456},
		{"1.234", 2, 123400},
		{"1,234", 2, 123400},
		{"1 234,56", 2, 123456},
		{"€ 12,50", 2, 1250},
		{"12,50 EUR", 2, 1250},
		{"12,-", 2, 1200},
		{"-3.00", 2, -300},
		{"0.500", 2, 50},
		{"12.500000", 2, 1250},
		{"1.234.567,89", 2, 123456789},
		{"1200", 0, 1200},
		{"1,200", 0, 1200},
		{"1.234", 3, 1234},
		{".5", 2, 50},
		{"1\u202f234,50", 2, 123450},
		{"0", 2, 0},
	}
	for _, tt := range tests {
		got, err := parseAmount(tt.text, tt.decimals)
		if err != nil || got != tt.want {
			t.Errorf("%q with %d decimals: got %d, %v, want %d", tt.text, tt.decimals, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "free", "12.345,678", "1e5", "--1", "12.5.5", "99999999999999999999", "1,2,3"} {
		if got, err := parseAmount(text, 2); err == nil {
			t.Errorf("%q was taken as %d", text, got)
		}
	}
}

func TestMomentsAreReadInTheShopsOwnZone(t *testing.T) {
	t.Parallel()

	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	k := clock{zone: zone}
	for text, want := range map[string]string{
		"2026-11-20 14:30":          "2026-11-20T13:30:00Z",
		"2026-11-20T14:30:00+02:00": "2026-11-20T12:30:00Z",
		"2026-07-01 14:30:10":       "2026-07-01T12:30:10Z",
		"2026-11-20":                "2026-11-19T23:00:00Z",
		"20-11-2026 14:30":          "2026-11-20T13:30:00Z",
		"3/4/2026":                  "2026-04-02T22:00:00Z",
		"20.11.2026":                "2026-11-19T23:00:00Z",
		"2026-11-20 14:30:05 +0100": "2026-11-20T13:30:05Z",
	} {
		got, err := k.parse(text)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}

	american := clock{zone: zone, monthFirst: true}
	if got, err := american.parse("3/4/2026 2:05 PM"); err != nil || got.Format(time.RFC3339) != "2026-03-04T13:05:00Z" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestACurrencyHasTheDecimalsThatPagesShow(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{"EUR": 2, "JPY": 0, "ALL": 2, "RSD": 2, "IQD": 3, "KWD": 3} {
		if name, got, err := currencyOf(code, ""); err != nil || name != code || got != want {
			t.Errorf("%s: %q with %d decimals, %v; want %d", code, name, got, err, want)
		}
	}
}
