package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"caracal/fault"
	"caracal/handlers"
	"caracal/trigger"
)

const runHelp = `Starts a run of a workflow on a running Caracal, by its API, and prints the run's address.

  caracal run WORKFLOW --input name=value … --url https://caracal.example.com --token-file FILE [--wait]
  caracal run WORKFLOW --csv FILE [--rehearse | --yes [--skip]] …    once for each row of a file

WORKFLOW is its name or its id. The token is made under API tokens; --url and --token-file may be given as CARACAL_URL
and CARACAL_TOKEN_FILE, or the token itself as CARACAL_TOKEN. The same --key twice within 24 hours starts one run. With
--wait it exits with 0 when the run succeeded and with 1 when it did not; without, with 0 once it is accepted.

With --csv every row is checked first, and what is wrong is printed. --yes then starts them where all are right; with --skip,
those that are. Columns are named as the inputs are, or --column INPUT=COLUMN says which is which, by its name or its number;
--input gives an input the same value in every row. Where a step does what can't be taken back, --confirm gives the workflow's
name. It exits with 1 when a row is wrong and nothing was started. --rehearse shows what the rows that are right would change.
--results writes the rows with what came of each.

"caracal run batch BATCH" goes on with a file that was uploaded: starts its rows held to a plan, or those that failed once more.
"caracal run continue RUN" goes on with a run that failed or was cancelled, "caracal run decide RUN" answers a step in doubt, and
"caracal run undo RUN" takes a run back. Each explains itself with --help.`

// runOptions are the flags of caracal run.
type runOptions struct {
	url, tokenFile, token, key string
	plan                       string // id of the rehearsal that the run is started from
	inputs                     inputFlags
	csv                        string // the file with rows
	rows                       rowOptions
	kind                       string // media type of what is sent; "" is JSON
	wait, json, yes, skip      bool
	show                       bool   // what the rows of a file would change, and start none
	results                    string // the file that the rows are written to, with what came of each
	every                      time.Duration
	client                     *http.Client
}

// reach defines the flags that say where Caracal is and by which token it is called.
func (o *runOptions) reach(p process, fs *flags) {
	fs.StringVar(&o.url, "url", p.getenv("CARACAL_URL"), "`ADDRESS` of Caracal; also CARACAL_URL")
	fs.StringVar(&o.tokenFile, "token-file", p.getenv("CARACAL_TOKEN_FILE"), "`FILE` that holds the API token; also CARACAL_TOKEN_FILE")
	o.token = p.getenv("CARACAL_TOKEN")
}

// inputFlags collects --input name=value; a value of @FILE is read from the file.
type inputFlags map[string]string

// String is for the flag package alone.
func (inputFlags) String() string { return "" }

// Set takes one name=value.
func (f inputFlags) Set(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return errors.New("write it as name=value")
	}
	if _, twice := f[name]; twice {
		return fmt.Errorf("%q is given twice", name)
	}
	f[name] = value
	return nil
}

// runRun starts a run over the API.
func runRun(ctx context.Context, p process, args []string) int {
	if len(args) > 0 && args[0] == "continue" {
		return runContinue(ctx, p, args[1:])
	}
	if len(args) > 0 && args[0] == "batch" {
		return runBatch(ctx, p, args[1:])
	}
	if len(args) > 0 && args[0] == "decide" {
		return runDecide(ctx, p, args[1:])
	}
	if len(args) > 0 && args[0] == "undo" {
		return runUndo(ctx, p, args[1:])
	}
	o := &runOptions{inputs: inputFlags{}, every: time.Second}
	fs := newFlags(p, "run", runHelp)
	o.rows.define(fs)
	o.reach(p, fs)
	fs.Var(o.inputs, "input", "`NAME=VALUE` of one input of the workflow; may stand several times")
	fs.StringVar(&o.key, "key", "", "`KEY` that makes the request one that starts a run once (default: a new one)")
	fs.StringVar(&o.plan, "plan", "", "`ID` of the rehearsal to start the run from; it stops where Okta has since changed")
	fs.StringVar(&o.csv, "csv", "", "`FILE` with a row for each run")
	fs.BoolVar(&o.yes, "yes", false, "with --csv: start the rows when all are right")
	fs.BoolVar(&o.skip, "skip", false, "with --csv and --yes: start those that are right, and leave out the others")
	fs.BoolVar(&o.show, "rehearse", false, "with --csv: show what starting the rows that are right would change, and change nothing")
	fs.StringVar(&o.results, "results", "", "with --csv: write the rows with what came of each to this new `FILE`")
	fs.BoolVar(&o.wait, "wait", false, "wait until the run has ended")
	fs.BoolVar(&o.json, "json", false, "print the run as JSON")
	names, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	if len(names) != 1 {
		return complainUsage(p, "Name one workflow: caracal run WORKFLOW.")
	}
	switch {
	case o.csv != "" && o.plan != "":
		return complainUsage(p, "A file that is uploaded now has no plan yet: rehearse its rows with --rehearse, and start them as that says.")
	case o.csv == "" && o.rows.given():
		return complainUsage(p, "--column, --delimiter, --encoding, --no-header, --at-once, --stop-after and --confirm go with --csv.")
	case o.csv == "" && (o.yes || o.show || o.results != ""), !o.yes && o.skip:
		return complainUsage(p, "--yes, --rehearse and --results go with --csv, and --skip with --csv and --yes.")
	case o.show && o.yes:
		return complainUsage(p, "--rehearse changes nothing and --yes does; give one of them.")
	case o.csv != "":
		return o.runCSV(ctx, p, names[0])
	}
	run, err := o.start(ctx, names[0])
	if err == nil && o.wait {
		run, err = o.follow(ctx, run, p.stderr)
	}
	if err != nil {
		return complain(p, err)
	}
	if err := o.print(p, run); err != nil {
		return complain(p, err)
	}
	if o.wait && run.State != "succeeded" {
		return exitFail
	}
	return exitOK
}

func (o *runOptions) print(p process, run handlers.RunJSON) error {
	if o.json {
		return printJSON(p.stdout, run)
	}
	line := run.URL + " " + run.State
	if words := run.Error + run.WaitReason; words != "" {
		line += ": " + words
	}
	_, err := fmt.Fprintln(p.stdout, line)
	return err
}

// start finds the workflow and starts a run of it.
func (o *runOptions) start(ctx context.Context, name string) (run handlers.RunJSON, err error) {
	if err := o.check(); err != nil {
		return run, err
	}
	id, err := o.find(ctx, name)
	if err != nil {
		return run, err
	}
	asked := map[string]any{"inputs": o.inputs}
	if o.plan != "" {
		if len(o.inputs) > 0 {
			return run, fault.New(fault.Invalid, "A plan has its inputs; leave out --input beside --plan, or rehearse with other ones.")
		}
		asked = map[string]any{"plan": o.plan}
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return run, err
	}
	if o.key == "" {
		o.key = rand.Text()
	}
	return run, o.ask(ctx, http.MethodPost, "/workflows/"+url.PathEscape(id)+"/runs", body, &run)
}

// find returns the id of a workflow that is named by that or by its name.
func (o *runOptions) find(ctx context.Context, name string) (string, error) {
	return o.findAmong(ctx, name, "that this token may run ", url.Values{})
}

// findAny is find among those that were never published too, as far as the token's person may see them.
func (o *runOptions) findAny(ctx context.Context, name string) (string, error) {
	return o.findAmong(ctx, name, "", url.Values{"drafts": {"true"}})
}

func (o *runOptions) findAmong(ctx context.Context, name, which string, query url.Values) (string, error) {
	id, hint := name, ""
	if which != "" {
		hint = " and at whether it is published"
	}
	if !strings.HasPrefix(name, "wf_") {
		var found struct {
			Workflows []handlers.WorkflowJSON `json:"workflows"`
		}
		query.Set("name", name)
		if err := o.ask(ctx, http.MethodGet, "/workflows?"+query.Encode(), nil, &found); err != nil {
			return "", err
		}
		switch len(found.Workflows) {
		case 0:
			return "", fault.New(fault.NotFound, "No workflow %sis called %q; look at its name%s.", which, name, hint)
		case 1:
			id = found.Workflows[0].ID
		default:
			return "", fault.New(fault.Conflict, "%d workflows are called %q; name one by its id, as in its address.", len(found.Workflows), name)
		}
	}
	return id, nil
}

// check reads what the options name, and refuses to send a token in the clear.
func (o *runOptions) check() error {
	at, err := url.Parse(o.url)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		return fault.New(fault.Invalid, "Say where Caracal is with --url, such as https://caracal.example.com.")
	}
	if host := at.Hostname(); at.Scheme == "http" && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, host) {
		return fault.New(fault.Invalid, "The token would be sent in the clear; use https, as Caracal's own address does.")
	}
	o.url = strings.TrimRight(o.url, "/")
	if o.tokenFile != "" {
		raw, err := os.ReadFile(o.tokenFile)
		if err != nil {
			return fault.New(fault.Invalid, "The token file %s can't be read; look at its name and who may read it.", o.tokenFile).Because(err)
		}
		o.token = strings.TrimSpace(string(raw))
	}
	if o.token == "" {
		return fault.New(fault.Invalid, "Name the file of an API token with --token-file; one is made under API tokens.")
	}
	for name, value := range o.inputs {
		file, isFile := strings.CutPrefix(value, "@")
		if !isFile {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return fault.New(fault.Invalid, "The input %s names the file %s, which can't be read.", name, file).Because(err)
		}
		o.inputs[name] = strings.TrimRight(string(raw), "\r\n")
	}
	// A redirect would carry the token to wherever it leads.
	o.client = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return nil
}

// ask sends one request; a refusal is a fault with the server's own words. A request that got no answer is sent
// again, which is harmless: it carries a key.
func (o *runOptions) ask(ctx context.Context, method, path string, body []byte, into any) (err error) {
	for try := range 3 {
		if try > 0 {
			select {
			case <-ctx.Done():
				return fmt.Errorf("ask Caracal: %w", ctx.Err())
			case <-time.After(time.Duration(try) * o.every):
			}
		}
		var again bool
		if again, err = o.askOnce(ctx, method, path, body, into); !again {
			return err
		}
	}
	return err
}

func (o *runOptions) askOnce(ctx context.Context, method, path string, body []byte, into any) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, method, o.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return false, fmt.Errorf("make the request: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+o.token)
	r.Header.Set("User-Agent", "caracal/"+version())
	if method == http.MethodPost {
		r.Header.Set("Content-Type", cmp.Or(o.kind, "application/json"))
		r.Header.Set(trigger.KeyHeader, o.key)
	}
	answer, err := o.client.Do(r)
	if err != nil {
		return ctx.Err() == nil, fault.New(fault.Upstream, "Caracal at %s does not answer; look at the address and whether it runs.", o.url).Because(err)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return true, fault.New(fault.Upstream, "The answer of Caracal at %s broke off; try again.", o.url).Because(err)
	}
	if answer.StatusCode >= 300 {
		return false, refusal(answer, raw)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return false, fault.New(fault.Upstream, "What answers at %s is not Caracal; look at the address.", o.url).Because(err)
	}
	return false, nil
}

// refusal turns an answer into a sentence with a line for each input that is wrong.
func refusal(answer *http.Response, raw []byte) error {
	var problem struct {
		Error handlers.Problem `json:"error"`
	}
	if err := json.Unmarshal(raw, &problem); err != nil || problem.Error.Message == "" {
		return fault.New(fault.Upstream, "What answers there is not Caracal (%s); look at the address.", answer.Status)
	}
	words := problem.Error.Message
	var lines []string
	for name, bad := range problem.Error.Fields {
		lines = append(lines, "\n  "+name+": "+bad)
	}
	slices.Sort(lines)
	return fault.New(fault.Invalid, "%s%s", words, strings.Join(lines, ""))
}

// follow asks until the run has ended, and says on the way what it waits for.
func (o *runOptions) follow(ctx context.Context, run handlers.RunJSON, out io.Writer) (handlers.RunJSON, error) {
	said := ""
	for !run.Ended {
		if words := run.State + " " + run.WaitReason; words != said {
			said = words
			fmt.Fprintln(out, strings.TrimSpace(run.URL+" "+words))
		}
		select {
		case <-ctx.Done():
			return run, fault.New(fault.Busy, "Stopped waiting; the run goes on: %s", run.URL)
		case <-time.After(o.every):
		}
		var now handlers.RunJSON
		if err := o.ask(ctx, http.MethodGet, "/runs/"+url.PathEscape(run.ID), nil, &now); err != nil {
			return run, err
		}
		run = now
	}
	return run, nil
}

const triggerHelp = `Helps with what starts workflows: what there is and what came of it, when a timetable is due, how a webhook is signed, which events
a trigger takes.

  caracal trigger list WORKFLOW                              list what starts a workflow, on a running Caracal
  caracal trigger show WORKFLOW TRIGGER                      print its guard rails, next times and last deliveries; --yaml its file
  caracal trigger validate FILE…                             check triggers' files, with no server at hand
  caracal trigger create FILE                                make a trigger of a file, or of flags
  caracal trigger update FILE                                make the trigger of that name as the file says, or as flags do
  caracal trigger apply FILE…                                create those that are not there, and update the others
  caracal trigger delete WORKFLOW TRIGGER --yes              take it away
  caracal trigger secret WORKFLOW TRIGGER                    make a new secret for a webhook
  caracal trigger schema                                     print the JSON Schema of the files, for editors
  caracal trigger pause WORKFLOW TRIGGER                     stop it
  caracal trigger resume WORKFLOW TRIGGER                    let it go on
  caracal trigger next "0 9 * * 1-5" --zone Europe/Berlin    print the next times of a cron text
  caracal trigger sign --secret-file FILE [BODY-FILE]        print the signature header for a body, or for what is piped in
  caracal trigger types [WORDS]                              list types of event of an Okta org
  caracal trigger try --types TYPES --where CONDITION [FILE] say which events of a file, or of what is piped in, would start a run`

// runTrigger runs one of the commands about triggers.
func runTrigger(ctx context.Context, p process, args []string) int {
	fs := newFlags(p, "trigger", triggerHelp)
	if len(args) > 0 && slices.Contains([]string{"list", "show", "pause", "resume"}, args[0]) {
		return remoteTrigger(ctx, p, args[0], args[1:])
	}
	for _, c := range triggerCommands() {
		if len(args) > 0 && args[0] == c.name {
			return c.run(ctx, p, args[1:])
		}
	}
	if len(args) > 0 && args[0] == "next" {
		return nextTimes(p, args[1:])
	}
	if len(args) > 0 && args[0] == "sign" {
		return signBody(p, args[1:])
	}
	if len(args) > 0 && args[0] == "types" {
		return listTypes(p, args[1:])
	}
	if len(args) > 0 && args[0] == "try" {
		return tryEvents(p, args[1:])
	}
	if code, done := fs.parse(args); done {
		return code
	}
	fs.Usage()
	return exitUsage
}

func nextTimes(p process, args []string) int {
	fs := newFlags(p, "trigger next", "Prints the next times of a cron text: minute, hour, day of the month, month, day of the week.")
	zone := fs.String("zone", "UTC", "`NAME` of the time zone, such as Europe/Berlin")
	count := fs.Int("count", 5, "how `MANY` times")
	text, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	times, err := trigger.Timetable{Cron: strings.Join(text, " "), Zone: *zone}.Parse()
	if err != nil {
		return complain(p, err)
	}
	for _, t := range times.NextN(time.Now(), min(max(*count, 1), 1000)) {
		fmt.Fprintln(p.stdout, t.Format("Mon 2006-01-02 15:04 MST"))
	}
	return exitOK
}

func signBody(p process, args []string) int {
	fs := newFlags(p, "trigger sign", "Prints the header that signs a body, good for the webhook's window from now on.")
	secretFile := fs.String("secret-file", "", "`FILE` that holds the webhook's secret")
	files, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	if *secretFile == "" || len(files) > 1 {
		return complainUsage(p, "Name the secret's file with --secret-file, and at most one file with the body.")
	}
	secret, err := os.ReadFile(*secretFile)
	if err != nil {
		return complain(p, fault.New(fault.Invalid, "The secret file %s can't be read.", *secretFile).Because(err))
	}
	var body []byte
	if len(files) == 1 {
		body, err = os.ReadFile(files[0])
	} else {
		body, err = io.ReadAll(os.Stdin)
	}
	if err != nil {
		return complain(p, fault.New(fault.Invalid, "The body can't be read.").Because(err))
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", trigger.SignatureHeader, trigger.Sign(strings.TrimSpace(string(secret)), time.Now(), body))
	return exitOK
}
