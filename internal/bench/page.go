package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"onderweg/web"
)

// Names of the rungs of a page.
const (
	r1, r2, r3       = "R1 constant", "R2 templ", "R3 templ + query"
	livePage         = "live page"
	livePacked       = "live page, br"
	notModified      = "/now, 304"
	hotPage          = "hot page"
	hotPacked        = "hot page, br"
	hotOrders        = 64 // of which the cached page is asked for
	setTokens        = "tokens"
	setNumbers       = "numbers"
	encodingAccepted = "Accept-Encoding: gzip, deflate, br\r\n"
)

// Page measures a tracking page against plainer pages.
func Page(ctx context.Context, o Options) (report Report, err error) {
	s, err := raise(ctx, o)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	clock := &clock{}
	s.now = clock.now
	if err := s.seed(ctx, journey()); err != nil {
		return Report{}, err
	}
	p, err := s.newPages(ctx)
	if err != nil {
		return Report{}, err
	}
	clock.clear(o.round())
	jobs, err := p.jobs(ctx)
	if err != nil {
		return Report{}, err
	}
	for _, j := range jobs { // everyone warm
		j.job.Span = o.Span / 4
		if _, err := s.loader.do(j.job); err != nil {
			return Report{}, fmt.Errorf("%s: %w", j.name, err)
		}
	}

	results := newResults(r3)
	for range o.Rounds {
		clock.clear(o.round())
		if jobs, err = p.jobs(ctx); err != nil {
			return Report{}, err
		}
		for _, j := range jobs {
			got, err := s.requests(j.job)
			if err != nil {
				return Report{}, fmt.Errorf("%s: %w", j.name, err)
			}
			results.add(j.name, got)
		}
	}

	return s.report("page", results, []Goal{
		atLeast("P1", "full tracking page, live data, req/s of R3", results.ratio(livePage, r3, rateOf), 0.50, 0.70),
		atMost("P2", "its CPU, server and database, of R3", results.ratio(livePage, r3, cpuOf), 2.0, 1.45),
		atMost("P3", "allocations per live page", results.median(livePage, allocsOf), 400, 300),
		atLeast("P6", "304 by version probe, req/s of R3", results.ratio(notModified, r3, rateOf), 1.4, 1.7),
		atLeast("P7", "hot page from the cache as browsers ask for it, req/s of R3", results.ratio(hotPacked, r3, rateOf), 3.0, 5.0),
		atMost("P8", "compressed live page of the plain one, CPU", results.ratio(livePacked, livePage, cpuOf), 1.35, 1.25),
	}), nil
}

// round is how long a round of pages takes at most, when nothing is wrong.
func (o Options) round() time.Duration { return time.Minute + 10*o.Span }

// clock runs as the real one does, except that it skips the end of a quarter of an hour when a round would run into it:
// there every tag changes.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) clear(room time.Duration) {
	now := c.now()
	if web.Slot(now) == web.Slot(now.Add(room)) {
		return
	}
	next := time.Unix((web.Slot(now)+1)*15*60, 0)
	c.ahead.Add(int64(next.Sub(now)))
}

// pages are the three servers: the plain one, the program without and with its cache of pages.
type pages struct {
	*stage
	plain, live, hot string // addresses
	token            string // of one order
	client           *http.Client
}

func (s *stage) newPages(ctx context.Context) (*pages, error) {
	p := &pages{stage: s, client: &http.Client{Timeout: 10 * time.Second}}
	h, err := s.newRungs(ctx)
	if err != nil {
		return nil, err
	}
	if p.plain, err = s.servePlain(h); err != nil {
		return nil, err
	}
	if p.live, err = s.serve(-1); err != nil {
		return nil, err
	}
	if p.hot, err = s.serve(0); err != nil {
		return nil, err
	}
	s.run(s.live.Run)
	err = until(ctx, "the listener", func() (bool, error) { return s.live.Connected(), s.ctx.Err() })
	if err != nil {
		return nil, err
	}

	tokens, err := s.tokens(ctx)
	if err != nil {
		return nil, err
	}
	numbers := make([]string, s.options.Orders)
	for i := range numbers {
		numbers[i] = orderNumber(i)
	}
	p.token = tokens[0]

	return p, errors.Join(s.loader.give(setTokens, tokens), s.loader.give(setNumbers, numbers))
}

// rung is a job with its name.
type rung struct {
	name string
	job  job
}

// jobs are the rungs of one round. The tag of "nothing new" is asked for anew: it changes with the time of day. Every order
// has the same history, so one tag fits all; if it did not, an answer would not be 304, which fails the run.
func (p *pages) jobs(ctx context.Context) ([]rung, error) {
	tag, err := p.tag(ctx)
	if err != nil {
		return nil, err
	}
	path := "/" + slug + "/t/"
	hot := p.ask(p.hot, setTokens, path, "", "")
	hot.First = hotOrders
	packed := p.ask(p.hot, setTokens, path, "", encodingAccepted)
	packed.First = hotOrders
	same := p.ask(p.live, setTokens, path, "/now", "If-None-Match: "+tag+"\r\n")
	same.Want = http.StatusNotModified

	return []rung{
		{r1, p.ask(p.plain, setNumbers, "/r1/", "", "")},
		{r2, p.ask(p.plain, setNumbers, "/r2/", "", "")},
		{livePage, p.ask(p.live, setTokens, path, "", "")},
		{r3, p.ask(p.plain, setNumbers, "/r3/", "", "")},
		{livePacked, p.ask(p.live, setTokens, path, "", encodingAccepted)},
		{notModified, same},
		{hotPage, hot},
		{hotPacked, packed},
	}, nil
}

func (p *pages) ask(address, set, before, after, headers string) job {
	return job{
		Address: address, Clients: clients, Set: set, Span: p.options.Span, Want: http.StatusOK,
		Before: "GET " + before, After: after + " HTTP/1.1\r\nHost: " + address + "\r\nAccept-Language: nl,en;q=0.8\r\n" + headers + "\r\n",
	}
}

func (p *pages) tag(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.live+"/"+slug+"/t/"+p.token+"/now", http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept-Language", "nl,en;q=0.8")
	answer, err := p.client.Do(req)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("ETag") == "" {
		return "", fmt.Errorf("the page answered %s, tag %q", answer.Status, answer.Header.Get("ETag"))
	}

	return answer.Header.Get("ETag"), nil
}
