package handlers

import (
	"errors"
	"io"
	"net/http"

	"caracal/catalog"
	"caracal/connect"
	"caracal/fault"
	"caracal/internal/describe"
	"caracal/views"
	"caracal/views/ui"
)

// MaxDescription is what the form with a description may weigh: the file, and a little around it.
const MaxDescription = describe.MaxSize + 64<<10

// CatalogList is the page of the description of Okta's API: which one is in use, those before it, and a form for
// a newer one.
func (h *Handlers) CatalogList(w http.ResponseWriter, r *http.Request) error {
	return h.catalogPage(w, r, http.StatusOK, "")
}

func (h *Handlers) catalogPage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	list, err := h.Catalogs.List(r.Context())
	if err != nil {
		return err
	}
	return h.render(w, r, status, views.CatalogListPage(views.CatalogListProps{Shell: h.shell(r, "operations"), Now: h.Clock(),
		List: list, Error: problem, MaxMB: describe.MaxSize >> 20}))
}

// CatalogImport reads a description and leads to what it would change. Nothing is in use yet.
func (h *Handlers) CatalogImport(w http.ResponseWriter, r *http.Request) error {
	text, err := description(r)
	if err == nil {
		var data catalog.Data
		if data, err = describe.Read(text); err == nil {
			var name string
			if name, err = h.Catalogs.Propose(r.Context(), data, user(r).Name, h.Clock()); err == nil {
				return h.redirect(w, r, catalogPath(name))
			}
		}
	}
	if f := fault.As(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		return h.catalogPage(w, r, http.StatusUnprocessableEntity, f.Message)
	}
	return err
}

func catalogPath(name string) string { return "/operations/catalog/versions/" + name }

// description reads the file of the form as it comes, so that it is held once.
func description(r *http.Request) ([]byte, error) {
	none := fault.New(fault.Invalid, "Choose the file of the description first.")
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, none
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, none
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if part.FormName() != "file" {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, describe.MaxSize+1))
		switch {
		case err != nil:
			return nil, unreadable(err)
		case len(text) == 0:
			return nil, none
		}
		return text, nil
	}
}

// CatalogShow says what one description changes against the one in use, and which workflows that touches.
func (h *Handlers) CatalogShow(w http.ResponseWriter, r *http.Request) error {
	kept, changes, err := h.Catalogs.Look(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	users, err := connect.OperationUsers(r.Context(), h.DB, h.Catalog.Now())
	if err != nil {
		return err
	}
	p := views.CatalogShowProps{Shell: h.shell(r, "operations"), Now: h.Clock(), Kept: kept, Changes: changes, Users: map[string][]ui.Link{}}
	for id, list := range users {
		for _, u := range list {
			p.Users[id] = append(p.Users[id], ui.Link{Label: u.Name, Href: "/workflows/" + u.ID})
		}
	}
	return h.render(w, r, http.StatusOK, views.CatalogShowPage(p))
}

// CatalogUse takes a description into use, at once: steps that are under way keep what they have.
func (h *Handlers) CatalogUse(w http.ResponseWriter, r *http.Request) error {
	before := h.Catalog.Now().APIVersion
	kept, err := h.Catalogs.Use(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	if err := h.DB.Record(r.Context(), user(r), "catalog.used", "", map[string]any{"name": kept.Name, "version": kept.APIVersion, "before": before, "operations": kept.Operations}); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "Caracal works by Okta's description "+kept.APIVersion+" now.")
	return h.redirect(w, r, "/operations/catalog")
}

// CatalogForget drops a description that was looked at and not taken into use.
func (h *Handlers) CatalogForget(w http.ResponseWriter, r *http.Request) error {
	if err := h.Catalogs.Drop(r.Context(), r.PathValue("name")); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "The description was not taken, and is forgotten.")
	return h.redirect(w, r, "/operations/catalog")
}
