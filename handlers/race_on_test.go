//go:build race

package handlers

// raceEnabled says that the race detector slows everything down.
const raceEnabled = true
