package feed

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"onderweg/internal/parcel"
)

// sendcloud reads Sendcloud's parcel_status_changed. A request carries one status and no history, no place and no event id, but
// the shopper's name and address, of which nothing is taken. Source: Sendcloud's webhook documentation; carriers reference, section 6.
type sendcloud struct{ codes statusMap }

func (sendcloud) Kind() string   { return "sendcloud" }
func (sendcloud) Keep() []string { return nil }

func (sendcloud) Verify(secrets []string, h http.Header, body []byte, _ time.Time) error {
	if !signedBy(secrets, only(h, "Sendcloud-Signature"), func(secret string) (string, bool) {
		return sendcloudSignature(secret, body), true
	}) {
		return ErrForged
	}

	return nil
}

// sendcloudSignature is lower-case hex HMAC-SHA256 of the body.
func sendcloudSignature(secret string, body []byte) string {
	return hex.EncodeToString(mac([]byte(secret), body))
}

func (sendcloud) EventKey(_ http.Header, body []byte) []byte { return eventKey("", body) }

func (s sendcloud) Parse(_ http.Header, body []byte, received time.Time) ([]parcel.Scan, error) {
	in, err := readObject(body, false)
	if err != nil {
		return nil, err
	}
	if in.raw("action") != "parcel_status_changed" {
		return nil, ErrNothing
	}
	p := in.object("parcel")
	g := gathering{
		source: "sendcloud", carrier: carrierSlug(p.object("carrier").text(maxCode, "code")),
		number: trackingNumber(p.raw("tracking_number")), received: received,
	}
	st := p.object("status")
	scan := parcel.Scan{Code: st.text(maxCode, "id"), Text: st.text(maxText, "message")}
	switch {
	case scan.Code == "" && scan.Text == "":
		return nil, odd("there is no status in it")
	case g.number == "" && s.beforeLabel(scan.Code):
		return nil, ErrNothing
	case g.number == "":
		return nil, odd("there is no tracking number in it")
	}

	if scan.When, err = s.when(in); err != nil {
		return nil, err
	}
	if !g.plausible(scan.When) {
		return g.result()
	}
	s.mean(&scan)
	scan.Fingerprint = parcel.Fingerprint(g.source, g.number, scan.When.Raw, scan.Code, "", "")
	g.add(scan)

	return g.result()
}

// beforeLabel says whether a status is of an order that has no label, and so no number, yet.
func (s sendcloud) beforeLabel(code string) bool {
	means, known := s.codes[code]

	return known && means.Milestone == parcel.None
}

// when is the carrier's time of the status where it is given, else Sendcloud's. The unit is not documented: both
// are seen. It is shown on the clocks of the destination, the only place that is told.
func (sendcloud) when(in object) (parcel.EventTime, error) {
	raw := in.text(32, "carrier_status_change_timestamp", "timestamp")
	destination := countryOf(in.object("parcel").object("country"), "iso_2")
	if t, ok := unixTime(raw, destination); ok {
		return t, nil
	}
	t, err := parcel.ParseTime(raw, parcel.TimeHints{Country: destination})
	if err != nil {
		return t, odd("the time of the status cannot be read: %s", short(raw))
	}

	return t, nil
}

// mean reads the status by its number, and by its words when the number is new.
func (s sendcloud) mean(scan *parcel.Scan) {
	means, ok := s.codes[scan.Code]
	if !ok {
		means, ok = s.codes.byMessage(scan.Text)
	}
	if scan.Code == "" {
		scan.Code = strings.ToLower(scan.Text)
	}
	means.fill(scan)
	scan.Unmapped = !ok
}

// Compose writes the last scan of the batch: Sendcloud tells one status at a time. The person in it is made up.
func (s sendcloud) Compose(b Batch) ([]byte, http.Header, error) {
	if len(b.Scans) == 0 {
		return nil, nil, errors.New("sendcloud tells no expected delivery, only scans")
	}
	scan := b.Scans[len(b.Scans)-1]
	code, ok := s.codes.codeFor(scan, func(string) bool { return true })
	if !ok {
		return nil, nil, fmt.Errorf("sendcloud has no word for %q", scan.Milestone)
	}
	id, err := strconv.Atoi(code)
	if err != nil {
		return nil, nil, fmt.Errorf("a sendcloud status is a number, not %q", code)
	}

	body, err := json.Marshal(map[string]any{
		"action": "parcel_status_changed", "timestamp": scan.When.UTC.UnixMilli(), "carrier_status_change_timestamp": scan.When.UTC.UnixMilli(),
		"parcel": map[string]any{
			"id": 481516, "tracking_number": b.Number, "order_number": b.OrderNumber, "external_reference": nil,
			"status": map[string]any{"id": id, "message": firstText(scan.Text, s.codes[code].Message)}, "carrier": map[string]any{"code": b.Carrier},
			"shipment": map[string]any{"id": 8, "name": "Standard"}, "country": map[string]any{"iso_2": b.Country, "iso_3": country3(b.Country)},
			"name": "A. Voorbeeld", "company_name": "", "address": "Voorbeeldstraat 1", "city": "Voorbeeldstad", "postal_code": "0000 AA",
			"telephone": "+31 6 0000 0000", "email": "a.voorbeeld@example.com", "weight": "1.000", "data": map[string]any{}, "label": map[string]any{},
		},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("writing a sendcloud event: %w", err)
	}
	h := jsonHeader()
	h.Set("Sendcloud-Signature", sendcloudSignature(b.Secret, body))

	return body, h, nil
}
