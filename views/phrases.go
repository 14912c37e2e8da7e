package views

import "strings"

// knownPhrase passes on a carrier's own words when they are one of its fixed phrases. Anything else stays off the
// page: free text of a scan names towns, neighbours and signatories, which level L0 must not show.
func knownPhrase(text string) (phrase, lang string) {
	if text == "" || len(text) > 80 {
		return "", ""
	}
	lang, ok := phrases[strings.TrimRight(text, " .")]
	if !ok {
		return "", ""
	}
	return strings.TrimRight(text, " ."), lang
}

// phrases are fixed status texts of carriers with the language they are in.
var phrases = map[string]string{
	// PostNL
	"Zending is aangemeld": "nl", "Zending is ontvangen door PostNL": "nl", "Zending is gesorteerd": "nl",
	"Zending is in ontvangst genomen": "nl", "Zending in ontvangst genomen": "nl", "Zending gesorteerd": "nl",
	"Bezorger is onderweg": "nl", "Zending is bezorgd": "nl", "Zending is bezorgd bij de buren": "nl", "Niet thuis": "nl",
	"Zending ligt klaar op de afhaallocatie": "nl", "Zending is vertraagd": "nl", "Zending wordt teruggestuurd": "nl",
	"Zending bezorgd": "nl", "Pakket is aangemeld": "nl", "De bezorger is onderweg": "nl",
	// bpost
	"Uw pakket is onderweg": "nl", "Uw zending werd gesorteerd": "nl", "Uw pakket werd bezorgd": "nl",
	// DHL, Hermes, DPD in German
	"Die Sendung wurde abgeholt": "de", "Die Sendung wurde bearbeitet": "de", "Die Sendung verzögert sich": "de",
	"In das Zustellfahrzeug geladen": "de", "Die Sendung wurde zugestellt": "de", "Empfänger nicht angetroffen": "de",
	"Liegt zur Abholung bereit": "de", "Die Sendung wurde elektronisch angekündigt": "de",
	"Die Sendung wurde in das Zustellfahrzeug geladen": "de", "Die Sendung wurde erfolgreich zugestellt": "de",
	// Colissimo, Chronopost, DPD in French
	"Colis pris en charge": "fr", "Colis en cours d’acheminement": "fr", "Colis en cours d'acheminement": "fr",
	"Colis en cours de livraison": "fr", "Colis livré": "fr", "Destinataire absent": "fr", "Retard d’acheminement": "fr",
	"Retard d'acheminement": "fr", "Colis disponible en point de retrait": "fr", "Colis en préparation": "fr",
	// Correos, Poste Italiane
	"En reparto": "es", "Entregado": "es", "En tránsito": "es", "Admitido": "es",
	"In consegna": "it", "Consegnata": "it", "In transito": "it", "Presa in carico": "it",
	// Aggregators and carriers in English
	"In transit": "en", "In Transit": "en", "Out for delivery": "en", "Out for Delivery": "en", "Delivered": "en",
	"Arrived at facility": "en", "Departed facility": "en", "Shipment information received": "en", "Shipment picked up": "en",
	"Picked up": "en", "Available for pickup": "en", "Delivery attempted": "en", "Customs clearance in progress": "en",
	"Held in customs": "en", "Released by customs": "en", "Label created": "en", "Returned to sender": "en",
	"Arrived at sorting centre": "en", "Arrived at sorting center": "en", "Delivery delayed": "en", "Package accepted": "en",
}
