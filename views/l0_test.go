package views

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

func example0(t *testing.T, name string, b brand.Brand) parcel.Tracking {
	t.Helper()
	order, ok := Example(name, b, tuesday())
	if !ok {
		t.Fatal("no example " + name)
	}
	return order
}

// marked fills every field of an order that level L0 must keep to itself.
func marked(order parcel.Tracking) parcel.Tracking {
	for i := range order.Lines {
		order.Lines[i].Name, order.Lines[i].Detail, order.Lines[i].SKU = "SECRETarticle", "SECRETvariant", "SECRETsku"
	}
	for i := range order.Parcels {
		p := &order.Parcels[i]
		p.TrackingNumber = "SECRETNUMBER7734"
		p.Pickup.Name, p.Pickup.Address, p.Pickup.Hours = "SECRETshop", "SECRETstreet 12, SECRETtown", "SECREThours"
		for j := range p.Scans {
			s := &p.Scans[j]
			s.Place = parcel.Place{City: "SECRETcity", Country: "NL", Name: "SECREThub"}
			s.Text = "Afgegeven bij SECRETneighbour in SECRETtown"
			s.Number, s.Code, s.Source = "SECRETNUMBER7734", "SECRETcode", "SECRETsource"
			s.When.Raw = "SECRETraw"
			s.Pickup = p.Pickup
		}
	}
	return order
}

func TestAnyoneWithTheLinkSeesNothingPersonal(t *testing.T) {
	for _, b := range demoBrands(t) {
		b.Items = false
		for _, lang := range Languages() {
			for _, e := range examples() {
				p := L0(marked(example0(t, e.name, b)), b, lang, tuesday())
				var page strings.Builder
				if err := TrackingFull(p).Render(context.Background(), &page); err != nil {
					t.Fatal(err)
				}
				if at := strings.Index(page.String(), "SECRET"); at >= 0 {
					t.Errorf("%s %s: the page says %q", e.name, lang, page.String()[at:min(at+40, page.Len())])
				}
			}
		}
	}
}

func TestArticlesShowOnlyWhereTheShopSaysSo(t *testing.T) {
	b := demoBrands(t)[0]
	order := example0(t, "way", b)
	if p := L0(order, b, "nl", tuesday()); p.Items == nil || p.Items.Lines[0].Name != "Regenjas Branding" {
		t.Error("the shop shows its articles, the page does not")
	}
	b.Items = false
	p := L0(order, b, "nl", tuesday())
	if p.Items != nil {
		t.Error("the shop keeps its articles off the page")
	}
	if got := fact(p, "Aantal"); got != "3 artikelen" {
		t.Errorf("the count is %q", got)
	}
	if got := fact(p, "Pakketnummer"); got != "•••• 7734" {
		t.Errorf("the number is %q", got)
	}
}

func fact(p TrackingPage, name string) string {
	for _, f := range p.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func TestTheAnswerOfEveryState(t *testing.T) {
	kaap := demoBrands(t)[0]
	for _, c := range []struct{ state, say, when string }{
		{"ordered", "Je bestelling is binnen.", "Zodra je pakket is ingepakt, zie je hier wanneer het komt"},
		{"packed", "Komt donderdag.", "Donderdag 26 november. Het is ingepakt"},
		{"way", "Komt donderdag.", "Donderdag 26 november. Het tijdvak volgt"},
		{"way-unknown", "Je pakket is onderweg.", "PostNL noemt nog geen dag"},
		{"way-days", "Komt donderdag of vrijdag.", "Donderdag 26 november of vrijdag 27 november."},
		{"hub", "Komt morgen.", "Woensdag 25 november."},
		{"out", "Vandaag, tussen 14.10 en 15.40 uur.", "Dinsdag 24 november. De bezorger is op pad"},
		{"late", "Later dan beloofd: nu donderdag.", "Het weer hield de bezorging op."},
		{"late-unknown", "Later dan beloofd.", "Een nieuwe dag weten we nog niet"},
		{"stalled", "Geen nieuws sinds vrijdag.", "sinds vrijdag 20 november niet gescand"},
		{"failed", "Je was niet thuis.", "Nieuwe poging: woensdag 25 november."},
		{"pickup", "Ligt voor je klaar, tot en met donderdag.", "tot en met donderdag 26 november"},
		{"delivered", "Bezorgd. Veel plezier ermee.", "Dinsdag 24 november om 11.41 uur"},
		{"delivered-neighbour", "Bezorgd bij de buren.", "Dinsdag 24 november"},
		{"held", "De douane wacht op jou.", "PostNL of de douane"},
		{"problem", "Je pakket is onderweg beschadigd.", "Dat spijt ons."},
		{"returning", "Je pakket komt terug naar ons.", "opnieuw sturen of je geld terug"},
		{"returned", "Je pakket is terug bij ons.", "opnieuw sturen of je geld terug"},
		{"lost", "Je pakket is zoek.", "Jij hoeft niets uit te zoeken"},
		{"cancelled", "Dit pakket is geannuleerd.", "niet bezorgd"},
		{"expired", "PostNL volgt dit pakket niet meer.", "laat het ons weten"},
		{"two", "Twee pakketten: donderdag en vrijdag.", "Verzending betaal je één keer"},
		{"three", "Drie pakketten: één ligt klaar, één vraagt aandacht, één komt donderdag.", "Ze reizen apart"},
	} {
		p := L0(example0(t, c.state, kaap), kaap, "nl", tuesday())
		if got := join(p.Hero.Say); got != c.say {
			t.Errorf("%s says %q, want %q", c.state, got, c.say)
		}
		if !strings.Contains(p.Hero.When, c.when) {
			t.Errorf("%s: %q, want %q in it", c.state, p.Hero.When, c.when)
		}
	}
}

func TestASlippedPromiseShowsBothDays(t *testing.T) {
	b := demoBrands(t)[0]
	p := L0(example0(t, "late", b), b, "nl", tuesday())
	if p.Hero.Was != "dinsdag 24 november" || p.Hero.Now != "Donderdag 26 november" {
		t.Errorf("was %q, now %q", p.Hero.Was, p.Hero.Now)
	}
	if p := L0(example0(t, "way", b), b, "nl", tuesday()); p.Hero.Was != "" {
		t.Errorf("nothing slipped, yet the page says it was %q", p.Hero.Was)
	}
}

func TestAWindowThatHasPassedIsNotPromisedAgain(t *testing.T) {
	b := demoBrands(t)[0]
	order := example0(t, "out", b)
	evening := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	p := L0(order, b, "nl", evening)
	if got := join(p.Hero.Say); got != "Komt vandaag." || !strings.Contains(p.Hero.When, "iets later dan gezegd, tussen 14.10 en 15.40 uur") {
		t.Errorf("after its window: %q %q", got, p.Hero.When)
	}
	tomorrow := evening.AddDate(0, 0, 1)
	if got := join(L0(order, b, "nl", tomorrow).Hero.Say); got != "Later dan beloofd." {
		t.Errorf("the day after: %q", got)
	}
}

func TestTheWindowOfAFailedAttemptIsNotTheNextOne(t *testing.T) {
	b := demoBrands(t)[0]
	order := example0(t, "failed", b)
	today := parcel.DateOf(tuesday())
	order.Parcels[0].ETA.Window = parcel.Window{From: today, To: today, FromMinute: 850, ToMinute: 940}
	p := L0(order, b, "nl", tuesday())
	if strings.Contains(p.Hero.When, "Nieuwe poging") {
		t.Errorf("got %q", p.Hero.When)
	}
}

func TestNoCauseIsInvented(t *testing.T) {
	b := demoBrands(t)[0]
	p := L0(example0(t, "late-unknown", b), b, "nl", tuesday())
	for _, word := range []string{"weer", "douane", "vertraging", "sorteer"} {
		if strings.Contains(p.Hero.When, word) {
			t.Errorf("nobody gave a reason, the page says %q", p.Hero.When)
		}
	}
}

func TestOldNewsIsCalledOld(t *testing.T) {
	b := demoBrands(t)[0]
	order := example0(t, "way", b)
	if p := L0(order, b, "nl", tuesday()); p.Hero.News != "Laatste nieuws van PostNL: vandaag 08.12 uur" {
		t.Errorf("got %q", p.Hero.News)
	}
	later := tuesday().Add(40 * time.Hour)
	if p := L0(order, b, "nl", later); p.Hero.News != "Geen nieuwe scan van PostNL sinds dinsdag 24 november 08.12 uur" {
		t.Errorf("got %q", p.Hero.News)
	}
}

func TestTimesAreThoseOfThePlace(t *testing.T) {
	b := demoBrands(t)[0]
	p := L0(example0(t, "customs", b), b, "nl", tuesday())
	var far LogRow
	for _, r := range append(p.Log.Rows, p.Log.Earlier...) {
		if r.Text == "Opgehaald door PostNL" {
			far = r
		}
	}
	if far.Time != "17.05" || far.Zone != "UTC+8" || far.Datetime != "2026-11-23T17:05:00+08:00" || far.Place != "China" {
		t.Errorf("a scan in China reads %+v", far)
	}
	if near := p.Log.Rows[0]; near.Zone != "" {
		t.Errorf("a scan at home names its zone: %q", near.Zone)
	}
}

func TestAScanWithoutATimeShowsItsDateOnly(t *testing.T) {
	b := demoBrands(t)[0]
	order := example0(t, "way", b)
	scans := order.Parcels[0].Scans
	last := &scans[len(scans)-1]
	last.When.DateOnly = true
	last.When.Local = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	p := L0(order, b, "nl", tuesday())
	if r := p.Log.Rows[0]; r.Time != "" || r.Datetime != "2026-11-24" {
		t.Errorf("got %+v", r)
	}
	if strings.Contains(p.Hero.News, "00.00") {
		t.Errorf("got %q", p.Hero.News)
	}
}

func TestThreeEventsStandOpen(t *testing.T) {
	b := demoBrands(t)[0]
	p := L0(example0(t, "out", b), b, "nl", tuesday())
	if len(p.Log.Rows) != 3 || len(p.Log.Earlier) != 3 {
		t.Errorf("%d open, %d folded", len(p.Log.Rows), len(p.Log.Earlier))
	}
	if !p.Log.Rows[0].New || p.Log.Rows[0].Time != "08.12" {
		t.Errorf("the newest is %+v", p.Log.Rows[0])
	}
	if first := p.Log.Earlier[0]; first.Day == "" {
		t.Error("the folded part does not say its day")
	}
	if last := p.Log.Earlier[2]; last.Text != "Je bestelling is binnen" {
		t.Errorf("the oldest is %q", last.Text)
	}
}

func TestWhatNoParcelHoldsIsStillToBePacked(t *testing.T) {
	b := demoBrands(t)[0]
	p := L0(example0(t, "two", b), b, "nl", tuesday())
	if p.Rest == nil || !strings.HasPrefix(p.Rest.Count, "Nog 1 artikel.") {
		t.Fatalf("of two flasks one is packed, the page says %+v", p.Rest)
	}
	if p := L0(example0(t, "way", b), b, "nl", tuesday()); p.Rest != nil {
		t.Error("nobody wrote a packing list, yet something is to be packed")
	}
}

func TestAFinalStateStopsListening(t *testing.T) {
	b := demoBrands(t)[0]
	for state, live := range map[string]bool{"way": true, "out": true, "lost": true, "delivered": false, "cancelled": false, "returned": false} {
		p := L0(example0(t, state, b), b, "nl", tuesday())
		p.Live, p.Now = "/kaap-noord/t/x/live", "/kaap-noord/t/x/now"
		var page strings.Builder
		if err := TrackingFull(p).Render(context.Background(), &page); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(page.String(), "sse-connect"); got != live {
			t.Errorf("%s: listens is %v", state, got)
		}
		if got := strings.Contains(page.String(), "<script"); got != live {
			t.Errorf("%s: scripts is %v", state, got)
		}
		if got := strings.Contains(page.String(), "data-final"); got == live {
			t.Errorf("%s: final is %v", state, got)
		}
	}
}

func TestAPageCostsFewAllocations(t *testing.T) {
	b := demoBrands(t)[0]
	order := example0(t, "out", b)
	scans := order.Parcels[0].Scans
	for len(scans) < 8 {
		scans = append(scans, scans[len(scans)-1])
	}
	order.Parcels[0].Scans = scans
	now := tuesday()
	ctx := context.Background()
	p := L0(order, b, "nl", now)

	words := testing.AllocsPerRun(100, func() { L0(order, b, "nl", now) })
	main := testing.AllocsPerRun(100, func() { _ = TrackingMain(p).Render(ctx, io.Discard) })
	full := testing.AllocsPerRun(100, func() { _ = TrackingFull(p).Render(ctx, io.Discard) })
	t.Logf("L0 %.0f, main %.0f, whole document %.0f", words, main, full)
	// 103 and 254 in an ordinary build; the race detector makes pools forgetful.
	if main > 150 || words+full > 330 {
		t.Errorf("L0 %.0f, main %.0f, whole document %.0f allocations", words, main, full)
	}
}
