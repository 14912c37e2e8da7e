package notify

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const headerLimit = 200 // runes of a name or a subject; the rest is cut

// line makes a text safe for a mail header: one line, valid UTF-8, no control and no bidirectional characters, and
// nothing that reads as an encoded word (RFC 2047), which a mail program would turn into something else.
func line(s string) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range strings.ToValidUTF8(s, "") {
		if r == '\u200d' || r == '\u200c' {
			b.WriteRune(r) // joiners belong to words of several scripts
			continue
		}
		if unicode.IsSpace(r) || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
			space = n > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		if n++; n == headerLimit {
			b.WriteRune('…')
			break
		}
	}
	return strings.ReplaceAll(b.String(), "=?", "= ?")
}

// mailbox checks an address and gives it in the form it has on the wire, its domain in ASCII.
func mailbox(address string) (string, bool) {
	if len(address) > 254 || !utf8.ValidString(address) || strings.ContainsFunc(address, forbidden) {
		return "", false
	}
	parsed, err := mail.ParseAddress("<" + address + ">")
	if err != nil || parsed.Name != "" {
		return "", false
	}
	at := strings.LastIndexByte(parsed.Address, '@')
	local, domain := parsed.Address[:at], parsed.Address[at+1:]
	domain, err = idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") && domain != "localhost" || len(local) > 64 {
		return "", false
	}
	return local + "@" + strings.ToLower(domain), true
}

func forbidden(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>,;"`, r)
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
