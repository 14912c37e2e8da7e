# Needs Go. `make demo` and `make test` install what else is missing, as root; otherwise they name the command to run.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export PORT ?= 8080
export SPEED ?= 1

GOBIN := $(shell go env GOPATH)/bin
LINT_VERSION := v2.15.0
GOFUMPT_VERSION := v0.12.0

.PHONY: help demo test test-go test-browser watch lint fmt generate bench build screenshots tools

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: ## three shops with parcels that move, on PORT, at SPEED
	@.ci/needs postgresql
	@go build -o bin/onderweg ./cmd/onderweg && exec bin/onderweg demo

test: test-go test-browser ## everything: Go with the race detector on a real PostgreSQL, then Chromium

test-go:
	@.ci/needs postgresql pgbouncer
	CI=true go test -race -shuffle=on ./...

test-browser:
	@if [ -f e2e/package.json ]; then \
		.ci/needs postgresql chromium node; \
		[ e2e/node_modules/.package-lock.json -nt e2e/package-lock.json ] || npm ci --prefix e2e --no-audit --no-fund; \
		CI=true npm test --prefix e2e; \
	fi

watch: ## the demo, built anew whenever a file changes
	@.ci/needs postgresql
	go tool templ generate --watch --cmd "go run ./cmd/onderweg demo"

lint: tools ## gofumpt, go vet, golangci-lint, tidy modules
	@test -z "$$($(GOBIN)/gofumpt -l $$(git ls-files '*.go' | grep -v _templ.go))" || { $(GOBIN)/gofumpt -l $$(git ls-files '*.go' | grep -v _templ.go); echo "run: make fmt"; exit 1; }
	go vet ./...
	$(GOBIN)/golangci-lint run
	go mod tidy -diff

fmt: tools ## format everything
	$(GOBIN)/gofumpt -w $$(git ls-files '*.go' | grep -v _templ.go)
	go tool templ fmt .

generate: ## templates to Go
	go tool templ generate

bench: build ## speed against the baselines of docs/performance.md
	bin/onderweg bench page
	bin/onderweg bench ingest
	bin/onderweg bench outbox

build: ## bin/onderweg, one static file
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/onderweg ./cmd/onderweg

screenshots: ## docs/screenshots, from the running program
	@.ci/needs postgresql chromium node
	@[ e2e/node_modules/.package-lock.json -nt e2e/package-lock.json ] || npm ci --prefix e2e --no-audit --no-fund
	node e2e/screenshots.js

tools:
	@[ -x $(GOBIN)/gofumpt ] || go install mvdan.cc/gofumpt@$(GOFUMPT_VERSION)
	@$(GOBIN)/golangci-lint version 2>/dev/null | grep -q ' $(LINT_VERSION:v%=%) ' || go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
