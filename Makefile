# What people do in this repository. `make test` is the gate; `make demo` is the way in.

GO     ?= go
TOOLS  := -modfile=tools/go.mod
# SQLite is C turned into Go: it keeps its memory outside the heap that the race detector watches, so that watching its
# code finds nothing and costs most of the time of a test. All else is watched, the driver around it too: code of the
# standard library that is generic is compiled into each package that uses it, and the linker keeps one of the copies.
# For the same reason its pointers are not checked: none of them points into that heap.
RACE   := -race -gcflags='modernc.org/sqlite/lib=-race=false -d=checkptr=0' \
          -gcflags='modernc.org/libc=-d=checkptr=0' -gcflags='modernc.org/memory=-d=checkptr=0'

.PHONY: build demo generate css check test setup e2e screenshots bench faults clean

build: ## the one binary, static
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/caracal ./cmd/caracal

demo: ## everything against a simulated org, nothing to configure
	$(GO) run ./cmd/caracal demo

generate: ## views and the operation catalog from their sources
	$(GO) tool templ generate -path views
	$(GO) generate ./catalog

css: ## style sheet, icons and scripts from static/src (needs Node)
	static/build.sh

check: ## format, vet, lint, generated files fresh, builds without Node
	./.ci/check

test: setup ## every test, with the race detector
	@# three packages at once: many of them wait for a browser or a disk
	$(GO) test $(RACE) -p 3 -timeout 20m ./...

setup: ## what the tests drive: Chromium, and Okta's SDK for Node.js
	./.ci/setup

e2e: setup ## only the journeys in a browser
	$(GO) test -count=1 -timeout 10m ./internal/browsertest/...

screenshots: setup ## the pictures of the README
	CARACAL_SCREENSHOTS=$(CURDIR)/docs/screenshots $(GO) test -count=1 -run TestScreenshots ./internal/browsertest/...

bench: ## each figure beside its yardstick
	$(GO) run ./bench

faults: ## kill it and break what it depends on, in the long form (needs PostgreSQL)
	$(GO) run ./bench faults

clean:
	rm -rf bin
