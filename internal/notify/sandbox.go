package notify

import (
	"context"

	"onderweg/store"
)

// sandbox stands in for e-mail in demo and tests: it writes the very same mails and keeps them.
type sandbox struct {
	letters letters
	store   *store.Store
}

func (s *sandbox) Name() string { return "email" }

func (s *sandbox) Send(ctx context.Context, m Envelope) (Receipt, error) {
	l, err := s.letters.write(ctx, m)
	if err != nil {
		return Receipt{}, err
	}
	err = s.store.SaveSandbox(ctx, store.SandboxMessage{
		Merchant: m.Message.Merchant, OutboxID: m.Message.ID, Channel: "email", Recipient: l.to, Subject: l.subject, Raw: l.raw,
		CreatedAt: m.Now,
	})
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{ID: l.id, Answer: "kept in the sandbox"}, nil
}

func (s *sandbox) Close() error { return nil }
