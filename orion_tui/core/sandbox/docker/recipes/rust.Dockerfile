ARG BASE=rust:1-bookworm
FROM ${BASE}
COPY common.sh /tmp/common.sh
RUN sh /tmp/common.sh && rm /tmp/common.sh
ENV CARGO_HOME=/home/agent/.cargo RUSTUP_HOME=/usr/local/rustup
