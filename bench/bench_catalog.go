package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"

	"caracal/catalog"
	"caracal/views"
)

// keystrokes is what somebody types on the Operations page.
var keystrokes = strings.Split("d de dea deac deact deactivate|deactivate u|deactivate us|deactivate usr|mfa reset|okta.users.m|/lifecycle/s|remove user from group member", "|")

// benchCatalog measures the catalog of operations: when it is ready, what it weighs, one keystroke of a search,
// and the largest form.
func benchCatalog(context.Context, string, int, int) ([]line, error) {
	c, err := catalog.Load()
	if err != nil {
		return nil, fmt.Errorf("load the catalog: %w", err)
	}
	var text strings.Builder // the yardsticks: decode the same amount of JSON, and look through all summaries
	for _, op := range c.Operations() {
		text.WriteString(strings.ToLower(op.Summary + op.Path + op.ID))
	}
	whole, err := json.Marshal(c.Operations())
	if err != nil {
		return nil, fmt.Errorf("write the catalog: %w", err)
	}
	load := timed(func() error { _, err := catalog.Load(); return err })
	decode := timed(func() error { var v any; return json.Unmarshal(whole, &v) })
	at := 0
	search := timed(func() error { c.Search(keystrokes[at%len(keystrokes)]); at++; return nil })
	scan := timed(func() error { strings.Contains(text.String(), "nowhere to be found"); return nil })
	form, size := timedForm(c)
	weight := weigh()
	return []line{
		beside("catalog: ready", load, decode, "decode as JSON", "under 30 ms"),
		beside("catalog: one keystroke", search, scan, "scan for a text", "p99 under 5 ms"),
		beside(fmt.Sprintf("catalog: largest form (%d KB)", size>>10), form, scan, "scan for a text", "under 10 ms"),
		{what: "catalog: resident", figure: fmt.Sprintf("%.1f MB", float64(weight)/(1<<20)), yardstick: fmt.Sprintf("%.1f MB as JSON", float64(len(whole))/(1<<20)),
			ratio: fmt.Sprintf("%.1f", float64(weight)/float64(len(whole))), goal: "under 10 MB"},
	}, nil
}

// timedForm draws the page of the operation with the most inputs.
func timedForm(c *catalog.Catalog) (times, int) {
	var largest catalog.Form
	most := 0
	for _, op := range c.Operations() {
		for _, v := range append([]catalog.Variant{{}}, c.Form(op, catalog.Choose{}).Variants...) {
			f, n := c.Form(op, catalog.Choose{Variant: v.Name}), 0
			f.All(func(catalog.Input) { n++ })
			if n > most {
				largest, most = f, n
			}
		}
	}
	size := 0
	t := timed(func() error {
		var page bytes.Buffer
		f := c.Form(largest.Operation, catalog.Choose{Variant: largest.Variant})
		err := views.OperationPage(views.OperationProps{Op: f.Operation, Form: f, Values: map[string]string{}}).Render(context.Background(), &page)
		size = page.Len()
		return err
	})
	return t, size
}

// weigh returns how much a loaded catalog keeps in memory.
func weigh() int {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c, err := catalog.Load()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || len(c.Operations()) == 0 {
		return 0
	}
	return int(after.HeapAlloc) - int(before.HeapAlloc)
}
