ARG BASE=golang:1.24-bookworm
FROM ${BASE}
COPY common.sh /tmp/common.sh
RUN sh /tmp/common.sh && rm /tmp/common.sh
ENV GOPATH=/home/agent/go GOCACHE=/home/agent/.cache/go-build GOTOOLCHAIN=local
