package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"onderweg/internal/parcel"
)

// Keys are the secrets everything sealed or derived hangs on.
type Keys struct {
	Current  []byte   // 32 bytes
	Previous [][]byte // newest first; they still open old seals, and the oldest still derives the orders' own links
}

// keyring holds the working keys of each secret, the current one first.
type keyring []workingKeys

// workingKeys are derived from one secret by HKDF, one for each use, so that no use can weaken another.
type workingKeys struct {
	id   byte // stands in every seal
	seal cipher.AEAD
	hash []byte
	link []byte
}

// sealVersion is the first byte of a seal: version, key id, nonce (12), text, tag (16).
const sealVersion = 1

var errSeal = errors.New("a sealed value does not open: SECRET_KEY is not the one it was sealed with, or it was altered")

func newKeyring(k Keys) (keyring, error) {
	ring := keyring{}
	for _, secret := range append([][]byte{k.Current}, k.Previous...) {
		w, err := deriveKeys(secret)
		if err != nil {
			return nil, err
		}
		ring = append(ring, w)
	}
	return ring, nil
}

func deriveKeys(secret []byte) (workingKeys, error) {
	if len(secret) != 32 {
		return workingKeys{}, fmt.Errorf("a secret key has 32 bytes, not %d", len(secret))
	}
	derive := func(use string) []byte {
		key, err := hkdf.Key(sha256.New, secret, nil, "onderweg "+use+" v1", 32)
		if err != nil {
			panic(err) // only for lengths that are not ours
		}
		return key
	}
	block, err := aes.NewCipher(derive("seal"))
	if err != nil {
		return workingKeys{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return workingKeys{}, err
	}
	return workingKeys{id: derive("key id")[0], seal: aead, hash: derive("hash"), link: derive("link")}, nil
}

// place names where a sealed value lives; it opens nowhere else.
func place(table string, m parcel.MerchantID, id, column string) []byte {
	return []byte(table + ":" + string(m) + ":" + id + ":" + column)
}

// seal encrypts a value for one column of one row. It costs 30 bytes.
func (s *Store) seal(plain []byte, table string, m parcel.MerchantID, id, column string) []byte {
	k := s.keys[0]
	return k.seal.Seal([]byte{sealVersion, k.id}, nil, plain, place(table, m, id, column))
}

// open decrypts what seal made, under the current key or a previous one.
func (s *Store) open(sealed []byte, table string, m parcel.MerchantID, id, column string) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != sealVersion {
		return nil, errSeal
	}
	for _, k := range s.keys {
		if k.id != sealed[1] {
			continue
		}
		if plain, err := k.seal.Open(nil, nil, sealed[2:], place(table, m, id, column)); err == nil {
			return plain, nil
		}
	}
	return nil, errSeal
}

// keyedHash is what an e-mail address or phone number is looked up by: who has the table alone cannot try addresses.
// use is the channel ("email", "sms"): orders.email_hash and suppressions.address_hash of e-mails are the same hash. Case
// and spaces around do not matter. Merchants' hashes differ.
func (s *Store) keyedHash(m parcel.MerchantID, use, value string) []byte {
	return s.keys[0].keyedHash(m, use, value)
}

// keyedHashes are the hashes under every key, current first: for looking up what may have been written before a rotation.
func (s *Store) keyedHashes(m parcel.MerchantID, use, value string) [][]byte {
	hashes := make([][]byte, len(s.keys))
	for i, k := range s.keys {
		hashes[i] = k.keyedHash(m, use, value)
	}
	return hashes
}

func (k workingKeys) keyedHash(m parcel.MerchantID, use, value string) []byte {
	return mac(k.hash, string(m), use, strings.ToLower(strings.TrimSpace(value)))
}

// token derives a link's token: 130 bits of an HMAC.
func (k workingKeys) token(parts ...string) string {
	return parcel.TokenFrom([17]byte(mac(k.link, parts...)[:17]))
}

// mac is HMAC-SHA256 over parts that cannot be confused: each is led by its length.
func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return h.Sum(nil)
}
