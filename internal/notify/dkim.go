package notify

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Signing is a DKIM key of a sender domain. A domain may have an RSA and an Ed25519 key: mails then carry both signatures.
type Signing struct {
	Domain   string
	Selector string
	Key      crypto.Signer
}

// ParseSigning reads a private key in PEM (PKCS #8 or PKCS #1). RSA keys under 2048 bits are refused.
func ParseSigning(domain, selector string, key []byte) (Signing, error) {
	block, _ := pem.Decode(key)
	if block == nil {
		return Signing{}, errors.New("dkim key: not PEM")
	}
	signer, err := parseKey(block)
	if err != nil {
		return Signing{}, fmt.Errorf("dkim key: %w", err)
	}
	if domain == "" || selector == "" {
		return Signing{}, errors.New("dkim key: domain and selector are both needed")
	}
	return Signing{Domain: strings.ToLower(domain), Selector: selector, Key: signer}, nil
}

func parseKey(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "RSA PRIVATE KEY" {
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		return longEnough(key)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return longEnough(k)
	case ed25519.PrivateKey:
		return k, nil
	}
	return nil, fmt.Errorf("%T is neither RSA nor Ed25519", key)
}

func longEnough(key *rsa.PrivateKey) (crypto.Signer, error) {
	if key.N.BitLen() < 2048 {
		return nil, fmt.Errorf("%d bits of RSA are too few: 2048 at least", key.N.BitLen())
	}
	return key, nil
}

// Headers under the signature. RFC 8058 wants both List-* ones; From stands twice so that no second one can be added.
var signedHeaders = []string{
	"From", "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "References", "In-Reply-To", "MIME-Version",
	"Content-Type", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// sign puts the signatures for the sender's domain before a rendered message. Without a key of that domain, or of one
// above it, the message stays as it is.
func sign(message []byte, sender string, signings []Signing) ([]byte, error) {
	var out bytes.Buffer
	for _, s := range signings {
		if !aligned(domainOf(sender), s.Domain) {
			continue
		}
		signature, err := s.signature(message)
		if err != nil {
			return nil, err
		}
		out.WriteString(signature)
	}
	out.Write(message)
	return out.Bytes(), nil
}

func (s Signing) signature(message []byte) (string, error) {
	signer, err := dkim.NewSigner(&dkim.SignOptions{
		Domain:                 s.Domain,
		Selector:               s.Selector,
		Signer:                 s.Key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		HeaderKeys:             signedHeaders,
	})
	if err != nil {
		return "", fmt.Errorf("dkim: %w", err)
	}
	if _, err := signer.Write(message); err != nil {
		return "", fmt.Errorf("dkim: %w", err)
	}
	if err := signer.Close(); err != nil {
		return "", fmt.Errorf("dkim: %w", err)
	}
	return signer.Signature(), nil
}

// aligned is DMARC's relaxed alignment: the same domain, or a key of a domain above.
func aligned(sender, key string) bool {
	return sender == key || strings.HasSuffix(sender, "."+key)
}
