package feed

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
)

// mac is HMAC-SHA256 over the parts, one after the other.
func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}

	return h.Sum(nil)
}

// signedBy says whether got is what sign makes of one of the secrets. The texts are compared as they stand, so that there is
// one way to write a signature, and in constant time. An empty secret signs nothing.
func signedBy(secrets []string, got string, sign func(secret string) (string, bool)) bool {
	match := false
	for _, s := range secrets {
		want, ok := sign(s)
		if s == "" || !ok {
			continue
		}
		if hmac.Equal([]byte(got), []byte(want)) {
			match = true
		}
	}

	return match
}

// only gives a header that was sent exactly once, or "".
func only(h http.Header, name string) string {
	v := h.Values(name)
	if len(v) != 1 {
		return ""
	}

	return v[0]
}

// eventKey is the SHA-256 of an event id, told apart from a body's by its first byte; of the body when there is no id.
func eventKey(id string, body []byte) []byte {
	if id == "" {
		sum := sha256.Sum256(body)
		return sum[:]
	}
	sum := sha256.Sum256([]byte("\x00id\x00" + id))

	return sum[:]
}
