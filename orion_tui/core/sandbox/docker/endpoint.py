"""Where a Docker engine listens: the same places, in the same order, as Docker's own client looks."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import attrs

from orion_tui.base.errors import UsageError

#: What names an engine in the environment, and what its certificates.
VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_TLS")

_SYSTEM_SOCKET = Path("/var/run/docker.sock")


@attrs.frozen(kw_only=True)
class Endpoint:
    """One engine's address, and the certificates that it is spoken to with."""

    url: str
    #: What named it, for people.
    source: str
    #: A directory with `ca.pem`, `cert.pem` and `key.pem`; None without TLS.
    certificates: Path | None = None
    verify: bool = True

    @property
    def socket(self) -> Path | None:
        """The socket's path, where it is one of this machine's."""
        return Path(self.url.removeprefix("unix://")) if self.url.startswith("unix://") else None


def find(environ: Mapping[str, str] = os.environ, system: Path = _SYSTEM_SOCKET) -> Endpoint | None:
    """The engine that Docker's client would use; None where there is no sign of one.

    Raises UsageError for a context that is named and not there.
    """
    if host := environ.get("DOCKER_HOST"):
        return _from_host(host, environ)
    configuration = Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME", "/nonexistent"), ".docker"))
    name = environ.get("DOCKER_CONTEXT") or _json(configuration / "config.json").get("currentContext", "")
    if name and name != "default":
        return _from_context(str(name), configuration)
    places = [(system, "the system's engine")]
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        places.append((Path(runtime, "docker.sock"), "the user's own engine"))
    if home := environ.get("HOME"):
        places.append((Path(home, ".docker/run/docker.sock"), "Docker Desktop"))
    for path, source in places:
        # Without the right to look inside its directory it is there all the same: connecting will say why not.
        if path.is_socket():
            return Endpoint(url=f"unix://{path}", source=source)
    return None


def _from_host(host: str, environ: Mapping[str, str]) -> Endpoint:
    certificates = None
    verify = bool(environ.get("DOCKER_TLS_VERIFY"))
    if verify or environ.get("DOCKER_TLS"):
        default = Path(environ.get("HOME", "/nonexistent"), ".docker")
        certificates = Path(environ.get("DOCKER_CERT_PATH") or environ.get("DOCKER_CONFIG") or default)
    return Endpoint(url=host, source="DOCKER_HOST", certificates=certificates, verify=verify)


def _from_context(name: str, configuration: Path) -> Endpoint:
    digest = hashlib.sha256(name.encode()).hexdigest()
    described = _json(configuration / "contexts/meta" / digest / "meta.json")
    docker = described.get("Endpoints", {}).get("docker", {})
    host = docker.get("Host")
    if not isinstance(host, str) or not host:
        raise UsageError(
            f"there is no Docker context {name!r}", hint="docker context ls lists them; DOCKER_CONTEXT picks one"
        )
    certificates = configuration / "contexts/tls" / digest / "docker"
    return Endpoint(
        url=host,
        source=f"context {name}",
        certificates=certificates if certificates.is_dir() else None,
        verify=not docker.get("SkipTLSVerify", False),
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
