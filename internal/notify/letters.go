package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/url"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"onderweg/views"
)

// letters writes messages as RFC 5322 mail, signed and ready for the wire. The same outbox row gives the same Message-ID
// however often it is written, so that mailboxes can tell a repetition.
type letters struct {
	signings []Signing
}

// letter is a mail ready for the wire.
type letter struct {
	id       string // Message-ID without angle brackets
	from, to string // envelope
	subject  string
	raw      []byte
}

func (w letters) write(ctx context.Context, m Envelope) (letter, error) {
	to, ok := mailbox(m.Order.Contact.Email)
	if !ok {
		return letter{}, Refusal{Fate: Never, Dead: true, Reason: "the order's e-mail address is not one"}
	}
	from, ok := mailbox(m.Merchant.Sender.Address)
	if !ok {
		return letter{}, Refusal{Fate: Later, Reason: "the shop has no sender address"}
	}
	words, err := views.Mail(ctx, views.MailInput{
		Notice: m.notice(), Brand: m.Merchant.Brand, Language: m.language(), Order: m.Order, Parcels: m.Parcels,
		View: m.View, Unsubscribe: m.Unsubscribe, Left: m.Left, Now: m.Now,
	})
	if err != nil {
		return letter{}, Refusal{Fate: Never, Reason: "it could not be written", Answer: scrub(err.Error(), to)}
	}

	l := letter{id: messageID(m, from), from: from, to: to, subject: line(words.Subject)}
	message, err := l.compose(m, words)
	if err != nil {
		return letter{}, fmt.Errorf("compose mail: %w", err)
	}
	l.raw, err = sign(message, from, w.signings)
	return l, err
}

// compose renders the message. Every header is listed here; none comes from anywhere else.
func (l letter) compose(m Envelope, words views.MailMessage) ([]byte, error) {
	msg := gomail.NewMsg(
		gomail.WithNoDefaultUserAgent(),
		gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithBoundary(boundary(m.Message.ID)),
	)
	name := line(m.Merchant.Sender.Name)
	if name == "" {
		name = line(m.Merchant.Name)
	}
	msg.FromMailAddress(&mail.Address{Name: name, Address: l.from})
	msg.ToMailAddress(&mail.Address{Address: l.to})
	if reply, ok := mailbox(m.Merchant.Sender.ReplyTo); ok {
		msg.ReplyToMailAddress(&mail.Address{Name: name, Address: reply})
	}
	msg.Subject(l.subject)
	msg.SetMessageIDWithValue(l.id)
	thread := "<" + threadID(m, l.from) + ">"
	msg.SetGenHeader(gomail.HeaderInReplyTo, thread)
	msg.SetGenHeader(gomail.HeaderReferences, thread)
	msg.SetDateWithValue(m.Now)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply")
	msg.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
	if strings.HasPrefix(m.Unsubscribe, "https://") {
		msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(gomail.TypeTextPlain, words.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, words.HTML)

	var b bytes.Buffer
	_, err := msg.WriteTo(&b)
	return b.Bytes(), err
}

// messageID is the same for the same outbox row.
func messageID(m Envelope, from string) string { return m.Message.ID + "@" + domainOf(from) }

// threadID is what all messages about an order refer to, so that mail programs show them as one conversation.
func threadID(m Envelope, from string) string {
	return "order." + string(m.Message.Order) + "@" + domainOf(from)
}

func boundary(id string) string {
	sum := sha256.Sum256([]byte("boundary " + id))
	return hex.EncodeToString(sum[:16])
}

// linkTo builds the address of a token under the merchant's base.
func linkTo(base, kind, token string) string { return base + "/" + kind + "/" + url.PathEscape(token) }
