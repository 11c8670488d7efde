package crashtest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"caracal/auth"
	"caracal/connect"
	"caracal/db"
	"caracal/form"
	"caracal/internal/app"
	"caracal/org"
	"caracal/secret"
	"caracal/trigger"
	"caracal/workflow"
)

// Build builds the real program into a folder and returns its path.
func Build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "caracal")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "caracal/cmd/caracal").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build caracal: %w\n%s", err, out)
	}
	return binary, nil
}

// Rig is an installation of Caracal: a database with orgs connected, workflows published and a person signed in. The
// programs on it are started and killed by Node.
type Rig struct {
	Place string // of the database
	Orgs  []*Org
	Also  []string // addresses, besides those of the orgs, that the program may call over http
	Mail  string   // host and port of a mail server; "" is none

	dir, binary string
	key         string
	cookies     []string // of two people
	token       string   // of the API
	by          auth.User
	client      *http.Client
}

// NewRig prepares a new database at a place, a file or an address of PostgreSQL. dir is a folder of its own.
func NewRig(ctx context.Context, binary, place, dir string, orgs ...*Org) (_ *Rig, err error) {
	r := &Rig{Place: place, Orgs: orgs, dir: dir, binary: binary, key: secret.NewKey("demo"), client: &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	whole, err := r.open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, whole.Close()) }()
	by, err := r.signIn(ctx, whole.DB, "Ada")
	if err == nil {
		_, err = r.signIn(ctx, whole.DB, "Bo")
	}
	if err != nil {
		return nil, err
	}
	r.by, r.token = by, trigger.NewToken()
	if _, err := whole.DB.CreateToken(ctx, trigger.Token{Name: "crashtest", PersonID: by.ID, ExpiresAt: time.Now().Add(24 * time.Hour)}, trigger.Hash(r.token), by); err != nil {
		return nil, err
	}
	for _, o := range orgs {
		if err := o.connect(ctx, whole, by); err != nil {
			return nil, fmt.Errorf("connect %s: %w", o.Name, err)
		}
		if err := o.publish(ctx, whole.DB, by); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// open puts a Caracal together in this process, on the rig's database and orgs.
func (r *Rig) open(ctx context.Context, change func(*app.Config)) (*app.App, error) {
	keys, err := secret.ParseKeyring(r.key)
	if err != nil {
		return nil, err
	}
	c := app.Config{Database: r.Place, Folder: r.dir, Keys: keys, Version: "crashtest", PublicURL: "http://127.0.0.1", Missing: []string{"sign-in"}}
	for _, o := range r.Orgs {
		c.Hosts.Loopback = append(c.Hosts.Loopback, o.host)
	}
	for _, address := range r.Also {
		c.Hosts.Loopback = append(c.Hosts.Loopback, strings.TrimPrefix(address, "http://"))
	}
	if change != nil {
		change(&c)
	}
	return app.New(ctx, c)
}

// signIn makes an admin with a session whose cookie every node takes.
func (r *Rig) signIn(ctx context.Context, d *db.DB, name string) (auth.User, error) {
	token := secret.NewKey("token")
	hash := sha256.Sum256([]byte(token))
	r.cookies = append(r.cookies, "caracal_dev="+token)
	now := time.Now()
	by, _, err := d.SignIn(ctx, auth.User{Issuer: "https://crashtest.example", Subject: strings.ToLower(name), Name: name, Roles: []auth.Role{auth.Admin}},
		db.NewSession{ID: db.NewID("session", now), TokenHash: hash[:], IdleEnds: now.Add(12 * time.Hour), Ends: now.Add(12 * time.Hour)})
	return by, err
}

func (o *Org) connect(ctx context.Context, whole *app.App, by auth.User) error {
	ready := o.ready.Demo.OIN
	if o.method == org.CustomApp {
		ready = o.ready.Demo.Custom
	}
	f := form.New(connect.Fields(o.method))
	for name, value := range map[string]string{connect.FieldName: o.Name, connect.FieldDomain: ready.Domain, connect.FieldClientID: ready.ClientID,
		connect.FieldSecret: ready.Secret.Reveal(), connect.FieldScopes: ready.Scopes} {
		f.Values[name] = value
	}
	done, ok, err := whole.Connect.Connect(ctx, o.method, f, by)
	if err == nil && !ok {
		err = fmt.Errorf("it was refused: %v", f.Errors)
	}
	o.id = done.Application.ID
	return err
}

// publish makes the workflows that the runs are of.
func (o *Org) publish(ctx context.Context, d *db.DB, by auth.User) error {
	make1 := func(def workflow.Definition) (string, error) {
		def.ApplicationID = o.id
		def.Inputs = []workflow.Input{{Name: "label", Label: "Label", Kind: form.Text, Required: true}}
		for i := range def.Steps {
			def.Steps[i].Title = def.Steps[i].ID
		}
		w, err := d.CreateWorkflow(ctx, def, by)
		if err == nil {
			_, err = d.Publish(ctx, w.ID, w.Revision, "", by)
		}
		return w.ID, err
	}
	step := func(id, action string, fields ...string) workflow.Step {
		s := workflow.Step{ID: id, Action: action, Fields: map[string]string{}}
		for i := 0; i < len(fields); i += 2 {
			s.Fields[fields[i]] = fields[i+1]
		}
		return s
	}
	person := func(id, label string) workflow.Step {
		return step(id, "user.create", "first_name", "Crash", "last_name", label, "email", label+"@caracal.example", "when", "now")
	}
	conditional := step("group", "group.create", "name", "{{ inputs.label }}")
	conditional.OnlyIf = "{{ not empty(inputs.label) }}"
	var err error
	if o.flat, err = make1(workflow.Definition{Name: "Flat", Steps: []workflow.Step{
		conditional,
		step("note", workflow.FlowNote, "text", "{{ inputs.label }}"),
		person("person", "{{ inputs.label }}"),
		step("member", "group.add_member", "user", "{{ steps.person.output.id }}", "group", "{{ steps.group.output.id }}"),
		step("again", "user.reactivate", "user", "{{ steps.person.output.id }}", "send_email", "true"),
		step("wait", workflow.FlowWait, "amount", "0.02", "unit", "minutes"),
		step("check", workflow.FlowStopUnless, "condition", "{{ not empty(steps.person.output.id) }}", "message", "Nobody."),
	}}); err != nil {
		return err
	}
	called, err := make1(workflow.Definition{Name: "Called", Steps: []workflow.Step{
		person("person", "{{ inputs.label }}-called"),
		step("give", workflow.FlowGive, "value", "{{ steps.person.output.id }}"),
	}})
	if err != nil {
		return err
	}
	within := step("made", "group.create", "name", "{{ inputs.label }}-{{ item }}")
	within.In = "each"
	o.nested, err = make1(workflow.Definition{Name: "Nested", Steps: []workflow.Step{
		step("group", "group.create", "name", "{{ inputs.label }}"),
		step("each", workflow.FlowForEach, "list", `{{ ["a", "b", "c"] }}`, "gather", "{{ steps.made.output.id }}", "at_once", "2"),
		within,
		step("call", workflow.CallAction(called), "label", "{{ inputs.label }}"),
		step("member", "group.add_member", "user", "{{ steps.call.output.result }}", "group", "{{ steps.group.output.id }}"),
		step("check", workflow.FlowStopUnless, "condition", "{{ steps.each.output.done == 3 }}", "message", "An item is missing."),
	}})
	return err
}

// reading opens the database beside the programs.
func (r *Rig) reading(ctx context.Context) (*db.DB, error) {
	return db.OpenForReading(ctx, r.Place, db.Options{})
}

// hosts lists what the program may call as it is told of it.
func (r *Rig) hosts() string {
	list := slices.Clone(r.Also)
	for _, o := range r.Orgs {
		list = append(list, o.URL)
	}
	return strings.Join(list, ",")
}

// folder makes a folder for one node, with the key in it.
func (r *Rig) folder(name string) (string, error) {
	dir := filepath.Join(r.dir, name)
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "demo.key"), []byte(r.key), 0o600)
	}
	return dir, err
}
