# SPDX-License-Identifier: Apache-2.0
# The image `millrace`: all services and the command line, for compose.yaml or by hand:
#   docker build -t millrace .
#   docker run --rm millrace millrace-epts --help
# One image for all of them: what they share (gRPC, cpprestsdk, libstdc++) is four times as large as
# their programs together, so seven images would be seven builds and seven tags of the same layers,
# which have to be of one version anyway. Which program runs is the container's command.
#
# Needs BuildKit. Packages come from deploy/packages, as everywhere; what the web dashboard is made of
# from npm, by the hashes in its package-lock.json. Where a proxy signs certificates itself:
#   docker build --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt -t millrace .
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${DEBIAN_IMAGE} AS debian
# Debian's images delete what apt downloads; a cache mount is there to keep it.
RUN rm -f /etc/apt/apt.conf.d/docker-clean
# Not the caller's: a file that COPY brings along has the mode it has in the clone, and a script that
# its own user cannot read is found out by the first start.
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]

# --- compile ---

FROM debian AS build
WORKDIR /millrace
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=tmpfs,target=/var/lib/apt/lists \
    --mount=type=bind,source=deploy/packages,target=/deploy/packages \
    --mount=type=bind,source=deploy/install-packages,target=/deploy/install-packages \
    bash /deploy/install-packages build
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY proto proto
COPY services services
# How many compilers at a time; without it as many as there are cores and as memory can hold: the
# largest file takes 1.5 GiB.
ARG BUILD_JOBS
# As in tests/run: a cache that was filled under another folder's name serves as well.
ENV CCACHE_BASEDIR=/millrace CCACHE_NOHASHDIR=1
# In one step, because the cache of the compiler is only there within it: a change of one file
# compiles one file.
RUN --mount=type=cache,target=/root/.cache/ccache \
    --mount=type=cache,target=/root/.npm \
    --mount=type=secret,id=ca,target=/run/secrets/ca.crt \
    [[ ! -s /run/secrets/ca.crt ]] || export NODE_EXTRA_CA_CERTS=/run/secrets/ca.crt; \
    cmake --preset release -DMILLRACE_TESTS=OFF -DMILLRACE_BENCHMARKS=OFF; \
    memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo); \
    jobs=${BUILD_JOBS:-$((memory < 1 ? 1 : memory < $(nproc) ? memory : $(nproc)))}; \
    cmake --build --preset release --parallel "$jobs"; \
    ccache --show-stats | head -n 4; \
    install -D --strip --target-directory=/programs build/release/bin/millrace*

# --- HAProxy of deploy/compose/scale-out.yaml ---

FROM debian AS proxy
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=tmpfs,target=/var/lib/apt/lists \
    --mount=type=bind,source=deploy/packages,target=/deploy/packages \
    --mount=type=bind,source=deploy/install-packages,target=/deploy/install-packages \
    bash /deploy/install-packages proxy
COPY --chmod=0755 deploy/docker/is-ready /usr/local/bin/
COPY --chmod=0644 deploy/compose/haproxy.cfg /etc/haproxy/haproxy.cfg
USER 10001:10001
ENTRYPOINT ["haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg"]

# --- the services; last, so that it is what is built when no target is named ---

FROM debian AS millrace
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=tmpfs,target=/var/lib/apt/lists \
    --mount=type=bind,source=deploy/packages,target=/deploy/packages \
    --mount=type=bind,source=deploy/install-packages,target=/deploy/install-packages \
    bash /deploy/install-packages image
# A new volume takes the owner of the folder it is mounted on: so volumes belong to the user of the
# services without anybody being root at any time. deploy/docker/make-secrets says what is in which.
RUN groupadd --gid 10001 millrace; \
    useradd --uid 10001 --gid millrace --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin --no-log-init millrace; \
    install -d -o millrace -g millrace -m 0750 \
      /var/lib/millrace /var/lib/millrace/nats{,-1,-2,-3} \
      /var/lib/millrace/secrets{,/bus,/postgres,/registry,/epts,/query,/admin,/demo,/grafana}
COPY --chmod=0755 deploy/docker/is-ready deploy/docker/make-secrets deploy/docker/with-secrets \
  /usr/local/bin/
COPY --chmod=0755 deploy/demo/device /usr/local/bin/demo-device
COPY --from=build /programs/ /usr/local/bin/
# A library that deploy/packages forgot is found here, not at the first start.
RUN for program in /usr/local/bin/millrace*; do "$program" --version; done
USER 10001:10001
ENTRYPOINT ["with-secrets"]
