package demo

import (
	"fmt"

	"onderweg/internal/parcel"
)

// country is where invented shoppers live and who brings their parcels there.
type country struct {
	language string
	zone     string
	names    []string
	streets  []string
	towns    []town
	hub      string // the sorting centre on the way
	carriers []string
	phone    string // with one verb, in a range its regulator keeps for fiction; "" where there is none
	words    map[parcel.Milestone]string
}

type town struct{ code, name string }

// countries holds the six lands of the demo, by ISO 3166-1 alpha-2. All places are invented.
func countries() map[string]country {
	return map[string]country{
		"NL": {
			language: "nl", zone: "Europe/Amsterdam", hub: "Oosterhaven", carriers: []string{"postnl", "dhl"},
			names:   []string{"Daan Verbeek", "Sanne Visserman", "Joris Hoekzema", "Mila van Duinen", "Bram Koogstra"},
			streets: []string{"Dorpsstraat %d", "Kerkpad %d", "Molenkade %d"},
			towns:   []town{{"1099 XA", "Noorderkoog"}, {"9999 ZZ", "Westerdok"}},
			words: map[parcel.Milestone]string{
				parcel.LabelCreated: "Zending is aangemeld", parcel.HandedToCarrier: "Zending is ontvangen door de vervoerder",
				parcel.InTransit: "Zending is gesorteerd", parcel.ArrivedAtHub: "Zending is in het sorteercentrum", parcel.OutForDelivery: "Bezorger is onderweg",
				parcel.Delivered: "Zending is bezorgd", parcel.DeliveryAttemptFailed: "Niet thuis", parcel.AvailableForPickup: "Zending ligt klaar op de afhaallocatie",
				parcel.Problem: "Zending is vertraagd",
			},
		},
		"BE": {
			language: "nl", zone: "Europe/Brussels", hub: "Zandbroek", carriers: []string{"bpost", "dpd"},
			names:   []string{"Lotte Claesens", "Wout Janssart", "Elise Vandermeer"},
			streets: []string{"Kapelstraat %d", "Beekweg %d"},
			towns:   []town{{"9999", "Zandbergen-aan-Zee"}},
			words:   map[parcel.Milestone]string{parcel.InTransit: "Zending onderweg", parcel.OutForDelivery: "Onderweg naar u", parcel.Delivered: "Bezorgd"},
		},
		"DE": {
			language: "de", zone: "Europe/Berlin", hub: "Oberfelden", carriers: []string{"dhl", "dpd"}, phone: "+49301234%03d",
			names:   []string{"Mia Krüger", "Jonas Weißbach", "Lena Großmann", "Paul Lindner"},
			streets: []string{"Lindenstraße %d", "Am Bach %d", "Schulweg %d"},
			towns:   []town{{"00999", "Lindental"}, {"00998", "Talheim am Berg"}},
			words: map[parcel.Milestone]string{
				parcel.LabelCreated: "Die Sendung wurde angekündigt", parcel.HandedToCarrier: "Die Sendung wurde abgeholt", parcel.InTransit: "Die Sendung wurde bearbeitet",
				parcel.ArrivedAtHub: "Im Paketzentrum eingetroffen", parcel.OutForDelivery: "In das Zustellfahrzeug geladen", parcel.Delivered: "Die Sendung wurde zugestellt",
				parcel.DeliveryAttemptFailed: "Empfänger nicht angetroffen", parcel.AvailableForPickup: "Liegt zur Abholung bereit", parcel.Problem: "Die Sendung verzögert sich",
			},
		},
		"FR": {
			language: "fr", zone: "Europe/Paris", hub: "Belmarais", carriers: []string{"colissimo", "chronopost"}, phone: "+336399800%02d",
			names:   []string{"Camille Lenoir-Duval", "Hugo Marchenoir", "Inès Beaurivage"},
			streets: []string{"%d rue des Tilleuls", "%d impasse du Puits"},
			towns:   []town{{"99100", "Valserein"}},
			words: map[parcel.Milestone]string{
				parcel.HandedToCarrier: "Colis pris en charge", parcel.InTransit: "Colis en cours d’acheminement", parcel.ArrivedAtHub: "Colis arrivé au centre de tri",
				parcel.OutForDelivery: "Colis en cours de livraison", parcel.Delivered: "Colis livré", parcel.DeliveryAttemptFailed: "Destinataire absent",
				parcel.AvailableForPickup: "Colis disponible en point de retrait", parcel.Problem: "Retard d’acheminement",
			},
		},
		"ES": {
			language: "es", zone: "Europe/Madrid", hub: "Villaclara", carriers: []string{"correos"},
			names: []string{"Lucía Monteverde", "Álvaro Ríoseco"}, streets: []string{"Calle del Olmo %d"}, towns: []town{{"99001", "Puertollano del Mar"}},
			words: map[parcel.Milestone]string{parcel.InTransit: "En tránsito", parcel.OutForDelivery: "En reparto", parcel.Delivered: "Entregado"},
		},
		"IT": {
			language: "it", zone: "Europe/Rome", hub: "Pianalto", carriers: []string{"brt", "poste-italiane"},
			names: []string{"Giulia Montechiaro", "Matteo Valfredda"}, streets: []string{"Via dei Platani %d"}, towns: []town{{"99010", "Borgo Sereno"}},
			words: map[parcel.Milestone]string{parcel.InTransit: "In transito", parcel.OutForDelivery: "In consegna", parcel.Delivered: "Consegnata"},
		},
	}
}

// shopper invents the n-th contact of a country.
func (c country) shopper(n int) parcel.Contact {
	t := c.towns[n%len(c.towns)]
	contact := parcel.Contact{
		Name:  c.names[n%len(c.names)],
		Email: fmt.Sprintf("shopper%d@example.com", n),
		Address: parcel.Address{
			Street: fmt.Sprintf(c.streets[n%len(c.streets)], 2+n*7%90), PostalCode: t.code, City: t.name,
		},
	}
	if c.phone != "" {
		contact.Phone = fmt.Sprintf(c.phone, n%100)
	}

	return contact
}

// number invents a tracking number in the shape of its carrier. n must differ for every parcel.
func number(carrier string, n int64) string {
	switch carrier {
	case "postnl":
		return fmt.Sprintf("3SDEMO%09d", n%1e9)
	case "dhl":
		return fmt.Sprintf("JJD99%014d", n)
	case "dpd":
		return fmt.Sprintf("0999%010d", n%1e10)
	case "bpost":
		return fmt.Sprintf("3299%020d", n)
	case "colissimo":
		return fmt.Sprintf("6Z%011d", n%1e11)
	default:
		return fmt.Sprintf("ZZ%011d", n%1e11)
	}
}
