package views

// help is what people ask in a state, with plain advice: three to five questions, folded.
func (v viewer) help(s state) []Topic {
	keys := helpKeys[s]
	topics := make([]Topic, len(keys))
	for i, k := range keys {
		topics[i] = Topic{Title: v.w.text(k), Text: v.w.T(k+".answer", "shop", v.b.Name)}
	}
	return topics
}

var helpKeys = map[state][]string{
	ordered:   {"help.address", "help.cancel", "help.when"},
	ready:     {"help.address", "help.cancel", "help.when"},
	label:     {"help.label", "help.address", "help.cancel"},
	way:       {"help.away", "help.address", "help.still"},
	hub:       {"help.hub", "help.away", "help.address"},
	local:     {"help.local", "help.away", "help.address"},
	customs:   {"help.customs", "help.costs", "help.fake"},
	out:       {"help.passed", "help.out", "help.bell"},
	late:      {"help.sooner", "help.trace", "help.cancel"},
	stalled:   {"help.trace", "help.sooner", "help.refund"},
	failed:    {"help.washome", "help.next", "help.nocard"},
	pickup:    {"help.cannot", "help.someone", "help.notfound"},
	delivered: {"help.nothere", "help.missing", "help.broken"},
	returning: {"help.why", "help.again", "help.refund"},
	returned:  {"help.why", "help.again", "help.refund"},
	lost:      {"help.refund", "help.trace", "help.appears"},
	cancelled: {"help.paid", "help.notme", "help.again"},
	expired:   {"help.nothere", "help.trace", "help.refund"},
	held:      {"help.held", "help.costs", "help.fake"},
	trouble:   {"help.whatnow", "help.trace", "help.refund"},
}
