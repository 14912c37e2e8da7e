package views

import "time"

// MailboxPage lists what the sandbox kept, newest first. It is for demo and tests, and in English.
type MailboxPage struct {
	Messages []MailboxLine
	Now      time.Time
}

// MailboxLine is one message in the list.
type MailboxLine struct {
	ID, Channel, Shop, To, Subject string
	At                             time.Time
}

// MailboxMessagePage is one message: as it looks, as text, and as it was sent.
type MailboxMessagePage struct {
	MailboxLine
	HTML    bool // it has a part to look at
	Text    string
	Headers []MailboxHeader
	Source  string
}

// MailboxHeader is one line of the head.
type MailboxHeader struct{ Name, Value string }

// ago is how long ago something was, coarsely.
func ago(now, at time.Time) string {
	d := now.Sub(at)
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return itoa(int(d.Minutes())) + " min ago"
	case d < 24*time.Hour:
		return itoa(int(d.Hours())) + " h ago"
	}
	return at.UTC().Format("2 Jan 15:04")
}
