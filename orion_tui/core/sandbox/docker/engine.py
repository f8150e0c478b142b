"""The one gateway to a Docker engine: everything of the `docker` library, typed and with errors of our own.

The library is imported when an engine is first spoken to. Requests are made of plain dictionaries, as the engine's API
documents them, so that nothing of the user's Docker configuration (proxies with passwords, most of all) is mixed in.
"""

import contextlib
import errno
import os
import platform
import socket
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any, cast

import attrs

from orion_tui.base.errors import SandboxError
from orion_tui.base.text import clean
from orion_tui.core.sandbox.docker.endpoint import Endpoint
from orion_tui.core.sandbox.docker.stream import ExecStream

#: Seconds that a request may take; those that build or import take as long as they do.
_TIMEOUT = 60.0
#: Seconds that an engine may take to take a connection.
_KNOCK = 10.0

Json = dict[str, Any]


class EngineError(SandboxError):
    """The engine refused a request, or does not answer."""

    def __init__(self, message: str, *, status: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: The status of its answer; 0 where there was none.
        self.status = status


@attrs.frozen(kw_only=True)
class EngineInfo:
    """What an engine says of itself."""

    version: str
    api: str
    #: As `platform.machine()` would name it.
    architecture: str
    cpus: int
    memory_bytes: int
    cgroup_version: int
    rootless: bool
    name: str
    kernel: str
    #: What limits it can set; a rootless engine without delegation can set none.
    limits_memory: bool
    limits_pids: bool
    limits_cpu: bool
    seccomp: bool


@attrs.frozen(kw_only=True)
class ImageInfo:
    """One image."""

    id: str
    tags: tuple[str, ...]
    labels: Mapping[str, str]
    environment: tuple[str, ...]
    #: Paths that it declares to be volumes.
    volumes: tuple[str, ...]
    size: int
    created: str


@attrs.frozen(kw_only=True)
class ContainerView:
    """One container as the engine sees it."""

    running: bool
    #: Its main process as the engine's machine numbers it; 0 where it does not run.
    pid: int
    #: What it was created with, in the words of the engine's API.
    config: Json
    host: Json
    mounts: tuple[Json, ...]


@attrs.frozen(kw_only=True)
class ExecView:
    """One process that the engine started in a container."""

    running: bool
    exit_code: int | None
    pid: int


class Engine:
    """One engine, spoken to over one endpoint. May be used by several threads at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises EngineError where nobody answers there."""
        self.endpoint = endpoint
        _knock(endpoint)
        with _errors(endpoint):
            self._api = _connect(endpoint)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of its connections."""
        self._api.close()

    # -- itself

    def info(self) -> EngineInfo:
        """What it says of itself."""
        with self._asking():
            found: Json = self._api.info()
        options = [str(option) for option in found.get("SecurityOptions") or ()]
        return EngineInfo(
            version=clean(str(found.get("ServerVersion", "")), keep_newlines=False),
            api=str(self._api.api_version),
            architecture=str(found.get("Architecture", "")),
            cpus=int(found.get("NCPU", 0)),
            memory_bytes=int(found.get("MemTotal", 0)),
            cgroup_version=int(found.get("CgroupVersion") or 1),
            rootless=any("rootless" in option for option in options),
            name=str(found.get("Name", "")),
            kernel=str(found.get("KernelVersion", "")),
            limits_memory=bool(found.get("MemoryLimit")),
            limits_pids=bool(found.get("PidsLimit", True)),
            limits_cpu=bool(found.get("CpuCfsQuota", found.get("CPUCfsQuota"))),
            seccomp=any("seccomp" in option for option in options),
        )

    def is_this_machine(self, info: EngineInfo) -> bool:
        """Whether its containers are processes of this very machine, to be looked at in `/proc`.

        A socket is no proof: it may lead into a virtual machine, or we may stand in a container ourselves.
        """
        return (
            self.endpoint.socket is not None and info.name == socket.gethostname() and info.kernel == platform.release()
        )

    # -- images

    def image(self, name: str) -> ImageInfo | None:
        """By id, tag or digest; None where it has none of that name."""
        with self._asking():
            try:
                found: Json = self._api.inspect_image(name)
            except self._not_found:
                return None
        return _image(found)

    def images(self, label: str) -> list[ImageInfo]:
        """All that carry the label (`name` or `name=value`)."""
        with self._asking():
            found = cast("list[Json]", self._api.images(filters={"label": label}))
        ids = sorted({str(entry["Id"]) for entry in found})
        return [image for image in map(self.image, ids) if image is not None]

    def import_image(self, archive: Iterator[bytes], *, repository: str, tag: str, changes: list[str]) -> str:
        """Make an image of a tar stream: its id."""
        with self._asking():
            text = self._api.import_image(
                src=_Reader(archive), repository=repository, tag=tag, changes=changes, stream_src=True
            )
        return _last_status(str(text))

    def build_image(
        self, context: bytes, *, tag: str, labels: Mapping[str, str], arguments: Mapping[str, str], offline: bool
    ) -> str:
        """Build from a tar of a context with a `Dockerfile`: what the engine said. Raises EngineError with that."""
        import json

        params: Json = {
            "t": tag,
            "rm": True,
            "forcerm": True,
            "labels": json.dumps(dict(labels)),
            "buildargs": json.dumps(dict(arguments)),
            **({"networkmode": "none"} if offline else {}),
        }
        said: list[str] = []
        failed = ""
        with self._asking():
            # Not the library's own `build`: it leaves the connection open where a build fails, and sends the passwords
            # of the user's registries along.
            answer = self._api._post(
                self._api._url("/build"),
                data=context,
                params=params,
                headers={"Content-Type": "application/x-tar"},
                stream=True,
                timeout=None,
            )
            with contextlib.closing(answer):
                self._api._raise_for_status(answer)
                for line in answer.iter_lines():
                    message: Json = json.loads(line) if line else {}
                    failed = failed or str(message.get("error", ""))
                    said.append(str(message.get("stream", "")))
        if failed:
            raise EngineError(f"the image could not be built: {clean(failed)}\n{clean(''.join(said)[-2000:])}")
        return clean("".join(said))

    def tag_image(self, image: str, *, repository: str, tag: str) -> None:
        """Give it one more name."""
        with self._asking():
            self._api.tag(image, repository, tag)

    def remove_image(self, name: str) -> None:
        """Untag it, and delete it with its last tag."""
        with self._asking():
            self._api.remove_image(name)

    # -- volumes

    def create_volume(self, name: str, options: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """A volume of the `local` driver."""
        with self._asking():
            self._api.create_volume(name, driver="local", driver_opts=dict(options), labels=dict(labels))

    def volumes(self, label: str) -> list[tuple[str, Mapping[str, str]]]:
        """Names and labels of those that carry the label."""
        with self._asking():
            found: Json = self._api.volumes(filters={"label": label})
        return [(str(entry["Name"]), _texts(entry.get("Labels"))) for entry in found.get("Volumes") or ()]

    def remove_volume(self, name: str) -> bool:
        """Whether it is gone; False while something still uses it."""
        with self._asking():
            try:
                self._api.remove_volume(name)
            except self._not_found:
                return True
            except self._refused as error:
                if error.status_code == 409:
                    return False
                raise
        return True

    # -- containers

    def create_container(self, name: str, configuration: Json) -> str:
        """Its id. Raises EngineError, with status 409 where the name is taken."""
        with self._asking():
            return str(self._api.create_container_from_config(configuration, name)["Id"])

    def start_container(self, container: str) -> None:
        """Start its main process."""
        with self._asking():
            self._api.start(container)

    def inspect_container(self, container: str) -> ContainerView | None:
        """What the engine knows of it; None where it is gone."""
        with self._asking():
            try:
                found = cast("Json", self._api.inspect_container(container))
            except self._not_found:
                return None
        state = object_of(found, "State")
        return ContainerView(
            running=bool(state.get("Running")),
            pid=int(state.get("Pid") or 0),
            config=object_of(found, "Config"),
            host=object_of(found, "HostConfig"),
            mounts=tuple(cast("list[Json]", list_of(found, "Mounts"))),
        )

    def containers(self, label: str) -> list[tuple[str, Mapping[str, str], float]]:
        """Id, labels and time of creation (seconds since the epoch) of those that carry the label, stopped ones too."""
        with self._asking():
            found = cast("list[Json]", self._api.containers(all=True, filters={"label": label}))
        return [(str(entry["Id"]), _texts(entry.get("Labels")), float(entry.get("Created", 0))) for entry in found]

    def remove_container(self, container: str) -> None:
        """Kill it and everything in it, and remove it. One that is gone or going is fine."""
        with self._asking():
            try:
                self._api.remove_container(container, force=True, v=False)
            except self._not_found:
                return
            except self._refused as error:
                if error.status_code != 409:  # its removal is already in progress
                    raise

    def attach_input(self, container: str) -> ExecStream:
        """Hold its main process's standard input. Hanging up closes that."""
        with self._asking():
            raw = self._api.attach_socket(container, params={"stdin": 1, "stream": 1})
        return ExecStream(raw)

    def execute(
        self, container: str, argv: Iterable[str], *, user: str, directory: str, environment: Mapping[str, str]
    ) -> tuple[str, ExecStream]:
        """Start a process in a running container: its id, and its standard streams."""
        with self._asking():
            created: Json = self._api.exec_create(
                container,
                list(argv),
                stdin=True,
                stdout=True,
                stderr=True,
                tty=False,
                privileged=False,
                user=user,
                workdir=directory,
                environment=dict(environment) or None,
            )
            raw = self._api.exec_start(created["Id"], socket=True)
        return str(created["Id"]), ExecStream(raw)

    def inspect_exec(self, identity: str) -> ExecView | None:
        """What the engine knows of a process that it started so; None where that is gone."""
        with self._asking():
            try:
                found = cast("Json", self._api.exec_inspect(identity))
            except self._not_found:
                return None
        code = found.get("ExitCode")
        return ExecView(
            running=bool(found.get("Running")),
            exit_code=None if code is None else int(code),
            pid=int(found.get("Pid") or 0),
        )

    # -- inside

    def _asking(self) -> contextlib.AbstractContextManager[None]:
        return _errors(self.endpoint)

    @property
    def _not_found(self) -> type[Exception]:
        from docker.errors import NotFound

        return NotFound

    @property
    def _refused(self) -> Any:
        from docker.errors import APIError

        return APIError


def object_of(found: Json, key: str) -> Json:
    """An object in the engine's answer; empty where it gave none."""
    value = found.get(key)
    return cast("Json", value) if isinstance(value, dict) else {}


def list_of(found: Json, key: str) -> list[Any]:
    """A list in the engine's answer; empty where it gave none."""
    value = found.get(key)
    return cast("list[Any]", value) if isinstance(value, list) else []


class _Reader:
    """A stream of pieces as the file that the library sends in chunks."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def read(self, size: int = -1) -> bytes:
        del size
        return next(self._pieces, b"")


def _knock(endpoint: Endpoint) -> None:
    """Raises EngineError where nobody listens on a socket of this machine, before the library is even loaded."""
    if (path := endpoint.socket) is None:
        return
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_KNOCK)
            connection.connect(str(path))
    except OSError as error:
        raise _unreachable(endpoint, error) from error


def _connect(endpoint: Endpoint) -> Any:
    import docker
    from docker.tls import TLSConfig

    tls: Any = False
    if (place := endpoint.certificates) is not None:
        tls = TLSConfig(
            client_cert=(str(place / "cert.pem"), str(place / "key.pem")),
            ca_cert=str(place / "ca.pem"),
            verify=endpoint.verify,
        )
    api = docker.APIClient(
        base_url=endpoint.url,
        version="auto",
        timeout=int(_TIMEOUT),
        tls=tls,
        use_ssh_client=True,
    )
    # Neither a proxy of the environment's nor a password of ~/.netrc belongs between us and the engine.
    api.trust_env = False
    return api


@contextlib.contextmanager
def _errors(endpoint: Endpoint) -> Generator[None]:
    import requests
    from docker.errors import APIError, DockerException

    try:
        yield
    except APIError as error:
        status = int(error.status_code or 0)
        raise EngineError(
            f"the Docker engine refused: {clean(str(error.explanation or error))}", status=status
        ) from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise _unreachable(endpoint, error) from error


def _unreachable(endpoint: Endpoint, error: BaseException) -> EngineError:
    number = _errno(error)
    where = f"{endpoint.url} ({endpoint.source})"
    if number == errno.EACCES:
        return EngineError(
            f"you may not speak to the Docker engine at {where}",
            hint="join its group, then log in again: sudo usermod -aG docker $USER  (whoever may speak to an engine "
            "is root on its machine; a rootless engine is not)",
        )
    if number in {errno.ENOENT, errno.ECONNREFUSED}:
        return EngineError(
            f"no Docker engine answers at {where}", hint="start it: sudo systemctl start docker, or sudo dockerd"
        )
    return EngineError(f"the Docker engine at {where} does not answer: {clean(str(error), keep_newlines=False)}")


def _errno(error: BaseException | None) -> int:
    """The number of the system's error at the bottom of the library's."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, OSError) and current.errno in {errno.EACCES, errno.ENOENT, errno.ECONNREFUSED}:
            return int(current.errno)
        pending += [current.__cause__, current.__context__]
        pending += [argument for argument in current.args if isinstance(argument, BaseException)]
    return 0


def _image(found: Json) -> ImageInfo:
    configuration: Json = found.get("Config") or {}
    return ImageInfo(
        id=str(found["Id"]),
        tags=tuple(str(tag) for tag in found.get("RepoTags") or ()),
        labels=_texts(configuration.get("Labels")),
        environment=tuple(str(pair) for pair in configuration.get("Env") or ()),
        volumes=tuple(str(path) for path in configuration.get("Volumes") or ()),
        size=int(found.get("Size", 0)),
        created=str(found.get("Created", "")),
    )


def _texts(value: Any) -> dict[str, str]:
    return {key: str(text) for key, text in cast("Json", value or {}).items()}


def _last_status(text: str) -> str:
    """The id in the last line of an import's answer. Raises EngineError where that is an error."""
    import json

    for line in reversed(text.splitlines()):
        with contextlib.suppress(ValueError):
            message: Json = json.loads(line)
            if "error" in message:
                raise EngineError(f"the image could not be imported: {clean(str(message['error']))}")
            if str(message.get("status", "")).startswith("sha256:"):
                return str(message["status"])
    raise EngineError(f"the image could not be imported: {clean(text)[-500:]}")


def open_default(environ: Mapping[str, str] = os.environ) -> Engine | None:
    """The engine that Docker's client would use; None where there is no sign of one. Raises EngineError."""
    from orion_tui.core.sandbox.docker import endpoint

    found = endpoint.find(environ)
    return Engine(found) if found is not None else None
