package views

import (
	"onderweg/internal/parcel"
)

// together is the hero of an order in several parcels: how many, and what the groups of them do.
func (v viewer) together(looks []look) Hero {
	h := Hero{State: "two", When: v.w.text("line.several"), News: v.latest()}
	count := v.parcels(len(looks))
	if same, ok := oneDay(looks); ok {
		h.Say = sentences(v.w.T("several.same", "count", count, "day", v.soonSpan(same)))
		return h
	}
	if a, b, ok := v.twoDays(looks); ok {
		h.Say = sentences(v.w.T("several.days", "count", count, "a", a, "b", b))
		return h
	}
	groups := v.groups(looks)
	switch len(groups) {
	case 1:
		h.Say = sentences(v.w.T("several.all", "count", count, "a", groups[0]))
	case 2:
		h.Say = sentences(v.w.T("several.two", "count", count, "a", groups[0], "b", groups[1]))
	case 3:
		h.Say = sentences(v.w.T("several.three", "count", count, "a", groups[0], "b", groups[1], "c", groups[2]))
	default:
		h.Say = sentences(v.w.T("several.many", "count", count))
	}
	return h
}

// parcels is "Twee pakketten", in words up to six.
func (v viewer) parcels(n int) string { return Capital(v.w.N("parcels", n, "count", v.number(n))) }

func (v viewer) number(n int) string {
	if n <= 6 {
		return v.w.text("number." + itoa(n))
	}
	return itoa(n)
}

// oneDay says whether all parcels are still expected, on the same day.
func oneDay(looks []look) (win parcel.Window, ok bool) {
	win = looks[0].win
	for _, l := range looks {
		if l.win.IsZero() || l.win.From != win.From || l.win.To != win.To || !(l.state.moving() || l.state == late) {
			return win, false
		}
	}
	win.FromMinute, win.ToMinute = 0, 0
	return win, true
}

// twoDays says whether these are two parcels on their way for two different days.
func (v viewer) twoDays(looks []look) (a, b string, ok bool) {
	if len(looks) != 2 {
		return "", "", false
	}
	for _, l := range looks {
		if groupKey(l) != "group.day" || !l.win.OneDay() || l.state == failed {
			return "", "", false
		}
	}
	first, second := looks[0].win.To, looks[1].win.To
	if second.Before(first) {
		first, second = second, first
	}
	return v.w.Soon(first, v.today), v.w.Soon(second, v.today), true
}

// groups puts parcels that do the same into one phrase: "één komt donderdag", "twee zijn bezorgd"; the most urgent
// first, the order of the parcels otherwise.
func (v viewer) groups(looks []look) []string {
	type group struct {
		key, day string
		n        int
		urgency  int
	}
	var list []group
	for _, l := range looks {
		g := group{key: groupKey(l), n: 1, urgency: l.state.urgency()}
		if g.key == "group.day" {
			g.day = v.soonSpan(l.win)
		}
		found := false
		for i := range list {
			if list[i].key == g.key && list[i].day == g.day {
				list[i].n++
				found = true
			}
		}
		if found {
			continue
		}
		at := len(list)
		for at > 0 && list[at-1].urgency < g.urgency {
			at--
		}
		list = append(list, group{})
		copy(list[at+1:], list[at:])
		list[at] = g
	}
	out := make([]string, len(list))
	for i, g := range list {
		out[i] = v.w.N(g.key, g.n, "count", v.number(g.n), "day", g.day)
	}
	return out
}

func groupKey(l look) string {
	switch {
	case l.state == pickup:
		return "group.pickup"
	case l.state == delivered:
		return "group.delivered"
	case l.state == returning, l.state == returned:
		return "group.back"
	case l.state == cancelled:
		return "group.cancelled"
	case !l.win.IsZero():
		return "group.day"
	case l.state == ordered, l.state == ready, l.state == label:
		return "group.packing"
	case l.state.moving():
		return "group.way"
	}
	return "group.attention"
}

// latest is the newest news of all parcels.
func (v viewer) latest() string {
	var last *parcel.Scan
	for i := range v.t.Parcels {
		scans := v.t.Parcels[i].Scans
		if n := len(scans); n > 0 && (last == nil || scans[n-1].When.UTC.After(last.When.UTC)) {
			last = &scans[n-1]
		}
	}
	if last == nil {
		return v.w.T("news.ordered", "when", v.w.Near(parcel.DateOf(v.t.PlacedAt.In(v.zone)), v.today))
	}
	return v.w.T("news.latest", "when", v.w.Moment(last.When, v.today))
}
