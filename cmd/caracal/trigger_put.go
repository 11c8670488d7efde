package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"caracal/fault"
	"caracal/filing"
	"caracal/handlers"
	"caracal/trigger"
)

// putFiles makes the triggers of files, or changes those that are there, one after the other.
func (o *triggerFileOptions) putFiles(ctx context.Context, p process, do string, names []string) int {
	at := names
	if do == "update" && len(names) == 3 {
		at = names[2:]
	}
	list, ok := readTriggerFiles(p, at)
	if !ok {
		return exitFail
	}
	var answers []handlers.TriggerJSON
	for _, f := range list {
		flow, named := f.read.Workflow, ""
		if len(at) < len(names) {
			flow, named = names[0], names[1]
		}
		t, err := o.putFile(ctx, p, do, f, flow, named)
		if err != nil {
			return complain(p, filing.About(f.name, err))
		}
		answers = append(answers, t)
		if !o.json {
			if err := o.printChanged(p, f.name+": ", t); err != nil {
				return complain(p, err)
			}
		}
	}
	if o.json {
		if err := printJSON(p.stdout, answers); err != nil {
			return complain(p, err)
		}
	}
	return exitOK
}

// putFile makes or changes the trigger of a file: the one that is named, or else the one of its kind and name.
func (o *triggerFileOptions) putFile(ctx context.Context, p process, do string, f triggerFile, flow, named string) (t handlers.TriggerJSON, err error) {
	if flow == "" {
		return t, fault.New(fault.Invalid, "The file does not name its workflow; begin it with version: 1 and workflow: and a name.")
	}
	path, list, err := o.triggersOf(ctx, flow)
	if err != nil {
		return t, err
	}
	id := ""
	if named != "" {
		if id, err = oneTrigger(list, named); err != nil {
			return t, err
		}
	} else if id, err = sameTrigger(list, f.read.Trigger); err != nil {
		return t, err
	}
	switch {
	case do == "update" && id == "":
		return t, fault.New(fault.NotFound, "The workflow has no %s called %q; make it with \"caracal trigger create\", or name the trigger that is to become it.", f.read.Trigger.Kind, f.read.Trigger.Name)
	case id != "" && do != "create":
		return t, o.update(ctx, path+"/"+url.PathEscape(id), f.text, o.seen, &t)
	}
	return o.create(ctx, p, path, f.text)
}

// sameTrigger returns the id of the trigger that a file is of, "" when there is none yet.
func sameTrigger(list []handlers.TriggerJSON, t trigger.Trigger) (id string, err error) {
	for _, have := range list {
		if have.Kind != string(t.Kind) || !t.Kind.BuiltIn() && have.Name != t.Name {
			continue
		}
		if id != "" {
			return "", fault.New(fault.Conflict, "Several triggers of the kind %s are called %q; rename one on its page.", t.Kind, t.Name)
		}
		id = have.ID
	}
	return id, nil
}

// triggersOf returns the address of a workflow's triggers, and the triggers.
func (o *triggerFileOptions) triggersOf(ctx context.Context, name string) (path string, list []handlers.TriggerJSON, err error) {
	id, err := o.findAny(ctx, name)
	if err != nil {
		return "", nil, err
	}
	path = "/workflows/" + url.PathEscape(id) + "/triggers"
	var out struct {
		Triggers []handlers.TriggerJSON `json:"triggers"`
	}
	err = o.ask(ctx, http.MethodGet, path, nil, &out)
	return path, out.Triggers, err
}

func (o *triggerFileOptions) send(ctx context.Context, path string, body any, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	return o.ask(ctx, http.MethodPost, path, raw, into)
}

// update saves a file in the place of what is read now, or of what was seen before.
func (o *triggerFileOptions) update(ctx context.Context, path, text, seen string, into *handlers.TriggerJSON) error {
	if seen == "" {
		var now handlers.TriggerFileJSON
		if err := o.ask(ctx, http.MethodGet, path+"/file", nil, &now); err != nil {
			return err
		}
		seen = now.Seen
	}
	return o.send(ctx, path, map[string]string{"file": text, "seen": seen}, into)
}

// create makes a trigger of a file's text; a webhook gets its secret at once.
func (o *triggerFileOptions) create(ctx context.Context, p process, path, text string) (t handlers.TriggerJSON, err error) {
	if err := o.send(ctx, path, map[string]string{"file": text}, &t); err != nil {
		return t, err
	}
	if t.Kind != string(trigger.Webhook) || t.SecretAt != nil {
		return t, nil
	}
	made, err := o.makeSecret(ctx, path+"/"+url.PathEscape(t.ID), t.SecretSeen)
	if err != nil {
		fmt.Fprintln(p.stderr, "The webhook is there and has no secret yet; make one with \"caracal trigger secret\".")
		return t, err
	}
	made.Outcome, made.Warnings = t.Outcome, t.Warnings
	return made, nil
}

// makeSecret makes a webhook's secret. Where it goes into a file, that is opened first, so that no secret is made and lost.
func (o *triggerFileOptions) makeSecret(ctx context.Context, path, seen string) (t handlers.TriggerJSON, err error) {
	var to io.WriteCloser
	if o.secretFile != "" {
		file, err := os.OpenFile(o.secretFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return t, fault.New(fault.Invalid, "The file %s for the secret can't be made; name one that is not there yet.", o.secretFile).Because(err)
		}
		to = file
		defer func() {
			if err = errors.Join(err, to.Close()); err != nil && t.Secret == "" {
				err = errors.Join(err, os.Remove(o.secretFile))
			}
		}()
	}
	if err := o.send(ctx, path+"/secret", map[string]any{"seen": seen, "overlap_hours": o.overlap}, &t); err != nil {
		return t, err
	}
	if to != nil {
		if _, err := fmt.Fprintln(to, t.Secret); err != nil {
			return t, fault.New(fault.Invalid, "The secret could not be written to %s; make another with \"caracal trigger secret\".", o.secretFile).Because(err)
		}
		t.Secret = ""
	}
	return t, nil
}

// createOfFlags makes a trigger that flags describe.
func (o *triggerFileOptions) createOfFlags(ctx context.Context, p process, flow string) error {
	t := trigger.Trigger{Kind: trigger.Kind(o.set.kind)}
	t.Schedule.CatchUp, t.Webhook.Proof = trigger.CatchOnce, trigger.Signed
	text, err := o.ofFlags(t, flow)
	if err != nil {
		return err
	}
	path, _, err := o.triggersOf(ctx, flow)
	if err != nil {
		return err
	}
	made, err := o.create(ctx, p, path, text)
	if err != nil {
		return sent(p, text, err)
	}
	return o.printOne(p, made)
}

// updateByFlags changes what flags name about a trigger.
func (o *triggerFileOptions) updateByFlags(ctx context.Context, p process, flow, name string) error {
	path, list, err := o.triggersOf(ctx, flow)
	if err != nil {
		return err
	}
	id, err := oneTrigger(list, name)
	if err != nil {
		return err
	}
	path += "/" + url.PathEscape(id)
	var now handlers.TriggerFileJSON
	if err := o.ask(ctx, http.MethodGet, path+"/file", nil, &now); err != nil {
		return err
	}
	file, err := trigger.ReadFile([]byte(now.File))
	if err != nil {
		return fault.New(fault.Upstream, "The trigger can't be read as a file by this caracal; use one of the server's version.").Because(err)
	}
	text, err := o.ofFlags(file.Trigger, file.Workflow)
	if err != nil {
		return err
	}
	var t handlers.TriggerJSON
	if err := o.update(ctx, path, text, cmp.Or(o.seen, now.Seen), &t); err != nil {
		return sent(p, text, err)
	}
	return o.printOne(p, t)
}

// ofFlags writes a trigger with what flags say as a file, and checks it.
func (o *triggerFileOptions) ofFlags(t trigger.Trigger, flow string) (string, error) {
	t, err := o.set.over(t)
	if err != nil {
		return "", err
	}
	raw, err := trigger.WriteFile(t, flow, "")
	if err != nil {
		return "", err
	}
	_, err = trigger.ReadFile(raw)
	if mistakes, wrong := trigger.Mistakes(err); wrong {
		var words []string
		for _, m := range mistakes {
			words = append(words, m.Message)
		}
		return "", fault.New(fault.Invalid, "%s", strings.Join(words, "\n"))
	}
	return string(raw), err
}

// sent shows what flags became where it was refused by its lines.
func sent(p process, text string, err error) error {
	if strings.Contains(fault.Message(err), "\n  line ") {
		fmt.Fprint(p.stderr, "As a file, the flags are:\n\n"+text+"\n")
	}
	return err
}
