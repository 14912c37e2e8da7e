package views

import (
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

// Fixtures: one order of a fictional shopper, in the state each kind of mail is about.

var mailNow = time.Date(2026, 11, 26, 8, 30, 0, 0, time.UTC)

func mailBrand(slug string) brand.Brand {
	b := brand.Brand{
		Slug: slug, Base: "https://volg.example/" + slug, Path: "/" + slug, Languages: []string{"nl", "en"}, Informal: true,
		Contact: brand.Contact{Email: "hulp@" + slug + ".example.com", Phone: "085 000 0000"},
		Legal: brand.Legal{
			Privacy: "https://" + slug + ".example.com/privacy", Imprint: "https://" + slug + ".example.com/colofon",
			Accessibility: "https://" + slug + ".example.com/toegankelijk",
		},
		Shop: "https://" + slug + ".example.com",
	}
	switch slug {
	case "kaap-noord":
		b.Name, b.Theme = "Kaap Noord", brand.KaapNoord()
		b.Legal.Company = "Kaap Noord B.V., Kade 1, 1000 AA Noorderkoog, KvK 00000000"
	case "tuimel":
		b.Name, b.Theme = "Tuimel", brand.Tuimel()
		b.Legal.Company = "Tuimel GmbH, Marktplatz 1, 10000 Lindental, HRB 00000"
	default:
		b.Name, b.Theme, b.Informal = "Maison Vérène", brand.MaisonVerene(), false
		b.Legal.Company = "Maison Vérène SAS, 7 rue des Tilleuls, 00000 Valserein"
	}
	return b
}

func mailOrderOf() parcel.Order {
	return parcel.Order{
		ID: "01936a00-0000-7000-8000-000000000001", Number: "KN-20417", Country: "NL", Language: "nl", Currency: "EUR", Total: 22890,
		PlacedAt: time.Date(2026, 11, 22, 19, 41, 0, 0, time.UTC),
		Lines: []parcel.Line{
			{Name: "Regenjas Branding", Detail: "Leisteen, maat M", Quantity: 1, Price: 18900},
			{Name: "Thermosfles Wacht", Detail: "0,75 liter, signaaloranje", Quantity: 2, Price: 3495},
		},
		Contact: parcel.Contact{
			Name: "Daan Verhoog", Email: "daan@example.com",
			Address: parcel.Address{Street: "Dijklaan 14", PostalCode: "0000 AB", City: "Noorderkoog"},
		},
	}
}

func day(d int) parcel.Date { return parcel.Date{Year: 2026, Month: 11, Day: d} }

func at(d, hour, minute int) parcel.EventTime {
	local := time.Date(2026, 11, d, hour, minute, 0, 0, time.UTC)
	return parcel.EventTime{Local: local, UTC: local.Add(-time.Hour), Offset: 3600, ZoneKnown: true}
}

func mailParcel(kind parcel.Kind) parcel.Parcel {
	p := parcel.Parcel{
		ID: "01936a00-0000-7000-8000-000000000002", Carrier: "postnl", TrackingNumber: "3SKNRD20417734", Country: "NL",
		Contents:  []parcel.Content{{Line: 0, Quantity: 1}, {Line: 1, Quantity: 2}},
		Milestone: parcel.InTransit, Since: at(24, 8, 12),
		ETA:   parcel.ETA{Window: parcel.Window{From: day(26), To: day(26)}, Basis: parcel.BasisCarrier},
		Scans: []parcel.Scan{{When: at(24, 8, 12), Milestone: parcel.InTransit}},
	}
	p.Promises = []parcel.Promise{{Window: p.ETA.Window}}
	switch kind {
	case parcel.OutToday:
		p.Milestone, p.Since = parcel.OutForDelivery, at(26, 8, 12)
		p.Scans = append(p.Scans, parcel.Scan{When: p.Since, Milestone: p.Milestone})
		p.ETA.FromMinute, p.ETA.ToMinute = 14*60+10, 15*60+40
	case parcel.Delayed:
		p.Promises[0].Window = parcel.Window{From: day(24), To: day(24)}
		p.ETA.Window = parcel.Window{From: day(27), To: day(28)}
		p.Promises = append(p.Promises, parcel.Promise{Window: p.ETA.Window, Reason: parcel.ReasonWeather, Cause: parcel.CausedByWeather})
	case parcel.AttemptFailed:
		p.Milestone, p.Since = parcel.DeliveryAttemptFailed, at(26, 14, 52)
		p.ETA.Window = parcel.Window{From: day(27), To: day(27)}
		p.Scans = append(p.Scans, parcel.Scan{When: p.Since, Milestone: p.Milestone, Reason: parcel.ReasonNotHome})
	case parcel.ReadyForPickup:
		p.Milestone, p.Since, p.ETA = parcel.AvailableForPickup, at(26, 16, 20), parcel.ETA{}
		p.Pickup = parcel.Pickup{Name: "Bakkerij Smit", Address: "Dorpsstraat 12, 0000 AA Noorderkoog", Until: day(28), Hours: "ma–vr 7.30–18.00; za 7.30–17.00; zo gesloten"}
		p.Scans = append(p.Scans, parcel.Scan{When: p.Since, Milestone: p.Milestone})
	case parcel.DeliveredNotice:
		p.Milestone, p.Since, p.Handover = parcel.Delivered, at(26, 14, 52), parcel.HandoverNeighbour
		p.Scans = append(p.Scans, parcel.Scan{When: p.Since, Milestone: p.Milestone})
	}
	return p
}

func mailInput(kind parcel.Kind, slug, lang string) MailInput {
	p := mailParcel(kind)
	in := MailInput{
		Notice: parcel.Notice{Kind: kind, Parcel: p.ID, Key: "fixture", At: p.Since.UTC}, Brand: mailBrand(slug), Language: lang,
		Order: mailOrderOf(), Parcels: []parcel.Parcel{p}, Now: mailNow, Left: 2,
	}
	if kind == parcel.OrderConfirmed {
		in.Notice.Parcel = ""
	}
	in.View = in.Brand.Base + "/t/0123456789abcdefghjkmnpqrs"
	in.Unsubscribe = in.Brand.Base + "/u/stvwxyz0123456789abcdefghj"
	return in
}
