package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"onderweg/internal/parcel"
)

// trip is a parcel that travels while one watches.
type trip struct {
	company company
	role    role
	kind    string // of its feed
	next    int
	steps   []parcel.Milestone
}

// Simulate sends parcels on their way until ctx ends: an order by the API, then a signed scan every few seconds. Speed 1
// is one event in about four seconds; 10 is ten times that.
func (s *Stage) Simulate(ctx context.Context, speed float64) error {
	if len(s.companies) == 0 {
		return errNoFeed
	}

	pause := time.Duration(float64(4*time.Second) / max(speed, 0.01))
	clock := time.NewTicker(max(pause, 10*time.Millisecond))
	defer clock.Stop()

	trips := make([]*trip, len(s.companies))
	serial := s.Now().Unix() % 1e8 * 10

	for turn := 0; ; turn++ {
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
		}

		i := turn % len(trips)
		if trips[i] == nil {
			serial++
			trips[i] = s.depart(s.companies[i], turn, serial)
		}

		if done, err := s.move(ctx, trips[i]); err != nil {
			if ctx.Err() != nil {
				return nil
			}

			s.Log.Warn("simulator", "shop", s.companies[i].Slug, "error", err)

			trips[i] = nil
		} else if done {
			trips[i] = nil
		}
	}
}

// depart plans a trip; one in three meets a closed door.
func (s *Stage) depart(c company, turn int, serial int64) *trip {
	kinds := []string{"aftership", "easypost", "sendcloud", "standard"}
	steps := []parcel.Milestone{parcel.HandedToCarrier, parcel.ArrivedAtHub, parcel.InTransit, parcel.OutForDelivery}

	if turn/len(s.companies)%3 == 2 {
		steps = append(steps, parcel.DeliveryAttemptFailed, parcel.AvailableForPickup)
	}

	return &trip{company: c, role: s.cast(c, turn, serial), kind: kinds[turn%len(kinds)], steps: append(steps, parcel.Delivered)}
}

// move makes the next step of a trip and says whether it was the last.
func (s *Stage) move(ctx context.Context, t *trip) (done bool, err error) {
	if t.next == 0 {
		t.next++

		return false, s.buy(ctx, t)
	}

	m := t.steps[t.next-1]
	due := parcel.Window{}

	if m == parcel.OutForDelivery {
		due = laterToday(s.Now(), t.role.zone)
	}

	var reason parcel.Reason
	if m == parcel.DeliveryAttemptFailed {
		reason = parcel.ReasonNotHome
	}

	scan := t.role.scan(m, s.Now(), m == parcel.ArrivedAtHub || m == parcel.InTransit, reason, parcel.HandoverUnknown)
	t.next++

	return t.next > len(t.steps), s.send(ctx, t.company, t.kind, t.role, []parcel.Scan{scan}, due)
}

// buy creates the order as a shop would. Without the key of an earlier run it goes past the API.
func (s *Stage) buy(ctx context.Context, t *trip) error {
	now := s.Now()
	t.role.order.PlacedAt = now

	if t.company.key == "" {
		_, _, err := s.Store.SaveOrder(ctx, t.role.order, t.role.parcels(plot{}, now), now)

		return err
	}

	body, err := json.Marshal(t.role.request())
	if err != nil {
		return err
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.BaseURL+"/api/v1/orders", bytes.NewReader(body))
	if err != nil {
		return err
	}

	req.Header.Set("Authorization", "Bearer "+t.company.key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", "demo-"+t.role.order.Number)

	answer, err := s.Client.Do(req)
	if err != nil {
		return err
	}

	defer func() { _ = answer.Body.Close() }()

	if answer.StatusCode >= http.StatusMultipleChoices {
		words, _ := io.ReadAll(io.LimitReader(answer.Body, 500))

		return fmt.Errorf("the api answered %s: %s", answer.Status, words)
	}

	return nil
}
