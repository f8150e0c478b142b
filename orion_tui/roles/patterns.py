"""What a rule's pattern matches: one meaning for each kind of subject, in a strict and a generous reading.

A rule that *grants* (autonomous) is read strictly: it matches only what it spells. A rule that *stops* (approval,
forbidden) is read generously: it also matches the ways around it. Every pattern is checked when the role is loaded.

Paths (`write(docs/**)`), relative to the workspace root, `/`-separated:
    `*` and `?` match within one component and never cross a `/`; `**` as a whole component matches any number of them
    (at the end: everything below). There are no other special characters. Generously, letter case and Unicode form do
    not matter (a case-insensitive disk does not tell them apart), and a directory matches where the pattern reaches
    below it: what removes `src` also removes `src/secret/key`.

Commands (`run(pytest *)`), compared with the argument vector, token by token, after any shell text was taken apart
into simple commands. Nothing that a shell would interpret is left in it, so `pytest; rm -rf x` is two commands, each of
which needs its own rule:
    the first token is the program, exactly as typed (`pytest` is neither `./pytest` nor `env pytest`); `*` as the last
    token matches any number of arguments, none included; within a token `*` and `?` match characters other than `/`,
    and never a token with a `..` component. Without a final `*` the number of arguments must be the same. Generously,
    the program may be given with a directory, wildcards cross `/`, and before a final `*` further arguments may stand
    between the ones that the pattern names (`run(git push --force *)` stops `git push origin --force`).

Packages (`add_dependency(requests)`): `*` and `?`; letter case and the difference of `-`, `_` and `.` do not matter.

Hosts (`fetch(docs.python.org)`): exactly this name, or `*.python.org` for every name below it (not itself).

External tools (`use_tool(tracker/create_issue)`): the server by its name in the settings, and its tool; in the tool's
name `*` and `?` match any characters, in the server's none. Generously, letter case and the difference of `-`, `_` and
`.` do not matter.
"""

import re
import shlex
import unicodedata
from functools import lru_cache

_HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


_TOOL = re.compile(r"([a-z0-9][a-z0-9-]{0,30})/[A-Za-z0-9_.*?-]{1,128}")


def path_problem(pattern: str) -> str:
    """What is wrong with a path pattern; empty when nothing is."""
    parts = pattern.split("/")
    if pattern.startswith("/"):
        return "is absolute; patterns are relative to the workspace"
    if not pattern or "" in parts:
        return "has an empty component" if pattern else "is empty"
    if ".." in parts or "." in parts:
        return "has a '.' or '..' component"
    if any(c in pattern for c in "\\[]{}!"):
        return "may use only *, ? and ** as special characters"
    if any("**" in part and part != "**" for part in parts):
        return "uses ** inside a component; it stands alone between slashes"
    return ""


def path_matches(pattern: str, path: str, *, generous: bool) -> bool:
    """Whether `path` (workspace-relative, normalised) matches; see the module's text."""
    if generous:
        pattern, path = _fold(pattern), _fold(path)
        if path and _reaches_below(pattern, path):
            return True
    return _path_regex(pattern).fullmatch(path) is not None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _reaches_below(pattern: str, directory: str) -> bool:
    """Whether the pattern names something below `directory` (`.` is the root), as far as it spells directories out."""
    above = [] if directory == "." else directory.split("/")
    wanted = pattern.split("/")
    return len(above) < len(wanted) and wanted[: len(above)] == above


@lru_cache(maxsize=1024)
def _path_regex(pattern: str) -> re.Pattern[str]:
    parts = pattern.split("/")
    out: list[str] = []
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            out.append(".+" if last else "(?:[^/]+/)*")
        else:
            out.append(_within(part) + ("" if last else "/"))
    return re.compile("".join(out), re.DOTALL)


def _within(text: str, wild: str = "[^/]") -> str:
    return "".join(f"{wild}*" if c == "*" else wild if c == "?" else re.escape(c) for c in text)


def command_problem(pattern: str) -> str:
    """What is wrong with a command pattern; empty when nothing is."""
    try:
        tokens = shlex.split(pattern)
    except ValueError:
        return "has an unclosed quote"
    if not tokens:
        return "is empty"
    if tokens[0] == "*":
        return "must name a program first; for any command write the kind alone"
    if "*" in tokens[:-1]:
        return "may have * as a token of its own only at the end"
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", pattern)
    if found := re.search(r"[;&|<>`$()\n]", bare):
        return f"has the shell character {found.group()!r}; a pattern matches one simple command"
    return ""


def command_matches(pattern: str, command: str, *, generous: bool) -> bool:
    """Whether `command`, an argument vector in `shlex.join` form, matches; see the module's text."""
    wanted = _tokens(pattern)
    argv = _tokens(command)
    if not argv or not wanted:
        return False
    if generous and "/" not in wanted[0]:
        argv = (argv[0].rsplit("/", 1)[-1], *argv[1:])
    open_end = wanted[-1] == "*"
    wanted = wanted[:-1] if open_end else wanted
    if not argv or not _token_matches(wanted[0], argv[0], generous):
        return False
    if open_end and generous:
        rest = iter(argv[1:])
        return all(any(_token_matches(want, token, generous) for token in rest) for want in wanted[1:])
    if len(argv) < len(wanted) or (not open_end and len(argv) != len(wanted)):
        return False
    return all(_token_matches(want, token, generous) for want, token in zip(wanted, argv, strict=False))


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(shlex.split(text))


def _token_matches(wanted: str, token: str, generous: bool) -> bool:
    if "*" not in wanted and "?" not in wanted:
        return wanted == token
    if not generous and ".." in re.split(r"[/=]", token):
        return False
    return re.fullmatch(_within(wanted, "." if generous else "[^/]"), token, re.DOTALL) is not None


def package_name(text: str) -> str:
    """One spelling for a package's name: lower case, runs of `-`, `_` and `.` as one `-`."""
    scope, slash, name = text.strip().lower().rpartition("/")
    return f"{scope}{slash}{re.sub(r'[-_.]+', '-', name)}"


def package_problem(pattern: str) -> str:
    """What is wrong with a package pattern; empty when nothing is."""
    return "" if re.fullmatch(r"[\w@./*?:+-]+", pattern) else "is not the name of a package"


def package_matches(pattern: str, package: str) -> bool:
    """Whether a package's name matches."""
    return bool(package) and re.fullmatch(_within(package_name(pattern), "."), package_name(package)) is not None


def host_problem(pattern: str) -> str:
    """What is wrong with a host pattern; empty when nothing is."""
    host = pattern.lower()
    if "://" in host or "/" in host or ":" in host:
        return "must be a host name alone, without scheme, port or path"
    if not _HOST.fullmatch(host):
        return "must be an exact host name, or '*.' and a domain"
    return "covers a whole top-level domain" if host.startswith("*.") and "." not in host[2:] else ""


def host_matches(pattern: str, host: str) -> bool:
    """Whether a host name matches."""
    pattern, host = pattern.lower(), host.lower().rstrip(".")
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern and bool(host)


def tool_problem(pattern: str) -> str:
    """What is wrong with a pattern of external tools; empty when nothing is."""
    if "/" not in pattern:
        return "names no tool: write server/tool, or server/* for all tools of a server"
    return "" if _TOOL.fullmatch(pattern) else "is not a server's name, a slash and the name of a tool"


def tool_server(pattern: str) -> str:
    """The server that a pattern of external tools names."""
    return pattern.partition("/")[0]


def tool_matches(pattern: str, tool: str, *, generous: bool) -> bool:
    """Whether an external tool, as `server/tool`, matches."""
    wanted, wildcard = tool_server(pattern), pattern.partition("/")[2]
    server, _, name = tool.partition("/")
    if server != wanted or not name:
        return False
    if generous:
        wildcard, name = (re.sub(r"[-_.]+", "-", text.casefold()) for text in (wildcard, name))
    return re.fullmatch(_within(wildcard, "."), name, re.DOTALL) is not None
