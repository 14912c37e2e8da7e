package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const testKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// enough is an environment the server could start with.
func enough(more map[string]string) map[string]string {
	env := map[string]string{
		"DATABASE_URL": "postgres://shop:s3cr3t@db.example:5432/onderweg",
		"SECRET_KEY":   testKey,
		"BASE_URL":     "https://track.example",
	}
	for name, text := range more {
		env[name] = text
	}

	return env
}

func TestAFlagGoesBeforeTheEnvironmentBeforeAFileBeforeTheDefault(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "level")
	if err := os.WriteFile(file, []byte("error\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		env, flags   map[string]string
		text, origin string
	}{
		"nothing is set":        {nil, nil, "info", "default"},
		"a file":                {map[string]string{"LOG_LEVEL_FILE": file}, nil, "error", "file " + file},
		"the environment":       {map[string]string{"LOG_LEVEL": "warn"}, nil, "warn", "environment"},
		"a flag and everything": {map[string]string{"LOG_LEVEL": "warn"}, map[string]string{"LOG_LEVEL": "debug"}, "debug", "flag"},
		"a flag beside a file":  {map[string]string{"LOG_LEVEL_FILE": file}, map[string]string{"LOG_LEVEL": "debug"}, "debug", "flag"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, values, err := loadConfig(enough(tt.env), tt.flags, needDatabase, needSecret, needWeb)
			if got := values["LOG_LEVEL"]; err != nil || got != (value{tt.text, tt.origin}) {
				t.Errorf("got %v, %v, want %q from %q", got, err, tt.text, tt.origin)
			}
		})
	}
}

func TestEverySecretMayComeFromAFile(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"BASE_URL": "https://track.example", "SMTP_HOST": "mail.example", "SMTP_USER": "shop", "MAIL_FROM": "a@shop.example", "DKIM_DOMAIN": "shop.example", "DKIM_SELECTOR": "s1"}
	texts := map[string]string{
		"DATABASE_URL":        "postgres://shop:pw@db.example/onderweg",
		"DIRECT_DATABASE_URL": "postgres://shop:pw@direct.example/onderweg",
		"SECRET_KEY":          testKey,
		"SECRET_KEY_PREVIOUS": strings.Repeat("ab", 32) + "," + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"SMTP_PASSWORD":       "letmein",
		"DKIM_KEY":            string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}
	for name, text := range texts {
		env[name+"_FILE"] = filepath.Join(dir, name)
		if err := os.WriteFile(env[name+"_FILE"], []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	cfg, _, err := loadConfig(env, nil, needDatabase, needSecret, needWeb)
	if err != nil {
		t.Fatal(err)
	}
	if string(cfg.DatabaseURL) != texts["DATABASE_URL"] || string(cfg.DirectDatabaseURL) != texts["DIRECT_DATABASE_URL"] {
		t.Errorf("databases: %q, %q", cfg.DatabaseURL, cfg.DirectDatabaseURL)
	}
	if len(cfg.SecretKey) != 32 || cfg.SecretKey[1] != 1 || len(cfg.SecretKeyPrevious) != 2 {
		t.Errorf("keys: %x, %x", cfg.SecretKey, cfg.SecretKeyPrevious)
	}
	if cfg.SMTPPassword != "letmein" || !strings.Contains(string(cfg.DKIMKey), "PRIVATE KEY") {
		t.Error("the mail server's password or the DKIM key was not read")
	}
	for _, s := range settingList() {
		if _, tried := texts[s.Name]; s.Secret != "" && !tried && s.Name != "SMTP_URL" {
			t.Errorf("%s is secret and not tried here", s.Name)
		}
		if s.Secret != "" && s.Flag != "" {
			t.Errorf("%s is secret and has a flag: every neighbour can read it", s.Name)
		}
	}
}

func TestAllProblemsAreToldAtOnceALineEachWithWhatToDo(t *testing.T) {
	t.Parallel()

	env := map[string]string{
		"DATABASE_URL": "mysql://root@db/x", "SECRET_KEY": "short", "BASE_URL": "track.example", "LISTEN_ADDR": "8080", "METRICS_ADDR": "x:y:z",
		"DB_MAX_CONNS": "many", "TRUSTED_PROXIES": "10.0.0.0/8,nonsense", "SMTP_TLS": "maybe", "MAIL_FROM": "nobody", "LOG_LEVEL": "loud",
		"LOG_FORMAT": "xml", "DKIM_DOMAIN": "shop.example", "SMTP_HOST": "mail.example", "SMTP_USER": "me", "PORT": "99999",
		"SECRET_KEY_PREVIOUS_FILE": "/nowhere/key",
	}
	_, _, err := loadConfig(env, nil, needDatabase, needSecret, needWeb)
	if err == nil {
		t.Fatal("it was taken")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, name := range []string{
		"DATABASE_URL", "SECRET_KEY", "BASE_URL", "LISTEN_ADDR", "METRICS_ADDR", "DB_MAX_CONNS", "TRUSTED_PROXIES", "SMTP_TLS",
		"MAIL_FROM", "LOG_LEVEL", "LOG_FORMAT", "DKIM_SELECTOR", "SMTP_USER", "PORT", "SECRET_KEY_PREVIOUS_FILE",
	} {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, name+": ") }) {
			t.Errorf("no line about %s in:\n%v", name, err)
		}
	}
	if len(lines) != 15+1 && len(lines) != 15 {
		t.Errorf("%d lines:\n%v", len(lines), err)
	}
}

func TestWhatIsMissingIsNamedWithTheWayToMakeIt(t *testing.T) {
	t.Parallel()

	got := program(t, nil, "serve")
	if got.code != exitConfig {
		t.Errorf("code %d", got.code)
	}
	for _, want := range []string{"DATABASE_URL: not set", "SECRET_KEY: not set", "openssl rand -hex 32", "BASE_URL: not set"} {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("no %q in:\n%s", want, got.stderr)
		}
	}
}

func TestSettingsThatExcludeEachOtherAreRefused(t *testing.T) {
	t.Parallel()

	for name, env := range map[string]map[string]string{
		"DATA_DIR: ":   {"DATA_DIR": "/tmp/x"},
		"SECRET_KEY: ": {"SECRET_KEY_FILE": "/tmp/x"},
		"SMTP_HOST: ":  {"SMTP_HOST": "a", "SMTP_URL": "smtp://b"},
	} {
		_, _, err := loadConfig(enough(env), nil, needDatabase)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "keep one of them") {
			t.Errorf("%v: got %v", env, err)
		}
	}
}

func TestBaseURLIsHTTPSExceptOnThisMachine(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"https://track.example":     "https://track.example",
		"https://Track.Example/":    "https://track.example",
		"http://localhost:8080":     "http://localhost:8080",
		"http://127.0.0.1":          "http://127.0.0.1",
		"http://[::1]:8080":         "http://[::1]:8080",
		"http://track.example":      "",
		"track.example":             "",
		"https://":                  "",
		"ftp://track.example":       "",
		"https://a:b@track.example": "",
		"https://track.example/sub": "",
		"https://track.example?x=1": "",
		"https://track.example#x":   "",
	} {
		var b baseURL
		err := b.UnmarshalText([]byte(text))
		if (err == nil) != (want != "") || err == nil && string(b) != want {
			t.Errorf("%q: got %q, %v", text, b, err)
		}
	}
}

func TestListenAddressComesFromPortUnlessItIsSet(t *testing.T) {
	t.Parallel()

	for want, env := range map[listenAddr]map[string]string{
		":8080":          {},
		":3000":          {"PORT": "3000"},
		"127.0.0.1:4000": {"PORT": "3000", "LISTEN_ADDR": "127.0.0.1:4000"},
	} {
		cfg, _, err := loadConfig(enough(env), nil)
		if err != nil || cfg.ListenAddr != want {
			t.Errorf("%v: got %q, %v", env, cfg.ListenAddr, err)
		}
	}
}

func TestOneAddressOrSeveralSettingsNameTheMailServer(t *testing.T) {
	t.Parallel()

	type mail struct {
		host, user, password string
		port                 port
		tls                  smtpTLS
	}
	tests := []struct {
		env  map[string]string
		want mail
	}{
		{map[string]string{"SMTP_URL": "smtp://me:p%40ss@mail.example"}, mail{"mail.example", "me", "p@ss", "587", tlsStart}},
		{map[string]string{"SMTP_URL": "smtps://me:pw@mail.example"}, mail{"mail.example", "me", "pw", "465", tlsImplicit}},
		{map[string]string{"SMTP_URL": "smtp://localhost:25?tls=off"}, mail{"localhost", "", "", "25", tlsOff}},
		{map[string]string{"SMTP_HOST": "mail.example"}, mail{"mail.example", "", "", "587", tlsStart}},
		{map[string]string{"SMTP_HOST": "mail.example", "SMTP_TLS": "tls", "SMTP_USER": "me", "SMTP_PASSWORD": "pw"}, mail{"mail.example", "me", "pw", "465", tlsImplicit}},
		{map[string]string{"SMTP_HOST": "mail.example", "SMTP_PORT": "2525"}, mail{"mail.example", "", "", "2525", tlsStart}},
	}
	for _, tt := range tests {
		cfg, _, err := loadConfig(enough(tt.env), nil)
		got := mail{cfg.SMTPHost, cfg.SMTPUser, cfg.SMTPPassword, cfg.SMTPPort, cfg.SMTPTLS}
		if err != nil || got != tt.want {
			t.Errorf("%v: got %+v, %v", tt.env, got, err)
		}
	}
}

func TestMaskedAddressesKeepWhatHelps(t *testing.T) {
	t.Parallel()

	for raw, want := range map[string]string{
		"postgres://shop:s3cr3t@db.example:5432/onderweg?sslmode=require": "postgres://shop:***@db.example:5432/onderweg?sslmode=require",
		"postgres://shop@db.example/onderweg?password=s3cr3t":             "postgres://shop:***@db.example/onderweg",
		"smtp://me:s3cr3t@mail.example:587?tls=off":                       "smtp://me:***@mail.example:587?tls=off",
		"postgres://shop:s3/cr3t@db.example/onderweg":                     "***",
	} {
		if got := maskURL(raw); got != want {
			t.Errorf("%s: got %s", raw, got)
		}
	}
}

// A password that is not percent-encoded makes an address that can be read in several ways. None of them may show it.
func TestNoCommandEverPrintsAPassword(t *testing.T) {
	t.Parallel()

	passwords := []string{
		"hunter2secret", "hun/ter2secret", "hun?ter2secret", "hun#ter2secret", "hun@ter2secret", "hun:ter2secret", "hun%ter2secret",
		"hun ter2secret", "hun[ter2secret", "1234/secret", "1234?secret", "1234#secret", "hunter2secret\n", "hun\\ter2secret", "%zzsecret", "s@e/c?r#et:secret",
	}
	shapes := []string{
		"postgres://shop:PW@127.0.0.1:1/onderweg", "postgres://shop:PW@127.0.0.1:1", "postgres://shop:PW@", "postgres:shop:PW@h/db", "shop:PW@h/db",
		"postgres://shop:PW@[::1/db", "postgres://shop:PW@127.0.0.1:port/db", "postgres//shop:PW@h/db", "mysql://shop:PW@h/db", "postgres://:PW@127.0.0.1:1/db",
		"host=127.0.0.1 port=1 user=shop password=PW dbname=x", "postgres://127.0.0.1:1/db?user=shop&password=PW", "postgres://127.0.0.1:1/db?password=PW&x=%zz",
		"postgres://shop%3APW@127.0.0.1:1/db", "PW", "postgres://127.0.0.1:1/db#PW", "postgres://shop:PW@127.0.0.1:1/db?sslmode=nonsense", "postgres://shop:PW@127.0.0.1:1/db?sslmode=PW",
	}
	for _, password := range passwords {
		for _, shape := range shapes {
			for _, text := range []string{password, url.QueryEscape(password), url.PathEscape(password)} {
				address := strings.ReplaceAll(shape, "PW", text)
				env := map[string]string{"DATABASE_URL": address, "SECRET_KEY": testKey, "BASE_URL": "http://localhost:1", "SMTP_URL": strings.Replace(address, "postgres", "smtp", 1), "METRICS_ADDR": "off"}
				for _, args := range [][]string{{"config"}, {"migrate"}, {"merchant", "list"}} {
					got := program(t, env, args...)
					if strings.Contains(got.all(), "ter2") || strings.Contains(got.all(), "secret") || strings.Contains(got.all(), "1234") {
						t.Fatalf("%v with %q prints:\n%s", args, address, got.all())
					}
				}
			}
		}
	}
}

func TestNamesThatLookMisspeltAreWarnedAbout(t *testing.T) {
	t.Parallel()

	got := strings.Join(warnings(map[string]string{
		"DATABSE_URL": "x", "BASEURL": "x", "ONDERWEG_SECRET_KEY": "x", "ONDERWEG_COLOUR": "x", "SMTP_USERNAME": "x", "SECRET_KEY_FIL": "x",
		"PATH": "/bin", "HOME": "/root", "LANG": "nl", "PORTS": "x", "TERM": "x", "SHELL": "x", "PGPORT": "x", "SMTP_PORT": "1", "HOSTNAME": "x", "LOGNAME": "x",
	}), "\n")
	for _, want := range []string{"DATABSE_URL is not a setting: did you mean DATABASE_URL?", "BASEURL", "did you mean SECRET_KEY?", "ONDERWEG_COLOUR is not a setting", "SMTP_USERNAME", "did you mean SECRET_KEY_FILE?"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	for _, innocent := range []string{"PATH", "HOME", "LANG", "TERM", "SHELL", "SMTP_PORT", "HOSTNAME", "LOGNAME"} {
		if strings.Contains(got, innocent+" is not") {
			t.Errorf("%s is warned about:\n%s", innocent, got)
		}
	}
}

func TestEverySettingStandsInTheDocuments(t *testing.T) {
	t.Parallel()

	for _, path := range []string{"../../docs/operations.md", "../../README.md"} {
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) && strings.HasSuffix(path, "README.md") {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range settingList() {
			if !strings.Contains(string(text), "`"+s.Name+"`") {
				t.Errorf("%s does not list `%s`", path, s.Name)
			}
		}
	}
}
