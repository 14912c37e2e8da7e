package feed

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"onderweg/internal/parcel"
)

// easypost reads EasyPost's events about trackers. Each request carries the whole history, oldest first; details have no ids.
// Source: EasyPost's webhook and tracker documentation; carriers reference, section 4.
type easypost struct{ codes statusMap }

func (easypost) Kind() string   { return "easypost" }
func (easypost) Keep() []string { return nil }

func (easypost) Verify(secrets []string, h http.Header, body []byte, _ time.Time) error {
	if !signedBy(secrets, only(h, "X-Hmac-Signature"), func(secret string) (string, bool) {
		return easypostSignature(secret, body), true
	}) {
		return ErrForged
	}

	return nil
}

// easypostSignature is hex HMAC-SHA256 of the body under the NFKD form of the secret.
func easypostSignature(secret string, body []byte) string {
	return "hmac-sha256-hex=" + hex.EncodeToString(mac(norm.NFKD.Bytes([]byte(secret)), body))
}

func (easypost) EventKey(_ http.Header, body []byte) []byte {
	return eventKey(topText(body, "id"), body)
}

func (e easypost) Parse(_ http.Header, body []byte, received time.Time) ([]parcel.Scan, error) {
	in, err := readObject(body, false)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(in.raw("description"), "tracker.") {
		return nil, ErrNothing
	}
	tracker := in.object("result")
	g := gathering{
		source: "easypost", carrier: carrierSlug(tracker.text(maxCode, "carrier")),
		number: trackingNumber(tracker.raw("tracking_code")), received: received,
	}
	if g.number == "" {
		return nil, odd("there is no tracking code in it")
	}

	for _, d := range tracker.objects("tracking_details") {
		e.detail(&g, tracker, d)
	}
	returned(g.scans)
	e.expected(&g, in, tracker)

	return g.result()
}

// detail adds one event of the history. EasyPost gives the zone of the place when it knows the place, and else says UTC, which
// then means nothing.
func (e easypost) detail(g *gathering, tracker, d object) {
	at := d.object("tracking_location")
	s := parcel.Scan{
		Text:  without(d.text(maxText, "message", "description"), tracker.raw("signed_by")),
		Place: parcel.Place{City: at.text(maxPlace, "city"), Country: countryOf(at, "country")},
	}
	placed := s.Place.City != "" || s.Place.Country != ""
	var ok bool
	if s.When, ok = g.when(d.raw("datetime"), parcel.TimeHints{Country: s.Place.Country, AlwaysLocal: !placed}); !ok {
		return
	}
	e.mean(&s, d.text(maxCode, "status"), d.text(maxCode, "status_detail"))
	g.add(s)
}

// mean reads status and detail together. The detail says more where the status says little ("in transit", "unknown"), and names
// the kind of a failure; every other status stands, and takes only the reason from the detail.
func (e easypost) mean(s *parcel.Scan, status, detail string) {
	s.Code = status
	means, known := e.codes[status]
	fine, detailed := e.codes["detail:"+detail]
	if detailed && fine.Milestone != parcel.None {
		s.Code = status + ":" + detail
	}

	switch {
	case !known && !detailed:
		s.Unmapped = status != ""
	case !known, detailed && fine.Milestone != parcel.None && e.refines(status, fine):
		fine.fill(s)
	default:
		means.fill(s)
		if detailed && s.Reason == parcel.NoReason && means.Milestone == parcel.Problem {
			s.Reason, s.Cause = fine.Reason, fine.Cause
		}
	}
}

func (easypost) refines(status string, fine status) bool {
	switch status {
	case "in_transit", "unknown":
		return true
	case "failure":
		return fine.Milestone == parcel.Problem || fine.Milestone == parcel.Lost || fine.Milestone == parcel.Held ||
			fine.Milestone == parcel.DeliveryAttemptFailed || fine.Milestone == parcel.ReturningToSender
	}

	return false
}

// expected adds the estimate: the recipient's local date where the carrier gives it, else the date of the instant, which EasyPost
// sets to midnight UTC. When this event is about a new estimate it was told at the event's time, else with the newest scan.
func (easypost) expected(g *gathering, in, tracker object) {
	told := g.newest()
	_, revised := in.object("previous_attributes")["est_delivery_date"]
	if revised || told.UTC.IsZero() {
		t, err := parcel.ParseTime(in.text(64, "created_at", "updated_at"), parcel.TimeHints{})
		told = g.told(t, err == nil)
	}
	local := tracker.object("carrier_detail").text(64, "est_delivery_date_local")
	date := firstText(local, tracker.text(64, "est_delivery_date"))
	if len(date) > len(time.DateOnly) {
		date = date[:len(time.DateOnly)]
	}
	g.expect(window(date, ""), told)
}

func (e easypost) Compose(b Batch) ([]byte, http.Header, error) {
	details := []map[string]any{}
	for _, s := range b.Scans {
		status, detail, err := e.words(s)
		if err != nil {
			return nil, nil, err
		}
		details = append(details, map[string]any{
			"object": "TrackingDetail", "message": s.Text, "description": "", "status": status, "status_detail": detail,
			"datetime": easypostTime(s), "source": b.Carrier, "carrier_code": nil,
			"tracking_location": map[string]any{
				"object": "TrackingLocation", "city": orNull(s.Place.City), "state": nil, "country": orNull(s.Place.Country), "zip": nil,
			},
		})
	}
	tracker := map[string]any{
		"id": "trk_" + b.ID, "object": "Tracker", "mode": "production", "tracking_code": b.Number, "carrier": b.Carrier, "signed_by": nil,
		"weight": nil, "shipment_id": nil, "is_return": false, "fees": []any{}, "tracking_details": details,
		"status": "unknown", "status_detail": "unknown", "est_delivery_date": nil,
	}
	if n := len(details); n > 0 {
		tracker["status"], tracker["status_detail"] = details[n-1]["status"], details[n-1]["status_detail"]
	}
	previous := map[string]any{}
	if !b.ETA.IsZero() {
		tracker["est_delivery_date"] = b.ETA.To.String() + "T00:00:00Z"
		tracker["carrier_detail"] = map[string]any{"object": "CarrierDetail", "est_delivery_date_local": b.ETA.To.String()}
		if len(details) == 0 {
			previous["est_delivery_date"] = nil
		}
	}

	sent := b.Sent.UTC().Format(time.RFC3339)
	body, err := json.Marshal(map[string]any{
		"id": "evt_" + b.ID, "object": "Event", "description": "tracker.updated", "mode": "production", "previous_attributes": previous,
		"created_at": sent, "updated_at": sent, "status": "pending", "pending_urls": []any{}, "completed_urls": []any{}, "result": tracker,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("writing an easypost event: %w", err)
	}
	h := jsonHeader()
	h.Set("X-Hmac-Signature", easypostSignature(b.Secret, body))

	return body, h, nil
}

// words gives status and detail for a scan.
func (e easypost) words(s parcel.Scan) (status, detail string, err error) {
	if status, detail, ok := strings.Cut(s.Code, ":"); ok && e.codes["detail:"+detail].Milestone == s.Milestone {
		return status, detail, nil
	}
	code, ok := e.codes.codeFor(s, func(string) bool { return true })
	if !ok {
		return "", "", fmt.Errorf("easypost has no word for %q", s.Milestone)
	}
	if detail, ok := strings.CutPrefix(code, "detail:"); ok {
		return "in_transit", detail, nil
	}

	return code, "unknown", nil
}

// easypostTime writes a time with a Z, true when the place is known and meaningless when not.
func easypostTime(s parcel.Scan) string {
	if s.When.ZoneKnown || s.When.Local.IsZero() {
		return s.When.UTC.UTC().Format(time.RFC3339)
	}

	return s.When.Local.Format("2006-01-02T15:04:05Z")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}

	return s
}
