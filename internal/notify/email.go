package notify

import "context"

// email is mail over SMTP.
type email struct {
	letters letters
	relay   *relay
}

func (e *email) Name() string { return "email" }

// Send delivers one mail. E-mail cannot be asked whether it arrived: what was handed over without an answer comes back
// as Unanswered.
func (e *email) Send(ctx context.Context, m Envelope) (Receipt, error) {
	l, err := e.letters.write(ctx, m)
	if err != nil {
		return Receipt{}, err
	}
	answer, err := e.relay.send(ctx, l.from, l.to, l.raw)
	return Receipt{ID: l.id, Answer: answer}, err
}

func (e *email) Close() error { return e.relay.Close() }
