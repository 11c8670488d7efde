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
	Current    bool      `json:"current"`
}

// BuiltIn names the catalog that the program was built with.
const BuiltIn = "built-in"

const (
	currentFile = "current"
	nameLayout  = "20060102-150405"
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
	data, err := s.read(name)
	if err != nil {
		return nil, err
	}
	return build(data), nil
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

func (s Store) read(name string) (data Data, err error) {
	text, err := os.ReadFile(filepath.Join(s.Dir, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return data, fault.New(fault.NotFound, "There is no imported catalog %q; `caracal catalog versions` lists them.", name)
	}
	if err == nil {
		err = json.Unmarshal(text, &data)
	}
	if err != nil {
		return data, fault.New(fault.Internal, "The imported catalog %s cannot be read; go back to another with `caracal catalog restore`.", name).Because(err)
	}
	return data, nil
}

// Keep stores a catalog and puts it in use from the next start on.
func (s Store) Keep(data Data, at time.Time) (name string, err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of catalogs: %w", err)
	}
	text, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("write the catalog: %w", err)
	}
	name = at.UTC().Format(nameLayout)
	if _, err := os.Stat(filepath.Join(s.Dir, name+".json")); err == nil {
		return "", fault.New(fault.Conflict, "Another description was imported in this very second; try again.")
	}
	if err := s.write(name+".json", text); err != nil {
		return "", err
	}
	return name, s.Use(name)
}

// Use goes back to an imported catalog, or to the built-in one.
func (s Store) Use(name string) error {
	if name == BuiltIn {
		if err := os.Remove(filepath.Join(s.Dir, currentFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("go back to the built-in catalog: %w", err)
		}
		return nil
	}
	if !keptName.MatchString(name) {
		return fault.New(fault.NotFound, "There is no imported catalog %q; `caracal catalog versions` lists them.", name)
	}
	if _, err := s.read(name); err != nil {
		return err
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

// List returns what was imported, the newest first, and last the built-in one.
func (s Store) List() ([]Kept, error) {
	current, err := s.current()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(s.Dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list imported catalogs: %w", err)
	}
	slices.Sort(files)
	slices.Reverse(files)
	var out []Kept
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		at, err := time.Parse(nameLayout, name)
		if err != nil {
			continue // not one of ours
		}
		data, err := s.read(name)
		if err != nil {
			return nil, err
		}
		out = append(out, Kept{Name: name, APIVersion: data.APIVersion, At: at, Operations: len(data.Operations), Current: name == current})
	}
	c, err := Shared()
	if err != nil {
		return nil, err
	}
	return append(out, Kept{Name: BuiltIn, APIVersion: c.APIVersion, Operations: len(c.operations), Current: current == BuiltIn}), nil
}
