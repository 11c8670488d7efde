package views

import (
	"context"
	"io"

	"caracal/form"
	"caracal/views/ui"

	"github.com/a-h/templ"
)

// pickerStates are pickers whose list is open, as their script shows them: waiting, with what was found, and without the org.
func pickerStates() []State {
	rows := []ui.PickerRow{{ID: "00u1", Label: "Zoë O'Neil", Detail: "zoe@example.com"}, {ID: "00u2", Label: "Zoran Wu", Detail: "zoran@example.com · suspended"}}
	zone := form.Field{Name: "zone", Label: "Network zone", Kind: form.ListOf("zones"), Required: true}
	user := form.Field{Name: "user", Label: "Person", Kind: form.User, Required: true}
	one := func(name string, f form.Field, l ui.Listed) State {
		return State{"picker/" + name, within("Run Onboard", ui.Control(ui.Input{Field: f, Listed: &l}))}
	}
	return []State{
		one("asking", user, ui.Listed{Asking: true}),
		one("asking-again", user, ui.Listed{Asking: true, Rows: rows}),
		one("found", user, ui.Listed{Rows: rows}),
		one("nothing", user, ui.Listed{Note: "Nothing begins with this."}),
		one("long", zone, ui.Listed{Rows: []ui.PickerRow{{ID: "nzo1", Label: "Offices", Detail: "ip"}}, Note: "Only the first 1000 network zones were looked through; if yours is not among them, type its id."}),
		one("failed", user, ui.Listed{Failed: true, Note: "acme.okta.com did not answer in time; try again in a minute."}),
		one("failed-typed", zone, ui.Listed{Failed: true, Note: "Okta's limit for such calls is used up, by Caracal and others together; try again in 3 minutes.",
			Rows: []ui.PickerRow{{ID: "nzowc1U5Jh5xuAK0o0g3", Label: "nzowc1U5Jh5xuAK0o0g3", Detail: "Use what is typed as the id"}}}),
	}
}

// within draws a part of a page on a card of its own.
func within(title string, part templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		card := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			if err := ui.PageHeader(ui.Head{Title: title}).Render(ctx, w); err != nil {
				return err
			}
			return ui.Card("Inputs", "").Render(templ.WithChildren(ctx, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
				if _, err := io.WriteString(w, `<section class="form">`); err != nil {
					return err
				}
				if err := part.Render(ctx, w); err != nil {
					return err
				}
				_, err := io.WriteString(w, `</section>`)
				return err
			})), w)
		})
		return Layout(galleryShell("workflows"), title).Render(templ.WithChildren(ctx, card), w)
	})
}
