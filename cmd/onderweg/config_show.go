package main

import (
	"context"
	"fmt"
)

// showConfig prints every setting with its effective value and origin. Secrets are masked; names that look misspelt are
// warned about. It fails when the server could not start with them.
func showConfig(_ context.Context, c *call) error {
	c.about = "Order: flag, environment, file (NAME_FILE), default. Setting both NAME and NAME_FILE is refused."
	if err := c.parse(0, 0); err != nil {
		return err
	}

	_, values, err := loadConfig(c.env, c.settings, needDatabase, needSecret, needWeb)

	var rows [][]string
	for _, s := range settingList() {
		v := values[s.Name]
		rows = append(rows, []string{s.Name, mask(s, v.text), v.origin})
	}
	c.table("SETTING\tVALUE\tORIGIN", rows)

	for _, warning := range warnings(c.env) {
		fmt.Fprintln(c.stderr, "warning:", warning)
	}

	return err
}

func mask(s setting, text string) string {
	switch {
	case text == "":
		return "-"
	case s.Secret == "all":
		return "***"
	case s.Secret == "url":
		return maskURL(text)
	default:
		return text
	}
}
