ARG BASE=python:3.13-slim-bookworm
FROM ${BASE}
COPY common.sh /tmp/common.sh
RUN sh /tmp/common.sh build-essential && rm /tmp/common.sh
ENV PIP_CACHE_DIR=/home/agent/.cache/pip PYTHONUSERBASE=/home/agent/.local
