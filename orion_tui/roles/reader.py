"""From the nodes of a role file to a `Role`, noting every problem on the way."""

import re
import zoneinfo
from collections.abc import Callable

import attrs

from orion_tui.base.ids import is_name
from orion_tui.base.text import clean
from orion_tui.roles import patterns
from orion_tui.roles.authority_reader import AuthorityReader
from orion_tui.roles.schema import (
    AuthMethod,
    BackendChoice,
    Day,
    ModelWish,
    Notifications,
    PathScope,
    Profile,
    Risk,
    Role,
    SandboxWish,
    Scope,
    SessionLimits,
    Thresholds,
    Trigger,
    WorkingHours,
    WriteLimits,
)
from orion_tui.roles.yaml_node import Fields, Node

MAX_TEXT = 4_000
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@attrs.frozen(kw_only=True)
class Reading:
    """A role as far as it could be read. It counts only when no problem was noted."""

    role: Role
    warnings: tuple[str, ...]
    corrections: tuple[str, ...]


def read_role(node: Node, *, name: str | None = None) -> Reading | None:
    """Read one role. `name` is the key it stands under in a file of several, where `name:` may be left out."""
    fields = node.fields()
    if fields is None:
        return None
    authority = AuthorityReader()
    role = Role(
        name=_name(fields, name),
        display_name=_display_name(fields, name),
        description=_prose(fields, "description"),
        enabled=fields.boolean("enabled", True),
        scope=_scope(fields),
        competencies=_lines(fields, "competencies", least=1),
        authority=authority.read(fields),
        confidence_thresholds=_thresholds(fields),
        risk_tolerance=fields.choice("risk_tolerance", Risk.MEDIUM),
        auth_method=fields.choice("auth_method", AuthMethod.PIN),
        success_criteria=_lines(fields, "success_criteria"),
        hard_limits=authority.hard_limits(fields),
        paths=_paths(fields),
        write_limits=_write_limits(fields),
        limits=_limits(fields),
        working_hours=_working_hours(fields),
        notifications=_notifications(fields),
        require_review_before_promote=fields.boolean("require_review_before_promote", True),
        sandbox=_sandbox(fields),
        model=_model(fields),
    )
    fields.done()
    return Reading(role=role, warnings=tuple(authority.warnings), corrections=tuple(authority.corrections))


def _name(fields: Fields, given: str | None) -> str:
    node = fields.get("name") if given is not None else fields.require("name")
    text = node.text() if node else given
    if text is None:
        return ""
    if not is_name(text):
        (node or fields.node).problem(
            "a role's name has 1 to 63 lower-case letters, digits and hyphens, and begins with no hyphen"
        )
    elif given is not None and text != given and node is not None:
        node.problem(f"the name differs from the key {given} that the role stands under")
    return text


def _display_name(fields: Fields, given: str | None) -> str:
    shown = str(clean(fields.text("display_name"), keep_newlines=False)).strip()
    if len(shown) > 80 and (node := fields.get("display_name")):
        node.problem("longer than 80 characters")
    name = fields.node.pairs["name"][1].value if "name" in fields else given or ""
    return shown or name.replace("-", " ").title()


def _scope(fields: Fields) -> Scope:
    node = fields.require("scope")
    return (node.choice(Scope) if node else None) or Scope.CODING


def _prose(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if len(text) > MAX_TEXT and (node := fields.get(key)):
        node.problem(f"longer than {MAX_TEXT:,} characters")
    return str(clean(text)).strip()


def _lines(fields: Fields, key: str, *, least: int = 0) -> tuple[str, ...]:
    node = fields.require(key) if least else fields.get(key)
    if node is None:
        return ()
    texts = node.texts()
    if len(texts) < least and not node.children:
        node.problem(f"{key} needs at least {least}")
    return tuple(str(clean(text, keep_newlines=False)).strip() for text in texts)


def _thresholds(fields: Fields) -> Thresholds:
    inner = fields.fields("confidence_thresholds")
    if inner is None:
        return Thresholds()
    default = Thresholds()
    read = Thresholds(
        auto_execute=inner.number("auto_execute", default.auto_execute, least=0, most=1),
        execute_and_flag=inner.number("execute_and_flag", default.execute_and_flag, least=0, most=1),
        pause_and_ask=inner.number("pause_and_ask", default.pause_and_ask, least=0, most=1),
    )
    if not read.pause_and_ask <= read.execute_and_flag <= read.auto_execute:
        inner.node.problem(
            "must be pause_and_ask <= execute_and_flag <= auto_execute, not "
            f"{read.pause_and_ask:g}, {read.execute_and_flag:g}, {read.auto_execute:g}"
        )
    inner.done()
    return read


def _checked(fields: Fields, key: str, check: Callable[[str], str], what: str) -> tuple[str, ...]:
    node = fields.get(key)
    found: list[str] = []
    for item in node.items() if node else ():
        text = item.text()
        if text is None:
            continue
        if reason := check(text):
            item.problem(f"the {what} {reason}")
        found.append(text)
    return tuple(found)


def _paths(fields: Fields) -> PathScope:
    inner = fields.fields("paths")
    if inner is None:
        return PathScope()
    read = PathScope(
        allow=_checked(inner, "allow", patterns.path_problem, "path pattern"),
        deny=_checked(inner, "deny", patterns.path_problem, "path pattern"),
    )
    inner.done()
    return read


def _write_limits(fields: Fields) -> WriteLimits:
    inner = fields.fields("write_limits")
    if inner is None:
        return WriteLimits()
    ceiling = WriteLimits()

    def lower(key: str, most: int) -> int:
        return inner.integer(key, most, least=0, most=most)

    read = WriteLimits(
        file_bytes=lower("file_bytes", ceiling.file_bytes),
        file_lines=lower("file_lines", ceiling.file_lines),
        files_created=lower("files_created", ceiling.files_created),
        files_modified=lower("files_modified", ceiling.files_modified),
        total_bytes=lower("total_bytes", ceiling.total_bytes),
    )
    inner.done()
    return read


def _limits(fields: Fields) -> SessionLimits:
    inner = fields.fields("limits")
    if inner is None:
        return SessionLimits()
    default = SessionLimits()
    cost_node = inner.given("max_cost_usd")
    cost = default.max_cost_usd
    if cost_node is not None:
        cost = None if cost_node.is_null else cost_node.number(least=0, most=1_000_000)
    read = SessionLimits(
        max_session_hours=inner.number("max_session_hours", default.max_session_hours, above=0, most=24),
        max_cost_usd=cost,
        max_tokens=inner.integer("max_tokens", default.max_tokens, least=0, most=10_000_000_000),
        max_steps_per_task=inner.integer("max_steps_per_task", default.max_steps_per_task, least=1, most=10_000),
        checkpoint_interval_minutes=inner.integer(
            "checkpoint_interval_minutes", default.checkpoint_interval_minutes, least=1, most=24 * 60
        ),
        replan_interval_tasks=inner.integer(
            "replan_interval_tasks", default.replan_interval_tasks, least=1, most=1_000
        ),
    )
    inner.done()
    return read


def _working_hours(fields: Fields) -> WorkingHours | None:
    node = fields.get("working_hours")
    if node is None or node.value in {"off", "false"}:
        return None
    inner = node.fields()
    if inner is None:
        return None
    days_node = inner.get("days")
    days = tuple(day for item in days_node.items() if (day := item.choice(Day))) if days_node else tuple(Day)
    if days_node and not days:
        days_node.problem("names no day")
    start, end = _minutes(inner, "start"), _minutes(inner, "end")
    zone = inner.text("time_zone", "UTC")
    if zone not in {"UTC", *zoneinfo.available_timezones()} and (zone_node := inner.get("time_zone")):
        zone_node.problem("no such time zone; use a name such as Europe/Berlin")
    if start == end and start is not None:
        inner.node.problem("start and end are the same")
    inner.done()
    return WorkingHours(days=days, start=start or 0, end=end or 0, time_zone=zone)


def _minutes(fields: Fields, key: str) -> int | None:
    node = fields.require(key)
    if node is None:
        return None
    found = _TIME.fullmatch(node.value)
    if not found:
        node.problem('expected a time such as "09:30"')
        return None
    return int(found.group(1)) * 60 + int(found.group(2))


def _notifications(fields: Fields) -> Notifications:
    inner = fields.fields("notifications")
    if inner is None:
        return Notifications()
    node = inner.get("triggers")
    triggers = tuple(t for item in node.items() if (t := item.choice(Trigger))) if node else Notifications().triggers
    inner.done()
    return Notifications(triggers=triggers)


def _sandbox(fields: Fields) -> SandboxWish:
    inner = fields.fields("sandbox")
    if inner is None:
        return SandboxWish()
    image = inner.text("image")
    if image and not re.fullmatch(r"[a-z0-9][\w./:@-]{0,255}", image) and (node := inner.get("image")):
        node.problem("is no image reference")
    read = SandboxWish(
        image=image,
        backend=inner.choice("backend", BackendChoice.AUTO),
        profile=inner.choice("profile", Profile.LIGHT),
        egress=_checked(inner, "egress", patterns.host_problem, "host"),
    )
    inner.done()
    return read


def _model(fields: Fields) -> ModelWish:
    node = fields.get("model")
    if node is None:
        return ModelWish()
    if node.children == () and not node.pairs and node.value:
        return ModelWish(default=node.text() or "")
    inner = node.fields()
    if inner is None:
        return ModelWish()
    read = ModelWish(
        default=inner.text("default"), plan=inner.text("plan"), work=inner.text("work"), review=inner.text("review")
    )
    inner.done()
    return read
