package oktasim

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Options are what `caracal sim` is started with.
type Options struct {
	// Addr is the address to listen on.
	Addr string
	// Config begins the org.
	Config Config
	// Company seeds the company of about 300 people.
	Company bool

	faults *faultPlan
}

// ParseFlags reads the arguments of `caracal sim`. Usage and errors go to w.
func ParseFlags(args []string, w io.Writer) (Options, error) {
	var opt Options
	var seed, limited, faults, ungranted, roleCheck string
	limits := limitFlag{}
	set := &opt.Config.Settings
	f := flag.NewFlagSet("sim", flag.ContinueOnError)
	f.SetOutput(w)
	f.Usage = func() { printUsage(f, w) }
	f.StringVar(&opt.Addr, "addr", "127.0.0.1:8090", "`HOST:PORT` to listen on; port 0 takes a free one")
	f.Func("ssws", "an API `TOKEN` that acts as Super Administrator; may be repeated", func(s string) error {
		if s == "" {
			return errors.New("the token is empty")
		}
		opt.Config.SSWS = append(opt.Config.SSWS, s)
		return nil
	})
	f.StringVar(&seed, "seed", "empty", "what the org holds at the start, `empty|company`; the company has about 300 people")
	f.StringVar(&opt.Config.BaseURL, "base-url", "", "the org's own `URL`; by default taken from each request")
	f.Var(limits, "rate-limit", "calls per minute of one bucket, as `BUCKET=N`; may be repeated ("+strings.Join(Buckets(), ", ")+")")
	f.StringVar(&limited, "rate-limits", "off", "`off|okta`: off sends the headers and refuses nothing, so that a test suite is not slowed; okta refuses as Okta does. --rate-limit implies okta")
	f.IntVar(&set.Concurrency, "concurrency", 75, "how many requests may be under way at once")
	f.DurationVar(&set.Latency, "latency", 0, "added to every answer but the console's")
	f.DurationVar(&set.SearchLag, "search-lag", 0, "how long a change stays unseen by search")
	f.DurationVar(&set.LogLag, "log-lag", 0, "how long an event stays unseen in the System Log")
	f.StringVar(&ungranted, "ungranted", "downscope", "a scope asked for but not granted, `downscope|refuse`: downscope leaves it out, refuse answers 400")
	f.StringVar(&roleCheck, "role-check", "before", "check the admin role `before|after` the object is looked up")
	f.BoolVar(&set.IntegrationRoles, "integration-roles", false, "catalog integrations need an admin role too")
	f.BoolVar(&set.PublicClientAdmins, "public-client-admins", false, "an API service app becomes Super Administrator with its first scope")
	f.StringVar(&faults, "faults", "", "break every Nth request, as `KIND:N`; kinds: "+strings.Join(faultNames(), ", "))
	if err := f.Parse(args); err != nil {
		return opt, err
	}
	if f.NArg() > 0 {
		return opt, complain(f, fmt.Errorf("unexpected argument %q", f.Arg(0)))
	}
	set.RateLimits = limits
	var err error
	if opt.Company, err = oneOf("seed", seed, "empty", "company"); err != nil {
		return opt, complain(f, err)
	}
	if set.NoRateLimit, err = oneOf("rate-limits", limited, "okta", "off"); err != nil {
		return opt, complain(f, err)
	}
	set.NoRateLimit = set.NoRateLimit && len(limits) == 0
	if set.RefuseUngranted, err = oneOf("ungranted", ungranted, "downscope", "refuse"); err != nil {
		return opt, complain(f, err)
	}
	if set.RoleAfterLookup, err = oneOf("role-check", roleCheck, "before", "after"); err != nil {
		return opt, complain(f, err)
	}
	if opt.faults, err = parseFaults(faults); err != nil {
		return opt, complain(f, err)
	}
	return opt, nil
}

// New makes the org that the options describe.
func (opt Options) New() (*Org, error) {
	o := New(opt.Config)
	if opt.Company {
		if err := o.SeedCompany(); err != nil {
			return nil, err
		}
	}
	if opt.faults != nil {
		o.planFaults(opt.faults)
	}
	return o, nil
}

func printUsage(f *flag.FlagSet, w io.Writer) {
	fmt.Fprintln(w, "usage: caracal sim [flags]\n\nRuns an Okta org in memory, for clients of Okta's API.\nIts console is at /admin; the first admin's login and password are printed at the start.\nThe console's page Settings > Simulation turns the same settings while it runs.\n\nflags:")
	f.PrintDefaults()
}

func complain(f *flag.FlagSet, err error) error {
	fmt.Fprintf(f.Output(), "%v\nrun `caracal sim --help` for the flags\n", err)
	return err
}

// oneOf says whether value is the second of the two words that a flag takes.
func oneOf(name, value, first, second string) (bool, error) {
	switch value {
	case first:
		return false, nil
	case second:
		return true, nil
	}
	return false, fmt.Errorf("--%s takes %s or %s, not %q", name, first, second, value)
}

// limitFlag collects BUCKET=N.
type limitFlag map[string]int

func (l limitFlag) String() string { return "" }

func (l limitFlag) Set(s string) error {
	name, value, _ := strings.Cut(s, "=")
	if _, ok := rateLimits[name]; !ok {
		return fmt.Errorf("no bucket %q; the buckets are %s", name, strings.Join(Buckets(), ", "))
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no number of calls per minute", value)
	}
	l[name] = n
	return nil
}
