package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// rejectsFile collects rows that were not imported, as CSV with a line and a reason in front of the original cells. It is
// written beside its final name and takes it at the end; without rows there is none.
type rejectsFile struct {
	path string
	file *os.File
	csv  *csv.Writer
	rows int
	kept bool
}

// rejectsPath is FILE.rejects.csv for FILE.csv.
func rejectsPath(path string) string { return strings.TrimSuffix(path, ".csv") + ".rejects.csv" }

func createRejects(f *csvFile) (*rejectsFile, error) {
	path := rejectsPath(f.path)
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the file of rejected rows: %w", err)
	}

	r := &rejectsFile{path: path, file: file, csv: csv.NewWriter(file)}
	r.csv.Comma = f.comma

	return r, r.csv.Write(append([]string{"line", "reason"}, f.header...))
}

// add writes rows in the order of their lines.
func (r *rejectsFile) add(rows []reject) error {
	slices.SortStableFunc(rows, func(a, b reject) int { return a.line - b.line })

	for _, row := range rows {
		cells := []string{strconv.Itoa(row.line), row.reason}
		for _, cell := range row.cells {
			cells = append(cells, asText(cell))
		}
		if err := r.csv.Write(cells); err != nil {
			return err
		}
		r.rows++
	}

	return nil
}

// asText keeps a spreadsheet from running a cell as a formula, by its own mark for text. The import takes it off again.
func asText(cell string) string {
	if cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 {
		return "'" + cell
	}

	return cell
}

// keep gives the file its name, or removes an earlier one when every row was imported.
func (r *rejectsFile) keep() error {
	r.csv.Flush()
	if err := errors.Join(r.csv.Error(), r.file.Close()); err != nil {
		return fmt.Errorf("the file of rejected rows: %w", err)
	}
	r.kept = true

	if r.rows > 0 {
		return os.Rename(r.path+".part", r.path)
	}
	if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}

	return os.Remove(r.path + ".part")
}

// close drops what an import that failed had written.
func (r *rejectsFile) close() {
	if !r.kept {
		r.file.Close()
		os.Remove(r.path + ".part")
	}
}
