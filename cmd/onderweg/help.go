package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printHelp prints the table of commands.
func printHelp(w io.Writer, table []command) {
	fmt.Fprint(w, "onderweg: the parcel portal of a webshop, self-hosted\n\nusage: onderweg COMMAND [flags]\n\n")

	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range table {
		fmt.Fprintf(tw, "  %s\t%s\n", strings.TrimSpace(c.name+" "+subNames(c)), c.line)
	}
	fmt.Fprint(tw, "  help\tprint this, or `onderweg help COMMAND`\n")
	tw.Flush()

	fmt.Fprint(w, "\nSettings come from flags, the environment or files (NAME_FILE); `onderweg config` shows them.\n")
}

func subNames(c command) string {
	var names []string
	for _, sub := range c.subs {
		names = append(names, sub.name)
	}

	return strings.Join(names, "|")
}

// groupHelp prints the commands below one that only groups them.
func groupHelp(path string, table []command) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range table {
		fmt.Fprintf(w, "  %s %s %s\t%s\n", path, c.name, c.args, c.line)
	}
	w.Flush()

	return b.String()
}

// nearest gives the one name that is at most two typing errors away (one for short names), "" for none.
func nearest(word string, names []string) string {
	best, bestAt := "", 3

	for _, name := range names {
		d := distance(word, name)
		if d < bestAt && (d < 2 || len(name) > 5) {
			best, bestAt = name, d
		}
	}

	return best
}

// distance counts the insertions, deletions and replacements between two words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}

	for i := 1; i <= len(a); i++ {
		before := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := before
			if a[i-1] != b[j-1] {
				cost = min(before, row[j], row[j-1]) + 1
			}
			before, row[j] = row[j], cost
		}
	}

	return row[len(b)]
}
