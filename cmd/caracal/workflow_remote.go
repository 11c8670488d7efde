package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"caracal/fault"
	"caracal/filing"
	"caracal/handlers"
)

// remember takes the revisions that a diff showed, so that what somebody changed since is not gone over.
func (o *workflowOptions) remember(list []filing.Source) error {
	if o.seen == "" {
		return nil
	}
	var shown []filing.Report
	raw, err := os.ReadFile(o.seen)
	if err == nil {
		err = json.Unmarshal(raw, &shown)
	}
	if err != nil {
		return fault.New(fault.Invalid, "%s can't be read as what \"caracal workflow diff --json\" printed.", o.seen).Because(err)
	}
	for i := range list {
		for _, r := range shown {
			if r.File == list[i].Name {
				list[i].Seen = &r.Revision
			}
		}
		if list[i].Seen == nil {
			return fault.New(fault.Invalid, "%s says nothing of %s; compare it first, under the same name.", o.seen, list[i].Name)
		}
	}
	return nil
}

// askFor sends files to a running Caracal, to be compared or applied.
func (o *workflowOptions) askFor(ctx context.Context, list []filing.Source, do string) (reports []filing.Report, wrong bool, err error) {
	body := handlers.FilesBody{Application: o.Application, ID: o.ID}
	if do == "diff" {
		body.Published = o.Published
	} else {
		body.Publish, body.Note = o.Publish, o.Note
	}
	for _, s := range list {
		body.Files = append(body.Files, handlers.FileBody{Name: s.Name, Text: string(s.Text), Seen: s.Seen})
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, false, fmt.Errorf("write the request: %w", err)
	}
	if len(raw) > handlers.MaxFiles {
		return nil, false, fault.New(fault.Invalid, "The files are larger than %d MB together; name fewer of them at once.", handlers.MaxFiles>>20)
	}
	var answer handlers.FilesJSON
	err = o.remote.ask(ctx, http.MethodPost, "/workflows/"+do, raw, &answer)
	return answer.Files, answer.Wrong, err
}

// exportRemote writes workflows of a running Caracal as files.
func (o *workflowOptions) exportRemote(ctx context.Context, p process, names []string) error {
	var list struct {
		Workflows []handlers.WorkflowJSON `json:"workflows"`
	}
	var ids []string
	for _, name := range names {
		id, err := o.remote.findAny(ctx, name)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if len(names) == 0 {
		if err := o.remote.ask(ctx, http.MethodGet, "/workflows?drafts=true", nil, &list); err != nil {
			return err
		}
		for _, w := range list.Workflows {
			ids = append(ids, w.ID)
		}
	}
	if o.out == "" && len(ids) != 1 {
		return fault.New(fault.Invalid, "There are %d workflows; name one, or a folder for all with --out.", len(ids))
	}
	query := ""
	if o.draft {
		query = "?draft=true"
	}
	written := map[string]bool{}
	for _, id := range ids {
		var f handlers.WorkflowFileJSON
		if err := o.remote.ask(ctx, http.MethodGet, "/workflows/"+url.PathEscape(id)+"/file"+query, nil, &f); err != nil {
			return err
		}
		if o.out == "" {
			_, err := fmt.Fprint(p.stdout, f.File)
			return err
		}
		if err := o.writeFile(p, freshName(f.Name, written), f.File); err != nil {
			return err
		}
	}
	return nil
}
