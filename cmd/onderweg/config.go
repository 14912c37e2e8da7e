package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Config is every setting of the program. A tag names the setting, its default, its flag (none for secrets: a process's
// arguments are visible to its neighbours) and what it is for. Adding a setting is adding a field, and a row in
// docs/operations.md: a test compares the two.
type Config struct {
	DatabaseURL       databaseURL `env:"DATABASE_URL" secret:"url" help:"PostgreSQL: postgres://user:password@host:5432/database; may be a pooler when DIRECT_DATABASE_URL is set"`
	DirectDatabaseURL databaseURL `env:"DIRECT_DATABASE_URL" secret:"url" help:"PostgreSQL without the pooler, for LISTEN and migrations; setting it declares DATABASE_URL a pooler"`
	DBMaxConns        count       `env:"DB_MAX_CONNS" envDefault:"8" flag:"db-max-conns" help:"most connections a process opens to DATABASE_URL"`
	DataDir           string      `env:"DATA_DIR" flag:"data" help:"folder of a private PostgreSQL and generated secrets, instead of DATABASE_URL and SECRET_KEY"`

	BaseURL        baseURL     `env:"BASE_URL" flag:"base-url" help:"address shoppers use, such as https://track.example.com"`
	ListenAddr     listenAddr  `env:"LISTEN_ADDR" envDefault:":8080" flag:"listen-addr" help:"address the web server listens on"`
	Port           port        `env:"PORT" flag:"port" help:"port to listen on when LISTEN_ADDR is not set"`
	MetricsAddr    listenAddr  `env:"METRICS_ADDR" envDefault:"127.0.0.1:9464" flag:"metrics-addr" help:"address of /metrics, /healthz and /readyz for machines; off for none"`
	TrustedProxies networkList `env:"TRUSTED_PROXIES" flag:"trusted-proxies" help:"networks whose X-Forwarded-* headers count, such as 10.0.0.0/8,127.0.0.1"`

	SecretKey         secretKey  `env:"SECRET_KEY" secret:"all" help:"32 random bytes in hex or base64 that seal personal data: openssl rand -hex 32"`
	SecretKeyPrevious secretKeys `env:"SECRET_KEY_PREVIOUS" secret:"all" help:"earlier keys, separated by commas, that may still open old data"`

	SMTPURL      smtpURL `env:"SMTP_URL" secret:"url" help:"mail server: smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465"`
	SMTPHost     string  `env:"SMTP_HOST" flag:"smtp-host" help:"mail server, instead of SMTP_URL"`
	SMTPPort     port    `env:"SMTP_PORT" flag:"smtp-port" help:"its port; 587, or 465 with SMTP_TLS=tls"`
	SMTPUser     string  `env:"SMTP_USER" flag:"smtp-user" help:"user name at the mail server"`
	SMTPPassword string  `env:"SMTP_PASSWORD" secret:"all" help:"password at the mail server"`
	SMTPTLS      smtpTLS `env:"SMTP_TLS" envDefault:"starttls" flag:"smtp-tls" help:"starttls, tls or off; off is for a mail server on the same machine or network"`
	MailFrom     sender  `env:"MAIL_FROM" flag:"mail-from" help:"sender of shops made without --mail-address, such as Parcels <parcels@example.com>"`
	DKIMDomain   string  `env:"DKIM_DOMAIN" flag:"dkim-domain" help:"domain that signs mails"`
	DKIMSelector string  `env:"DKIM_SELECTOR" flag:"dkim-selector" help:"name of the DNS record below _domainkey.DKIM_DOMAIN"`
	DKIMKey      pemKey  `env:"DKIM_KEY" secret:"all" help:"private key in PEM (RSA or Ed25519)"`

	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info" flag:"log-level" help:"debug, info, warn or error"`
	LogFormat logFormat  `env:"LOG_FORMAT" envDefault:"json" flag:"log-format" help:"json or text"`

	baseAssumed bool // BASE_URL was not given
}

// setting is one row of the table of settings, read from the tags of Config.
type setting struct {
	Field   string
	Name    string
	Default string
	Flag    string
	Secret  string // "" for none, "url" for an address with a password in it, "all" for a value that is never shown
	Help    string
}

// settingList gives all settings in the order of Config.
func settingList() []setting {
	var list []setting

	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		list = append(list, setting{
			Field: f.Name, Name: f.Tag.Get("env"), Default: f.Tag.Get("envDefault"),
			Flag: f.Tag.Get("flag"), Secret: f.Tag.Get("secret"), Help: f.Tag.Get("help"),
		})
	}

	return list
}

// value is the effective text of a setting and where it comes from: "flag", "environment", "file" or "default".
type value struct {
	text   string
	origin string
}

// need is something a command cannot do without.
type need int

const (
	needDatabase need = iota
	needSecret
	needWeb
)

// loadConfig resolves every setting and checks it. It gives all problems at once, a line each, with what to do; no line
// holds a value of a secret. The resolved values are given even then, for the config command.
func loadConfig(environ, flags map[string]string, needs ...need) (Config, map[string]value, error) {
	values, wrong := resolve(environ, flags)

	texts := map[string]string{}
	for name, v := range values {
		if v.text != "" {
			texts[name] = v.text
		}
	}

	var cfg Config
	wrong = append(wrong, parseProblems(env.ParseWithOptions(&cfg, env.Options{Environment: texts}))...)
	wrong = append(wrong, cfg.settle(values, needs)...)

	if len(wrong) > 0 {
		slices.Sort(wrong)

		return cfg, values, problems(slices.Compact(wrong))
	}

	return cfg, values, nil
}

// resolve finds each setting's text: flag before environment before NAME_FILE before default.
func resolve(environ, flags map[string]string) (map[string]value, []string) {
	values := map[string]value{}
	var wrong []string

	for _, s := range settingList() {
		v := value{s.Default, "default"}
		file, fromFile := environ[s.Name+"_FILE"]
		direct, fromEnv := environ[s.Name]
		given, fromFlag := flags[s.Name]

		switch {
		case fromFlag:
			v = value{given, "flag"}
		case fromEnv && fromFile:
			wrong = append(wrong, fmt.Sprintf("%s: both %s and %s_FILE are set: keep one of them", s.Name, s.Name, s.Name))
			v = value{direct, "environment"}
		case fromEnv:
			v = value{direct, "environment"}
		case fromFile:
			body, err := os.ReadFile(file)
			if err != nil {
				wrong = append(wrong, fmt.Sprintf("%s_FILE: %v: give the path of a readable file", s.Name, err))
			}
			v = value{strings.TrimSpace(string(body)), "file " + file}
		}

		values[s.Name] = v
	}

	return values, wrong
}

// parseProblems turns what the parser found into our own words. Its own may hold the value, which may be a secret.
func parseProblems(err error) []string {
	if err == nil {
		return nil
	}

	names := map[string]setting{}
	for _, s := range settingList() {
		names[s.Field] = s
	}

	all := []error{err}
	var several env.AggregateError
	if errors.As(err, &several) {
		all = several.Errors
	}

	var wrong []string
	for _, e := range all {
		var at env.ParseError
		if !errors.As(e, &at) {
			wrong = append(wrong, "the configuration cannot be read: see `onderweg config --help`")

			continue
		}
		s := names[at.Name]

		var ours malformed
		if errors.As(at.Err, &ours) {
			wrong = append(wrong, s.Name+": "+string(ours))
		} else {
			wrong = append(wrong, s.Name+": cannot be used: it is for "+s.Help)
		}
	}

	return wrong
}

// settle fills what one setting takes from another and says what does not fit together.
func (cfg *Config) settle(values map[string]value, needs []need) []string {
	var wrong []string
	set := func(name string) bool { return values[name].text != "" }
	require := func(name, advice string) {
		if !set(name) {
			wrong = append(wrong, name+": not set: "+advice)
		}
	}

	if set("DATABASE_URL") && set("DATA_DIR") {
		wrong = append(wrong, "DATA_DIR: DATABASE_URL is set too: keep one of them, DATA_DIR brings its own database")
	}
	if slices.Contains(needs, needDatabase) && !set("DATA_DIR") {
		require("DATABASE_URL", "give the address of a PostgreSQL database, or DATA_DIR (--data) for a private one")
	}
	if slices.Contains(needs, needSecret) && !set("DATA_DIR") {
		require("SECRET_KEY", "make one with `openssl rand -hex 32` and keep it: without it sealed data cannot be read again")
	}

	if values["LISTEN_ADDR"].origin == "default" && cfg.Port != "" {
		cfg.ListenAddr = listenAddr(":" + string(cfg.Port))
		values["LISTEN_ADDR"] = value{string(cfg.ListenAddr), "PORT"}
	}
	if slices.Contains(needs, needWeb) && !set("BASE_URL") {
		if set("DATA_DIR") {
			cfg.BaseURL = baseURL("http://localhost:" + cfg.ListenAddr.port())
			cfg.baseAssumed = true
			values["BASE_URL"] = value{string(cfg.BaseURL), "DATA_DIR"}
		} else {
			require("BASE_URL", "give the address shoppers use, such as https://track.example.com")
		}
	}

	return append(append(wrong, cfg.settleSMTP(set)...), cfg.settleDKIM(set)...)
}

// settleSMTP makes one mail server of SMTP_URL or of the settings beside it.
func (cfg *Config) settleSMTP(set func(string) bool) []string {
	if set("SMTP_URL") {
		for _, name := range []string{"SMTP_HOST", "SMTP_USER", "SMTP_PASSWORD"} {
			if set(name) {
				return []string{name + ": SMTP_URL is set too: keep one of them"}
			}
		}
		cfg.SMTPHost, cfg.SMTPPort = cfg.SMTPURL.host, cfg.SMTPURL.port
		cfg.SMTPUser, cfg.SMTPPassword, cfg.SMTPTLS = cfg.SMTPURL.user, cfg.SMTPURL.password, cfg.SMTPURL.tls
	}

	if cfg.SMTPHost == "" {
		return nil
	}
	if cfg.SMTPPort == "" {
		cfg.SMTPPort = map[smtpTLS]port{tlsImplicit: "465"}[cfg.SMTPTLS]
	}
	if cfg.SMTPPort == "" {
		cfg.SMTPPort = "587"
	}

	var wrong []string
	if (cfg.SMTPUser == "") != (cfg.SMTPPassword == "") {
		wrong = append(wrong, "SMTP_USER: SMTP_USER and SMTP_PASSWORD belong together: set both or none")
	}

	return wrong
}

func (cfg *Config) settleDKIM(set func(string) bool) []string {
	var missing []string
	names := []string{"DKIM_DOMAIN", "DKIM_SELECTOR", "DKIM_KEY"}
	for _, name := range names {
		if !set(name) {
			missing = append(missing, name)
		}
	}

	if len(missing) == 0 || len(missing) == len(names) {
		return nil
	}

	return []string{missing[0] + ": not set: signing mails needs " + strings.Join(names, ", ")}
}

// warnings are about names in the environment that are probably meant to be settings.
func warnings(environ map[string]string) []string {
	known := map[string]bool{}
	var names []string
	for _, s := range settingList() {
		known[s.Name], known[s.Name+"_FILE"] = true, true
		names = append(names, s.Name, s.Name+"_FILE")
	}

	var out []string
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		if known[name] {
			continue
		}
		bare := strings.TrimPrefix(strings.ToUpper(name), "ONDERWEG_")
		near := nearest(bare, names)

		switch {
		case near != "":
			out = append(out, fmt.Sprintf("%s is not a setting: did you mean %s?", name, near))
		case strings.HasPrefix(strings.ToUpper(name), "ONDERWEG_"), strings.HasPrefix(name, "SMTP_"), strings.HasPrefix(name, "DKIM_"):
			out = append(out, name+" is not a setting: see `onderweg config`")
		}
	}

	return out
}
