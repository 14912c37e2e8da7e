package handlers

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onderweg/web"
)

// front is the shared host itself: nothing of a shop is there, so it leads to where staff work.
func (h *handlers) front(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/admin") }

// robots lets crawlers in: who may not enter a page cannot read there that it must not be listed.
func (h *handlers) robots(c echo.Context) error {
	return web.Send(c, http.StatusOK, "text/plain; charset=utf-8", []byte("User-agent: *\nDisallow: /admin\nDisallow: /api/\n"))
}

// security is security.txt (RFC 9116): where to tell us of a hole. It runs out a year from now, every day anew.
func (h *handlers) security(c echo.Context) error {
	until := h.Now().UTC().Truncate(24*time.Hour).AddDate(1, 0, 0).Format(time.RFC3339)
	body := "Contact: " + h.SecurityContact() + "\nExpires: " + until + "\nPreferred-Languages: en, nl\nCanonical: " +
		h.BaseURL() + "/.well-known/security.txt\n"
	return web.Send(c, http.StatusOK, "text/plain; charset=utf-8", []byte(body))
}

// cspReport is what browsers send, in both of their shapes.
type cspReport struct {
	Report struct {
		Document  string `json:"document-uri"`
		Directive string `json:"effective-directive"`
		Violated  string `json:"violated-directive"`
	} `json:"csp-report"`
	Body struct {
		Document  string `json:"documentURL"`
		Directive string `json:"effectiveDirective"`
	} `json:"body"`
}

// maxReports is how many reports of one request are counted.
const maxReports = 20

// policyReport counts blocked resources by the pattern of the page they were on. Nothing else of a report is kept:
// it names addresses with tokens in them.
func (h *handlers) policyReport(c echo.Context) error {
	body, err := readAll(c.Request())
	if err != nil {
		return err
	}
	var reports []cspReport
	if json.Unmarshal(body, &reports) != nil {
		var one cspReport
		if json.Unmarshal(body, &one) != nil {
			return c.NoContent(http.StatusNoContent)
		}
		reports = []cspReport{one}
	}
	for _, r := range reports[:min(len(reports), maxReports)] {
		page, directive := r.Report.Document+r.Body.Document, r.Report.Directive+r.Body.Directive
		if directive == "" {
			directive, _, _ = strings.Cut(r.Report.Violated, " ")
		}
		h.CountReport(page, directive)
	}
	return c.NoContent(http.StatusNoContent)
}
