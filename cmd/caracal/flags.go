package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"
)

// flags is a flag set with a sentence for admins, whose mistakes end the command with exitUsage.
type flags struct {
	*flag.FlagSet
}

func newFlags(p process, name, about string) *flags {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(p.stderr)
	fs.Usage = func() {
		out := fs.Output()
		fmt.Fprintf(out, "usage: caracal %s [flags]\n\n%s\n", name, strings.TrimSpace(about))
		has := false
		fs.VisitAll(func(*flag.Flag) { has = true })
		if !has {
			return
		}
		fmt.Fprintln(out, "\nflags:")
		fs.VisitAll(func(f *flag.Flag) {
			value, help := flag.UnquoteUsage(f)
			fmt.Fprintf(out, "  --%s %s\n        %s", f.Name, value, help)
			if f.DefValue != "" && f.DefValue != "false" {
				fmt.Fprintf(out, " (default %s)", f.DefValue)
			}
			fmt.Fprintln(out)
		})
	}
	return &flags{fs}
}

// parse reads the arguments. done says that the command ends here, with the code.
func (f *flags) parse(args []string) (code int, done bool) {
	for _, a := range args {
		if a == "-h" || a == "-help" || a == "--help" {
			f.Usage()
			return exitOK, true
		}
	}
	err := f.FlagSet.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK, true
	case err != nil:
		return exitUsage, true
	case f.NArg() > 0:
		fmt.Fprintf(f.Output(), "unexpected argument %q\n", f.Arg(0))
		f.Usage()
		return exitUsage, true
	}
	return 0, false
}
