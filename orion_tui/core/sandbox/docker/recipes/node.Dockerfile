ARG BASE=node:22-bookworm-slim
FROM ${BASE}
COPY common.sh /tmp/common.sh
RUN sh /tmp/common.sh && rm /tmp/common.sh
ENV npm_config_cache=/home/agent/.npm npm_config_update_notifier=false
