package workflow

import (
	"slices"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/form"
	"caracal/org"
)

func TestCheckFindsNothingInAGoodDefinition(t *testing.T) {
	t.Parallel()
	if got := Check(onboarding(), testRegistry(), testApplication()); len(got) != 0 {
		t.Errorf("problems: %+v", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	field := func(step int, name, value string) func(*Definition) {
		return func(d *Definition) { d.Steps[step].Fields[name] = value }
	}
	deletion := func(name, value string) func(*Definition) {
		return func(d *Definition) {
			d.Steps = append(d.Steps, Step{ID: "del", Title: "Delete", Action: "user.delete", Fields: map[string]string{"user": "00u1ada", name: value}})
		}
	}
	for name, c := range map[string]struct {
		edit  func(*Definition)
		place string // step/input:field
		want  string
	}{
		"no name":              {func(d *Definition) { d.Name = " " }, ":name", "Enter name"},
		"long name":            {func(d *Definition) { d.Name = strings.Repeat("ä", 10_000) }, ":name", "10000 characters"},
		"long purpose":         {func(d *Definition) { d.Purpose = strings.Repeat("x", MaxPurpose+1) }, ":purpose", "shorten it"},
		"no application":       {func(d *Definition) { d.ApplicationID = "" }, ":application_id", "Choose the application"},
		"foreign role":         {func(d *Definition) { d.Runners = []auth.Role{"root"} }, ":runners", "root"},
		"no steps":             {func(d *Definition) { d.Steps = nil }, ":steps", "at least one step"},
		"bad input name":       {func(d *Definition) { d.Inputs[0].Name = "a b" }, "a b:name", "can't name an input"},
		"doubled input":        {func(d *Definition) { d.Inputs[1].Name = "first" }, "first:name", "named \"first\" too"},
		"doubled label":        {func(d *Definition) { d.Inputs[1].Label = "first NAME" }, "last:label", "could not tell them apart"},
		"no label":             {func(d *Definition) { d.Inputs[1].Label = "" }, "last:label", "Enter label"},
		"foreign kind":         {func(d *Definition) { d.Inputs[1].Kind = "colour" }, "last:kind", "not a kind"},
		"choice of nothing":    {func(d *Definition) { d.Inputs[1].Kind = form.Choice }, "last:options", "one on each line"},
		"doubled step":         {func(d *Definition) { d.Steps[1].ID = "create" }, "create:", "“Add” stands as step 2 under the id"},
		"no title":             {func(d *Definition) { d.Steps[1].Title = "" }, "add:title", "Enter title"},
		"unknown action":       {func(d *Definition) { d.Steps[0].Action = "moon.land" }, "create:", "not known"},
		"field added by hand":  {field(0, "admin", "true"), "create:", `no field "admin"`},
		"required":             {field(0, "first_name", "  "), "create:first_name", "is needed"},
		"long":                 {field(0, "first_name", strings.Repeat("😀", 10_001)), "create:first_name", "10001 characters"},
		"bad plain value":      {field(0, "email", "not mail"), "create:email", "not an e-mail"},
		"text in a picker":     {field(1, "group", "Engineering team"), "add:group", "from the list"},
		"text beside a value":  {field(1, "group", "x {{ inputs.first }}"), "add:group", "one value alone"},
		"input in a picker":    {field(1, "group", "{{ inputs.first }}"), "add:group", "takes a group, and the input “First name” is text"},
		"output in a picker":   {field(1, "group", "{{ steps.create.output.id }}"), "add:group", "is a user"},
		"unclosed":             {field(0, "login", "{{ inputs.first"), "create:login", "take it away (at character 1)"},
		"unknown name":         {field(0, "login", "{{ foo }}"), "create:login", "not known here"},
		"gone input":           {field(0, "login", "{{ inputs.gone }}"), "create:login", "no input \"gone\" any more"},
		"gone step":            {field(1, "user", "{{ steps.gone.output.id }}"), "add:user", "was removed"},
		"later step":           {field(0, "login", "{{ steps.add.output.id }}"), "create:login", "comes after"},
		"own output":           {field(0, "login", "{{ steps.create.output.id }}"), "create:login", "its own output"},
		"no such output":       {field(1, "user", "{{ steps.create.output.foo }}"), "add:user", "gives no \"foo\""},
		"optional in required": {func(d *Definition) { d.Inputs[0].Required = false }, "create:first_name", "may be left empty"},
		"foreign choice":       {deletion("when", "later"), "del:when", "not one of the choices"},
		"text in a date":       {deletion("on", "{{ inputs.first }}"), "del:on", "takes a date"},
		"text in a number":     {deletion("count", "{{ inputs.first }}"), "del:count", "takes a number"},
		"text in a yes-no":     {deletion("mail", "{{ inputs.first }}"), "del:mail", "takes yes or no"},
	} {
		d := onboarding()
		c.edit(&d)
		got := Check(d, testRegistry(), testApplication())
		i := slices.IndexFunc(got, func(p Problem) bool { return p.Step+p.Input+":"+p.Field == c.place })
		if i < 0 {
			t.Errorf("%s: nothing at %s in %+v", name, c.place, got)
		} else if !strings.Contains(got[i].Message, c.want) || got[i].Advice {
			t.Errorf("%s: %+v does not say %q", name, got[i], c.want)
		}
	}
}

// TestTwoTitles: a title twice is worth mending, said at the second, and no reason to refuse.
func TestTwoTitles(t *testing.T) {
	t.Parallel()
	d := onboarding()
	d.Steps[1].Title = "CREATE"
	got := Check(d, testRegistry(), testApplication())
	if len(got) != 1 || got[0].Step != "add" || got[0].Field != "title" || !strings.HasPrefix(got[0].Message, "Step 1 is called “Create” too") || len(Blocking(got)) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestCheckTellsMissingScopes(t *testing.T) {
	t.Parallel()
	app := testApplication()
	app.Granted = []org.Scope{"okta.users.manage"}
	got := Check(onboarding(), testRegistry(), app)
	if len(got) != 1 || got[0].Step != "add" || got[0].Scope != "okta.groups.manage" || !got[0].Advice || !strings.Contains(got[0].Message, "has not granted") {
		t.Errorf("not granted: %+v", got)
	}
	app.Scopes = app.Granted
	got = Check(onboarding(), testRegistry(), app)
	if len(got) != 1 || !strings.Contains(got[0].Message, "connected without") {
		t.Errorf("not configured: %+v", got)
	}
	if len(Blocking(got)) != 0 {
		t.Error("a missing scope stops publishing")
	}
	app.Status = org.Disconnected
	if got = Blocking(Check(onboarding(), testRegistry(), app)); len(got) != 1 || got[0].Field != "application_id" {
		t.Errorf("disconnected: %+v", got)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	var got []string
	for _, v := range onboarding().Values(testRegistry(), "add", "user") {
		if v.Fits {
			got = append(got, v.Reference.Placeholder())
		}
	}
	if !slices.Equal(got, []string{"{{ steps.create.output.id }}"}) {
		t.Errorf("values for a user: %v", got)
	}
	if got := onboarding().Values(testRegistry(), "create", "login"); len(got) != 3 {
		t.Errorf("values for text in the first step: %+v", got)
	}
}
