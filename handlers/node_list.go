package handlers

import (
	"net/http"

	"caracal/db"
	"caracal/views"
)

// NodeList shows the nodes and the queue. HTMX asks it again for its body.
func (h *Handlers) NodeList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	nodes, lease, err := h.Engine.Nodes(ctx)
	if err != nil {
		return err
	}
	queue, err := h.DB.QueueState(ctx)
	if err != nil {
		return err
	}
	p := views.NodesProps{Now: h.Clock(), Lease: lease, Queue: views.NodesQueue(queue), Place: h.DB.Place(), Shared: h.DB.Shared()}
	if p.Runs, err = h.DB.RunCounts(ctx, db.RunFilter{}); err != nil {
		return err
	}
	if p.Inner, err = h.DB.InnerRunCounts(ctx); err != nil {
		return err
	}
	if p.Database, err = h.DB.Product(ctx); err != nil {
		return err
	}
	for _, n := range nodes {
		p.Nodes = append(p.Nodes, views.NodeRow{ID: n.ID, Name: n.Name, Version: n.Version, Mode: n.Mode, Workers: n.Workers, Bursts: n.Bursts,
			Started: n.StartedAt, Silent: n.Silent, Here: n.Here, Lost: n.Lost})
	}
	w.Header().Add("Vary", hxRequestType)
	if wantsPart(r) {
		return h.render(w, r, http.StatusOK, views.NodesBody(p))
	}
	p.Shell = h.shell(r, "nodes")
	return h.render(w, r, http.StatusOK, views.NodesPage(p))
}
