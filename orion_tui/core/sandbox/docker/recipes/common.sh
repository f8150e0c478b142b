#!/bin/sh
# What every image of Orion's needs, whatever it is made from: a Python for the server inside, git, the usual tools, and
# the two places that are mounted. Run once while the image is built; the packages to install are the arguments.
set -eu

if command -v apt-get >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends ca-certificates diffutils file findutils git grep gzip less make \
        patch procps python3 sed tar unzip xz-utils "$@"
    rm -rf /var/lib/apt/lists/*
elif command -v apk >/dev/null; then
    apk add --no-cache bash ca-certificates coreutils diffutils file findutils git grep gzip less make patch procps \
        python3 sed tar unzip xz
elif command -v dnf >/dev/null; then
    dnf install -y -q ca-certificates diffutils file findutils git grep gzip less make patch procps-ng python3 sed tar \
        unzip xz
    dnf clean all -q
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))'
git --version >/dev/null

grep -q '^[^:]*:[^:]*:1000:' /etc/group || echo 'agent:x:1000:' >>/etc/group
grep -q '^[^:]*:[^:]*:1000:' /etc/passwd || echo 'agent:x:1000:1000:agent:/home/agent:/bin/sh' >>/etc/passwd
mkdir -p /workspace /home/agent
# Nothing in the image may be worth a privilege.
find / -xdev -type f -perm /6000 -exec chmod a-s {} + 2>/dev/null || true
