package main

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"

	"onderweg/internal/notify"
)

// dialMail connects to the mail server, with TLS from the first byte where that is set.
func dialMail(ctx context.Context, cfg Config, address string) (net.Conn, error) {
	if cfg.SMTPTLS == tlsImplicit {
		return (&tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", address)
	}

	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// notify is the part of the configuration channels need.
func (cfg Config) notify() (notify.Config, error) {
	out := notify.Config{}
	if cfg.SMTPHost != "" {
		number, _ := strconv.Atoi(string(cfg.SMTPPort)) // it was checked when it was read
		out.SMTP = notify.SMTP{
			Host: cfg.SMTPHost, Port: number, Username: cfg.SMTPUser, Password: cfg.SMTPPassword, Encryption: cfg.SMTPTLS.encryption(),
		}
	}
	if cfg.DKIMKey == "" {
		return out, nil
	}

	signing, err := notify.ParseSigning(cfg.DKIMDomain, cfg.DKIMSelector, []byte(cfg.DKIMKey))
	if err != nil {
		return out, problems{"DKIM_KEY: cannot be used: give an RSA (2048 bits or more) or Ed25519 private key in PEM"}
	}
	out.DKIM = []notify.Signing{signing}

	return out, nil
}

func (t smtpTLS) encryption() notify.Encryption {
	switch t {
	case tlsImplicit:
		return notify.ImplicitTLS
	case tlsOff:
		return notify.PlainText
	default:
		return notify.StartTLS
	}
}
