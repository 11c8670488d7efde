package actions

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"caracal/catalog"
	"caracal/workflow"
)

// keptObject is one object of those that a deletion took away.
type keptObject struct {
	of      undoer
	address string
	values  []pointed
	status  string
	unkept  string
}

// name is what a person calls it.
func (k keptObject) name() string {
	for _, pointer := range []string{"/name", "/label", "/language", "/profile/name"} {
		for _, v := range k.values {
			if v.Pointer == pointer && textOf(v.Value) != "" {
				return textOf(v.Value)
			}
		}
	}
	return ""
}

// order is the place that it had among others.
func (k keptObject) order() float64 {
	for _, v := range k.values {
		if n, ok := v.Value.(float64); ok && v.Pointer == "/priority" {
			return n
		}
		if v.Pointer == "/isDefault" && v.Value == true {
			return -1
		}
	}
	return 0
}

// keptOf sorts the facts of a deletion by object: the object itself is the first.
func (u undoer) keptOf(facts []workflow.Fact, address string) (list []keptObject) {
	at := map[string]int{}
	for _, f := range facts {
		object, pointer, within := strings.Cut(f.Key, "#")
		if !within {
			k := keptObject{of: u, address: object}
			if object != address && !u.pair.Anew.all {
				k.of = u.inner()
			}
			at[object] = len(list)
			list = append(list, k)
			continue
		}
		k := &list[at[object]]
		switch {
		case "#"+pointer == unkept:
			k.unkept = textOf(f.Value)
		case f.Label == statusLabel && pointer == "/status":
			k.status = textOf(f.Value)
		default:
			k.values = append(k.values, pointed{pointer, f.Label, f.Value})
		}
	}
	if len(list) > 1 {
		from := 1
		if u.pair.Anew.all {
			from = 0
		}
		slices.SortStableFunc(list[from:], func(a, b keptObject) int { return cmp.Compare(a.order(), b.order()) })
	}
	return list
}

// deletedBack makes anew what was deleted. Where it was turned on or off, another step sees to that it is so again.
func (u undoer) deletedBack(d Done) workflow.Way {
	address, places := u.base(d.In), u.places(d.In)
	if was, _ := workflow.ValueOf(d.Before, address); was == nil && !u.pair.Anew.all || len(d.Before) == 0 {
		return workflow.Way{Nothing: soBefore}
	}
	w := workflow.Way{}
	var turned []workflow.Step
	for i, k := range u.keptOf(d.Before, address) {
		w.Changed = append(w.Changed, workflow.Difference{Key: k.address, Label: workflow.LabelThere, Before: true})
		for _, v := range k.values {
			if v.Value != nil {
				w.Changed = append(w.Changed, workflow.Difference{Key: k.address + "#" + v.Pointer, Label: v.Label, Before: v.Value})
			}
		}
		if k.status != "" {
			w.Changed = append(w.Changed, workflow.Difference{Key: k.address + "#/status", Label: statusLabel, Before: k.status})
		}
		if k.unkept != "" {
			return workflow.Way{None: k.unkept}
		}
		if i == 0 {
			w.Left = []workflow.Fact{thereFact(k.address, false), {Key: k.address + another, Label: workflow.LabelAnother}}
		}
		again, turn := k.steps(d, places)
		if w.Steps = append(w.Steps, again); turn != nil {
			turned = append(turned, *turn)
		}
		if !k.of.pair.Anew.named {
			w.Anew = append(w.Anew, lastOf(k.address))
		}
		if k.status == "INACTIVE" && turn != nil && !k.of.pair.Anew.idle {
			w.Lost = append(w.Lost, quoted(k.name(), "It")+" was turned off. Okta may turn it on when it is made, so that it is on for a moment.")
		}
	}
	w.Steps = append(w.Steps, turned...)
	switch {
	case len(w.Anew) == 1:
		w.Lost = append(w.Lost, fmt.Sprintf("It comes back under another id than %s. Steps of this undo name the new one; whatever else names the old one, in Okta or elsewhere, is not mended.", w.Anew[0]))
	case len(w.Anew) > 1:
		w.Lost = append(w.Lost, fmt.Sprintf("All %d come back under other ids. Steps of this undo name the new ones; whatever else names the old ones, in Okta or elsewhere, is not mended.", len(w.Anew)))
	}
	for _, lost := range u.pair.Anew.lost {
		w.Lost = append(w.Lost, lost(d))
	}
	w.Lost = slices.DeleteFunc(w.Lost, func(s string) bool { return s == "" })
	return w
}

func quoted(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return "“" + name + "”"
}

// steps are those that make it anew and that turn it on or off.
func (k keptObject) steps(d Done, outer map[string]string) (again workflow.Step, turn *workflow.Step) {
	p := k.of.pair
	fields := placesOf(p.Back, outer)
	list, was := cutLast(k.address)
	fields[fieldValues], fields[fieldWas] = jsonText(k.values), was
	fields[fieldStatus], fields[fieldMadeAfter] = k.status, d.Started.UTC().Format(time.RFC3339Nano)
	for place, value := range placesAt(p.Back.Path, list) {
		fields[place] = value
	}
	again = d.step(undoID(anewPrefix, p.Back), fields)
	if name := k.name(); name != "" {
		again.Title += ": " + name
	}
	on, off, turned := turnsOf(k.of.c, p.Base)
	if k.status != "ACTIVE" && k.status != "INACTIVE" || !turned || k.status == "INACTIVE" && takesActivate(p.Back) {
		return again, nil
	}
	way := on
	if k.status == "INACTIVE" {
		way = off
	}
	s := d.turnStep(k.of.c, way, placesAt(p.Base, k.address))
	s.Title += ": turn " + map[string]string{"ACTIVE": "on", "INACTIVE": "off"}[k.status]
	return again, &s
}

// turnStep calls an operation that turns something on or off, as itself or as the action that does the same.
func (d Done) turnStep(c *catalog.Catalog, op catalog.Operation, places map[string]string) workflow.Step {
	p := pairOf(c, op)
	if p.Way != asAction {
		return d.step(undoID(turnPrefix, op), places)
	}
	fields := map[string]string{}
	for name, from := range p.Fields {
		fields[name] = places[from]
	}
	return d.step(p.Action, fields)
}

// placesAt reads the values of a path's places from an address.
func placesAt(path, address string) map[string]string {
	out := map[string]string{}
	parts := strings.Split(address, "/")
	for i, name := range strings.Split(path, "/") {
		if isPlace(name) && i < len(parts) {
			if value, err := url.PathUnescape(parts[i]); err == nil {
				out[strings.Trim(name, "{}")] = value
			}
		}
	}
	return out
}

// takesActivate reports whether what an operation makes can be turned off from the start.
func takesActivate(op catalog.Operation) bool {
	return slices.ContainsFunc(op.Parameters, func(p catalog.Value) bool { return p.Name == "activate" })
}
