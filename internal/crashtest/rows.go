package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"caracal/batch"
	"caracal/db"
	"caracal/form"
	"caracal/workflow"
)

// rowsBatch is a batch as the API tells of it.
type rowsBatch struct {
	ID     string                    `json:"id"`
	State  string                    `json:"state"`
	Run    string                    `json:"run"`
	Rows   int                       `json:"rows"`
	Bad    int                       `json:"bad"`
	Counts map[workflow.RunState]int `json:"counts"`
}

// api asks as a program does that has a token, and returns the body of the answer.
func (n *Node) api(ctx context.Context, method, path, kind string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+n.addr+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+n.rig.token)
	r.Header.Set("Content-Type", kind)
	resp, err := n.rig.client.Do(r)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return text, err
}

func (n *Node) batch(ctx context.Context, method, path, kind string, body []byte) (b rowsBatch, err error) {
	text, err := n.api(ctx, method, path, kind, body)
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	return b, err
}

// upload uploads a CSV with a row for each label, and waits until its rows are checked.
func (n *Node) upload(ctx context.Context, workflowID string, labels []string) (b rowsBatch, err error) {
	b, err = n.batch(ctx, http.MethodPost, "/workflows/"+workflowID+"/batches?name=rows.csv", "text/csv", []byte("label\n"+strings.Join(labels, "\n")+"\n"))
	for err == nil && b.State == string(batch.Checking) {
		time.Sleep(time.Second) // programs may ask so often a minute
		b, err = n.batch(ctx, http.MethodGet, "/batches/"+b.ID, "", nil)
	}
	if err == nil && (b.State != string(batch.Checked) || b.Bad > 0) {
		err = fmt.Errorf("batch %s is %s, with %d bad rows", b.ID, b.State, b.Bad)
	}
	return b, err
}

// begin starts a checked batch.
func (n *Node) begin(ctx context.Context, id string, atOnce int) (rowsBatch, error) {
	return n.batch(ctx, http.MethodPost, "/batches/"+id+"/start", "application/json", fmt.Appendf(nil, `{"start": "all", "at_once": %d, "stop_after": 0}`, atOnce))
}

// flow publishes one more workflow of an org, which asks for a label.
func (r *Rig) flow(ctx context.Context, o *Org, def workflow.Definition) (id string, err error) {
	d, err := db.Open(ctx, r.Place, db.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	def.ApplicationID, def.Inputs = o.id, []workflow.Input{{Name: "label", Label: "Label", Kind: form.Text, Required: true}}
	w, err := d.CreateWorkflow(ctx, def, r.by)
	if err == nil {
		_, err = d.Publish(ctx, w.ID, w.Revision, "", r.by)
	}
	return w.ID, err
}

// peak reads the most memory that a process held, from Linux's /proc (proc_pid_status(5)); elsewhere it is 0.
func peak(pid int) (kilobytes int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	_, err = fmt.Sscan(after, &kilobytes)
	return kilobytes, err
}
