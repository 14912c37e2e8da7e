package views

import (
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
)

// example is one state with an order in it. Days count from the day of now.
type example struct {
	name  string
	build func(*stage)
}

// stage sets up an order step by step.
type stage struct {
	now     time.Time
	carrier string
	order   parcel.Tracking
	p       *parcel.Parcel
	n       int
}

// examples are the states of the page, one order each, in the order of a journey.
func examples() []example {
	return []example{
		{"ordered", func(s *stage) { s.order.Parcels = nil }},
		{"packed", func(s *stage) { s.packed(); s.eta(2, 0, 0) }},
		{"label", func(s *stage) {
			s.packed()
			s.scan(-1, 15*60, parcel.LabelCreated, "Zending is aangemeld")
			s.eta(2, 0, 0)
		}},
		{"way", func(s *stage) { s.travel(); s.eta(2, 0, 0) }},
		{"way-unknown", func(s *stage) { s.travel() }},
		{"way-days", func(s *stage) {
			s.travel()
			s.eta(2, 0, 0)
			s.p.ETA.To = s.day(3)
			s.p.Promises[0].Window = s.p.ETA.Window
		}},
		{"hub", func(s *stage) { s.travel(); s.scan(0, 540, parcel.ArrivedAtHub, ""); s.eta(1, 0, 0) }},
		{"local", func(s *stage) { s.travel(); s.scan(0, 560, parcel.HandedToLocalCarrier, ""); s.eta(1, 0, 0) }},
		{"customs", func(s *stage) { s.abroad(); s.eta(4, 0, 0) }},
		{"out", func(s *stage) { s.outToday(); s.eta(0, 14*60+10, 15*60+40) }},
		{"late", func(s *stage) { s.travel(); s.slip(0, 2, parcel.ReasonWeather) }},
		{"late-unknown", func(s *stage) { s.travel(); s.eta(-1, 0, 0) }},
		{"stalled", func(s *stage) { s.silent() }},
		{"failed", func(s *stage) { s.attempt(parcel.ReasonNotHome); s.p.ETA = parcel.ETA{Window: s.window(1, 0, 0)} }},
		{"failed-address", func(s *stage) { s.attempt(parcel.ReasonAddress) }},
		{"pickup", func(s *stage) { s.collect(2) }},
		{"delivered", func(s *stage) { s.deliver(parcel.HandoverPerson) }},
		{"delivered-neighbour", func(s *stage) { s.deliver(parcel.HandoverNeighbour) }},
		{"collected", func(s *stage) {
			s.collect(2)
			s.scan(0, 690, parcel.Delivered, "")
			s.p.Handover = parcel.HandoverCollected
		}},
		{"held", func(s *stage) {
			s.abroad()
			s.scan(0, 600, parcel.Held, "Held in customs")
			s.why(parcel.ReasonCustoms)
		}},
		{"problem", func(s *stage) { s.travel(); s.scan(0, 600, parcel.Problem, ""); s.why(parcel.ReasonDamaged) }},
		{"returning", func(s *stage) {
			s.attempt(parcel.ReasonAddress)
			s.scan(0, 700, parcel.ReturningToSender, "Zending wordt teruggestuurd")
		}},
		{"returned", func(s *stage) {
			s.attempt(parcel.ReasonAddress)
			s.scan(0, 700, parcel.ReturnedToSender, "Returned to sender")
		}},
		{"lost", func(s *stage) { s.silent(); s.scan(0, 540, parcel.Lost, "") }},
		{"cancelled", func(s *stage) { s.packed(); s.scan(0, 540, parcel.Cancelled, "") }},
		{"expired", func(s *stage) { s.silent(); s.scan(0, 540, parcel.Expired, "") }},
		{"two", func(s *stage) { s.split(); s.eta(2, 0, 0); s.second(3) }},
		{"three", func(s *stage) { s.split(); s.collectThis(); s.second(2); s.third() }},
	}
}

// Example is the order of a named state, as it stands at now. The shop's slug chooses what was bought and who brings it.
func Example(name string, b brand.Brand, now time.Time) (parcel.Tracking, bool) {
	for _, e := range examples() {
		if e.name != name {
			continue
		}
		s := newStage(b, now)
		e.build(s)
		if s.order.Parcels != nil {
			s.order.Parcels[0] = *s.p
		}
		return s.order, true
	}
	return parcel.Tracking{}, false
}

func newStage(b brand.Brand, now time.Time) *stage {
	s := &stage{now: now.In(zoneOf("NL")), carrier: "postnl"}
	s.order = parcel.Tracking{
		Number: "KN-20417", Country: "NL", Currency: "EUR", Version: 7, PlacedAt: s.at(-2, 20*60+41), Total: 22395,
		Lines: []parcel.Line{
			{Name: "Regenjas Branding", Detail: "Leisteen, maat M", Quantity: 1, Price: 18900, Picture: "jacket"},
			{Name: "Thermosfles Wacht", Detail: "0,75 liter, signaaloranje", Quantity: 2, Price: 3495, Picture: "flask"},
		},
	}
	switch b.Slug {
	case "tuimel":
		s.order.Number, s.order.Lines = "TU-88213", []parcel.Line{
			{Name: "Blokken Stad", Detail: "42 stuks, beuken", Quantity: 1, Price: 3990, Picture: "blocks"},
			{Name: "Tollen, drie stuks", Detail: "Tomaat, hemel, naturel", Quantity: 1, Price: 1450, Picture: "top"},
		}
	case "maison-verene":
		s.order.Number, s.order.Lines = "MV 1047", []parcel.Line{
			{Name: "Rose de Brume", Detail: "Eau de parfum, 50 ml", Quantity: 1, Price: 12800, Picture: "scent"},
			{Name: "Figuier tardif", Detail: "Bougie, 190 g", Quantity: 1, Price: 5400, Picture: "candle"},
		}
		s.carrier = "colissimo"
	}
	s.order.Parcels = []parcel.Parcel{{
		Carrier: s.carrier, TrackingNumber: "3SKNRD20417734", Country: "NL", PlacedAt: s.order.PlacedAt, Milestone: parcel.OrderPlaced,
	}}
	s.p = &s.order.Parcels[0]
	return s
}

func (s *stage) day(n int) parcel.Date { return parcel.DateOf(s.now).AddDays(n) }

func (s *stage) at(n, minute int) time.Time { return s.day(n).At(minute, s.now.Location()) }

func (s *stage) window(n, from, to int) parcel.Window {
	return parcel.Window{From: s.day(n), To: s.day(n), FromMinute: from, ToMinute: to}
}

// inFrench are the phrases of a French carrier for those of a Dutch one.
func inFrench(text string) string {
	return map[string]string{
		"Zending is ontvangen door PostNL": "Colis pris en charge", "Zending is gesorteerd": "Colis en cours d’acheminement",
		"Bezorger is onderweg": "Colis en cours de livraison", "Zending is bezorgd": "Colis livré", "Niet thuis": "Destinataire absent",
		"Zending ligt klaar op de afhaallocatie": "Colis disponible en point de retrait",
	}[text]
}

// scan adds an event n days from today at a minute of the day.
func (s *stage) scan(n, minute int, m parcel.Milestone, text string) {
	at := s.at(n, minute)
	_, offset := at.Zone()
	local := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	s.n++
	if s.carrier == "colissimo" {
		text = inFrench(text)
	}
	s.p.Scans = append(s.p.Scans, parcel.Scan{
		Fingerprint: "00000000" + itoa(10+s.n), Carrier: s.p.Carrier, Milestone: m, Text: text,
		When:  parcel.EventTime{Local: local, Offset: offset, UTC: at.UTC(), ZoneKnown: true},
		Place: parcel.Place{City: "Oosterhaven", Country: "NL", Name: "Sorteercentrum Oosterhaven"},
	})
	s.p.Milestone, s.p.Since = m, s.p.Scans[len(s.p.Scans)-1].When
}

// why gives the newest scan its reason.
func (s *stage) why(r parcel.Reason) { s.p.Scans[len(s.p.Scans)-1].Reason = r }

func (s *stage) packed() {
	s.p.PackedAt = s.at(-1, 11*60+20)
	s.p.Milestone = parcel.PickedAndPacked
}

func (s *stage) travel() {
	s.packed()
	s.scan(-1, 17*60+5, parcel.HandedToCarrier, "Zending is ontvangen door PostNL")
	s.scan(0, 2*60+40, parcel.ArrivedAtHub, "")
	s.scan(0, 8*60+12, parcel.InTransit, "Zending is gesorteerd")
}

// eta sets the window now expected, and the promise it was made from.
func (s *stage) eta(n, from, to int) {
	s.p.ETA = parcel.ETA{Window: s.window(n, from, to), Basis: parcel.BasisCarrier}
	s.p.Promises = []parcel.Promise{{Window: s.p.ETA.Window, Basis: parcel.BasisCarrier, At: s.order.PlacedAt}}
}

func (s *stage) slip(was, now int, why parcel.Reason) {
	s.eta(was, 0, 0)
	s.p.ETA.Window = s.window(now, 0, 0)
	s.p.Promises = append(s.p.Promises, parcel.Promise{Window: s.p.ETA.Window, Basis: parcel.BasisCarrier, At: s.now, Reason: why})
}

func (s *stage) outToday() {
	s.packed()
	s.scan(-1, 17*60+5, parcel.HandedToCarrier, "Zending is ontvangen door PostNL")
	s.scan(0, 2*60+40, parcel.ArrivedAtHub, "Zending is gesorteerd")
	s.scan(0, 5*60+55, parcel.InTransit, "")
	s.scan(0, 8*60+12, parcel.OutForDelivery, "Bezorger is onderweg")
}

func (s *stage) attempt(r parcel.Reason) {
	s.outToday()
	s.scan(0, 11*60+2, parcel.DeliveryAttemptFailed, "Niet thuis")
	s.why(r)
}

func (s *stage) collect(until int) {
	s.attempt(parcel.ReasonNotHome)
	s.scan(0, 11*60+30, parcel.AvailableForPickup, "Zending ligt klaar op de afhaallocatie")
	s.p.Pickup = parcel.Pickup{Name: "Bakkerij Smit", Address: "Dorpsstraat 12, Noorderkoog", Until: s.day(until)}
}

func (s *stage) deliver(h parcel.Handover) {
	s.outToday()
	s.eta(0, 14*60+10, 15*60+40)
	s.scan(0, 11*60+41, parcel.Delivered, "Zending is bezorgd")
	s.p.Handover = h
	s.p.Scans[len(s.p.Scans)-1].Handover = h
}

func (s *stage) silent() {
	s.order.PlacedAt = s.at(-6, 20*60+41)
	s.p.PlacedAt, s.p.PackedAt = s.order.PlacedAt, s.at(-5, 11*60+20)
	s.scan(-5, 17*60+5, parcel.HandedToCarrier, "Zending is ontvangen door PostNL")
	s.scan(-4, 2*60+40, parcel.ArrivedAtHub, "")
	s.eta(-2, 0, 0)
	s.p.Exceptions = []parcel.Exception{{Kind: parcel.ExStalled, Since: s.at(-4, 2*60+40)}}
}

// abroad comes from China: its clock is not the one at the door.
func (s *stage) abroad() {
	s.packed()
	s.scan(-1, 17*60+5, parcel.HandedToCarrier, "Shipment picked up")
	far := &s.p.Scans[0]
	far.Place = parcel.Place{City: "Yiwu", Country: "CN"}
	far.When.Offset = 8 * 3600
	far.When.UTC = far.When.Local.Add(-8 * time.Hour)
	s.scan(0, 9*60+20, parcel.Customs, "Customs clearance in progress")
}

func (s *stage) split() {
	s.travel()
	s.p.Contents = []parcel.Content{{Line: 0, Quantity: 1}}
	s.order.Parcels = append(s.order.Parcels, parcel.Parcel{
		Carrier: s.carrier, TrackingNumber: "3SKNRD20419901", Country: "NL", PlacedAt: s.order.PlacedAt, PackedAt: s.at(0, 7*60+48),
		Contents: []parcel.Content{{Line: 1, Quantity: 1}}, Milestone: parcel.PickedAndPacked,
	})
	s.p = &parcel.Parcel{}
	*s.p = s.order.Parcels[0]
}

func (s *stage) collectThis() {
	s.scan(0, 11*60+30, parcel.AvailableForPickup, "Zending ligt klaar op de afhaallocatie")
	s.p.Pickup = parcel.Pickup{Name: "Bakkerij Smit", Until: s.day(2)}
}

func (s *stage) second(n int) {
	s.order.Parcels[1].ETA = parcel.ETA{Window: s.window(n, 9*60, 13*60), Basis: parcel.BasisCarrier}
}

func (s *stage) third() {
	s.order.Parcels = append(s.order.Parcels, s.order.Parcels[1])
	last := &s.order.Parcels[2]
	last.Contents, last.Milestone, last.TrackingNumber = nil, parcel.Lost, ""
	last.Contents = []parcel.Content{{Line: 1, Quantity: 1}}
	last.ETA = parcel.ETA{}
}
