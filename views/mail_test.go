package views

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

var (
	updateMails = flag.Bool("update-mails", false, "write testdata/mail anew")
	dumpMails   = flag.String("dump-mails", "", "folder to write every mail to, for looking at")
)

var mailShops = []string{"kaap-noord", "tuimel", "maison-verene"}

// rawWords is a key of the catalogue that has no words, or a placeholder nobody filled.
var rawWords = regexp.MustCompile(`[{}]|\b(mail|day|hours|window)\.[a-z]+`)

// eachMail writes every kind of mail in every language for every shop.
func eachMail(t *testing.T, f func(t *testing.T, in MailInput, m MailMessage)) {
	t.Helper()
	for _, slug := range mailShops {
		for _, kind := range parcel.Kinds {
			for _, lang := range Languages() {
				t.Run(slug+"/"+string(kind)+"/"+lang, func(t *testing.T) {
					in := mailInput(kind, slug, lang)
					m, err := Mail(t.Context(), in)
					if err != nil {
						t.Fatal(err)
					}
					f(t, in, m)
				})
			}
		}
	}
}

func page(t *testing.T, html string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestEveryMailIsWholeInEveryLanguageAndBrand(t *testing.T) {
	eachMail(t, func(t *testing.T, in MailInput, m MailMessage) {
		if *dumpMails != "" {
			name := filepath.Join(*dumpMails, in.Brand.Slug+"-"+string(in.Notice.Kind)+"-"+in.Language)
			if err := os.WriteFile(name+".html", []byte(m.HTML), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for part, s := range map[string]string{"subject": m.Subject, "preheader": m.Preheader, "text": m.Text, "html": m.HTML} {
			if s == "" || !utf8.ValidString(s) {
				t.Errorf("%s is empty or not UTF-8", part)
			}
			if raw := rawWords.FindString(s); part != "html" && raw != "" {
				t.Errorf("%s shows a raw key or placeholder %q: %s", part, raw, s)
			}
		}
		doc := page(t, m.HTML)
		if n := doc.Find("h1").Length(); n != 1 {
			t.Errorf("%d h1", n)
		}
		if got, _ := doc.Find("html").Attr("lang"); got != in.Language {
			t.Errorf("lang %q", got)
		}
		if doc.Find("table:not([role=presentation])").Length() > 0 {
			t.Error("a layout table without role=presentation")
		}
		if doc.Find("img:not([alt])").Length() > 0 {
			t.Error("a picture without alt text")
		}
		for _, name := range []string{"color-scheme", "supported-color-schemes"} {
			if doc.Find("meta[name="+name+"][content='light dark']").Length() != 1 {
				t.Errorf("meta %s is missing", name)
			}
		}
		if len(m.HTML) > 40_000 {
			t.Errorf("%d bytes of HTML", len(m.HTML))
		}
		if n := utf8.RuneCountInString(m.Preheader); n < 60 || n > preheaderLength {
			t.Errorf("preheader of %d letters: %s", n, m.Preheader)
		}
	})
}

func TestNoPromotionExclamationOrEmojiInBadNews(t *testing.T) {
	eachMail(t, func(t *testing.T, in MailInput, m MailMessage) {
		for _, s := range []string{m.Subject, m.Preheader, m.Text} {
			if strings.ContainsAny(s, "!🎉😀") {
				t.Errorf("cheer in %q", s)
			}
		}
	})
}

func TestSubjectTellsStateFirstAndNothingPersonal(t *testing.T) {
	eachMail(t, func(t *testing.T, in MailInput, m MailMessage) {
		for _, private := range []string{"Daan", "Verhoog", "Dijklaan", "daan@", "KN-20417", "3SKNRD", "Noorderkoog", "Bakkerij", "Regenjas"} {
			if strings.Contains(m.Subject, private) || strings.Contains(m.Preheader, private) {
				t.Errorf("%q stands in subject or preheader: %s / %s", private, m.Subject, m.Preheader)
			}
		}
		if strings.HasPrefix(m.Subject, in.Brand.Name) {
			t.Errorf("the shop comes before the state: %s", m.Subject)
		}
		if !strings.Contains(m.Subject, in.Brand.Name) {
			t.Errorf("no shop in %q", m.Subject)
		}
	})
}

func TestLinksLeadToTheShopsOwnAddressesOnly(t *testing.T) {
	eachMail(t, func(t *testing.T, in MailInput, m MailMessage) {
		own := []string{in.View, in.Unsubscribe, in.Brand.Legal.Privacy, in.Brand.Legal.Imprint, in.Brand.Legal.Accessibility, "tel:0850000000"}
		doc := page(t, m.HTML)
		doc.Find("[href],[src],[action],[background]").Each(func(_ int, s *goquery.Selection) {
			for _, attr := range []string{"href", "src", "action", "background"} {
				if v, ok := s.Attr(attr); ok && !contains(own, v) {
					t.Errorf("%s=%q", attr, v)
				}
			}
		})
		if strings.Contains(m.HTML, "url(") || strings.Contains(m.HTML, "@import") || strings.Contains(m.HTML, "http-equiv") {
			t.Error("the mail loads something")
		}
		for _, must := range []string{in.View, in.Unsubscribe} {
			if doc.Find("a[href='"+must+"']").Length() != 1 || strings.Count(m.Text, must) != 1 {
				t.Errorf("%s does not stand once in each part", must)
			}
		}
	})
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func TestFactsForPeopleAndMailProgramsStandInBothParts(t *testing.T) {
	eachMail(t, func(t *testing.T, in MailInput, m MailMessage) {
		facts := []string{"KN-20417"}
		if in.Notice.Kind != parcel.OrderConfirmed {
			facts = append(facts, "PostNL", "3SKNRD20417734")
		}
		for _, f := range facts {
			if !strings.Contains(m.Text, f) || !strings.Contains(page(t, m.HTML).Find("body").Text(), f) {
				t.Errorf("%s is missing", f)
			}
		}
	})
}

func TestConfirmationListsLinesAmountsTotalAndAddress(t *testing.T) {
	m, err := Mail(t.Context(), mailInput(parcel.OrderConfirmed, "kaap-noord", "nl"))
	if err != nil {
		t.Fatal(err)
	}
	html := page(t, m.HTML).Find("body").Text()
	for _, want := range []string{"Regenjas Branding", "Leisteen, maat M", "€ 189,00", "2 × Thermosfles Wacht", "€ 34,95", "€ 228,90", "Daan Verhoog", "Dijklaan 14", "0000 AB Noorderkoog", "Nederland"} {
		if !strings.Contains(plain(html), want) || !strings.Contains(plain(m.Text), want) {
			t.Errorf("%q is missing in a part", want)
		}
	}
}

// plain makes no-break spaces ordinary ones.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

func TestPickUpMailHasPlaceAddressHoursAndLastDay(t *testing.T) {
	m, err := Mail(t.Context(), mailInput(parcel.ReadyForPickup, "tuimel", "nl"))
	if err != nil {
		t.Fatal(err)
	}
	inOrder(t, m.Text, "Ligt voor je klaar bij Bakkerij Smit, tot en met zaterdag.", "Bakkerij Smit\n", "Dorpsstraat 12", "ma–vr 7.30–18.00\n", "zo gesloten\n", "zaterdag 28 november")
}

func TestDelayMailSaysLateThenDayThenCauseThenWhatWeDoThenWhatYouCanDoThenContact(t *testing.T) {
	m, err := Mail(t.Context(), mailInput(parcel.Delayed, "kaap-noord", "nl"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Later dan beloofd", "Dat spijt ons", "Nu verwacht", "27", "Eerst beloofd", "24 november", "De oorzaak is het weer.", "Wat wij doen", "Wat je kunt doen",
		"Een vraag? Antwoord",
	}
	inOrder(t, m.Text, want...)
	inOrder(t, page(t, m.HTML).Find("body").Text(), want...)
}

func TestDelayNeverInventsACauseAndNeverBlamesTheCourier(t *testing.T) {
	for _, lang := range Languages() {
		for _, cause := range []parcel.Cause{parcel.Unknown, parcel.CausedByCarrier} {
			in := mailInput(parcel.Delayed, "kaap-noord", lang)
			in.Parcels[0].Promises[1].Reason, in.Parcels[0].Promises[1].Cause = parcel.ReasonDelayed, cause
			m, err := Mail(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"nl": "De oorzaak kennen we nog niet. Je pakket is het laatst gezien op dinsdag 24 november", "en": "We don’t know the cause yet. Your parcel was last seen on Tuesday 24 November"}[lang]
			if !strings.Contains(m.Text, want) {
				t.Errorf("%s: %s", lang, m.Text)
			}
			for _, line := range strings.Split(m.Text, "\n") {
				news := strings.Contains(line, "24") && strings.Contains(line, ":")
				if strings.Contains(line, "PostNL") && !news && !strings.HasPrefix(line, "Bezorger:") && !strings.HasPrefix(line, "Courier:") {
					t.Errorf("the courier stands in %q", line)
				}
			}
		}
	}
}

func TestASecondSlipHasOtherWords(t *testing.T) {
	in := mailInput(parcel.Delayed, "kaap-noord", "nl")
	first, err := Mail(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	p := &in.Parcels[0]
	p.ETA.Window = parcel.Window{From: day(30), To: day(30)}
	p.Promises = append(p.Promises, parcel.Promise{Window: p.ETA.Window})
	second, err := Mail(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(first.Subject, "Later, nu") || !strings.HasPrefix(second.Subject, "Nog eens later, nu maandag 30 november") {
		t.Errorf("%q then %q", first.Subject, second.Subject)
	}
}

func TestADelayWithoutANewDaySaysSo(t *testing.T) {
	in := mailInput(parcel.Delayed, "kaap-noord", "nl")
	in.Parcels[0].ETA = parcel.ETA{}
	m, err := Mail(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "Later dan beloofd: je pakket van Kaap Noord" || !strings.Contains(m.Text, "Een nieuwe dag weten we nog niet.") {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
}

func inOrder(t *testing.T, text string, want ...string) {
	t.Helper()
	text = plain(text)
	from := 0
	for _, w := range want {
		i := strings.Index(text[from:], w)
		if i < 0 {
			t.Fatalf("%q is missing or in another place:\n%s", w, text)
		}
		from += i + len(w)
	}
}

func TestToneFollowsTheShop(t *testing.T) {
	formal, err := Mail(t.Context(), mailInput(parcel.Delayed, "maison-verene", "nl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{" je ", " jou ", " jouw ", "Je ", " jij "} {
		if strings.Contains(formal.Text, word) {
			t.Errorf("%q in a formal mail:\n%s", word, formal.Text)
		}
	}
}

func TestHostileWordsStayWords(t *testing.T) {
	const evil = "\u202eevil\u2066<script>alert(1)</script>\r\nBcc: x@example.com\x00\" onmouseover=\"x"
	for _, kind := range parcel.Kinds {
		in := mailInput(kind, "kaap-noord", "nl")
		in.Brand.Name, in.Brand.Legal.Company, in.Brand.Contact.Phone = evil, evil, "085"+evil
		in.Brand.Legal.Privacy = "javascript:alert(1)"
		in.Order.Number = evil
		in.Order.Contact.Name, in.Order.Contact.Address.Street = evil, evil
		in.Order.Lines = []parcel.Line{{Name: evil, Detail: evil, Quantity: 1, Price: 100}}
		p := &in.Parcels[0]
		p.TrackingNumber, p.Carrier = evil, evil
		p.Pickup = parcel.Pickup{Name: evil, Address: evil, Hours: evil, Until: day(28)}
		m, err := Mail(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{m.Subject, m.Preheader, m.Text, m.HTML} {
			if strings.ContainsAny(s, "\u202e\u2066\x00\r") {
				t.Errorf("%s: a control character passed", kind)
			}
		}
		if strings.ContainsAny(m.Subject, "\n") {
			t.Errorf("%s: subject has two lines", kind)
		}
		doc := page(t, m.HTML)
		if doc.Find("script").Length() != 1 || doc.Find("[onmouseover]").Length() > 0 {
			t.Errorf("%s: markup passed", kind)
		}
		if doc.Find("a[href^='javascript']").Length() > 0 || strings.Contains(m.Text, "javascript:") {
			t.Errorf("%s: a link passed", kind)
		}
	}
}

func TestRightToLeftNamesTurnNothingButThemselves(t *testing.T) {
	if got := clean("متجر"); got != "\u2068متجر\u2069" {
		t.Errorf("%q", got)
	}
	if got := clean("Łódź 日本"); got != "Łódź 日本" {
		t.Errorf("%q", got)
	}
}

func TestALogoHasAFileForTheDark(t *testing.T) {
	in := mailInput(parcel.OnItsWay, "kaap-noord", "nl")
	in.Brand.Logo = brand.Logo{Light: "00aa", Dark: "00bb", Width: 400, Height: 80}
	m, err := Mail(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	doc := page(t, m.HTML)
	if src, _ := doc.Find("img.light").Attr("src"); src != in.Brand.Base+"/brand/00aa.png" {
		t.Errorf("light logo %q", src)
	}
	if src, _ := doc.Find("img.dark").Attr("src"); src != in.Brand.Base+"/brand/00bb.png" {
		t.Errorf("dark logo %q", src)
	}
	if alt, _ := doc.Find("img.light").Attr("alt"); alt != "Kaap Noord" {
		t.Errorf("alt %q", alt)
	}
	in.Brand.Logo.Light = `x" onerror="y`
	if m, err = Mail(t.Context(), in); err != nil || strings.Contains(m.HTML, "<img") {
		t.Errorf("a name that is no hash became a picture: %v", err)
	}
}

func TestAnOrderOfAHundredLinesStaysUnderTheLimit(t *testing.T) {
	in := mailInput(parcel.OrderConfirmed, "maison-verene", "nl")
	for range 100 {
		in.Order.Lines = append(in.Order.Lines, parcel.Line{Name: strings.Repeat("Lang woord ", 30), Detail: strings.Repeat("fijn ", 60), Quantity: 1, Price: 1})
	}
	m, err := Mail(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.HTML) > mailLimit || !strings.Contains(m.Text, "En nog 72 regels.") {
		t.Errorf("%d bytes\n%s", len(m.HTML), m.Text)
	}
}

func TestMailDataFitsTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/mail/parceldelivery.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	eachMail(t, func(t *testing.T, in MailInput, m MailMessage) {
		data := page(t, m.HTML).Find("script[type='application/ld+json']").Text()
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%v\n%s", err, data)
		}
		for _, private := range []string{"Daan", "Dijklaan", "0000 AB", "daan@"} {
			if strings.Contains(data, private) {
				t.Errorf("%q in the data", private)
			}
		}
	})
}

func TestMailDataTellsTheWindowWithItsZone(t *testing.T) {
	m, err := Mail(t.Context(), mailInput(parcel.OutToday, "kaap-noord", "nl"))
	if err != nil {
		t.Fatal(err)
	}
	var got ldParcel
	if err := json.Unmarshal([]byte(page(t, m.HTML).Find("script").Text()), &got); err != nil {
		t.Fatal(err)
	}
	if got.From != "2026-11-26T14:10:00+01:00" || got.Until != "2026-11-26T15:40:00+01:00" || got.Carrier.Name != "PostNL" || got.Provider.Name != "PostNL" || got.Order.Number != "KN-20417" {
		t.Errorf("%+v", got)
	}
}

func TestMailsReadAsTheyDid(t *testing.T) {
	for _, g := range []struct{ slug, lang string }{{"kaap-noord", "nl"}, {"tuimel", "en"}, {"maison-verene", "nl"}} {
		for _, kind := range parcel.Kinds {
			m, err := Mail(t.Context(), mailInput(kind, g.slug, g.lang))
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join("testdata", "mail", g.slug+"-"+string(kind)+"-"+g.lang)
			golden(t, name+".txt", m.Subject+"\n"+m.Preheader+"\n\n"+m.Text)
			if g.slug == "kaap-noord" {
				golden(t, name+".html", m.HTML)
			}
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *updateMails {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s reads otherwise; look at it, then run go test ./views -update-mails\n%s", file, got)
	}
}

func TestUnknownKindsAndForeignParcelsAreErrors(t *testing.T) {
	in := mailInput(parcel.OnItsWay, "kaap-noord", "nl")
	in.Notice.Kind = "party"
	if _, err := Mail(t.Context(), in); err == nil {
		t.Error("a kind without words was written")
	}
	in.Notice = parcel.Notice{Kind: parcel.OnItsWay, Parcel: "another"}
	if _, err := Mail(t.Context(), in); err == nil {
		t.Error("a parcel that is not there was written about")
	}
}

func BenchmarkMail(b *testing.B) {
	in := mailInput(parcel.OrderConfirmed, "kaap-noord", "nl")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Mail(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}
