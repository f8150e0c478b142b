"""What a person allows beyond one approval: rules for a session or a role, narrower than a role's own (ASK-1).

They stand between a role's `forbidden` and its `requires_approval`: what AEGIS, a hard limit, the role's scope of paths
or `forbidden` stops stays stopped, and so does what is special (GATE-4) or cannot be read with certainty. They are read
strictly, like every rule that grants, and an action is let through part by part: of `pip install x; make` the rule
`run(pip install *)` covers the first part alone, and `FOO=1 pip install x` not at all. Confidence still counts.

The same command in another directory is another act: a rule for commands or packages holds in the one directory that
it names (`run(make test) in api`), and where it names none, at the root of the workspace.
"""

import posixpath
import re
import shlex
from collections.abc import Sequence
from itertools import groupby

import attrs

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, IN_A_DIRECTORY, PATTERN_SUBJECT, ActionKind, Tier
from orion_tui.base.text import has_disguise
from orion_tui.core.aegis.coverage import missing_of_part
from orion_tui.core.aegis.programs import PROGRAMS
from orion_tui.core.models.actions import Claim
from orion_tui.roles.rules import Rule, RuleError, parse_rule

#: Programs that do whatever they are told to: with an open end directly behind them a rule says nothing.
_ANYTHING = re.compile(
    r"(?:env|sh|bash|dash|zsh|fish|ksh|sudo|su|doas|xargs|parallel|timeout|nohup|nice|setsid|stdbuf|time|exec|eval|watch"
    r"|ssh|docker|podman|perl|ruby|node|deno|bun|php|lua|awk|gawk|mawk|sed|find|make|npx|uvx|busybox"
    r"|python[0-9.]*|pypy[0-9.]*)"
)
#: Programs with commands of very different weight: an open end directly behind them is warned of.
_MANY = frozenset(
    {"git", "pip", "pip3", "npm", "yarn", "pnpm", "cargo", "go", "uv", "poetry", "gh", "kubectl", "terraform"}
)
_WITH_DIRECTORY = re.compile(r"(.*\))\s+in\s+(\S.*)", re.DOTALL)


def covered_parts(claims: Sequence[Claim], reach: Sequence[Rule], egress: Sequence[str]) -> frozenset[int]:
    """The parts of an action that the reach covers whole and by itself."""
    if not reach:
        return frozenset()
    reach = tuple(map(bound, reach))
    parts = groupby(sorted(claims, key=lambda claim: claim.part), key=lambda claim: claim.part)
    return frozenset(part for part, of in parts if missing_of_part(tuple(of), reach, egress) is None)


def citing(claims: Sequence[Claim], reach: Sequence[Rule]) -> str:
    """The rules of the reach that grant something of it, each once, for people."""
    granting = (rule for rule in map(bound, reach) if any(rule.grants(c.kind, c.subject, c.directory) for c in claims))
    return ", ".join(rule.cited for rule in granting)


def bound(rule: Rule) -> Rule:
    """A rule as a reach reads it: one that names no directory, as those from before there were any, means the root."""
    if rule.directory is None and rule.kind in IN_A_DIRECTORY:
        return attrs.evolve(rule, directory="")
    return rule


def where(rule: Rule) -> str:
    """The directory that a rule of a reach holds in, as people read it (`.` is the root); empty for other kinds."""
    return (bound(rule).directory or ".") if rule.kind in IN_A_DIRECTORY else ""


def parse_reach(texts: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that a person wrote, by the same reader as a role's.

    Raises RuleError with the reason for what is no rule, or would cover too much.
    """
    if not texts:
        raise RuleError("no rule was given")
    rules = tuple(_parse(text, place=f"reach[{index}]") for index, text in enumerate(texts))
    for rule in rules:
        if problem := too_wide(rule):
            raise RuleError(f"{rule.text} {problem}")
    return rules


def _parse(text: str, *, place: str) -> Rule:
    found = _WITH_DIRECTORY.fullmatch(text.strip())
    if found is None:
        return bound(parse_rule(text, place=place))
    rule = parse_rule(found.group(1), place=place)
    named = found.group(2)
    if rule.kind not in IN_A_DIRECTORY:
        raise RuleError(f"{rule.text} names no directory; only commands and packages do")
    if has_disguise(named) or not named.isprintable():
        raise RuleError("the directory has hidden characters")
    directory = posixpath.normpath(named)
    if set(named) & set("*?()") or directory.split("/")[0] == "..":
        raise RuleError("the directory is one directory: relative to the workspace, without wildcards")
    return attrs.evolve(rule, directory="" if directory == "." else directory)


def too_wide(rule: Rule) -> str:
    """Why a rule cannot be a reach; empty where it can."""
    if rule.kind in ALWAYS_FORBIDDEN:
        return "is forbidden to every role"
    if rule.kind is ActionKind.CHANGE_SPECIAL_PATH:
        return "names special paths, which are approved by name each time"
    if rule.pattern is None:
        return "covers everything of its kind; say in brackets what of it"
    pattern = rule.pattern
    match PATTERN_SUBJECT.get(rule.kind):
        case "command":
            words = shlex.split(pattern)
            if set(words[0]) & set("*?"):
                return "leaves the program open"
            open_ended = words[1:] and words[-1] == "*"
            only_options = all(word.startswith("-") or "=" in word for word in words[1:-1])
            if open_ended and only_options and _ANYTHING.fullmatch(words[0].rsplit("/", 1)[-1]):
                return f"covers everything: {words[0]} does whatever it is told to"
        case "path" if not re.sub(r"[*?/.]", "", pattern):
            return "covers every file"
        case "tool" if not re.sub(r"[*?]", "", pattern.partition("/")[2]):
            return "covers every tool of that server"
        case _:
            if not re.sub(r"[*?]", "", pattern):
                return "covers everything of its kind"
    return ""


def warning(rule: Rule) -> str:
    """What a person should know before they allow it; empty where there is nothing."""
    words = shlex.split(rule.pattern or "") if rule.kind is ActionKind.RUN else []
    if words[1:] == ["*"] and words[0] in _MANY:
        return f"{rule.text} covers every command of {words[0]}, those that change or remove things too"
    if words[1:] == ["*"] and words[0].rsplit("/", 1)[-1] not in PROGRAMS:
        return f"{words[0]} is no program that Orion knows: if it runs others, {rule.text} covers those too"
    return ""


def exact_rules(claims: Sequence[Claim], held: Sequence[Rule], egress: Sequence[str]) -> tuple[Rule, ...]:
    """Rules that spell exactly these claims and no more, as far as `held` does not cover them.

    Raises RuleError where something of it cannot be spelled: it has no subject, or a `*` or `?`, which a rule would
    read as a wildcard.
    """
    found: list[Rule] = []
    held = tuple(map(bound, held))
    parts = groupby(sorted(claims, key=lambda claim: claim.part), key=lambda claim: claim.part)
    for _, of in parts:
        part = tuple(of)
        runs = [claim for claim in part if claim.kind is ActionKind.RUN]
        while missing_of_part(part, (*held, *found), egress) is not None:
            open_runs = [c for c in runs if not any(r.grants(c.kind, c.subject, c.directory) for r in found)]
            missing = open_runs[0] if open_runs else missing_of_part(part, (*held, *found), egress)
            assert missing is not None
            found.append(_exact(missing, found, len(found)))
    return tuple(found)


def _exact(claim: Claim, found: Sequence[Rule], index: int) -> Rule:
    if not claim.subject or claim.kind not in PATTERN_SUBJECT:
        raise RuleError(f"{claim.kind.value} cannot be narrowed to this one")
    if set(claim.subject) & set("*?"):
        raise RuleError(f"{claim.subject} has * or ?, which a rule would read as wildcards")
    directory = f" in {claim.directory}" if claim.directory else ""
    rule = _parse(f"{claim.kind.value}({claim.subject}){directory}", place=f"reach[{index}]")
    if not rule.grants(claim.kind, claim.subject, claim.directory) or rule in found:
        raise RuleError(f"{claim.subject} cannot be spelled in a rule")
    return rule


def narrowed(rule: Rule) -> Rule | None:
    """A rule for the like of it: the same program and command with other arguments, the same kind of file beside it."""
    subject = rule.pattern or ""
    match PATTERN_SUBJECT.get(rule.kind):
        case "command":
            words = shlex.split(subject)
            module = 2 if words[1:2] == ["-m"] and len(words) > 2 else 0
            tail = words[module:]
            deep = _is_command(tail) and (not module or tail[0] in _MANY)
            kept = words[: module + (2 if deep else 1)]
            if len(words) <= len(kept):
                return None
            text = f"{rule.kind.value}({shlex.join(kept)} *)"
        case "path":
            folder, _, name = subject.rpartition("/")
            stem, dot, suffix = name.rpartition(".")
            if not (folder and stem and dot):
                return None
            text = f"{rule.kind.value}({folder}/*.{suffix})"
        case _:
            return None
    try:
        wider = attrs.evolve(parse_rule(text, place=rule.place), directory=rule.directory)
    except RuleError:
        return None
    return wider if not too_wide(wider) and wider != rule else None


def _is_command(words: Sequence[str]) -> bool:
    return len(words) > 1 and re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", words[1]) is not None


def why_not(tier: Tier, layer: str, reason: str) -> str:
    """Why the person is asked each time, whatever they allow; empty where a reach can help."""
    if tier is Tier.FORBIDDEN:
        return f"it is forbidden: {reason}"
    match layer:
        case "confidence":
            return f"it is asked because of the plan's doubt, not for want of a rule: {reason}"
        case "special_path":
            return f"special paths are approved by name, each time: {reason}"
        case _:
            return ""
