package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set when a release is built: go build -ldflags "-X main.release=1.2.3".
var release string

// version prints the release, the commit and what it was built with.
func version(_ context.Context, c *call) error {
	if err := c.parse(0, 0); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "onderweg %s (%s, %s/%s)\n", buildName(), runtime.Version(), runtime.GOOS, runtime.GOARCH)

	return nil
}

// buildName is the release, or the commit, or "dev".
func buildName() string {
	if release != "" {
		return release
	}

	name := "dev"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return name
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			name = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			name += "+changes"
		}
	}

	return name
}
