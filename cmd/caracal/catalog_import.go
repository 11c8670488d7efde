package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"caracal/catalog"
	"caracal/connect"
	"caracal/db"
	"caracal/fault"
	"caracal/internal/app"
	"caracal/internal/describe"
)

// catalogStore returns where the catalogs of a data folder are.
func catalogStore(p process, dir string) catalog.Store {
	if dir == "" {
		dir = p.getenv("CARACAL_DATA")
	}
	if dir == "" {
		dir = "caracal-data"
	}
	return app.Catalogs(filepath.Join(dir, "caracal.db"))
}

// refused prints why something was not done, in the sentence that is meant for people.
func refused(p process, err error) int {
	if f := fault.As(err); f != nil {
		err = errors.New(f.Message)
	}
	fmt.Fprintln(p.stderr, err)
	return exitFail
}

// importCatalog reads a description, says what it changes, and puts it in use.
func importCatalog(ctx context.Context, p process, store catalog.Store, words []string, check, asJSON bool) int {
	if len(words) != 1 {
		fmt.Fprintln(p.stderr, "name one file: caracal catalog import management-minimal.yaml")
		return exitUsage
	}
	text, err := readFile(words[0])
	if err != nil {
		return refused(p, err)
	}
	before, err := store.Load()
	if err != nil {
		return refused(p, err)
	}
	data, err := describe.Read(text)
	if err != nil {
		return refused(p, err)
	}
	users, err := operationUsers(ctx, store, before)
	if err != nil {
		return refused(p, err)
	}
	changes := before.Compare(data)
	if asJSON {
		err = printJSON(p.stdout, importedJSON{Comparison: changes, Age: changes.Age(), UsedBy: affected(changes, users)})
	} else {
		err = printComparison(p.stdout, changes, users)
	}
	if err != nil || check {
		return printed(p, err)
	}
	if folder := filepath.Dir(store.Dir); !isFolder(folder) {
		fmt.Fprintf(p.stderr, "There is no folder %s; name the data folder of your Caracal with --data.\n", folder)
		return exitUsage
	}
	name, err := store.Keep(data, "", time.Now())
	if err != nil {
		return refused(p, err)
	}
	fmt.Fprintf(p.stderr, "Kept as %s. Caracal uses it from its next start on; `caracal catalog restore %s` goes back.\n", name, catalog.BuiltIn)
	return exitOK
}

// readFile reads a file that is not larger than a description may be.
func readFile(path string) (text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the description: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if text, err = io.ReadAll(io.LimitReader(f, describe.MaxSize+1)); err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	return text, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// importedJSON is what an import changes, as --json prints it.
type importedJSON struct {
	catalog.Comparison
	Age    string                             `json:"age,omitempty"` // of the new description, to the one in use
	UsedBy map[string][]connect.OperationUser `json:"used_by"`       // of operations that are removed or changed
}

// affected returns the users of what is removed or changed.
func affected(c catalog.Comparison, users map[string][]connect.OperationUser) map[string][]connect.OperationUser {
	out := map[string][]connect.OperationUser{}
	add := func(id string) {
		if len(users[id]) > 0 {
			out[id] = users[id]
		}
	}
	for _, op := range c.Removed {
		add(op.ID)
	}
	for _, change := range c.Changed {
		add(change.Before.ID)
	}
	return out
}

// operationUsers reads which workflows use which operations, from the database of the data folder if it has one.
func operationUsers(ctx context.Context, store catalog.Store, c *catalog.Catalog) (users map[string][]connect.OperationUser, err error) {
	file := filepath.Join(filepath.Dir(store.Dir), "caracal.db")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	d, err := db.OpenForReading(ctx, file, db.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return connect.OperationUsers(ctx, d, c)
}

// printComparison says what changes: the numbers first, then each operation.
func printComparison(w io.Writer, c catalog.Comparison, users map[string][]connect.OperationUser) error {
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	used := func(id string) string {
		var names []string
		for _, u := range users[id] {
			names = append(names, u.Name)
		}
		if len(names) == 0 {
			return ""
		}
		return "used by " + strings.Join(names, ", ")
	}
	fmt.Fprintf(out, "From %s to %s: %s.\n", c.From, c.To, c.Words(func(id string) bool { return len(users[id]) > 0 }))
	if age := c.Age(); age != "" {
		fmt.Fprintf(out, "The description is %s the one in use.\n", age)
	}
	for _, op := range c.Added {
		fmt.Fprintf(out, "new\t%s\t%s %s\n", op.ID, op.Method, op.Path)
	}
	for _, op := range c.Removed {
		fmt.Fprintf(out, "removed\t%s\t%s %s\t%s\n", op.ID, op.Method, op.Path, used(op.ID))
	}
	for _, change := range c.Changed {
		fmt.Fprintf(out, "changed\t%s\t%s\t%s\n", change.Before.ID, strings.Join(change.What, "; "), used(change.Before.ID))
	}
	return out.Flush()
}

func listCatalogs(p process, store catalog.Store, asJSON bool) int {
	list, err := store.List()
	if err != nil {
		return refused(p, err)
	}
	if asJSON {
		return printed(p, printJSON(p.stdout, list))
	}
	out := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	for _, k := range list {
		mark := ""
		switch {
		case k.Current:
			mark = "in use"
		case k.Proposed:
			mark = "not confirmed"
		}
		fmt.Fprintf(out, "%s\t%s\t%d operations\t%s\n", k.Name, k.APIVersion, k.Operations, mark)
	}
	return printed(p, out.Flush())
}

func restoreCatalog(p process, store catalog.Store, words []string) int {
	if len(words) != 1 {
		fmt.Fprintln(p.stderr, "name one catalog, as `caracal catalog versions` lists them, or built-in")
		return exitUsage
	}
	if err := store.Use(words[0]); err != nil {
		return refused(p, err)
	}
	fmt.Fprintf(p.stdout, "Caracal uses %s from its next start on.\n", words[0])
	return exitOK
}
