package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"caracal/audit"
	"caracal/db"
	"caracal/views"
	"caracal/views/ui"
)

// AuditList shows who did what, and proves the record when asked.
func (h *Handlers) AuditList(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	p := views.AuditProps{Person: q.Get("person"), Subject: strings.TrimSpace(q.Get("subject")), Now: h.Clock()}
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0 // no cursor, or one that was typed: the newest
	}
	entries, next, err := h.DB.AuditList(ctx, db.AuditFilter{By: p.Person, Subject: p.Subject, Before: before})
	if err != nil {
		return err
	}
	people, err := h.DB.Users(ctx)
	if err != nil {
		return err
	}
	names := map[string]string{db.System.ID: db.System.Name, db.CommandLine.ID: db.CommandLine.Name}
	for _, u := range people {
		names[u.ID] = u.Label()
		p.People = append(p.People, ui.Link{Label: u.Label(), Href: u.ID})
	}
	p.People = append(p.People, ui.Link{Label: db.System.Name, Href: db.System.ID})
	for _, e := range entries {
		p.Rows = append(p.Rows, auditRow(e, names))
	}
	p.Paging = ui.Paging{Next: auditPage(r, next)}
	if before > 0 {
		p.Paging.Prev = auditPage(r, -1)
	}
	if q.Get("proof") != "" {
		if p.Proof, err = h.auditProof(r); err != nil {
			return err
		}
	}
	p.Shell = h.shell(r, "audit")
	return h.render(w, r, http.StatusOK, views.AuditPage(p))
}

// auditProof reads the whole record and checks its chain.
func (h *Handlers) auditProof(r *http.Request) (*views.AuditProof, error) {
	count, head, err := h.DB.AuditVerify(r.Context())
	var broken *audit.BrokenError
	if errors.As(err, &broken) {
		return &views.AuditProof{Count: count, Broken: "The chain of hashes breaks: " + broken.Error() + ". Compare the database with a backup."}, nil
	}
	if err != nil {
		return nil, err
	}
	return &views.AuditProof{Count: count, Head: head}, nil
}

func auditRow(e audit.Entry, names map[string]string) views.AuditRow {
	row := views.AuditRow{Seq: e.Seq, At: e.At, By: names[e.By], Action: e.Action, Subject: e.Subject, SubjectHref: subjectPage(e), Hash: e.Hash}
	if row.By == "" {
		row.By = e.By
	}
	if name := names[e.Subject]; name != "" {
		row.Subject = name
	}
	for _, key := range slices.Sorted(maps.Keys(e.Detail)) {
		row.Detail = append(row.Detail, views.AuditDetail{Name: strings.ReplaceAll(key, "_", " "), Value: auditValue(e.Detail[key])})
	}
	return row
}

// subjectPage is the page of what an entry is about. Not everything has one.
func subjectPage(e audit.Entry) string {
	object, _, _ := strings.Cut(e.Action, ".")
	switch object {
	case "application", "workflow", "run":
		return "/" + object + "s/" + e.Subject
	}
	return ""
}

// auditValue writes a value of an entry's detail as a person reads it.
func auditValue(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return "–"
	case []any:
		words := make([]string, len(v))
		for i, each := range v {
			words[i] = auditValue(each)
		}
		return strings.Join(words, ", ")
	}
	b, err := json.Marshal(v)
	if err != nil { // a value that was read from JSON is always JSON
		return fmt.Sprint(v)
	}
	return string(b)
}

// auditPage is the address of the list from an entry on; 0 is no page, and -1 the newest.
func auditPage(r *http.Request, before int64) string {
	if before == 0 {
		return ""
	}
	q := r.URL.Query()
	q.Del("before")
	q.Del("proof")
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return "/audit?" + q.Encode()
}
