package notify

import (
	"regexp"
	"strings"
)

// Fate is what a refusal means for the message.
type Fate int

// Fates of a message that was not accepted.
const (
	Later      Fate = iota // it may be accepted another time
	Down                   // the provider cannot be used at all now: says nothing about the message
	Never                  // it will not be accepted
	Unanswered             // it was handed over and no answer came: it may have been accepted
)

// Refusal is why a message was not accepted. It never holds an address.
type Refusal struct {
	Fate   Fate
	Dead   bool   // the address does not exist: leave it alone from now on
	Reason string // for staff
	Answer string // the provider's words: "550 5.1.1 no such user"
}

func (r Refusal) Error() string {
	if r.Answer == "" {
		return r.Reason
	}
	return r.Reason + ": " + r.Answer
}

const answerLimit = 160

var (
	addressLike = regexp.MustCompile(`<[^<>\s]*@[^<>\s]*>|[^\s<>"'(),:;]+@[^\s<>"'(),:;]+`)
	blanks      = regexp.MustCompile(`[\s\p{Cc}\p{Cf}]+`)
)

// scrub takes a provider's words for the record: one line, short, and without the address or anything like one.
func scrub(words, address string) string {
	words = blanks.ReplaceAllString(words, " ")
	words = addressLike.ReplaceAllString(words, "(address)")
	if local, _, ok := strings.Cut(address, "@"); ok && len(local) > 2 {
		words = cutFold(words, local)
	}
	words = strings.TrimSpace(words)
	if len(words) > answerLimit {
		words = strings.ToValidUTF8(words[:answerLimit], "")
	}
	return words
}

// cutFold replaces every occurrence of part in words, whatever its case.
func cutFold(words, part string) string {
	return regexp.MustCompile(`(?i)`+regexp.QuoteMeta(part)).ReplaceAllLiteralString(words, "(address)")
}
