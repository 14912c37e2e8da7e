package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const (
	maxRecord = 1 << 20 // bytes of one record: more means a quote that is never closed
	maxRepair = 1000    // such quotes in one file: more means that it is no CSV
)

// csvFile is a CSV file that was looked through once: its content is known by hash, and how to read it is settled.
type csvFile struct {
	path     string
	hash     []byte // SHA-256 of the bytes
	size     int64
	encoding encoding.Encoding // nil for UTF-8
	name     string            // of the encoding, for people
	bom      int64             // bytes to skip
	comma    rune
	header   []string
	body     int64 // offset of the first record in decoded bytes
	line     int   // line of the first record, from 1

	read atomic.Int64 // raw bytes read so far
}

// openCSV looks through a file: UTF-8 when every byte of it is, UTF-16 by its mark, else Windows-1252, which reads
// Latin-1 as well. score says how many columns of a header are known; the separator that gives most wins.
func openCSV(path string, score func(header []string) int) (*csvFile, error) {
	f := &csvFile{path: path}
	if err := f.survey(); err != nil {
		return nil, err
	}

	return f, f.sniff(score)
}

func (f *csvFile) survey() error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()

	hash := sha256.New()
	valid := utf8Check{}
	head := &bytes.Buffer{}
	f.size, err = io.Copy(io.MultiWriter(hash, &valid, &headWriter{head}), file)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	f.hash = hash.Sum(nil)

	switch start := head.Bytes(); {
	case bytes.HasPrefix(start, []byte{0xEF, 0xBB, 0xBF}) && valid.ok():
		f.name, f.bom = "UTF-8", 3
	case bytes.HasPrefix(start, []byte{0xFF, 0xFE}):
		f.name, f.bom, f.encoding = "UTF-16", 2, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case bytes.HasPrefix(start, []byte{0xFE, 0xFF}):
		f.name, f.bom, f.encoding = "UTF-16", 2, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case valid.ok():
		f.name = "UTF-8"
	default:
		f.name, f.encoding = "Windows-1252", charmap.Windows1252
	}

	return nil
}

// utf8Check is a writer that remembers whether all bytes so far were UTF-8.
type utf8Check struct {
	rest []byte // a rune cut by the end of a write
	bad  bool
}

func (u *utf8Check) Write(p []byte) (int, error) {
	n := len(p)
	if u.bad {
		return n, nil
	}

	if len(u.rest) > 0 {
		p = append(u.rest, p...)
	}
	cut := len(p)
	for back := 1; back <= min(3, len(p)); back++ {
		if c := p[len(p)-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(p[len(p)-back:]) {
				cut = len(p) - back
			}

			break
		}
	}
	u.bad = !utf8.Valid(p[:cut])
	u.rest = bytes.Clone(p[cut:])

	return n, nil
}

func (u *utf8Check) ok() bool { return !u.bad && len(u.rest) == 0 }

// headWriter keeps the first four bytes.
type headWriter struct{ to *bytes.Buffer }

func (h *headWriter) Write(p []byte) (int, error) {
	if missing := 4 - h.to.Len(); missing > 0 {
		h.to.Write(p[:min(missing, len(p))])
	}

	return len(p), nil
}

// source reads the decoded text from an offset on.
func (f *csvFile) source(from int64) (io.ReadCloser, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}

	start, skip := f.bom, from
	if f.encoding == nil {
		start, skip = f.bom+from, 0
	}
	if _, err = file.Seek(start, io.SeekStart); err != nil {
		file.Close()

		return nil, err
	}

	var r io.Reader = counting{file, &f.read}
	f.read.Store(start)
	if f.encoding != nil {
		r = f.encoding.NewDecoder().Reader(r)
	}
	if _, err = io.CopyN(io.Discard, r, skip); err != nil {
		file.Close()

		return nil, err
	}

	return struct {
		io.Reader
		io.Closer
	}{r, file}, nil
}

type counting struct {
	io.Reader
	n *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))

	return n, err
}

// sniff finds the header and the separator. A first line "sep=;", as spreadsheets write it, names the separator.
func (f *csvFile) sniff(score func([]string) int) error {
	src, err := f.source(0)
	if err != nil {
		return err
	}
	defer src.Close()

	head, err := io.ReadAll(io.LimitReader(src, 64<<10))
	if err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}

	commas := []rune{';', ',', '\t', '|'}
	for {
		line, rest, found := bytes.Cut(head, []byte("\n"))
		text := strings.TrimSpace(string(line))
		named := strings.HasPrefix(text, "sep=") && len(text) == len("sep=")+1
		if named {
			commas = []rune{rune(text[len("sep=")])}
		}
		if !found || text != "" && !named {
			break
		}
		f.body += int64(len(line) + 1)
		f.line++
		head = rest
	}

	best := -1
	for _, comma := range commas {
		r := csv.NewReader(bytes.NewReader(head))
		r.Comma, r.FieldsPerRecord = comma, -1
		header, err := r.Read()
		if err != nil {
			continue
		}
		if n := score(header); n > best {
			best, f.comma, f.header = n, comma, header
		}
	}
	if len(f.header) == 0 {
		return fmt.Errorf("%s has no header line that can be read", f.path)
	}
	f.line++

	return nil
}

// badRecord is a record that is no CSV. line is where it began.
type badRecord struct {
	line   int
	reason string
}

func (b badRecord) Error() string { return fmt.Sprintf("line %d: %s", b.line, b.reason) }

// records reads a file record by record. After one that is broken it goes on with the line that follows.
type records struct {
	file    *csvFile
	src     io.ReadCloser
	guard   *guard
	reader  *csv.Reader
	base    int64 // decoded offset where reader began
	line    int   // lines before that
	repairs int
}

// records starts at the header, which it consumes.
func (f *csvFile) records() (*records, error) {
	r := &records{file: f, base: f.body, line: f.line - 1}
	if err := r.open(r.base, 0); err != nil {
		return nil, err
	}
	_, err := r.reader.Read()

	return r, err
}

// open begins again at a decoded offset, after dropping a number of lines (blank ones before them are dropped too).
func (r *records) open(at int64, drop int) error {
	r.close()

	src, err := r.file.source(at)
	if err != nil {
		return err
	}
	r.src, r.base = src, at
	r.guard = &guard{r: src, left: maxRecord}
	in := bufio.NewReaderSize(r.guard, 64<<10)

	for drop > 0 {
		n, blank, err := dropLine(in, r.guard)
		r.base += n
		r.line++
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !blank || err != nil {
			drop--
		}
	}

	r.reader = csv.NewReader(in)
	r.reader.Comma, r.reader.FieldsPerRecord, r.reader.ReuseRecord = r.file.comma, -1, true

	return nil
}

// dropLine reads to the end of a line of any length.
func dropLine(in *bufio.Reader, g *guard) (n int64, blank bool, err error) {
	blank = true

	for {
		g.left = maxRecord
		part, err := in.ReadSlice('\n')
		n += int64(len(part))
		blank = blank && len(bytes.TrimRight(part, "\r\n")) == 0
		if !errors.Is(err, bufio.ErrBufferFull) {
			return n, blank, err
		}
	}
}

// next gives the cells of a record, valid until the next call, and the line it begins on; io.EOF at the end; a badRecord
// for one that was skipped.
func (r *records) next() ([]string, int, error) {
	r.guard.left = maxRecord
	began := r.reader.InputOffset()

	cells, err := r.reader.Read()
	if err == nil {
		line, _ := r.reader.FieldPos(0)

		return cells, r.line + line, nil
	}
	if errors.Is(err, io.EOF) {
		return nil, 0, io.EOF
	}

	var at *csv.ParseError
	if errors.As(err, &at) && at.StartLine == at.Line && !errors.Is(at.Err, errTooLong) {
		return nil, 0, badRecord{r.line + at.Line, "a quote stands where none may be: double it or quote the whole cell"}
	}
	if !errors.Is(err, errTooLong) && at == nil {
		return nil, 0, fmt.Errorf("read %s: %w", r.file.path, err)
	}

	return nil, 0, r.repair(began)
}

// repair skips the line a broken record of several lines began on, so that one open quote does not swallow the rest.
func (r *records) repair(began int64) error {
	r.repairs++
	if r.repairs > maxRepair {
		return fmt.Errorf("%s: more than %d quotes are never closed: is it a CSV file?", r.file.path, maxRepair)
	}

	before, _ := r.file.linesBetween(r.base, r.base+began)
	r.line += before
	if err := r.open(r.base+began, 1); err != nil {
		return err
	}

	return badRecord{r.line, "a quote is opened and never closed properly"}
}

// linesBetween counts the line ends between two decoded offsets.
func (f *csvFile) linesBetween(from, to int64) (int, error) {
	src, err := f.source(from)
	if err != nil {
		return 0, err
	}
	defer src.Close()

	n, buf, left := 0, make([]byte, 64<<10), to-from
	for left > 0 {
		got, err := src.Read(buf[:min(int64(len(buf)), left)])
		n += bytes.Count(buf[:got], []byte("\n"))
		left -= int64(got)
		if err != nil {
			return n, err
		}
	}

	return n, nil
}

func (r *records) close() {
	if r.src != nil {
		r.src.Close()
	}
}

var errTooLong = errors.New("record too long")

// guard ends a read when one record takes more bytes than any should.
type guard struct {
	r    io.Reader
	left int
}

func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errTooLong
	}
	n, err := g.r.Read(p)
	g.left -= n

	return n, err
}
