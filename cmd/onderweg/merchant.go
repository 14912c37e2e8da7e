package main

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"onderweg/internal/brand"
	"onderweg/internal/parcel"
	"onderweg/store"
)

// slugShape is what the schema takes.
var slugShape = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,40}$`)

// merchantAdd creates a shop, or changes what its flags name. The look is one of the presets; the brand editor and the API
// change it later.
func merchantAdd(ctx context.Context, c *call) error {
	name := c.flags.String("name", "", "`NAME` shoppers know (required for a new shop)")
	country := c.flags.String("country", "", "two `LETTERS` of the country it sells from (required for a new shop)")
	host := c.flags.String("host", "", "own `HOST` of its pages, such as track.shop.example")
	languages := c.flags.String("languages", "", "`LIST` of languages it offers, the first is the default: nl,en")
	site := c.flags.String("site", "", "https `ADDRESS` of the webshop")
	email := c.flags.String("contact", "", "mail `ADDRESS` of its help desk")
	from := c.flags.String("mail-address", "", "`ADDRESS` its mails are from")
	zone := c.flags.String("zone", "", "time `ZONE` of its warehouse, such as Europe/Amsterdam")
	days := c.flags.String("days", "", "business days from order to door when a carrier does not say: `MIN-MAX`, such as 1-3")
	cutoff := c.flags.Int("cutoff", -1, "local `HOUR` from which an order counts as the next day's")
	c.about = "Run again with the same SLUG to change what the flags name; the rest stays."
	if err := c.parse(1, 1); err != nil {
		return err
	}
	slug := c.args[0]
	if !slugShape.MatchString(slug) {
		return usageError("SLUG is lower-case letters, digits and hyphens, 2 to 41 of them")
	}

	s, cfg, closing, err := c.open(ctx, needWeb)
	if err != nil {
		return err
	}
	defer closing()

	m, err := s.MerchantBySlug(ctx, slug)
	fresh := errors.Is(err, parcel.ErrNotFound)
	if err != nil && !fresh {
		return err
	}
	if fresh {
		if *name == "" || *country == "" {
			return usageError("a new shop needs --name and --country")
		}
		m = newMerchant(slug, cfg)
	}

	if err := changeMerchant(&m, merchantFlags{*name, *country, *host, *languages, *site, *email, *from, *zone, *days, *cutoff}); err != nil {
		return err
	}
	if m, err = s.SaveMerchant(ctx, m); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s: pages are at %s\n", m.Slug, merchantBase(m, cfg))

	return nil
}

// newMerchant is a shop with rules that fit most: orders until 17:00 leave the same day and take one to three days.
func newMerchant(slug string, cfg Config) store.Merchant {
	m := store.Merchant{Merchant: parcel.Merchant{Slug: slug}}
	m.Rules = parcel.Rules{Zone: "Europe/Amsterdam", CutoffHour: 17, MinDays: 1, MaxDays: 3, QuietDays: 3, ReadyDays: 7}
	m.Brand.Languages = []string{"en"}
	m.Brand.Items = true
	m.Brand.Theme = brand.Plain()
	if from, err := mail.ParseAddress(string(cfg.MailFrom)); err == nil {
		m.Sender.Address = from.Address
	}

	return m
}

type merchantFlags struct {
	name, country, host, languages, site, email, from, zone, days string
	cutoff                                                        int
}

// changeMerchant takes over what flags name.
func changeMerchant(m *store.Merchant, f merchantFlags) error {
	var err error
	if f.country != "" {
		if m.Country, err = countryOf(f.country); err != nil {
			return usageError("--country " + err.Error())
		}
	}
	if f.zone != "" {
		if _, err := time.LoadLocation(f.zone); err != nil {
			return usageError("--zone is no time zone: write one such as Europe/Amsterdam")
		}
		m.Rules.Zone = f.zone
	}
	if f.days != "" {
		if _, err := fmt.Sscanf(f.days, "%d-%d", &m.Rules.MinDays, &m.Rules.MaxDays); err != nil || m.Rules.MinDays < 0 || m.Rules.MaxDays < m.Rules.MinDays || m.Rules.MaxDays > 60 {
			return usageError("--days is MIN-MAX, such as 1-3")
		}
	}
	if f.cutoff >= 0 {
		if f.cutoff > 24 {
			return usageError("--cutoff is an hour from 0 to 24")
		}
		m.Rules.CutoffHour = f.cutoff
	}
	if f.site != "" && !strings.HasPrefix(f.site, "https://") {
		return usageError("--site begins with https://")
	}
	if f.languages != "" {
		m.Brand.Languages = nil
		for part := range strings.SplitSeq(f.languages, ",") {
			tag, err := languageOf(strings.TrimSpace(part))
			if err != nil {
				return usageError("--languages: " + part + " " + err.Error())
			}
			m.Brand.Languages = append(m.Brand.Languages, tag)
		}
	}
	for _, address := range []string{f.email, f.from} {
		if _, err := orElse(address, "", emailOf); err != nil {
			return usageError(address + " " + err.Error())
		}
	}

	for text, to := range map[string]*string{f.name: &m.Name, f.site: &m.Brand.Shop, f.email: &m.Brand.Contact.Email, f.from: &m.Sender.Address} {
		if text != "" {
			*to = text
		}
	}
	if f.host != "" {
		m.Host = strings.ToLower(f.host)
	}
	if m.Sender.Name == "" || f.name != "" {
		m.Sender.Name = m.Name
	}

	return nil
}

// merchantBase is where a shop's pages are.
func merchantBase(m store.Merchant, cfg Config) string {
	if m.Host != "" {
		return "https://" + m.Host
	}

	return string(cfg.BaseURL) + "/" + m.Slug
}

func merchantList(ctx context.Context, c *call) error {
	if err := c.parse(0, 0); err != nil {
		return err
	}
	s, cfg, closing, err := c.open(ctx, needWeb)
	if err != nil {
		return err
	}
	defer closing()

	all, err := s.Merchants(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, m := range all {
		rows = append(rows, []string{m.Slug, m.Name, m.Country, strings.Join(m.Brand.Languages, ","), merchantBase(m, cfg)})
	}
	c.table("SLUG\tNAME\tCOUNTRY\tLANGUAGES\tPAGES", rows)

	return nil
}
