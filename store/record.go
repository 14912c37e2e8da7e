package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"onderweg/internal/parcel"
)

// Bounds of Record.
const (
	recordBatch = 250                  // parcels a transaction
	maxScans    = 1000                 // of one parcel: further ones are dropped, no real journey has so many
	reuseAfter  = 120 * 24 * time.Hour // an open parcel older than this no longer owns its number
	scanEarly   = 7 * 24 * time.Hour   // a scan this much older than a parcel is not about it, if another one fits
)

// Record applies scans to the parcels they name, up to 250 parcels in one transaction with their notices and wake-ups.
// A scan that was applied before changes nothing. Scans of parcels that do not exist come back in unknown; applied counts
// those that were new. A parcel is found by its tracking number and, where both sides know it, its carrier.
func (s *Store) Record(ctx context.Context, m parcel.MerchantID, scans []parcel.Scan, now time.Time) (applied int, unknown []parcel.Scan, err error) {
	tidy := tidyScans(scans, now)
	owners, err := s.owners(ctx, m, tidy)
	if err != nil {
		return 0, nil, err
	}

	byParcel := map[parcel.ParcelID][]parcel.Scan{}
	for i := range tidy {
		owner := ownerOf(&tidy[i], owners[tidy[i].Number], now)
		if owner == "" {
			unknown = append(unknown, scans[i])
			continue
		}
		byParcel[owner] = append(byParcel[owner], tidy[i])
	}

	for ids := range slices.Chunk(sortedKeys(byParcel), recordBatch) {
		n := 0
		err := s.change(ctx, m, ids, func(p *parcel.Parcel) (fresh []parcel.Scan, notices []parcel.Notice) {
			fresh, notices = applyAll(p, byParcel[p.ID])
			n += len(fresh)
			return fresh, notices
		})
		if err != nil {
			return applied, unknown, err
		}
		applied += n
	}
	return applied, unknown, nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// applyAll takes in scans one by one and gives those that were new.
func applyAll(p *parcel.Parcel, scans []parcel.Scan) (fresh []parcel.Scan, notices []parcel.Notice) {
	for _, scan := range scans {
		before := len(p.Scans)
		if before >= maxScans {
			break
		}
		notices = append(notices, p.Apply(scan)...)
		if len(p.Scans) > before {
			fresh = append(fresh, scan)
		}
	}
	return fresh, notices
}

// tidyScans makes a copy that can be stored: feeds tell what carriers typed.
func tidyScans(scans []parcel.Scan, now time.Time) []parcel.Scan {
	tidy := make([]parcel.Scan, len(scans))
	for i, s := range scans {
		s.Number = cleanText(parcel.NormaliseTrackingNumber(s.Number), maxName)
		s.Source = cleanText(s.Source, maxName)
		s.Carrier = cleanText(s.Carrier, maxName)
		s.Code = cleanText(s.Code, maxName)
		s.When.Raw = cleanText(s.When.Raw, maxName)
		s.Text = cleanText(s.Text, maxWords)
		s.Place.City = cleanText(s.Place.City, maxName)
		s.Place.Country = cleanText(s.Place.Country, maxName)
		s.Place.Name = cleanText(s.Place.Name, 4*maxName)
		s.Pickup.Name = cleanText(s.Pickup.Name, 4*maxName)
		s.Pickup.Address = cleanText(s.Pickup.Address, maxWords)
		s.Pickup.Hours = cleanText(s.Pickup.Hours, maxWords)
		s.When.UTC, s.When.Local = clampTime(s.When.UTC), clampTime(s.When.Local)
		if s.Received.IsZero() {
			s.Received = now
		}
		s.Received = s.Received.UTC().Truncate(time.Second)
		tidy[i] = s
	}
	return tidy
}

// owner is a parcel that has, or had, a tracking number.
type owner struct {
	ID      parcel.ParcelID
	Carrier string
	Created time.Time
	Open    bool // has not come to its end
}

// owners finds, for each number of the scans, the newest parcels that carry it.
func (s *Store) owners(ctx context.Context, m parcel.MerchantID, scans []parcel.Scan) (map[string][]owner, error) {
	numbers := map[string]bool{}
	for i := range scans {
		numbers[scans[i].Number] = true
	}
	delete(numbers, "")
	if len(numbers) == 0 {
		return nil, nil //nolint:nilnil // no numbers, no owners
	}

	rows, err := s.db.QueryContext(ctx, `
		select n.number, p.id, p.carrier, p.created_at, p.ended_at is null
		from unnest($2::text[]) as n (number)
		cross join lateral (
			select id, carrier, created_at, ended_at
			from parcels
			where merchant_id = $1 and tracking_number = n.number and tracking_number <> ''
			order by id desc
			limit 20
		) p`, m, texts(sortedKeys(numbers)))
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	owners := make(map[string][]owner, len(numbers))
	for rows.Next() {
		var number string
		var o owner
		if err := rows.Scan(&number, &o.ID, &o.Carrier, &o.Created, &o.Open); err != nil {
			return nil, wrap(err)
		}
		owners[number] = append(owners[number], o)
	}
	return owners, wrap(rows.Err())
}

// ownerOf picks the parcel a scan is about among those with its number, newest first. Carriers use numbers again, often
// within months (carriers reference, section 18): the newest parcel that is still open and not too old has it, else the
// newest one; a scan from long before a parcel was made belongs to an older one, if there is one.
func ownerOf(s *parcel.Scan, owners []owner, now time.Time) parcel.ParcelID {
	var fits []owner
	for _, o := range owners {
		if s.Carrier == "" || o.Carrier == "" || s.Carrier == o.Carrier {
			fits = append(fits, o)
		}
	}
	if len(fits) == 0 {
		return ""
	}

	known := slices.DeleteFunc(slices.Clone(fits), func(o owner) bool { return s.When.UTC.Before(o.Created.Add(-scanEarly)) })
	if len(known) > 0 {
		fits = known
	}
	for _, o := range fits {
		if o.Open && now.Sub(o.Created) < reuseAfter {
			return o.ID
		}
	}
	return fits[0].ID
}

// TickDue runs Tick for up to limit parcels whose next check has come, and says how many it looked at.
func (s *Store) TickDue(ctx context.Context, now time.Time, limit int) (int, error) {
	due, err := s.due(ctx, now, limit)
	if err != nil {
		return 0, err
	}

	looked := 0
	for _, m := range sortedKeys(due) {
		for ids := range slices.Chunk(due[m], recordBatch) {
			if err := s.change(ctx, m, ids, tickAt(now)); err != nil {
				return looked, err
			}
			looked += len(ids)
		}
	}
	return looked, nil
}

func (s *Store) due(ctx context.Context, now time.Time, limit int) (map[parcel.MerchantID][]parcel.ParcelID, error) {
	rows, err := s.db.QueryContext(ctx, `
		select merchant_id, id
		from parcels
		where next_check_at <= $1
		order by next_check_at
		limit $2`, now, limit)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	due := map[parcel.MerchantID][]parcel.ParcelID{}
	for rows.Next() {
		var m parcel.MerchantID
		var id parcel.ParcelID
		if err := rows.Scan(&m, &id); err != nil {
			return nil, wrap(err)
		}
		due[m] = append(due[m], id)
	}
	return due, wrap(rows.Err())
}

// tickAt is the turn of TickDue. Another replica may have been here a moment ago: then there is nothing to look at.
func tickAt(now time.Time) turn {
	return func(p *parcel.Parcel) (fresh []parcel.Scan, notices []parcel.Notice) {
		if p.NextCheck.IsZero() || p.NextCheck.After(now) {
			return nil, nil
		}

		notices = p.Tick(now)
		if !p.NextCheck.IsZero() && !p.NextCheck.After(now) {
			p.NextCheck = now.Add(time.Hour) // never the same look again and again
		}
		return nil, notices
	}
}
