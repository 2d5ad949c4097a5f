# Three images from one source: `--target operator`, `--target runner`, and `--target cli` for compose.yaml.
#
# They run compiled programs (compile/main.js), since a runner starts for each table: it is ready after 0.11 s of CPU, compared with 0.20 s if each module is
# a file of its own (medians of 12, two busy cores).
#
# Bases are pinned by the digest of their index for all platforms; `docker buildx imagetools inspect NAME:TAG` prints the one of a newer build.
# Images are made of the distroless base and files that are copied onto it, so they have neither a shell nor a package manager, and no line runs on the
# platform that an image is for: those for arm64 are built on amd64 without emulation.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
# What runs while images are built: the same, for the platform of the machine.
ARG BUILD_IMAGE=${NODE_IMAGE}
# A stage or an image with the files of GnuPG in its root.
ARG GNUPG_FILES=gnupg
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS source
WORKDIR /source
COPY package.json package-lock.json ./
# No package scripts: they install the optional PostgreSQL binaries, which only the command line needs.
RUN npm ci --omit=optional --ignore-scripts --fetch-retries=5 --no-audit --no-fund --loglevel=error
COPY . .
# Other files (CRDs, type maps, migrations) are where they are among the sources. `make lint` has checked the types.
RUN node compile/main.js \
 && mkdir /app && cp -r package.json compiled /app \
 && find crds job-runner -type f ! -name '*.ts' -exec cp --parents {} /app \;

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Without types and source maps, 40 MB that only editors and debuggers need.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --fetch-retries=5 --no-audit --no-fund --loglevel=error \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' \) -exec rm {} +

FROM packages AS operator-packages
# An operator reads no source database; this driver brings 25 MB of clients for Azure's accounts, which it loads whether they are used or not.
RUN npm uninstall --no-save --omit=dev --omit=optional --ignore-scripts --fetch-retries=5 --no-audit --no-fund --loglevel=error tedious

FROM packages AS runner-packages
# A runner has neither credentials nor a client for Kubernetes.
RUN npm uninstall --no-save --omit=dev --omit=optional --ignore-scripts --fetch-retries=5 --no-audit --no-fund --loglevel=error @kubernetes/client-node

# For encrypted dumps: GnuPG and the libraries that the base lacks. The packages are unpacked and not installed, so nothing of their platform runs; what
# the base has of dpkg's database, for scanners, they have as well.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS gnupg-packages
ARG TARGETARCH
WORKDIR /packages
RUN dpkg --add-architecture "$TARGETARCH" && apt-get update \
 && for name in gpg gpg-agent gpgconf libassuan0 libbz2-1.0 libgcrypt20 libgpg-error0 libnpth0 libreadline8 libsqlite3-0 libtinfo6 zlib1g; do \
      apt-get download "$name:$TARGETARCH" || exit 1; done \
 && mkdir -p /gnupg/var/lib/dpkg/status.d \
 && for file in *.deb; do dpkg-deb --extract "$file" /gnupg \
      && dpkg-deb --field "$file" > "/gnupg/var/lib/dpkg/status.d/$(dpkg-deb --field "$file" Package)" || exit 1; done \
 && cp -a /gnupg/lib/. /gnupg/usr/lib/ && rm -rf /gnupg/lib /gnupg/usr/share/man /gnupg/usr/share/locale /gnupg/etc /gnupg/usr/lib/systemd

FROM scratch AS gnupg
COPY --from=gnupg-packages /gnupg/ /

FROM ${GNUPG_FILES} AS gnupg-files

FROM ${NODE_IMAGE} AS node

# What both images have in common. Node is the official build, since the Node of distroless images is updated later.
FROM ${BASE_IMAGE} AS base
COPY --from=node /usr/local/bin/node /usr/local/bin/
ENV NODE_ENV=production
WORKDIR /app
USER 65532:65532

FROM base AS operator
COPY --from=operator-packages /app/node_modules ./node_modules
COPY --from=source /app/package.json ./
COPY --from=source /app/crds ./crds
COPY --from=source /app/compiled/operator ./compiled/operator
# glibc gives each thread an arena of its own, which keeps what its thread has freed: 135 MB with 1,000 tables, and 124 with one arena for all.
ENV MALLOC_ARENA_MAX=1
# V8 collects garbage late on machines with much memory: with 2,000 tables the operator took 276 MB, and 150 with these options (docs/scale.md).
ENTRYPOINT ["node", "--max-semi-space-size=2", "--heap-growing-percent=50", "/app/compiled/operator/main.js"]

FROM base AS runner
COPY --from=gnupg-files / /
COPY --from=runner-packages /app/node_modules ./node_modules
COPY --from=source /app/package.json ./
COPY --from=source /app/crds ./crds
COPY --from=source /app/job-runner ./job-runner
COPY --from=source /app/compiled/job-runner ./compiled/job-runner
# The same as in bin/running/runner-command.ts, which explains it.
ENTRYPOINT ["node", "--min-semi-space-size=16", "/app/compiled/job-runner/main.js"]

# The command line with its runner, without an embedded PostgreSQL.
FROM base AS cli
COPY --from=gnupg-files / /
COPY --from=runner-packages /app/node_modules ./node_modules
COPY --from=source /app/package.json ./
COPY --from=source /app/crds ./crds
COPY --from=source /app/job-runner ./job-runner
COPY --from=source /app/compiled/job-runner ./compiled/job-runner
COPY --from=source /app/compiled/bin ./compiled/bin
ENTRYPOINT ["node", "/app/compiled/bin/motherload.js"]
