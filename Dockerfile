# One static binary and nothing else: no shell, no package manager, no root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /caracal ./cmd/caracal
# Two folders, two volumes: the key that seals secrets never lies beside the database.
RUN mkdir -p /root-fs/data /root-fs/keys /root-fs/tmp && chmod 0700 /root-fs/data /root-fs/keys && chmod 1777 /root-fs/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /root-fs/ /
COPY --from=build /caracal /caracal
ENV CARACAL_DATA=/data CARACAL_KEY_FILE=/keys/caracal.keys CARACAL_LOG=json
VOLUME ["/data", "/keys"]
EXPOSE 8443
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/caracal", "probe"]
ENTRYPOINT ["/caracal"]
CMD ["serve"]
