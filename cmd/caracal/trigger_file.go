package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"caracal/filing"
	"caracal/handlers"
	"caracal/trigger"
	"caracal/workflow"
)

// triggerFile is a trigger's file that was read.
type triggerFile struct {
	name string
	text string
	read trigger.File
}

// readTriggerFile reads a file as far as that goes with no server at hand.
func readTriggerFile(name string) (triggerFile, error) {
	f := triggerFile{name: name}
	info, err := os.Stat(name)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > trigger.MaxFile) {
		return f, workflow.Mistakes{{Message: fmt.Sprintf("it is not a file of at most %d bytes", trigger.MaxFile)}}
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(name)
	}
	if err != nil {
		return f, workflow.Mistakes{{Message: "it cannot be read: " + err.Error()}}
	}
	f.text = string(raw)
	f.read, err = trigger.ReadFile(raw)
	return f, err
}

// readTriggerFiles reads files and prints what is wrong with any.
func readTriggerFiles(p process, names []string) (list []triggerFile, ok bool) {
	ok = true
	for _, name := range names {
		f, err := readTriggerFile(name)
		if mistakes, wrong := trigger.Mistakes(err); wrong {
			ok = false
			for _, m := range mistakes {
				fmt.Fprintln(p.stderr, filing.Report{File: name}.Place(m))
			}
		}
		list = append(list, f)
	}
	return list, ok
}

func validateTriggers(p process, args []string) int {
	fs := newFlags(p, "trigger validate", "Checks triggers' files as far as that goes without their workflow. It exits with 1 when one is wrong.")
	names, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	if len(names) == 0 {
		return complainUsage(p, "Name the files to validate.")
	}
	list, ok := readTriggerFiles(p, names)
	if !ok {
		return exitFail
	}
	for _, f := range list {
		fmt.Fprintln(p.stdout, f.name+": valid")
	}
	return exitOK
}

func triggerSchema(p process, args []string) int {
	fs := newFlags(p, "trigger schema", "Prints the JSON Schema of triggers' files, for editors.")
	if code, done := fs.parse(args); done {
		return code
	}
	schema, err := trigger.FileSchema()
	if err == nil {
		_, err = p.stdout.Write(schema)
	}
	if err != nil {
		return complain(p, err)
	}
	return exitOK
}

// printTriggerFile prints a trigger as a file.
func (o *runOptions) printTriggerFile(ctx context.Context, p process, path string) error {
	var f handlers.TriggerFileJSON
	if err := o.ask(ctx, http.MethodGet, path+"/file", nil, &f); err != nil {
		return err
	}
	if o.json {
		return printJSON(p.stdout, f)
	}
	_, err := io.WriteString(p.stdout, f.File)
	return err
}
