package store

import (
	"context"

	"onderweg/internal/parcel"
)

// Live wakes whoever waits for an order, a brand or new work. One LISTEN connection a process; after a reconnect everyone is woken.
type Live struct{}

// NewLive makes one for the process; Run must run for it to wake anyone.
func (s *Store) NewLive() *Live { return &Live{} }

// Run listens until ctx ends.
func (l *Live) Run(ctx context.Context) error { return errUnwritten }

// Connected says whether notifications are flowing; caches must probe when they are not.
func (l *Live) Connected() bool { return false }

// Watch gives a one-slot channel that gets a value after any change of the order, and a func that ends the watch.
func (l *Live) Watch(o parcel.OrderID) (<-chan struct{}, func()) { return nil, func() {} }

// OnOrder calls f for each changed order (and with "" after a reconnect: all may have changed).
func (l *Live) OnOrder(f func(parcel.OrderID)) {}

// Inbox and Outbox give a value when there is new work.
func (l *Live) Inbox() <-chan struct{}  { return nil }
func (l *Live) Outbox() <-chan struct{} { return nil }
