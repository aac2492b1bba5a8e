# syntax=docker/dockerfile:1

# Compiles the packages and leaves what the server needs: production dependencies,
# which need no install script, and compiled JavaScript.
FROM node:24-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY packages/metrics/package.json packages/metrics/
COPY packages/events/package.json packages/events/
COPY packages/sdk/package.json packages/sdk/
COPY packages/monitoring/package.json packages/monitoring/
COPY packages/server/package.json packages/server/
RUN npm ci --ignore-scripts
COPY tsconfig.json LICENSE ./
COPY scripts scripts
COPY packages packages
COPY docs docs
RUN node --eval "import('./scripts/compile.mjs').then(({ build }) => build())"
RUN npm prune --omit=dev --ignore-scripts
# What is installed. Told to leave out development dependencies, npm leaves out what both kinds need.
RUN npm pkg delete devDependencies && npm sbom --sbom-format=cyclonedx > sbom.cdx.json
RUN rm -r packages/*/src packages/*/tsconfig.build.json && mkdir data

# Without a shell or a package manager. glibc and libstdc++, which the engine needs, are in it.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/packages packages
COPY --from=build /build/package.json /build/LICENSE /build/sbom.cdx.json ./
# A new volume takes its owner from here.
COPY --from=build --chown=65532:65532 /build/data /data
ENV NODE_ENV=production
ENV BELLWETHER_HOST=0.0.0.0
ENV BELLWETHER_STORAGE_DATA_DIR=/data
USER 65532:65532
VOLUME /data
EXPOSE 9091
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/nodejs/bin/node", "/app/packages/server/bin/bellwether.js", "healthcheck"]
ENTRYPOINT ["/nodejs/bin/node", "/app/packages/server/bin/bellwether.js"]
CMD ["serve"]
