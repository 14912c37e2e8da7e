# syntax=docker/dockerfile:1.7

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG RELEASE=
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=${RELEASE}" -o /out/onderweg ./cmd/onderweg

# Nothing but the program and the certificates it trusts. Time zones, assets and migrations are inside the program.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/onderweg /onderweg
USER 65532:65532
ENV LISTEN_ADDR=:8080 METRICS_ADDR=:9464
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 CMD ["/onderweg", "healthcheck"]
ENTRYPOINT ["/onderweg"]
CMD ["serve"]
