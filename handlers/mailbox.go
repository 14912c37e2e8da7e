package handlers

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
	"onderweg/store"
	"onderweg/views"
	"onderweg/web"
)

// mailboxRows is how many messages the list shows.
const mailboxRows = 200

// Policies of the mailbox: the page may frame the message, and the message may show its own styles and pictures and
// nothing else.
const (
	framePolicy   = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	messagePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; form-action 'none'; frame-ancestors 'self'; " +
		"sandbox allow-top-navigation-by-user-activation allow-popups"
)

// mailbox lists what the sandbox kept.
func (h *handlers) mailbox(c echo.Context) error {
	ctx, cancel := web.Reading(c)
	defer cancel()
	found, err := h.Store().SandboxMessages(ctx, mailboxRows)
	if err != nil {
		return err
	}
	page := views.MailboxPage{Now: h.Now(), Messages: make([]views.MailboxLine, len(found))}
	for i, m := range found {
		if page.Messages[i], err = h.mailboxLine(ctx, m); err != nil {
			return err
		}
	}
	return web.Show(c, h.StaffContext(c), http.StatusOK, views.Mailbox(page))
}

func (h *handlers) mailboxLine(ctx context.Context, m store.SandboxMessage) (views.MailboxLine, error) {
	shop, err := h.Store().MerchantByID(ctx, m.Merchant)
	if err != nil && !errors.Is(err, parcel.ErrNotFound) {
		return views.MailboxLine{}, err
	}
	return views.MailboxLine{ID: m.ID, Channel: m.Channel, Shop: shop.Name, To: m.Recipient, Subject: m.Subject, At: m.CreatedAt}, nil
}

// mailboxMessage shows one message.
func (h *handlers) mailboxMessage(c echo.Context) error {
	ctx, cancel := web.Reading(c)
	defer cancel()
	m, err := h.sandboxMessage(ctx, c)
	if err != nil {
		return err
	}
	line, err := h.mailboxLine(ctx, m)
	if err != nil {
		return err
	}
	l := readLetter(m.Raw)
	c.Response().Header().Set("Content-Security-Policy", framePolicy)
	return web.Show(c, h.StaffContext(c), http.StatusOK, views.MailboxMessage(views.MailboxMessagePage{
		MailboxLine: line, HTML: l.html != "", Text: l.text, Headers: l.headers, Source: string(m.Raw),
	}))
}

// mailboxHTML is the message as it looks, for the frame. Its links open in the whole window.
func (h *handlers) mailboxHTML(c echo.Context) error {
	ctx, cancel := web.Reading(c)
	defer cancel()
	m, err := h.sandboxMessage(ctx, c)
	if err != nil {
		return err
	}
	l := readLetter(m.Raw)
	if l.html == "" {
		return parcel.ErrNotFound
	}
	head := c.Response().Header()
	head.Set("Content-Security-Policy", messagePolicy)
	head.Set("X-Frame-Options", "SAMEORIGIN")
	return web.Send(c, http.StatusOK, echo.MIMETextHTMLCharsetUTF8, []byte(strings.Replace(l.html, "<head>", `<head><base target="_top">`, 1)))
}

func (h *handlers) sandboxMessage(ctx context.Context, c echo.Context) (store.SandboxMessage, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return store.SandboxMessage{}, parcel.ErrNotFound
	}
	return h.Store().SandboxMessage(ctx, id.String())
}

// letter is a message taken apart. What cannot be read is text.
type letter struct {
	headers    []views.MailboxHeader
	text, html string
}

func readLetter(raw []byte) letter {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return letter{text: string(raw)}
	}
	var l letter
	words := new(mime.WordDecoder)
	for name, values := range m.Header {
		for _, v := range values {
			if plain, err := words.DecodeHeader(v); err == nil {
				v = plain
			}
			l.headers = append(l.headers, views.MailboxHeader{Name: name, Value: v})
		}
	}
	slices.SortFunc(l.headers, func(a, b views.MailboxHeader) int { return strings.Compare(a.Name, b.Name) })
	l.read(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0)
	return l
}

// maxParts bounds how deep parts may lie in parts.
const maxParts = 8

// read takes one part, and the parts in it.
func (l *letter) read(kind, encoding string, body io.Reader, depth int) {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		media = "text/plain"
	}
	if strings.HasPrefix(media, "multipart/") && depth < maxParts {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return
			}
			l.read(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1)
		}
	}

	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, _ := io.ReadAll(body) // as much as can be read
	switch {
	case media == "text/html" && l.html == "":
		l.html = string(text)
	case media == "text/plain" && l.text == "":
		l.text = string(text)
	}
}
