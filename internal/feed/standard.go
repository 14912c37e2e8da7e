package feed

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"onderweg/internal/parcel"
)

// standard reads our own scan format, signed as Standard Webhooks 1.0.0 has it, so that any script can report scans.
// The format is documented in docs/feeds.md. Source of the signature: the Standard Webhooks specification.
type standard struct{ codes statusMap }

// Bounds of the signature: how old or early a request may be, and how many signatures a header may carry.
const (
	tolerance     = 5 * 60 // seconds, both ways
	maxSignatures = 10
)

func (standard) Kind() string   { return "standard" }
func (standard) Keep() []string { return nil }

func (standard) Verify(secrets []string, h http.Header, body []byte, now time.Time) error {
	id, stamp := only(h, "Webhook-Id"), only(h, "Webhook-Timestamp")
	sent, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" {
		return ErrForged
	}
	if age := now.Unix() - sent; age > tolerance || age < -tolerance {
		return ErrForged
	}

	signatures := strings.Fields(only(h, "Webhook-Signature"))
	for _, got := range signatures[:min(len(signatures), maxSignatures)] {
		if signedBy(secrets, got, func(secret string) (string, bool) { return standardSignature(secret, id, stamp, body) }) {
			return nil
		}
	}

	return ErrForged
}

// standardSignature is "v1," and base64 HMAC-SHA256 of id, timestamp and body with dots between. The secret is base64 after its
// prefix; one of fewer than 16 bytes is none.
func standardSignature(secret, id, stamp string, body []byte) (string, bool) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 16 {
		return "", false
	}
	sum := mac(key, []byte(id), []byte("."), []byte(stamp), []byte("."), body)

	return "v1," + base64.StdEncoding.EncodeToString(sum), true
}

func (standard) EventKey(h http.Header, body []byte) []byte {
	return eventKey(only(h, "Webhook-Id"), body)
}

func (s standard) Parse(_ http.Header, body []byte, received time.Time) ([]parcel.Scan, error) {
	in, err := readObject(body, true)
	if err != nil {
		return nil, err
	}
	switch kind := in.raw("type"); kind {
	case "parcel.scanned":
	case "ping":
		return nil, ErrNothing
	default:
		return nil, odd("the type is %q, not \"parcel.scanned\"", short(clean(kind, maxCode)))
	}
	data := in.object("data")
	g := gathering{
		source: "standard", carrier: carrierSlug(data.text(maxCode, "carrier")),
		number: trackingNumber(data.raw("tracking_number")), received: received,
	}
	if g.number == "" {
		return nil, odd("data.tracking_number is missing")
	}

	for _, e := range data.objects("scans") {
		s.scan(&g, e)
	}
	s.expected(&g, in, data.object("expected"))

	return g.result()
}

func (s standard) scan(g *gathering, e object) {
	scan := parcel.Scan{
		Text:  e.text(maxText, "text"),
		Place: parcel.Place{City: e.text(maxPlace, "city"), Country: countryOf(e, "country"), Name: e.text(maxPlace, "facility")},
	}
	var ok bool
	if scan.When, ok = g.when(e.raw("time"), parcel.TimeHints{Country: scan.Place.Country}); !ok {
		return
	}

	milestone := e.text(maxCode, "milestone")
	scan.Code = firstText(e.text(maxCode, "code"), milestone)
	means, known := s.codes[milestone]
	means.fill(&scan)
	scan.Unmapped = !known && milestone != ""

	choose(g, &scan.Reason, e, "reason", reasons)
	choose(g, &scan.Actor, e, "actor", actors)
	choose(g, &scan.Cause, e, "cause", causes)
	choose(g, &scan.Handover, e, "handover", handovers)
	if scan.Milestone == parcel.AvailableForPickup {
		scan.Pickup = pickup(e.object("pickup"))
	}
	g.add(scan)
}

func pickup(o object) parcel.Pickup {
	p := parcel.Pickup{
		Name: o.text(maxPlace, "name"), Address: o.text(maxPlace, "address"), Hours: o.text(maxPlace, "hours"),
	}
	if day, _, ok := wallClock(o.text(64, "until")); ok {
		p.Until = day
	}

	return p
}

// expected adds the window of a request, told at the request's own timestamp.
func (standard) expected(g *gathering, in, e object) {
	if e == nil {
		return
	}
	w := window(e.text(64, "from"), e.text(64, "to"))
	if w.IsZero() || !g.sane(w) {
		g.odd("data.expected is no window of delivery")
		return
	}
	told, ok := g.when(in.raw("timestamp"), parcel.TimeHints{})
	if !ok {
		return
	}
	g.expect(w, told)
}

func (s standard) Compose(b Batch) ([]byte, http.Header, error) {
	scans := []map[string]any{}
	for _, scan := range b.Scans {
		scans = append(scans, standardScan(scan))
	}
	data := map[string]any{"tracking_number": b.Number, "carrier": b.Carrier, "order_number": b.OrderNumber, "scans": scans}
	if !b.ETA.IsZero() {
		data["expected"] = map[string]any{
			"from": edge(b.ETA.From, b.ETA.FromMinute, b.ETA), "to": edge(b.ETA.To, b.ETA.ToMinute, b.ETA),
		}
	}

	body, err := json.Marshal(map[string]any{"type": "parcel.scanned", "timestamp": b.Sent.UTC().Format(time.RFC3339), "data": data})
	if err != nil {
		return nil, nil, fmt.Errorf("writing a standard event: %w", err)
	}
	stamp := strconv.FormatInt(b.Sent.Unix(), 10)
	signature, ok := standardSignature(b.Secret, b.ID, stamp, body)
	if !ok {
		return nil, nil, errors.New("the secret is not whsec_ and base64 of at least 16 bytes")
	}
	h := jsonHeader()
	h.Set("Webhook-Id", b.ID)
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", signature)

	return body, h, nil
}

// standardScan writes a scan with only the names that say something.
func standardScan(s parcel.Scan) map[string]any {
	out := map[string]any{"time": wireTime(s.When)}
	for name, value := range map[string]string{
		"milestone": string(s.Milestone), "code": s.Code, "text": s.Text,
		"city": s.Place.City, "country": s.Place.Country, "facility": s.Place.Name,
		"reason": string(s.Reason), "actor": string(s.Actor), "cause": string(s.Cause), "handover": string(s.Handover),
	} {
		if value != "" {
			out[name] = value
		}
	}
	if s.Unmapped {
		out["milestone"] = s.Code
	}
	if s.Pickup != (parcel.Pickup{}) {
		p := map[string]any{"name": s.Pickup.Name, "address": s.Pickup.Address, "hours": s.Pickup.Hours}
		if !s.Pickup.Until.IsZero() {
			p["until"] = s.Pickup.Until.String()
		}
		out["pickup"] = p
	}

	return out
}

// The words our own format has for what rides on a scan.
var (
	reasons = []parcel.Reason{
		parcel.ReasonDelayed, parcel.ReasonWeather, parcel.ReasonNotHome, parcel.ReasonClosed, parcel.ReasonAddress, parcel.ReasonRefused,
		parcel.ReasonDamaged, parcel.ReasonCustoms, parcel.ReasonPayment, parcel.ReasonDocuments, parcel.ReasonMissorted,
		parcel.ReasonNotCollected, parcel.ReasonOther,
	}
	actors    = []parcel.Actor{parcel.ShopperActs, parcel.MerchantActs, parcel.CarrierActs}
	causes    = []parcel.Cause{parcel.CausedByCarrier, parcel.CausedByShop, parcel.CausedByShopper, parcel.CausedByCustoms, parcel.CausedByWeather}
	handovers = []parcel.Handover{
		parcel.HandoverPerson, parcel.HandoverNeighbour, parcel.HandoverSafePlace, parcel.HandoverLetterbox, parcel.HandoverLocker,
		parcel.HandoverCollected,
	}
)

// choose takes a word that is one of the allowed. Another one is noted and left out: the scan counts without it.
func choose[T ~string](g *gathering, into *T, e object, name string, allowed []T) {
	word := e.text(maxCode, name)
	switch {
	case word == "":
	case slices.Contains(allowed, T(word)):
		*into = T(word)
	default:
		g.odd("the %s %q is not one of ours; the scan was taken without it", name, short(word))
	}
}
