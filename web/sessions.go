package web

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"onderweg/internal/parcel"
	"onderweg/store"
)

// Names and lives of sessions. Source: security reference, sections 3.3 and 4.3.
const (
	StaffCookie   = "__Host-adm"
	ShopperCookie = "__Host-ts"
	idleLife      = 30 * time.Minute
	absoluteLife  = 12 * time.Hour
	seenEvery     = time.Minute // how often "last seen" is written
)

// Sessions keeps sessions in PostgreSQL for gorilla/sessions. The cookie holds a random id, signed so that invented
// ones are refused without a query; the database holds only the id's hash.
type Sessions struct {
	store  *store.Store
	codecs []securecookie.Codec // the first signs, all verify: keys can rotate
	now    func() time.Time
}

var _ sessions.Store = (*Sessions)(nil)

func newSessions(cfg Config) *Sessions {
	s := &Sessions{store: cfg.Store, now: cfg.Now}
	for _, key := range append([][]byte{cfg.Keys.Current}, cfg.Keys.Previous...) {
		if len(key) == 0 {
			continue
		}
		codec := securecookie.New(derive(key, "session cookie"), nil)
		codec.MaxAge(int(absoluteLife.Seconds()))
		codec.SetSerializer(securecookie.NopEncoder{})
		s.codecs = append(s.codecs, codec)
	}
	if len(s.codecs) == 0 {
		s.codecs = []securecookie.Codec{securecookie.New(securecookie.GenerateRandomKey(32), nil).SetSerializer(securecookie.NopEncoder{})}
	}
	return s
}

// derive makes a key for one use from the program's secret.
func derive(secret []byte, use string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "onderweg "+use, 32)
	if err != nil {
		panic(err) // only for lengths no hash can give
	}
	return key
}

// Get gives the request's session of that name, the same one each time.
func (s *Sessions) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session the cookie names, or gives an empty one when there is none that lives.
func (s *Sessions) New(r *http.Request, name string) (*sessions.Session, error) {
	sess := sessions.NewSession(s, name)
	sess.IsNew = true
	sess.Options = &sessions.Options{
		Path: "/", MaxAge: int(absoluteLife.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	id, ok := s.idOf(r, name)
	if !ok {
		return sess, nil
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), readBudget)
	defer cancel()
	now := s.now()
	row, err := s.store.LoadSession(ctx, id, idleLife, now)
	if errors.Is(err, parcel.ErrNotFound) || errors.Is(err, parcel.ErrExpired) {
		return sess, nil
	}
	if err != nil {
		return sess, err
	}
	if row.Kind != kindOf(name) {
		return sess, nil
	}
	if err := (securecookie.GobEncoder{}).Deserialize(row.Data, &sess.Values); err != nil {
		return sess, err
	}
	sess.ID, sess.IsNew = id, false
	sess.Values[staffValue] = row.StaffID
	return sess, s.touch(ctx, id, row, now)
}

// touch writes "last seen" now and then, by the writing connection.
func (s *Sessions) touch(ctx context.Context, id string, row store.SessionRow, now time.Time) error {
	if now.Sub(row.Seen) < seenEvery {
		return nil
	}
	row.Seen = now
	return s.store.SaveSession(ctx, id, row)
}

// Save writes the session and its cookie. One without an id gets a new one; a MaxAge below 0 ends it everywhere.
func (s *Sessions) Save(r *http.Request, w http.ResponseWriter, sess *sessions.Session) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), readBudget)
	defer cancel()
	if sess.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(sess.Name(), "", sess.Options))
		if sess.ID == "" {
			return nil
		}
		return s.store.RevokeSession(ctx, sess.ID)
	}

	if sess.ID == "" {
		sess.ID = rand.Text()
	}
	now := s.now()
	person, _ := sess.Values[staffValue].(string)
	data, err := (securecookie.GobEncoder{}).Serialize(sess.Values)
	if err != nil {
		return err
	}
	row := store.SessionRow{Kind: kindOf(sess.Name()), StaffID: person, Data: data, Created: now, Seen: now, Expires: now.Add(absoluteLife)}
	if err := s.store.SaveSession(ctx, sess.ID, row); err != nil {
		return err
	}
	cookie, err := securecookie.EncodeMulti(sess.Name(), []byte(sess.ID), s.codecs...)
	if err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(sess.Name(), cookie, sess.Options))
	return nil
}

func (s *Sessions) idOf(r *http.Request, name string) (string, bool) {
	c, err := r.Cookie(name)
	if err != nil {
		return "", false
	}
	var id []byte
	if err := securecookie.DecodeMulti(name, c.Value, &id, s.codecs...); err != nil {
		return "", false
	}
	return string(id), true
}

const staffValue = "staff"

func kindOf(name string) string {
	if name == StaffCookie {
		return "staff"
	}
	return "shopper"
}

// SignIn starts a staff session under a new id; an earlier session of the same browser ends.
func (s *Sessions) SignIn(w http.ResponseWriter, r *http.Request, staffID string) error {
	sess, err := s.Get(r, StaffCookie)
	if err != nil {
		return err
	}
	if sess.ID != "" {
		if err := s.store.RevokeSession(r.Context(), sess.ID); err != nil {
			return err
		}
	}
	sess.ID = ""
	sess.Values = map[any]any{staffValue: staffID}
	return sess.Save(r, w)
}

// SignOut ends the staff session, on all replicas.
func (s *Sessions) SignOut(w http.ResponseWriter, r *http.Request) error {
	sess, err := s.Get(r, StaffCookie)
	if err != nil {
		return err
	}
	sess.Options.MaxAge = -1
	return sess.Save(r, w)
}

// staffID is who is signed in, "" for nobody.
func (s *Sessions) staffID(r *http.Request) (string, error) {
	sess, err := s.Get(r, StaffCookie)
	if err != nil || sess.IsNew {
		return "", err
	}
	id, _ := sess.Values[staffValue].(string)
	return id, nil
}
