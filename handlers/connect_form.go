package handlers

import (
	"net/http"
	"strings"

	"caracal/connect"
	"caracal/fault"
	"caracal/form"
	"caracal/health"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
)

// ConnectNew shows the connect form of a method, filled with its defaults.
func (h *Handlers) ConnectNew(w http.ResponseWriter, r *http.Request) error {
	m := methodOf(r)
	return h.connectPage(w, r, http.StatusOK, m, form.New(connect.Fields(m)))
}

// ConnectCreate tries the connection and stores it. A refusal is the same form with the reason beside its field.
func (h *Handlers) ConnectCreate(w http.ResponseWriter, r *http.Request) error {
	m := methodOf(r)
	f, err := decode(connect.Fields(m), r)
	if err != nil {
		return err
	}
	done, ok, err := h.Connect.Connect(r.Context(), m, f, user(r))
	if err != nil {
		return err
	}
	if !ok {
		return h.connectPage(w, r, http.StatusUnprocessableEntity, m, f)
	}
	h.flash(w, r, ui.Good, strings.Join(append([]string{done.Application.Name + " is connected."}, done.Notes...), " "))
	return h.redirect(w, r, "/applications/"+done.Application.ID+"/health")
}

// ConnectKey makes a key for the form and shows its public half, with everything typed kept.
func (h *Handlers) ConnectKey(w http.ResponseWriter, r *http.Request) error {
	f, err := decode(connect.Fields(org.CustomApp), r)
	if err != nil {
		return err
	}
	f.Errors = map[string]string{} // not submitted yet
	pair, err := h.Connect.MakeKey(r.Context(), "", user(r))
	if err != nil {
		return err
	}
	f.Values[connect.FieldKeyPair] = pair.ID
	return h.connectPage(w, r, http.StatusOK, org.CustomApp, f)
}

// ConnectKeyForget goes back to a pasted key, with everything else kept.
func (h *Handlers) ConnectKeyForget(w http.ResponseWriter, r *http.Request) error {
	f, err := decode(connect.Fields(org.CustomApp), r)
	if err != nil {
		return err
	}
	f.Errors = map[string]string{}
	f.Values[connect.FieldKeyPair] = ""
	return h.connectPage(w, r, http.StatusOK, org.CustomApp, f)
}

// ConnectMethod shows the form of the other method, with what both ask for kept.
func (h *Handlers) ConnectMethod(w http.ResponseWriter, r *http.Request) error {
	m := methodOf(r)
	f, err := decode(connect.Fields(m), r)
	if err != nil {
		return err
	}
	f.Errors = map[string]string{}
	f.Values[connect.FieldSecret] = "" // a secret of the one method is none of the other
	return h.connectPage(w, r, http.StatusOK, m, f)
}

// ConnectAdvice says what the scopes typed so far allow, and the smallest admin role for them.
func (h *Handlers) ConnectAdvice(w http.ResponseWriter, r *http.Request) error {
	return h.render(w, r, http.StatusOK, views.ConnectAdviceAnswer(h.advice(r.FormValue(connect.FieldScopes))))
}

func methodOf(r *http.Request) org.Method {
	if org.Method(r.FormValue("method")) == org.CustomApp {
		return org.CustomApp
	}
	return org.Integration
}

func (h *Handlers) connectPage(w http.ResponseWriter, r *http.Request, status int, m org.Method, f *form.Form) error {
	p := views.ConnectProps{
		Shell: h.shell(r, "applications"), Method: m, Form: f, Scopes: h.scopeRows(),
		Advice:  h.advice(f.Values[connect.FieldScopes]),
		Listing: views.Listing{Name: h.ListingName, URL: h.ListingURL},
		Again:   !f.OK() && f.Values[connect.FieldSecret] != "",
	}
	if f.Errors[connect.FieldDomain] == "" {
		p.Console = h.Connect.CheckField(m, f, connect.FieldDomain).Console
	}
	if id := f.Values[connect.FieldKeyPair]; id != "" {
		pair, err := h.Connect.KeyPair(r.Context(), id, user(r))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			p.Key = h.madeKey(pair)
		}
	}
	if h.Demo != nil {
		ready := h.Demo.OIN
		if m == org.CustomApp {
			ready = h.Demo.Custom
		}
		p.Demo = &views.ReadyMade{Domain: ready.Domain, ClientID: ready.ClientID, Secret: ready.Secret.Reveal(), Scopes: ready.Scopes}
	}
	return h.render(w, r, status, views.ConnectPage(p))
}

func (h *Handlers) madeKey(pair org.KeyPair) *views.MadeKey {
	return &views.MadeKey{ID: pair.ID, PublicJWK: pair.PublicJWK, Thumbprint: pair.Thumbprint, JWKSURL: h.PublicURL + "/jwks/" + pair.Set}
}

// scopeRows lists every scope there is, the defaults first.
func (h *Handlers) scopeRows() []views.ScopeRow {
	var first, rest []views.ScopeRow
	isDefault := map[string]bool{}
	for _, s := range org.DefaultScopes {
		isDefault[string(s)] = true
	}
	for _, s := range h.Catalog.Now().Scopes() {
		row := views.ScopeRow{Scope: org.Scope(s.Name), Words: s.Words, Default: isDefault[s.Name]}
		if row.Default {
			first = append(first, row)
		} else {
			rest = append(rest, row)
		}
	}
	return append(first, rest...)
}

// advice says what the scopes in a text allow. What is wrong with them is said there too, before Submit.
func (h *Handlers) advice(text string) views.AdviceProps {
	if strings.Trim(text, " ,;\n\r\t") == "" {
		return views.AdviceProps{}
	}
	scopes, err := h.Catalog.Now().ParseScopes(connect.FieldScopes, text)
	if err != nil {
		return views.AdviceProps{Problem: fault.Message(err)}
	}
	proposal := health.Propose(scopes)
	p := views.AdviceProps{Permissions: proposal.Permissions, Resources: proposal.Resources, Roles: proposal.AlsoRoles}
	for _, a := range h.Catalog.Now().Abilities(scopes) {
		p.Abilities = append(p.Abilities, views.AbilityRow(a))
	}
	return p
}
