package store

import (
	"context"
	"database/sql"
	"time"

	"onderweg/internal/parcel"
)

// SandboxMessage is a message the sandbox channel kept.
type SandboxMessage struct {
	Merchant  parcel.MerchantID
	ID        string
	OutboxID  string
	Channel   string
	Recipient string
	Subject   string
	Raw       []byte
	CreatedAt time.Time
}

// SaveSandbox keeps one; the same outbox id is kept once.
func (s *Store) SaveSandbox(ctx context.Context, m SandboxMessage) error {
	raw := m.Raw
	if raw == nil {
		raw = []byte{}
	}
	_, err := s.db.ExecContext(ctx, `
		insert into sandbox_messages (merchant_id, id, outbox_id, channel, recipient, subject, raw)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (merchant_id, outbox_id) where outbox_id is not null do nothing`,
		m.Merchant, newID(), none(m.OutboxID), m.Channel, cleanText(m.Recipient, maxWords), cleanText(m.Subject, maxWords), raw)
	return wrap(err)
}

const selectSandbox = `
	select merchant_id, id, outbox_id, channel, recipient, subject, raw, created_at
	from sandbox_messages`

// SandboxMessages lists the newest ones of all merchants: demo and tests only.
func (s *Store) SandboxMessages(ctx context.Context, limit int) ([]SandboxMessage, error) {
	ctx, cancel := reading(ctx)
	defer cancel()
	rows, err := s.read.QueryContext(ctx, selectSandbox+` order by created_at desc, id desc limit $1`, limit)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()

	list := []SandboxMessage{}
	for rows.Next() {
		m, err := scanSandbox(rows)
		if err != nil {
			return nil, wrap(err)
		}
		list = append(list, m)
	}
	return list, wrap(rows.Err())
}

// SandboxMessage reads one.
func (s *Store) SandboxMessage(ctx context.Context, id string) (SandboxMessage, error) {
	if !isUUID(id) {
		return SandboxMessage{}, parcel.ErrNotFound
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	m, err := scanSandbox(s.read.QueryRowContext(ctx, selectSandbox+` where id = $1`, id))
	return m, wrap(err)
}

func scanSandbox(row scanner) (m SandboxMessage, err error) {
	var outbox sql.NullString
	err = row.Scan(&m.Merchant, &m.ID, &outbox, &m.Channel, &m.Recipient, &m.Subject, &m.Raw, &m.CreatedAt)
	m.OutboxID = outbox.String
	return m, err
}
