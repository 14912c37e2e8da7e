package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/labstack/echo/v4"

	"onderweg/internal/parcel"
)

// sheet is what the plain page shows.
type sheet struct {
	Title, Number, Placed, Total, Say, When string
	Milestones                              []sheetStep
	Scans                                   []sheetScan
	Lines                                   []sheetLine
	Forms                                   []sheetForm
}

type sheetStep struct {
	ID, Name, Stamp, When string
	Done, Now             bool
}

type sheetScan struct {
	ID, Stamp, When, Name, Text, City, Country, Carrier, Code string
	New                                                       bool
}

type sheetLine struct{ Href, Name, Detail, SKU, Quantity, Price string }

type sheetForm struct{ Kind, Action, Title, Text, ID, Label, Name, Button string }

// newSheet fills the plain page.
func newSheet(now time.Time) sheet {
	s := sheet{
		Title: "Bench", Number: orderNumber(1), Placed: now.Format("2 January"), Total: "€ 253.90",
		Say: "Your parcel comes today", When: "between 13:00 and 15:00",
	}
	for i, m := range parcel.Milestones[:10] {
		at := now.Add(-time.Duration(60-6*i) * time.Hour)
		s.Milestones = append(s.Milestones, sheetStep{
			ID: fmt.Sprintf("step-%d", i), Name: string(m), Stamp: at.Format(time.RFC3339), When: at.Format("2 January 15:04"),
			Done: i < 8, Now: i == 8,
		})
	}
	for i, b := range journey() {
		at := now.Add(-b.ago)
		s.Scans = append(s.Scans, sheetScan{
			ID: fmt.Sprintf("scan-%d", i), Stamp: at.Format(time.RFC3339), When: at.Format("2 January 15:04"), Name: string(b.milestone),
			Text: b.text, City: b.city, Country: "NL", Carrier: "PostNL", Code: string(b.milestone), New: i == 7,
		})
	}
	for _, l := range anOrder("", 1, now).Order.Lines {
		s.Lines = append(s.Lines, sheetLine{
			Href: "/a/" + l.SKU, Name: l.Name, Detail: l.Detail, SKU: l.SKU, Quantity: strconv.Itoa(l.Quantity), Price: strconv.FormatInt(l.Price, 10),
		})
	}
	for _, kind := range []string{"postcode", "question", "problem", "messages"} {
		s.Forms = append(s.Forms, sheetForm{
			Kind: kind, Action: "/ask/" + kind, Title: "About the " + kind, Text: "We answer on working days, mostly within a few hours.",
			ID: "ask-" + kind, Label: "Your " + kind, Name: kind, Button: "Send",
		})
	}

	return s
}

// found is the row R3 asks for.
type found struct {
	Number   string    `db:"number"`
	PlacedAt time.Time `db:"placed_at"`
	Language string    `db:"language"`
	Country  string    `db:"country"`
	Currency string    `db:"currency"`
	Total    int64     `db:"total"`
	Version  int64     `db:"version"`
}

// rungs is the server to compare with. Each of its pages does a little more than the one before:
//
//	R1  echo, 12 kB that never change
//	R2  a page of that size made by templ, from memory
//	R3  the same with one prepared query by a unique key, through sqlx and lib/pq
type rungs struct {
	shop     parcel.MerchantID
	constant []byte
	sheet    sheet
	query    *sqlx.Stmt
}

func (s *stage) newRungs(ctx context.Context) (http.Handler, error) {
	r := &rungs{shop: s.shop.ID, sheet: newSheet(s.now()), constant: []byte(strings.Repeat("<p>onderweg</p>\n", 12*1024/16))}
	var err error
	r.query, err = s.db.PreparexContext(ctx, `
		select number, placed_at, language, country, currency, total, version
		from orders
		where merchant_id = $1 and number = $2`)
	if err != nil {
		return nil, err
	}

	e := echo.New()
	e.GET("/r1/:number", r.first)
	e.GET("/r2/:number", r.second)
	e.GET("/r3/:number", r.third)

	return e, nil
}

func (r *rungs) first(c echo.Context) error { return sendHTML(c, r.constant) }

func (r *rungs) second(c echo.Context) error {
	page := r.sheet

	return r.show(c, &page)
}

func (r *rungs) third(c echo.Context) error {
	var row found
	if err := r.query.GetContext(c.Request().Context(), &row, r.shop, c.Param("number")); err != nil {
		return err
	}
	page := r.sheet
	page.Number, page.Placed = row.Number, row.PlacedAt.Format("2 January")

	return r.show(c, &page)
}

func (r *rungs) show(c echo.Context, page *sheet) error {
	b := bytes.NewBuffer(make([]byte, 0, 16<<10))
	if err := Sheet(*page).Render(c.Request().Context(), b); err != nil {
		return err
	}

	return sendHTML(c, b.Bytes())
}

func sendHTML(c echo.Context, body []byte) error {
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(body)))

	return c.Blob(http.StatusOK, echo.MIMETextHTMLCharsetUTF8, body)
}

// servePlain starts a server for a rung and gives its address.
func (s *stage) servePlain(h http.Handler) (address string, err error) {
	ln, err := s.listen()
	if err != nil {
		return "", err
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	s.run(func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { srv.Close() })()
		_ = srv.Serve(ln) // it ends when it is closed

		return nil
	})

	return ln.Addr().String(), nil
}
