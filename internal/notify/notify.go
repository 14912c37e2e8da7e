// Package notify is messages out: it empties the outbox and hands each message to a channel. Which message may leave is
// decided by parcel.Decide, every word in it stands in views, and what was kept or sent is written by store.
package notify

import (
	"context"
	"crypto/tls"
	"time"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// Channel is one way to reach a shopper.
type Channel interface {
	// Name is the word of the channel in the outbox: "email".
	Name() string

	// Send writes the message in the channel's own form and hands it to the provider, before the deadline of ctx.
	// Its error is a Refusal; any other error counts as one that may pass.
	Send(ctx context.Context, m Envelope) (Receipt, error)

	// Close lets go of kept connections.
	Close() error
}

// Envelope is a message with everything a channel needs to write it. Links are built from the merchant's row.
type Envelope struct {
	Message     store.Message
	Merchant    store.Merchant
	Order       parcel.Order
	Parcels     []parcel.Parcel
	View        string // the order's page, with this message's own token
	Unsubscribe string // stops this channel
	Left        int    // messages that may still follow about this order
	Now         time.Time
}

// Receipt is a provider's acceptance.
type Receipt struct {
	ID     string // Message-ID or the provider's id
	Answer string // the provider's words, without addresses
}

// Config is how messages leave.
type Config struct {
	Sandbox bool // messages stay in the store and are shown at /dev/mailbox: demo and tests only
	SMTP    SMTP
	DKIM    []Signing
	Timeout time.Duration // of one step of a send; 0 means 2 s. Sending ends at twice, the lease at four times this.
}

// Encryption is what an SMTP connection must be.
type Encryption string

// Ways to encrypt a connection.
const (
	StartTLS      Encryption = "starttls"      // refused without it
	Opportunistic Encryption = "opportunistic" // used when offered
	ImplicitTLS   Encryption = "tls"           // from the first byte, port 465
	PlainText     Encryption = "none"          // a relay on the same machine
)

// SMTP is the relay all mail goes to.
type SMTP struct {
	Host       string
	Port       int // 0 means 587, or 465 with ImplicitTLS
	Username   string
	Password   string
	Encryption Encryption  // "" means StartTLS
	Hello      string      // own name in EHLO; "" means the machine's name
	TLS        *tls.Config // nil means the system's roots and Host
}

// All lists the channels of this process. Without a relay and without a sandbox there is none.
func All(cfg Config, s *store.Store) []Channel {
	writer := letters{signings: cfg.DKIM}
	switch {
	case cfg.Sandbox:
		return []Channel{&sandbox{letters: writer, store: s}}
	case cfg.SMTP.Host != "":
		return []Channel{&email{letters: writer, relay: newRelay(cfg.SMTP, cfg.timeout())}}
	}
	return nil
}

func (c Config) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return defaultTimeout
}

// defaultTimeout is the limit of one step with a provider: 2 s, so that 2 < 4 < 8 s hold between step, stop and lease.
const defaultTimeout = 2 * time.Second
