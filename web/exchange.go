package web

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/labstack/echo/v4"

	"onderweg/store"
)

// exchange is one request and its answer: the writer every handler writes to, with what the layers around it must know.
type exchange struct {
	http.ResponseWriter
	id       string // request id
	class    class
	scope    Scope
	route    string // pattern of the route, "" when there is none
	merchant store.Merchant
	client   netip.Addr // zero when unknown
	member   Member     // who is signed in, on staff routes
	key      store.APIKey
	status   int
	bytes    int64
	hijacked bool
}

func exchangeOf(c echo.Context) *exchange { return c.Response().Writer.(*exchange) }

func (x *exchange) WriteHeader(status int) {
	if x.status != 0 {
		return
	}
	x.status = status
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	n, err := x.ResponseWriter.Write(b)
	x.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// newRequestID gives 16 hex digits: unique enough to find a line in a log, and no secret.
func newRequestID() string {
	var b [16]byte
	return string(strconv.AppendUint(b[:0], rand.Uint64()|1<<63, 16))
}

// Merchant is the shop the request is for, on Shop routes and on staff routes of one shop.
func Merchant(c echo.Context) store.Merchant { return exchangeOf(c).merchant }

// Who is the signed-in person, on routes that need a role.
func Who(c echo.Context) Member { return exchangeOf(c).member }

// APIKey is the key the request came with, on routes that need one.
func APIKey(c echo.Context) store.APIKey { return exchangeOf(c).key }

// Client is the address of the browser or program, as far as it can be known; for limits, never for logs.
func Client(c echo.Context) netip.Addr { return exchangeOf(c).client }
