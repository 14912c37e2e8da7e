package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"onderweg/docs"
	"onderweg/web"
)

// spec is the description of the API, as written and as JSON.
type spec struct{ yaml, json []byte }

func readSpec() (spec, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(docs.OpenAPI, &tree); err != nil {
		return spec{}, fmt.Errorf("openapi.yaml: %w", err)
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return spec{}, fmt.Errorf("openapi.yaml: %w", err)
	}
	return spec{docs.OpenAPI, asJSON}, nil
}

func (h *handlers) openapiYAML(c echo.Context) error {
	return sendSpec(c, "application/yaml", h.spec.yaml)
}

func (h *handlers) openapiJSON(c echo.Context) error {
	return sendSpec(c, "application/json", h.spec.json)
}

func sendSpec(c echo.Context, kind string, body []byte) error {
	return web.SendPacked(c, http.StatusOK, kind, body, web.PackFor(c, "br", body), web.PackFor(c, "gzip", body))
}
