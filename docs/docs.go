// Package docs embeds the documents the program serves itself.
package docs

import _ "embed"

// OpenAPI describes the API, in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
