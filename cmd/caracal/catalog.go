package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"caracal/catalog"
)

const catalogHelp = `Looks operations of Okta's API up, as the page Operations does:

  caracal catalog search deactivate usr     the operations that fit, best first
  caracal catalog list [GROUP]              all operations, or those of a group such as "User Factor"
  caracal catalog show deactivateUser       what one does, takes and needs
  caracal catalog import FILE               take a newer description of Okta's (YAML or JSON) and say what it
                                            changes; --check only says it. Okta publishes it as
                                            management-minimal.yaml in okta-management-openapi-spec on GitHub
  caracal catalog versions                  what was imported
  caracal catalog restore NAME              go back to one of them, or to the one built-in

Nothing is sent to any org. A Caracal that is running takes another catalog at its next start; imported under
Operations › Description of the API, it is taken at once.`

// catalogEntry is an operation as --json prints it.
type catalogEntry struct {
	ID         string         `json:"id"`
	Method     string         `json:"method"`
	Path       string         `json:"path"`
	Group      string         `json:"group"`
	Summary    string         `json:"summary"`
	Effect     catalog.Effect `json:"effect"`
	Scopes     []string       `json:"scopes"`
	Stage      string         `json:"stage,omitempty"` // empty when generally available
	Deprecated bool           `json:"deprecated,omitempty"`
}

// catalogDetail is one operation in full.
type catalogDetail struct {
	catalogEntry
	Text       string          `json:"text,omitempty"`
	Answer     string          `json:"answer"`
	Parameters []catalog.Value `json:"parameters,omitempty"`
	Body       *catalog.Body   `json:"body,omitempty"`
	Shape      *catalog.Shape  `json:"shape,omitempty"`
}

// runCatalog looks operations up.
func runCatalog(ctx context.Context, p process, args []string) int {
	verb := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb, args = args[0], args[1:]
	}
	fs := newFlags(p, "catalog", catalogHelp)
	asJSON := fs.Bool("json", false, "print JSON")
	check := fs.Bool("check", false, "with import: say what would change, and keep nothing")
	dir := fs.String("data", "", "`DIR` of Caracal's database; also CARACAL_DATA (default caracal-data)")
	var words []string
	var given []string
	for i := 0; i < len(args); i++ { // flags may stand before and after the words
		switch a := args[i]; {
		case !strings.HasPrefix(a, "-"):
			words = append(words, a)
		case (a == "--data" || a == "-data") && i+1 < len(args):
			given = append(given, a, args[i+1])
			i++
		default:
			given = append(given, a)
		}
	}
	if code, done := fs.parse(given); done {
		return code
	}
	if (verb == "import" && !*check || verb == "restore") && (p.getenv("CARACAL_DATABASE_URL") != "" || p.getenv("CARACAL_DATABASE_URL_FILE") != "") {
		fmt.Fprintln(p.stderr, "The nodes on a PostgreSQL database share one description; take another under Operations › Description of the API, and every node follows.")
		return exitFail
	}
	store := catalogStore(p, *dir)
	switch verb {
	case "":
		fmt.Fprintf(p.stderr, "say what to do: search, list, show, import, versions or restore.\n\n%s\n", catalogHelp)
		return exitUsage
	case "import":
		return importCatalog(ctx, p, store, words, *check, *asJSON)
	case "versions":
		return listCatalogs(p, store, *asJSON)
	case "restore":
		return restoreCatalog(p, store, words)
	}
	c, err := store.Load()
	if err != nil {
		return refused(p, err)
	}
	typed := strings.Join(words, " ")
	var found []catalog.Operation
	switch verb {
	case "search":
		if typed == "" {
			fmt.Fprintln(p.stderr, "say what to search for, such as: caracal catalog search deactivate usr")
			return exitUsage
		}
		found = c.Search(typed)
	case "list":
		found = inGroup(c, typed)
	case "show":
		return showOperation(p, c, typed, *asJSON)
	default:
		fmt.Fprintf(p.stderr, "catalog has no command %q; use search, list, show, import, versions or restore.\n", verb)
		return exitUsage
	}
	if len(found) == 0 {
		fmt.Fprintf(p.stderr, "Nothing fits %q; try fewer words, or a part of a path.\n", typed)
		return exitFail
	}
	return printed(p, printOperations(p.stdout, found, *asJSON))
}

func printed(p process, err error) int {
	if err != nil {
		fmt.Fprintf(p.stderr, "write the answer: %v\n", err)
		return exitFail
	}
	return exitOK
}

// inGroup returns the operations of a group, whichever way its name is written, or all.
func inGroup(c *catalog.Catalog, name string) []catalog.Operation {
	if name == "" {
		return c.Operations()
	}
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
	for _, tag := range c.Tags() {
		if plain(tag.Name) == plain(name) {
			return c.Tagged(tag.Name)
		}
	}
	return nil
}

func entryOf(op catalog.Operation) catalogEntry {
	return catalogEntry{ID: op.ID, Method: op.Method, Path: op.Path, Group: op.Tag, Summary: op.Summary, Effect: op.Effect(),
		Scopes: append([]string{}, op.Scopes...), Stage: op.Lifecycle, Deprecated: op.Deprecated}
}

func printOperations(w io.Writer, list []catalog.Operation, asJSON bool) error {
	if asJSON {
		entries := make([]catalogEntry, len(list))
		for i, op := range list {
			entries[i] = entryOf(op)
		}
		return printJSON(w, entries)
	}
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, op := range list {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", op.ID, op.Method, op.Path, strings.Join(op.Scopes, " "), op.Summary)
	}
	return out.Flush()
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// showOperation prints one operation in full.
func showOperation(p process, c *catalog.Catalog, id string, asJSON bool) int {
	op, ok := c.Operation(id)
	if !ok {
		hint := ""
		if near := c.Search(id); id != "" && len(near) > 0 {
			hint = "; did you mean " + near[0].ID + "?"
		}
		fmt.Fprintf(p.stderr, "Okta's API has no operation %q%s\n", id, hint)
		return exitFail
	}
	if asJSON {
		d := catalogDetail{catalogEntry: entryOf(op), Text: op.Text, Answer: op.Answer, Parameters: op.Parameters, Body: op.Body}
		if op.Body != nil && op.Body.Shape != "" {
			d.Shape = c.Shape(op.Body.Shape)
		}
		return printed(p, printJSON(p.stdout, d))
	}
	out := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "%s\n%s %s\n\n", op.Summary, op.Method, op.Path)
	if op.Text != "" {
		fmt.Fprintf(out, "%s\n\n", op.Text)
	}
	fmt.Fprintf(out, "Effect\t%s\nAnswer\t%s\n", op.Effect(), op.Answer)
	for _, name := range op.Scopes {
		if s, ok := c.Scope(name); ok {
			fmt.Fprintf(out, "Scope\t%s: %s\n", s.Name, s.Words)
		}
	}
	if op.Lifecycle != "" {
		fmt.Fprintf(out, "Stage\t%s\n", op.Lifecycle)
	}
	form := c.Form(op, catalog.Choose{})
	fmt.Fprintln(out)
	printInputs(out, form.Parameters, "")
	for _, v := range form.Variants {
		fmt.Fprintf(out, "\n%s\n", strings.TrimSpace(form.By+" "+v.Name))
		printInputs(out, c.Form(op, catalog.Choose{Variant: v.Name}).Body, "  ")
	}
	printInputs(out, form.Body, "")
	if form.Raw != "" {
		fmt.Fprintln(out, form.Raw)
	}
	return printed(p, out.Flush())
}

func printInputs(w io.Writer, inputs []catalog.Input, indent string) {
	for _, in := range inputs {
		what := string(in.Kind)
		if len(in.Options) > 0 {
			what = strings.Join(in.Options, "|")
		}
		mark := ""
		if in.Required {
			mark = "required"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", indent, in.Name, what, mark, in.Text)
		printInputs(w, in.Inputs, indent+"  ")
	}
}
