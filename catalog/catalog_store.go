package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"caracal/fault"
)

// Store keeps imported descriptions, reduced to catalogs, in a folder beside the database. Every import stays,
// so that each can be gone back to; one file names the one in use, and without it that is the built-in one.
type Store struct{ Dir string }

// Kept is one imported catalog.
type Kept struct {
	Name       string    `json:"name"` // to go back to it by
	APIVersion string    `json:"api_version"`
	At         time.Time `json:"at"`
	Operations int       `json:"operations"`
	By         string    `json:"by,omitempty"` // who imported it, where that is known
	Current    bool      `json:"current"`
	Proposed   bool      `json:"proposed,omitempty"` // read and checked, and not taken into use yet
}

// stored is what a file holds.
type stored struct {
	Format int    `json:"format,omitempty"`
	By     string `json:"by,omitempty"`
	Data
}

// storeFormat is the format of the files; a later one may mean something else by them.
const storeFormat = 2

// BuiltIn names the catalog that the program was built with.
const BuiltIn = "built-in"

const (
	currentFile = "current"
	nameLayout  = "20060102-150405"
	keptEnd     = ".json"
	proposedEnd = ".proposed"

	proposedFor = 24 * time.Hour // how long what was looked at can be confirmed
)

var keptName = regexp.MustCompile(`^\d{8}-\d{6}$`)

// Load returns the catalog in use.
func (s Store) Load() (*Catalog, error) {
	name, err := s.current()
	if err != nil {
		return nil, err
	}
	if name == BuiltIn {
		return Shared()
	}
	file, err := s.read(name, keptEnd)
	if err != nil {
		return nil, err
	}
	return build(file.Data), nil
}

func (s Store) current() (string, error) {
	text, err := os.ReadFile(filepath.Join(s.Dir, currentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return BuiltIn, nil
	}
	if err != nil {
		return "", fmt.Errorf("read which catalog is in use: %w", err)
	}
	name := strings.TrimSpace(string(text))
	if !keptName.MatchString(name) {
		return "", fault.New(fault.Internal, "The file %s does not name an imported catalog; remove it to go back to the built-in one.", filepath.Join(s.Dir, currentFile))
	}
	return name, nil
}

func (s Store) read(name, end string) (file stored, err error) {
	if !keptName.MatchString(name) {
		return file, noCatalog(name)
	}
	text, err := os.ReadFile(filepath.Join(s.Dir, name+end))
	if errors.Is(err, fs.ErrNotExist) {
		return file, noCatalog(name)
	}
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		return file, fault.New(fault.Internal, "The imported catalog %s cannot be read; go back to another with `caracal catalog restore`.", name).Because(err)
	}
	if file.Format > storeFormat {
		return file, fault.New(fault.Conflict, "The imported catalog %s was kept by a newer Caracal; import the description again with this one, or go back to another with `caracal catalog restore`.", name)
	}
	return file, nil
}

func noCatalog(name string) error {
	return fault.New(fault.NotFound, "There is no imported catalog %q; `caracal catalog versions` lists them.", name)
}

// Look returns an imported catalog, one that is proposed, or the built-in one.
func (s Store) Look(name string) (Data, Kept, error) {
	current, err := s.current()
	if err != nil {
		return Data{}, Kept{}, err
	}
	kept := Kept{Name: name, Current: name == current}
	var file stored
	if name == BuiltIn {
		file.Data, err = embeddedData()
	} else if file, err = s.read(name, keptEnd); fault.Is(err, fault.NotFound) {
		file, err = s.read(name, proposedEnd)
		kept.Proposed = true
	}
	if err != nil {
		return Data{}, Kept{}, err
	}
	if at, err := time.Parse(nameLayout, name); err == nil {
		kept.At = at
	}
	kept.APIVersion, kept.Operations, kept.By = file.APIVersion, len(file.Operations), file.By
	return file.Data, kept, nil
}

// Propose stores a catalog to be looked at and taken into use with Use, or forgotten after a day.
func (s Store) Propose(data Data, by string, at time.Time) (name string, err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of catalogs: %w", err)
	}
	if err := s.forget(at.Add(-proposedFor)); err != nil {
		return "", err
	}
	text, err := json.Marshal(stored{Format: storeFormat, By: by, Data: data})
	if err != nil {
		return "", fmt.Errorf("write the catalog: %w", err)
	}
	name = at.UTC().Format(nameLayout)
	for _, end := range []string{keptEnd, proposedEnd} {
		if _, err := os.Stat(filepath.Join(s.Dir, name+end)); err == nil {
			return "", fault.New(fault.Conflict, "Another description was imported in this very second; try again.")
		}
	}
	return name, s.write(name+proposedEnd, text)
}

// forget removes what was proposed before a time.
func (s Store) forget(before time.Time) error {
	files, err := filepath.Glob(filepath.Join(s.Dir, "*"+proposedEnd))
	for _, file := range files {
		at, parseErr := time.Parse(nameLayout, strings.TrimSuffix(filepath.Base(file), proposedEnd))
		if parseErr == nil && at.Before(before) {
			err = errors.Join(err, os.Remove(file))
		}
	}
	return err
}

// Drop forgets a catalog that is only proposed.
func (s Store) Drop(name string) error {
	if _, err := s.read(name, proposedEnd); err != nil {
		return err
	}
	return os.Remove(filepath.Join(s.Dir, name+proposedEnd))
}

// Keep stores a catalog and puts it in use from the next start on.
func (s Store) Keep(data Data, by string, at time.Time) (name string, err error) {
	if name, err = s.Propose(data, by, at); err != nil {
		return "", err
	}
	return name, s.Use(name)
}

// Use takes a catalog that is proposed into use, or goes back to an imported or the built-in one.
func (s Store) Use(name string) error {
	if name == BuiltIn {
		if err := os.Remove(filepath.Join(s.Dir, currentFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("go back to the built-in catalog: %w", err)
		}
		return nil
	}
	_, kept, err := s.Look(name)
	if err != nil {
		return err
	}
	if kept.Proposed {
		if err := os.Rename(filepath.Join(s.Dir, name+proposedEnd), filepath.Join(s.Dir, name+keptEnd)); err != nil {
			return fmt.Errorf("keep %s: %w", name, err)
		}
	}
	return s.write(currentFile, []byte(name+"\n"))
}

// write puts a file in place whole: a crash leaves the old one.
func (s Store) write(name string, text []byte) error {
	path := filepath.Join(s.Dir, name)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("put %s in place: %w", name, err)
	}
	return nil
}

// files returns the names of the files that hold imported and proposed catalogs.
func (s Store) files() (names []string, err error) {
	files, err := os.ReadDir(s.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list imported catalogs: %w", err)
	}
	for _, file := range files {
		name, end, _ := strings.Cut(file.Name(), ".")
		if keptName.MatchString(name) && ("."+end == keptEnd || "."+end == proposedEnd) {
			names = append(names, file.Name())
		}
	}
	return names, nil
}

// List returns what was imported, the newest first, and last the built-in one.
func (s Store) List() ([]Kept, error) {
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	slices.Reverse(files)
	var out []Kept
	for _, file := range files {
		name, _, _ := strings.Cut(file, ".")
		_, kept, err := s.Look(name)
		if err != nil {
			return nil, err
		}
		out = append(out, kept)
	}
	_, builtIn, err := s.Look(BuiltIn)
	return append(out, builtIn), err
}
