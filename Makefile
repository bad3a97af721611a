# SPDX-License-Identifier: Apache-2.0
# `make` alone prints the verbs; each is one line in the list below.

SHELL := /bin/bash
GO ?= go
BIN := bin/tandem
CONFIG ?= configs/tandem.yaml
FUZZTIME ?= 20s
CALLS ?= 100000
PKGS ?= ./...
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.DEFAULT_GOAL := help
.PHONY: help build run demo test unit race fuzz chaos soak e2e lint ui prompts cover weather bench bench-load conformance screens clean FORCE

help: ## print this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: $(BIN) ## build bin/tandem (needs only Go)

$(BIN): FORCE
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o $@ ./cmd/tandem

run: build ## build and start Tandem with configs/tandem.yaml
	$(BIN) serve -config $(CONFIG)

demo: build ## start Tandem and let three callers ring the desk page
	$(BIN) demo -calls 3

test: ## everything that must pass; installs its tools when run as root
	@$(GO) -C tools run ./gate -root ..

unit: ## Go tests without -race, the quickest check
	$(GO) test $(PKGS)

race: ## Go tests with the race detector
	$(GO) test -race $(PKGS)

fuzz: ## each fuzz target for FUZZTIME (default 20s)
	@set -e; grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r d; do \
	  for f in $$(grep -rhoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' $$d | sed 's/^func //' | sort -u); do \
	    echo "== $$d $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$d; done; done

soak: ## 100,000 calls, and nothing may be left behind; CALLS=n places others
	TANDEM_SOAK=$(CALLS) $(GO) test -count=1 -run TestSoak -v -timeout 60m ./sip

chaos: build web/ui/node_modules ## kill the server CHAOS (default 50) times with 50 waiting and 20 talking
	TANDEM_BIN=$(CURDIR)/$(BIN) CHAOS=$(or $(CHAOS),50) $(GO) test -tags e2e -count=1 -v -timeout 30m -run '^TestChaos$$' ./e2e

e2e: build web/ui/node_modules ## stories with SIPp, baresip and headless Chromium; RUN=regexp picks some
	TANDEM_BIN=$(CURDIR)/$(BIN) $(GO) test -tags e2e -count=1 -parallel 4 -v -timeout 15m $(if $(RUN),-run '$(RUN)') ./e2e

screens: build web/ui/node_modules ## take the README's pictures of desk and wallboard
	TANDEM_BIN=$(CURDIR)/$(BIN) $(GO) test -tags 'e2e screens' -count=1 -run TestScreens ./e2e

web/ui/node_modules: web/ui/package-lock.json
	cd web/ui && npm ci --no-audit --no-fund
	@touch $@

lint: ## gofmt, go vet, golangci-lint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet -tags e2e $(PKGS)
	$(GO) tool -modfile=tools/go.mod golangci-lint run $(PKGS)

ui: web/ui/node_modules ## type check, test and rebuild the pages into web/ui/dist
	cd web/ui && npm run check && npm test && npm run build

prompts: ## render every sentence of the flows that has no sound yet
	configs/prompts/render.sh

cover: ## test coverage by package
	@mkdir -p bin
	$(GO) test -coverprofile=bin/cover.out $(PKGS) && $(GO) tool cover -func=bin/cover.out | tail -n 1

weather: ## 1,000 calls with keys over a network that loses, delays and reorders
	TANDEM_WEATHER=1000 $(GO) test -count=1 -timeout 9m -run TestCallsInBadWeather -v ./sip

bench: ## Go benchmarks
	$(GO) test -run '^$$' -bench . -benchmem $(PKGS)

bench-load: build ## measure with the load generator: BENCH=folder of it
	@test -n "$(BENCH)" || { echo "say where the load generator is: make bench-load BENCH=../shared/bench"; exit 2; }
	tools/bench-load.sh "$(BENCH)"

conformance: ## run the SIP torture messages: DATA=folder of them
	@test -n "$(DATA)" || { echo "say where the data is: make conformance DATA=../shared/data"; exit 2; }
	TANDEM_DATA="$(abspath $(DATA))" $(GO) test -tags conformance -count=1 -run Conformance -v ./sip

clean: ## remove what was built (not the data folder)
	rm -rf bin
