package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"onderweg/store"
)

// meters counts by route pattern, never by path. They live in a registry of their own.
type meters struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	reports  *prometheus.CounterVec
	forged   prometheus.Counter
}

func newMeters(s *Server) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onderweg_http_requests_total", Help: "Requests by route pattern, method and status.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onderweg_http_request_seconds", Help: "Time to answer, by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
		reports: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onderweg_csp_reports_total", Help: "Reports of a blocked resource, by route pattern of the page and directive.",
		}, []string{"route", "directive"}),
		forged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "onderweg_feed_forged_total", Help: "Feed requests whose signature was wrong or missing.",
		}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.reports, m.forged,
		gauge("onderweg_live_pages", "Live pages open in this process.", func() float64 { return float64(s.hub.Count()) }),
		gauge("onderweg_page_cache_bytes", "Bytes of rendered pages kept.", func() float64 { return float64(s.pages.Size()) }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	if s.cfg.Store != nil {
		m.registry.MustRegister(newStoreCollector(s.cfg.Store), liveGauge(s))
		for name, db := range s.cfg.Store.Pools() {
			m.registry.MustRegister(collectors.NewDBStatsCollector(db, name))
		}
	}
	return m
}

func gauge(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

func liveGauge(s *Server) prometheus.Collector {
	return gauge("onderweg_listener_connected", "1 while notifications of the database flow.", func() float64 {
		if s.cfg.Live != nil && s.cfg.Live.Connected() {
			return 1
		}
		return 0
	})
}

func (m *meters) request(x *exchange, method string, took time.Duration) {
	route := routeName(x)
	m.requests.WithLabelValues(route, knownMethod(method), strconv.Itoa(x.status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// Metrics gives the page Prometheus reads. It belongs on a listener of its own, out of the public's reach.
func (s *Server) Metrics() http.Handler {
	return promhttp.HandlerFor(s.meters.registry, promhttp.HandlerOpts{Timeout: 5 * time.Second})
}

// storeCollector reads the depths of the queues when Prometheus asks.
type storeCollector struct {
	from       *store.Store
	depth, age *prometheus.Desc
}

func newStoreCollector(from *store.Store) storeCollector {
	return storeCollector{
		from:  from,
		depth: prometheus.NewDesc("onderweg_queue_rows", "Rows that wait, by queue and state.", []string{"queue", "state"}, nil),
		age:   prometheus.NewDesc("onderweg_queue_age_seconds", "Age of the oldest row that could be worked on.", []string{"queue"}, nil),
	}
}

func (c storeCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.depth; ch <- c.age }

func (c storeCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	q, err := c.from.QueueDepths(ctx)
	if err != nil {
		return
	}
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	send(c.depth, float64(q.InboxPending), "inbox", "pending")
	send(c.depth, float64(q.InboxWaiting), "inbox", "waiting")
	send(c.depth, float64(q.Quarantined), "inbox", "quarantined")
	send(c.depth, float64(q.OutboxQueued), "outbox", "queued")
	send(c.age, q.InboxAge.Seconds(), "inbox")
	send(c.age, q.OutboxAge.Seconds(), "outbox")
}
