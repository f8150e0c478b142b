ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY common.sh /tmp/common.sh
RUN sh /tmp/common.sh && rm /tmp/common.sh
