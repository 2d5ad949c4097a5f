# Motherload: every command of the README. `make help` lists them.
.DEFAULT_GOAL := help
NODE := node_modules/.bin/node
# The project's own Node and tools take precedence over the machine's.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

node_modules/.installed: package.json package-lock.json
	npm ci --no-fund --no-audit --loglevel=error --fetch-retries=5
	@touch $@

.PHONY: help install demo test lint format generate
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/; s/\$$\$$/$$/g' | expand -t 20

install: node_modules/.installed ## Install everything the project needs, including Node 24 and PostgreSQL 18

demo: install ## Load the example dumps into an embedded PostgreSQL and query them
	@examples/demo.sh

generate: install ## Regenerate the files that are generated from others
	npm run -s generate
	$(NODE) docs/generate-reference.ts
	$(NODE) docs/generate-metrics.ts
	$(NODE) docs/generate-conditions.ts
	$(NODE) docs/generate-troubleshooting.ts
	$(NODE) job-runner/generate-code-pages.ts
	$(NODE) job-runner/webassembly/build.ts
	$(NODE) charts/generate.ts

lint: install ## Check types, lint, import rules and format
	npm run -s typecheck
	npm run -s lint

format: install ## Format the sources
	npm run -s format

test: install ## Run all checks and tests
	@$(MAKE) --no-print-directory --jobs=2 lint test-helm
	npm run -s test

# What the first tests need is built beside lint, which takes one core. Without Go the tests that need it say so.
.PHONY: test-helm
test-helm: install
	-@$(NODE) test/cluster/build.ts helm

.PHONY: fuzz
fuzz: install ## Try the readers of ZIPs, schema files, headers and records with many random inputs (make fuzz FACTOR=100)
	MOTHERLOAD_FUZZ=$(or $(FACTOR),20) npm run -s test -- job-runner/dump job-runner/copy job-runner/plan

.PHONY: release
release: install ## Make the files of a release in dist/ (CONTRIBUTING.md; make release ARGUMENTS="--signing-key cosign.key")
	@$(NODE) release/main.ts $(ARGUMENTS)

.PHONY: cluster cluster-demo cluster-down cluster-env cluster-test
cluster: install ## Start a Kubernetes with PostgreSQL, the operator and the example dumps (needs kind, or root on Linux; test/cluster/README.md)
	@$(NODE) test/cluster/main.ts up

cluster-demo: install ## Load the example dumps in that cluster with kubectl, and query them
	@$(NODE) test/cluster/main.ts demo

cluster-down: install ## Remove that cluster completely
	@$(NODE) test/cluster/main.ts down

cluster-env: install ## Print the environment for using it: eval "$$(make -s cluster-env)"
	@$(NODE) test/cluster/main.ts env

cluster-test: install ## Run only the tests that need Kubernetes
	npm run -s test -- cluster-test node-test

.PHONY: test-oldest-kubernetes
test-oldest-kubernetes: install ## Run the tests of the control plane on the oldest Kubernetes that the chart promises (not part of make test)
	MOTHERLOAD_TEST_KUBERNETES=oldest npm run -s test -- custom-resources.cluster cluster/obstacles operator-act operator-watch leader.cluster \
	  one-run.cluster simulated-nodes.cluster schedules.cluster charts/chart.cluster charts/admission-policy charts/metrics-access

.PHONY: test-signature
test-signature: install ## Sign as a release is signed, and verify it, by cosign, which is built first (not part of make test)
	$(NODE) --test test/release/signature.cosign-test.ts

.PHONY: test-mysql
test-mysql: install ## Run the tests of source databases against MySQL, of Debian's unstable release in a folder of its own (not part of make test)
	MOTHERLOAD_TEST_MARIADB=mysql npm run -s test -- test/job-runner/dump/mysql-server test/end-to-end/mysql-direct killed-database-source

.PHONY: bench bench-steps bench-rejects bench-bucket bench-encrypted bench-mysql bench-cluster scale
bench: install ## Compare with other loaders, with dumps of 1 GB (options: make bench ARGUMENTS="--gigabytes 0.1")
	@$(NODE) bench/run.ts $(ARGUMENTS)

bench-steps: install ## Measure the steps of a runner
	@$(NODE) bench/steps.ts $(ARGUMENTS)

bench-rejects: install ## Measure loads with bad records of each kind (docs/rejects.md; make bench-rejects ARGUMENTS=1000000: records)
	@$(NODE) bench/rejects.ts $(ARGUMENTS)

bench-bucket: install ## Measure a bucket against a folder (docs/buckets.md; make bench-bucket ARGUMENTS=100: megabytes)
	@$(NODE) bench/bucket.ts $(ARGUMENTS)

bench-encrypted: install ## Measure an encrypted dump against gpg, bsdtar and psql (docs/encrypted-dumps.md; make bench-encrypted ARGUMENTS=250: megabytes)
	@$(NODE) bench/encrypted.ts $(ARGUMENTS)

bench-mysql: install ## Read a table of MariaDB in three ways (docs/mysql-direct.md; make bench-mysql ARGUMENTS=100000: rows)
	@$(NODE) bench/mysql.ts $(ARGUMENTS)

bench-cluster: install ## Load many small tables on one real node in several ways (docs/scale.md; make bench-cluster ARGUMENTS=200)
	@$(NODE) test/cluster/bench/main.ts $(ARGUMENTS)

scale: install ## Measure the operator with growing catalogues (docs/scale.md; make scale ARGUMENTS="200 2000 10000")
	@$(NODE) test/cluster/scale/main.ts $(ARGUMENTS)
