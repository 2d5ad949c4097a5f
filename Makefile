# Motherload: every command of the README. `make help` lists them.
.DEFAULT_GOAL := help
NODE := node_modules/.bin/node
# The project's own Node and the tools first, whatever the machine has.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

node_modules/.installed: package.json package-lock.json
	npm ci --no-fund --no-audit --loglevel=error
	@touch $@

.PHONY: help install test lint format generate
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 20

install: node_modules/.installed ## Install what the project needs (npm packages, Node 24 and PostgreSQL 18 among them)

generate: install ## Write the files that are generated from others
	npm run -s generate

lint: install ## Check types, lint, import rules and format
	npm run -s typecheck
	npm run -s lint

format: install ## Format the sources
	npm run -s format

test: install lint ## Run every check and test there is
	npm run -s test
