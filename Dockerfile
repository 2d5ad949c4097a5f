# Two images of one source, `--target operator` and `--target runner`.
#
# They run compiled JavaScript: a runner starts for each table, and Node has it at work after 89 ms where it takes 156 ms to strip the types
# itself (median of 21, two busy cores; a compile cache gains nothing more).
ARG NODE_IMAGE=docker.io/library/node:24-slim

FROM ${NODE_IMAGE} AS source
WORKDIR /source
COPY package.json package-lock.json ./
# No script of a package runs: what the optional ones bring, PostgreSQL's binaries, is for laptops.
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error
COPY . .
# The layout stays as it is, since files beside the code (CRDs, type maps, migrations) are found by their place. `make lint` has checked the types.
RUN node node_modules/typescript/bin/tsc --noCheck --noEmit false --rewriteRelativeImportExtensions --rootDir . --outDir /app \
 && cp package.json /app \
 && find crds job-runner operator -type f ! -name '*.ts' -exec cp --parents {} /app \;

FROM ${NODE_IMAGE} AS operator-packages
WORKDIR /app
COPY package.json package-lock.json ./
# Types and source maps are 40 MB of it, for editors and debuggers.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' \) -exec rm {} +

FROM operator-packages AS runner-packages
# A runner has no credentials for Kubernetes, and no client.
RUN npm uninstall --no-save --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error @kubernetes/client-node

FROM ${NODE_IMAGE} AS operator
ENV NODE_ENV=production
WORKDIR /app
COPY --from=operator-packages /app/node_modules ./node_modules
COPY --from=source /app/package.json ./
COPY --from=source /app/crds ./crds
COPY --from=source /app/operator ./operator
USER 65532:65532
# V8 collects its garbage late where the machine has memory to spare: with 2,000 tables the operator took 276 MB, thus 150 (docs/scale.md).
ENTRYPOINT ["node", "--max-semi-space-size=2", "--heap-growing-percent=50", "/app/operator/main.js"]

FROM ${NODE_IMAGE} AS runner
ENV NODE_ENV=production
WORKDIR /app
COPY --from=runner-packages /app/node_modules ./node_modules
COPY --from=source /app/package.json ./
COPY --from=source /app/crds ./crds
COPY --from=source /app/job-runner ./job-runner
USER 65532:65532
# As bin/running/runner-command.ts has it, and why.
ENTRYPOINT ["node", "--min-semi-space-size=16", "/app/job-runner/main.js"]
