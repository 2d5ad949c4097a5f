# Two images from one source: `--target operator` and `--target runner`.
#
# They run compiled JavaScript, since a runner starts for each table: it is ready after 89 ms, compared with 156 ms if Node strips the types
# itself (median of 21, two busy cores; a compile cache does not improve it).
ARG NODE_IMAGE=docker.io/library/node:24-slim

FROM ${NODE_IMAGE} AS source
WORKDIR /source
COPY package.json package-lock.json ./
# No package scripts: they install the optional PostgreSQL binaries, which only the command line needs.
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error
COPY . .
# The layout is kept, since other files (CRDs, type maps, migrations) are found relative to the code. `make lint` has checked the types.
RUN node node_modules/typescript/bin/tsc --noCheck --noEmit false --rewriteRelativeImportExtensions --rootDir . --outDir /app \
 && cp package.json /app \
 && find crds job-runner operator -type f ! -name '*.ts' -exec cp --parents {} /app \;

FROM ${NODE_IMAGE} AS operator-packages
WORKDIR /app
COPY package.json package-lock.json ./
# Without types and source maps, 40 MB that only editors and debuggers need.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' \) -exec rm {} +

FROM operator-packages AS runner-packages
# A runner has neither credentials nor a client for Kubernetes.
RUN npm uninstall --no-save --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error @kubernetes/client-node

FROM ${NODE_IMAGE} AS operator
ENV NODE_ENV=production
WORKDIR /app
COPY --from=operator-packages /app/node_modules ./node_modules
COPY --from=source /app/package.json ./
COPY --from=source /app/crds ./crds
COPY --from=source /app/operator ./operator
USER 65532:65532
# V8 collects garbage late on machines with much memory: with 2,000 tables the operator took 276 MB, and 150 with these options (docs/scale.md).
ENTRYPOINT ["node", "--max-semi-space-size=2", "--heap-growing-percent=50", "/app/operator/main.js"]

FROM ${NODE_IMAGE} AS runner
ENV NODE_ENV=production
WORKDIR /app
COPY --from=runner-packages /app/node_modules ./node_modules
COPY --from=source /app/package.json ./
COPY --from=source /app/crds ./crds
COPY --from=source /app/job-runner ./job-runner
USER 65532:65532
# The same as in bin/running/runner-command.ts, which explains it.
ENTRYPOINT ["node", "--min-semi-space-size=16", "/app/job-runner/main.js"]
