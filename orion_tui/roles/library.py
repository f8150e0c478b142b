"""Every role there is, and which of them may be used (ROLE-1, ROLE-8).

Search order, later wins by name: the starters shipped in the package, the user's own files, the files that came with
the workspace. The last are untrusted content: listed, readable, unusable until trusted by hash, and until then they
take no name from a role of the user. A broken file of the user is listed with its problems and keeps its name: a
starter does not silently stand in for what the user meant.
"""

import importlib.resources
import shlex
from collections.abc import Iterator
from pathlib import Path

import attrs

from orion_tui.base.errors import InvalidFile, NotFound, PolicyError, UsageError
from orion_tui.base.ids import is_name
from orion_tui.roles.loader import load_roles
from orion_tui.roles.problems import did_you_mean, excerpt
from orion_tui.roles.schema import AuthMethod, LoadedRole, Scope, Source
from orion_tui.roles.trust import TrustStore

#: Names of the ancestor's roles and what stands in for them, with a warning.
ALIASES = {
    "night-coder": "software-engineer",
    "researcher": "technical-writer",
    "devops-runner": "devops-engineer",
    "full-auto": "software-engineer",
}

#: More files than this in one directory are no role library.
MAX_FILES = 200


@attrs.frozen(kw_only=True)
class RoleInfo:
    """One line of `orion role list`."""

    name: str
    display_name: str
    #: None where the file is broken.
    scope: Scope | None
    auth: AuthMethod | None
    source: Source
    enabled: bool
    #: Starters and the user's own are; a workspace role only after its exact content was trusted.
    trusted: bool
    path: str = ""
    #: SHA-256 of the file.
    digest: str = ""
    #: What is wrong with the file, each with its place; such a role cannot be used.
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    #: The role of this name that counts; False for a workspace role that waits for trust beside it.
    counts: bool = True

    @property
    def usable(self) -> bool:
        """Whether a session may start with it."""
        return self.enabled and self.trusted and not self.errors


@attrs.frozen(kw_only=True)
class _Entry:
    info: RoleInfo
    loaded: LoadedRole | None


class Library:
    """The roles as the files stand now; each call reads them afresh."""

    def __init__(self, roles: Path, workspace: Path | None = None) -> None:
        """`roles` is the user's role directory (`OrionHome.roles`), `workspace` the root of a work tree."""
        self._user = roles
        self._workspace = workspace
        self.trust = TrustStore(roles)

    def list(self) -> tuple[RoleInfo, ...]:
        """Every role, by name. Where several have one name, the one that counts, and after it a workspace role of that
        name that is not trusted."""
        return tuple(sorted((entry.info for entry in self._entries()), key=lambda info: (info.name, not info.counts)))

    def find(self, name: str, source: Source | None = None) -> RoleInfo:
        """The role of that name or display name, usable or not. NotFound names the close ones."""
        return self._entry(name, source)[0].info

    def read(self, name: str, source: Source | None = None) -> LoadedRole:
        """As `get`, but for looking at only: an untrusted or disabled role is returned too.

        Raises NotFound, or InvalidFile with all problems.
        """
        return self._read(*self._entry(name, source))

    def get(self, name: str) -> LoadedRole:
        """The role a session may start with, by name or display name, case and spaces as people type them.

        Raises NotFound; InvalidFile with all problems of a broken file; PolicyError for a workspace role that was not
        trusted; UsageError for a disabled one.
        """
        entry, warning = self._entry(name, None)
        info = entry.info
        if not info.trusted:
            copy = f"cp {shlex.quote(info.path)} {shlex.quote(str(self._user))}/"  # the name may be an attacker's
            raise PolicyError(
                f"role {info.name} came with the workspace ({info.path}) and its content was never trusted",
                hint=f"read it: orion role show {info.name}; to make it a role of yours: {copy}",
            )
        loaded = self._read(entry, warning)
        if not info.enabled:
            raise UsageError(f"role {info.name} is disabled", hint="set `enabled: true` in its file")
        return loaded

    @staticmethod
    def _read(entry: _Entry, warning: str) -> LoadedRole:
        if entry.loaded is None:
            raise InvalidFile(f"role {entry.info.name} cannot be used", problems=entry.info.errors)
        if warning:
            return attrs.evolve(entry.loaded, warnings=(warning, *entry.loaded.warnings))
        return entry.loaded

    def _entry(self, name: str, source: Source | None) -> tuple[_Entry, str]:
        entries = self._entries()
        wanted = " ".join(name.split()).lower()
        if source is not None:
            candidates = [entry for entry in entries if entry.info.source is source]
        else:
            # What waits for trust beside a role of that name answers only when asked for by its source.
            candidates = [entry for entry in entries if entry.info.counts]
        by_name = {entry.info.name: entry for entry in candidates}
        if wanted in by_name:
            return by_name[wanted], ""
        shown = [entry for entry in candidates if entry.info.display_name.lower() == wanted]
        shown = [entry for entry in shown if entry.info.usable] or shown
        if len(shown) == 1:
            return shown[0], ""
        if len(shown) > 1:
            names = ", ".join(sorted(entry.info.name for entry in shown))
            raise UsageError(f"{excerpt(name)} is the display name of several roles: {names}", hint="use the name")
        hyphened = wanted.replace(" ", "-")
        if hyphened in by_name:
            return by_name[hyphened], ""
        if (target := ALIASES.get(hyphened)) and target in by_name:
            return by_name[target], f"{hyphened} is an old name; {target} stands in for it"
        raise NotFound(
            f"no role {excerpt(name)}{did_you_mean(hyphened, sorted(by_name))}",
            hint="`orion role list` shows the roles there are",
        )

    def _entries(self) -> tuple[_Entry, ...]:
        counting: dict[str, _Entry] = {}
        aside: list[_Entry] = []
        trusted = self.trust.digests()
        for source, path, problem in self._files():
            for entry in _load(path, source, trusted, problem):
                before = counting.get(entry.info.name)
                if before and before.info.source is source:
                    counting[entry.info.name] = _clash(entry, before)
                elif before and source is Source.WORKSPACE and not (entry.info.trusted and entry.loaded):
                    aside.append(attrs.evolve(entry, info=attrs.evolve(entry.info, counts=False)))
                else:
                    counting[entry.info.name] = entry
        return (*counting.values(), *aside)

    def _files(self) -> Iterator[tuple[Source, Path, str]]:
        """(source, file, what forbids reading it) in search order."""
        starters = importlib.resources.files("orion_tui.roles") / "templates"
        with importlib.resources.as_file(starters) as templates:
            for path, problem in _role_files(templates):
                yield Source.STARTER, path, problem
        for path, problem in _role_files(self._user):
            yield Source.USER, path, problem
        if self._workspace is not None:
            for path, problem in _role_files(self._workspace / ".orion" / "roles", links=False):
                yield Source.WORKSPACE, path, problem


def _role_files(directory: Path, *, links: bool = True) -> list[tuple[Path, str]]:
    """(file, what forbids reading it) of a directory, by name. Links out of a workspace are never followed."""
    try:
        if not links and any(part.is_symlink() for part in (directory, directory.parent)):
            return []
        names = sorted(p for p in directory.iterdir() if p.suffix in {".yaml", ".yml"})
    except OSError:
        return []
    return [(path, "is a symbolic link" if path.is_symlink() and not links else "") for path in names[:MAX_FILES]]


def _load(path: Path, source: Source, trusted: frozenset[str], problem: str) -> Iterator[_Entry]:
    try:
        if problem:
            raise InvalidFile(f"{path} {problem}")
        roles = load_roles(path, origin=source)
    except InvalidFile as error:
        yield _broken(path, source, error.problems or (error.message,))
        return
    for loaded in roles:
        info = RoleInfo(
            name=loaded.role.name,
            display_name=loaded.role.display_name,
            scope=loaded.role.scope,
            auth=loaded.role.auth_method,
            source=source,
            enabled=loaded.role.enabled,
            trusted=source is not Source.WORKSPACE or loaded.digest in trusted,
            path=str(path),
            digest=loaded.digest,
            warnings=loaded.warnings,
            corrections=loaded.corrections,
        )
        yield _Entry(info=info, loaded=loaded)


def _broken(path: Path, source: Source, problems: tuple[str, ...]) -> _Entry:
    """A file that cannot be read, listed under its file's name."""
    name = path.stem if is_name(path.stem) else excerpt(path.name)
    info = RoleInfo(
        name=name,
        display_name=name,
        scope=None,
        auth=None,
        source=source,
        enabled=False,
        trusted=source is not Source.WORKSPACE,
        path=str(path),
        errors=problems,
    )
    return _Entry(info=info, loaded=None)


def _clash(entry: _Entry, before: _Entry) -> _Entry:
    """Two files of one place with one name: neither is used, since which was meant cannot be told."""
    problem = f"{entry.info.path}: the name {entry.info.name} is also given in {before.info.path}"
    return _Entry(info=attrs.evolve(entry.info, errors=(*before.info.errors, problem)), loaded=None)
