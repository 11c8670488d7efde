package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"caracal/catalog"
	"caracal/internal/describe"
	"caracal/internal/hostile"
	"caracal/views"
)

// keystrokes is what somebody types on the Operations page.
var keystrokes = strings.Split("d de dea deac deact deactivate|deactivate u|deactivate us|deactivate usr|mfa reset|okta.users.m|/lifecycle/s|remove user from group member", "|")

// benchCatalog measures the catalog of operations: when it is ready, what it weighs, one keystroke of a search,
// and the largest form.
func benchCatalog(ctx context.Context, _ string, _, _ int) ([]line, error) {
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
	refused, err := refusals(ctx)
	if err != nil {
		return nil, err
	}
	return append(refused, []line{
		beside("catalog: ready", load, decode, "decode as JSON", "under 30 ms"),
		beside("catalog: one keystroke", search, scan, "scan for a text", "p99 under 5 ms"),
		beside(fmt.Sprintf("catalog: largest form (%d KB)", size>>10), form, scan, "scan for a text", "under 10 ms"),
		{what: "catalog: resident", figure: fmt.Sprintf("%.1f MB", float64(weight)/(1<<20)), yardstick: fmt.Sprintf("%.1f MB as JSON", float64(len(whole))/(1<<20)),
			ratio: fmt.Sprintf("%.1f", float64(weight)/float64(len(whole))), goal: "under 10 MB"},
	}...), nil
}

// refusals measures how long it takes to refuse the worst of the descriptions that have to be, beside reading Okta's own.
func refusals(ctx context.Context) ([]line, error) {
	dir, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/okta/okta-sdk-golang/v5").Output()
	if err != nil {
		return nil, fmt.Errorf("look where Okta's description is: %w", err)
	}
	whole, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "okta/api/openapi.yaml"))
	if err != nil {
		return nil, err
	}
	read := func(text []byte) (took time.Duration, made uint64, err error) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		began := time.Now()
		_, err = describe.Read(text)
		took = time.Since(began)
		runtime.ReadMemStats(&after)
		return took, (after.TotalAlloc - before.TotalAlloc) >> 20, err
	}
	own, ownMade, err := read(whole)
	if err != nil {
		return nil, fmt.Errorf("read Okta's own description: %w", err)
	}
	var slowest, largest line
	var longest time.Duration
	var most uint64
	all := hostile.Descriptions(string(whole), describe.MaxSize)
	for name, text := range all {
		took, made, err := read([]byte(text))
		if err == nil {
			return nil, fmt.Errorf("the description %q was not refused", name)
		}
		if took > longest {
			longest = took
			slowest = line{what: fmt.Sprintf("description refused, the slowest of %d: %s", len(all), name), figure: short(took), yardstick: short(own) + " Okta's own read",
				ratio: fmt.Sprintf("%.2f", took.Seconds()/own.Seconds()), goal: "1s"}
		}
		if made >= most {
			most = made
			largest = line{what: "description refused, the largest: " + name, figure: fmt.Sprintf("%d MB allocated", made), yardstick: fmt.Sprintf("%d MB Okta's own read", ownMade),
				ratio: fmt.Sprintf("%.2f", float64(made)/float64(max(1, ownMade))), goal: "100 MB"}
		}
	}
	return []line{slowest, largest}, nil
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
