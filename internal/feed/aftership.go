package feed

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"onderweg/internal/parcel"
)

// aftership reads AfterShip's tracking webhook, dated versions and the undated one before them. Each request carries the whole
// history, oldest first. Source: AfterShip's webhook documentation and SDK; carriers reference, section 3.
type aftership struct{ codes statusMap }

func (aftership) Kind() string { return "aftership" }

// Keep names the version of the format: Parse takes all of them, people who read a quarantined body want to know.
func (aftership) Keep() []string { return []string{"As-Webhook-Version"} }

func (aftership) Verify(secrets []string, h http.Header, body []byte, _ time.Time) error {
	if !signedBy(secrets, only(h, "Aftership-Hmac-Sha256"), func(secret string) (string, bool) {
		return aftershipSignature(secret, body), true
	}) {
		return ErrForged
	}

	return nil
}

// aftershipSignature is base64 HMAC-SHA256 of the body; the secret is a text, not base64.
func aftershipSignature(secret string, body []byte) string {
	return base64.StdEncoding.EncodeToString(mac([]byte(secret), body))
}

func (aftership) EventKey(_ http.Header, body []byte) []byte {
	return eventKey(topText(body, "event_id"), body)
}

func (a aftership) Parse(_ http.Header, body []byte, received time.Time) ([]parcel.Scan, error) {
	in, err := readObject(body, false)
	if err != nil {
		return nil, err
	}
	msg := in.object("msg")
	if msg == nil {
		return nil, odd("there is no msg in it")
	}
	g := gathering{
		source: "aftership", carrier: carrierSlug(msg.text(maxCode, "slug")),
		number: trackingNumber(msg.raw("tracking_number")), received: received,
	}
	if g.number == "" {
		return nil, odd("there is no tracking number in it")
	}

	for _, c := range msg.objects("checkpoints") {
		a.checkpoint(&g, msg, c)
	}
	told := g.told(unixTime(in.raw("ts"), ""))
	a.silence(&g, msg, told)
	a.expected(&g, msg, told, in.raw("event"))
	if msg.flag("return_to_sender") {
		returned(g.scans)
	}

	return g.result()
}

// checkpoint adds one event of the history. Its time is local to the place, often without an offset.
func (a aftership) checkpoint(g *gathering, msg, c object) {
	s := parcel.Scan{
		Text:  without(c.text(maxText, "message", "subtag_message"), msg.raw("signed_by")),
		Place: parcel.Place{City: c.text(maxPlace, "city"), Country: countryOf(c, "country_iso3", "country_region")},
	}
	if l := c.text(maxPlace, "location"); s.Place.City == "" || !strings.HasPrefix(l, s.Place.City) {
		s.Place.Name = l
	}
	var ok bool
	if s.When, ok = g.when(c.raw("checkpoint_time"), parcel.TimeHints{Country: s.Place.Country}); !ok {
		return
	}
	a.mean(&s, c)
	if s.Milestone == parcel.AvailableForPickup {
		s.Pickup.Name = msg.text(maxPlace, "pickup_location")
	}
	g.add(s)
}

// mean reads the status: the subtag where we know it, else the tag. Subtags are an open set.
func (a aftership) mean(s *parcel.Scan, from object) {
	tag, subtag := from.text(maxCode, "tag"), from.text(maxCode, "subtag")
	s.Code = subtag
	if s.Code == "" {
		s.Code = tag
	}
	for _, code := range []string{subtag, tag} {
		if means, ok := a.codes[code]; ok {
			means.fill(s)
			return
		}
	}
	s.Unmapped = s.Code != ""
}

// silence adds what AfterShip concludes without a checkpoint: that there was no news for 30 days, or that a number is known but
// nothing has happened yet.
func (a aftership) silence(g *gathering, msg object, told parcel.EventTime) {
	tag := msg.text(maxCode, "tag")
	checkpoints := msg.objects("checkpoints")
	if tag == "" || tag == "Pending" || len(checkpoints) > 0 && tag != "Expired" {
		return
	}
	if n := len(checkpoints); n > 0 && checkpoints[n-1].raw("tag") == tag {
		return
	}
	s := parcel.Scan{When: told, Text: msg.text(maxText, "subtag_message")}
	a.mean(&s, msg)
	s.Fingerprint = parcel.Fingerprint(g.source, g.number, g.newest().Raw, s.Code, "", "")
	g.add(s)
}

// expected adds the newest estimate. An edd_revise event tells a new one at its own time; in other events the estimate is as
// old as the newest checkpoint, so that repeating it repeats nothing. Estimates are in the recipient's zone.
func (aftership) expected(g *gathering, msg object, told parcel.EventTime, event string) {
	if newest := g.newest(); event != "edd_revise" && !newest.UTC.IsZero() {
		told = newest
	}
	for _, name := range []string{
		"latest_estimated_delivery", "courier_estimated_delivery_date", "aftership_estimated_delivery_date",
		"custom_estimated_delivery_date", "first_estimated_delivery",
	} {
		e := msg.object(name)
		from := e.text(64, "datetime_min", "estimated_delivery_date_min")
		to := e.text(64, "datetime_max", "estimated_delivery_date_max")
		if from == "" && to == "" {
			from = e.text(64, "datetime", "estimated_delivery_date")
		}
		if w := window(from, to); !w.IsZero() {
			g.expect(w, told)
			return
		}
	}
	g.expect(window(msg.text(64, "expected_delivery", "courier_estimated_delivery_date"), ""), told)
}

// returned corrects a history that ends at the sender's door: feeds say "delivered" for that too.
func returned(scans []parcel.Scan) {
	back := false
	for i, s := range scans {
		switch s.Milestone {
		case parcel.ReturningToSender, parcel.ReturnedToSender:
			back = true
		case parcel.Delivered:
			if back {
				scans[i].Milestone, scans[i].Handover = parcel.ReturnedToSender, parcel.HandoverUnknown
				scans[i].Actor = parcel.MerchantActs
			}
		}
	}
}

// countryOf reads the first of the names that holds a country.
func countryOf(o object, names ...string) string {
	for _, n := range names {
		if c := country(o.text(3, n)); c != "" {
			return c
		}
	}

	return ""
}

func (a aftership) Compose(b Batch) ([]byte, http.Header, error) {
	var checkpoints []map[string]any
	for _, s := range b.Scans {
		code, ok := a.codes.codeFor(s, func(code string) bool { return strings.Contains(code, "_") })
		if !ok {
			return nil, nil, fmt.Errorf("aftership has no word for %q", s.Milestone)
		}
		tag, _, _ := strings.Cut(code, "_")
		checkpoints = append(checkpoints, map[string]any{
			"checkpoint_time": wireTime(s.When), "slug": b.Carrier, "tag": tag, "subtag": code, "subtag_message": a.codes[code].Note,
			"message": s.Text, "city": s.Place.City, "location": firstText(s.Place.Name, s.Place.City), "country_iso3": country3(s.Place.Country),
			"state": nil, "postal_code": nil, "raw_tag": nil,
		})
	}
	msg := map[string]any{
		"id": b.ID, "tracking_number": b.Number, "slug": b.Carrier, "title": b.OrderNumber, "order_number": b.OrderNumber,
		"destination_country_region": country3(b.Country), "return_to_sender": false, "checkpoints": checkpoints, "signed_by": nil,
	}
	if n := len(checkpoints); n > 0 {
		msg["tag"], msg["subtag"] = checkpoints[n-1]["tag"], checkpoints[n-1]["subtag"]
	}
	for _, s := range b.Scans {
		if s.Pickup.Name != "" {
			msg["pickup_location"] = s.Pickup.Name
		}
	}
	event := "tracking_update"
	if !b.ETA.IsZero() {
		msg["latest_estimated_delivery"] = map[string]any{
			"type": "range", "datetime_min": edge(b.ETA.From, b.ETA.FromMinute, b.ETA), "datetime_max": edge(b.ETA.To, b.ETA.ToMinute, b.ETA),
		}
		if len(checkpoints) == 0 {
			event = "edd_revise"
		}
	}

	body, err := json.Marshal(map[string]any{"ts": b.Sent.Unix(), "event": event, "event_id": b.ID, "is_tracking_first_tag": false, "msg": msg})
	if err != nil {
		return nil, nil, fmt.Errorf("writing an aftership event: %w", err)
	}
	h := jsonHeader()
	h.Set("As-Webhook-Version", "2026-07")
	h.Set("User-Agent", "AfterShipTrackingWebhook/4.0.0 (https://www.aftership.com)")
	h.Set("Aftership-Hmac-Sha256", aftershipSignature(b.Secret, body))

	return body, h, nil
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// firstText gives the first text that is not empty.
func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}

	return ""
}
