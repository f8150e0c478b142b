from pathlib import Path

import attrs
import pytest

from orion_tui.base.errors import InvalidFile
from orion_tui.roles.loader import load_role, load_roles
from orion_tui.roles.schema import (
    AuthMethod,
    BackendChoice,
    Day,
    PathScope,
    Profile,
    Risk,
    Role,
    SessionLimits,
    Thresholds,
    Trigger,
    WorkingHours,
    WriteLimits,
)

pytestmark = pytest.mark.unit

LEAST = """\
name: tester
scope: coding
competencies: [Testing]
authority:
  autonomous: [run_tests]
  requires_approval: [merge]
  forbidden: [push]
"""


def role(more: str = "") -> Role:
    return load_role(LEAST + more).role


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidFile) as caught:
        load_role(text, name="r.yaml")
    return caught.value.problems


def test_the_least_role_has_every_default_of_the_contract() -> None:
    found = role()
    assert found.display_name == "Tester"
    assert found.enabled
    assert found.confidence_thresholds == Thresholds(auto_execute=0.90, execute_and_flag=0.70, pause_and_ask=0.50)
    assert found.risk_tolerance is Risk.MEDIUM
    assert found.auth_method is AuthMethod.PIN
    assert found.success_criteria == ()
    assert found.hard_limits == ()
    assert found.paths == PathScope()
    assert found.write_limits == WriteLimits(
        file_bytes=10_000_000, file_lines=5_000, files_created=100, files_modified=200, total_bytes=200_000_000
    )
    assert found.limits == SessionLimits(
        max_session_hours=8,
        max_cost_usd=5.0,
        max_tokens=2_000_000,
        max_steps_per_task=60,
        checkpoint_interval_minutes=15,
        replan_interval_tasks=5,
    )
    assert found.working_hours is None
    assert found.require_review_before_promote
    assert found.sandbox.backend is BackendChoice.AUTO
    assert found.sandbox.profile is Profile.LIGHT
    assert found.sandbox.egress == ()


def test_every_key_of_the_schema_is_read() -> None:
    found = role(
        """\
display_name: The Tester
description: |
  Tests.
enabled: false
confidence_thresholds: {auto_execute: 0.8, execute_and_flag: 0.6, pause_and_ask: 0.4}
risk_tolerance: low
auth_method: totp
success_criteria: [green]
hard_limits: ["write(legal/**)", deploy]
paths: {allow: [src/**, tests/**], deny: [src/secret/**]}
write_limits: {file_bytes: 1000, file_lines: 10, files_created: 1, files_modified: 2, total_bytes: 3000}
limits: {max_session_hours: 0.5, max_cost_usd: null, max_tokens: 0, max_steps_per_task: 1,
         checkpoint_interval_minutes: 5, replan_interval_tasks: 2}
working_hours: {days: [mon, fri], start: "22:00", end: "06:30", time_zone: Europe/Berlin}
notifications: {triggers: [failed]}
require_review_before_promote: false
sandbox: {image: "ghcr.io/x/y:1", backend: docker, profile: heavy, egress: [docs.python.org]}
model: {default: anthropic/x, plan: openai/y}
"""
    )
    assert found.display_name == "The Tester"
    assert found.description == "Tests."
    assert not found.enabled
    assert found.confidence_thresholds == Thresholds(auto_execute=0.8, execute_and_flag=0.6, pause_and_ask=0.4)
    assert found.risk_tolerance is Risk.LOW
    assert found.auth_method is AuthMethod.TOTP
    assert found.success_criteria == ("green",)
    assert [rule.cited for rule in found.hard_limits] == ["hard_limits[0] write(legal/**)", "hard_limits[1] deploy"]
    assert found.paths == PathScope(allow=("src/**", "tests/**"), deny=("src/secret/**",))
    assert found.write_limits.total_bytes == 3000
    assert found.limits.max_cost_usd is None
    assert found.limits.max_session_hours == 0.5
    assert found.working_hours == WorkingHours(
        days=(Day.MON, Day.FRI), start=22 * 60, end=6 * 60 + 30, time_zone="Europe/Berlin"
    )
    assert found.notifications.triggers == (Trigger.FAILED,)
    assert not found.require_review_before_promote
    assert found.sandbox.image == "ghcr.io/x/y:1"
    assert found.sandbox.egress == ("docs.python.org",)
    assert found.model.plan == "openai/y"


def test_a_model_may_be_named_alone_and_hours_may_be_off() -> None:
    assert role("model: anthropic/x\n").model.default == "anthropic/x"
    assert role("working_hours: off\n").working_hours is None


def test_a_role_is_frozen() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        role().name = "other"  # type: ignore[misc]  # what is tested is that it fails


@pytest.mark.parametrize(
    ("more", "place", "said"),
    [
        ("name_: x\n", "8:1", "unknown key 'name_' (did you mean 'name'?)"),
        ("limits: {max_hours: 3}\n", "8:10", "unknown key 'max_hours'"),
        ("sandbox: {imag: x}\n", "8:11", "did you mean 'image'?"),
        ("auth_method: none\n", "8:14", "must be one of pin, totp"),
        ("risk_tolerance: extreme\n", "8:17", "must be one of low, medium, high"),
        ("enabled: yes\n", "8:10", "expected true or false"),
        ("limits: {max_session_hours: 0}\n", "8:29", "must be more than 0 and at most 24"),
        ("limits: {max_session_hours: 24.5}\n", "8:29", "at most 24"),
        ("limits: {max_cost_usd: -1}\n", "8:24", "must be at least 0"),
        ("limits: {max_steps_per_task: 1.5}\n", "8:30", "whole number"),
        ("write_limits: {file_lines: 5001}\n", "8:28", "at most 5,000"),
        ("write_limits: {file_bytes: 99999999}\n", "8:28", "at most 10,000,000"),
        ("write_limits: {files_created: 101}\n", "8:31", "at most 100"),
        ("write_limits: {files_modified: 201}\n", "8:32", "at most 200"),
        ("write_limits: {total_bytes: 200000001}\n", "8:29", "at most 200,000,000"),
        ("confidence_thresholds: {auto_execute: 1.1}\n", "8:39", "at most 1"),
        ("confidence_thresholds: {auto_execute: 0.5, execute_and_flag: 0.7}\n", "8:24", "pause_and_ask <= execute"),
        ("confidence_thresholds: {pause_and_ask: 0.75}\n", "8:24", "pause_and_ask <= execute"),
        ("paths: {allow: [/etc]}\n", "8:17", "is absolute"),
        ("paths: {deny: [a/../b]}\n", "8:16", "'..' component"),
        ("sandbox: {egress: ['https://x.org']}\n", "8:20", "host name alone"),
        ("sandbox: {egress: ['*']}\n", "8:20", "exact host name"),
        ("sandbox: {image: 'x; rm -rf /'}\n", "8:18", "no image reference"),
        ("working_hours: {start: 9, end: '17:00'}\n", "8:24", "expected a time"),
        ("working_hours: {start: '25:00', end: '17:00'}\n", "8:24", "expected a time"),
        ("working_hours: {start: '09:00'}\n", "8:16", "end is missing"),
        ("working_hours: {start: '09:00', end: '09:00'}\n", "8:16", "are the same"),
        ("working_hours: {start: '09:00', end: '10:00', time_zone: Mars/Base}\n", "8:58", "no such time zone"),
        ("working_hours: {start: '09:00', end: '10:00', days: [someday]}\n", "8:54", "must be one of mon"),
        ("notifications: {triggers: [lunch]}\n", "8:28", "must be one of started"),
        ("hard_limits: [fly]\n", "8:15", "unknown action 'fly'"),
        ("success_criteria: green\n", "8:19", "expected a list"),
        ("model: [x]\n", "8:8", "expected a mapping"),
        ("description: 5\n", "8:14", "put it in quotes"),
        ("display_name: " + "x" * 90 + "\n", "8:15", "longer than 80"),
    ],
)
def test_each_problem_has_its_place(more: str, place: str, said: str) -> None:
    found = problems(LEAST + more)
    assert any(line.startswith(f"r.yaml:{place}: ") and said in line for line in found), found


@pytest.mark.parametrize(
    "name", ["../x", "Tester", "-x", "x" * 64, "a b", "a/b", "a.b", "\u00e4", '"a\\n"', '""', "_x"]
)
def test_names_that_are_no_names_are_refused(name: str) -> None:
    assert any("r.yaml:1:7" in line for line in problems(LEAST.replace("tester", name)))


@pytest.mark.parametrize("name", ["x", "a-b-c", "x" * 63, "role2"])
def test_names_that_are_names_pass(name: str) -> None:
    assert load_role(LEAST.replace("tester", name)).role.name == name


@pytest.mark.parametrize("key", ["name", "scope", "competencies", "authority"])
def test_what_is_required_is_required(key: str) -> None:
    text = "\n".join(line for line in LEAST.splitlines() if not line.startswith(key))
    if key == "authority":
        text = LEAST.partition("authority")[0]
    assert any(f"{key} is missing" in line for line in problems(text))


def test_competencies_are_at_least_one() -> None:
    assert any("needs at least 1" in line for line in problems(LEAST.replace("[Testing]", "[]")))


def test_all_problems_of_a_file_come_together_in_order() -> None:
    found = problems(
        """\
name: Bad Name
scope: everything
competencies: []
authority:
  autonomous: [run_tests, fly]
  requires_approval: [run_tests]
  forbidden: []
limits: {max_session_hours: 99}
frobnicate: 1
frobnicate: 2
"""
    )
    assert [line.split(":")[1] for line in found] == ["1", "2", "3", "5", "6", "7", "8", "9", "10"]


def test_a_problem_of_yaml_and_one_of_the_schema_come_together() -> None:
    found = problems(LEAST + "auth_method: &x none\n")
    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("null\n", "the file is empty"),
        ("- a\n", "expected a mapping, found a list"),
        ("text\n", "expected a mapping, found text"),
        ("{}\n", "the file is empty"),
    ],
)
def test_a_file_without_a_role_says_so(text: str, said: str) -> None:
    assert any(said in line for line in problems(text))


def test_hidden_characters_of_texts_do_not_reach_the_screen() -> None:
    found = role('display_name: "T\\u202ee\\u200bst"\ndescription: "a\\x1b[31mb"\n')
    assert found.display_name == "Test"
    assert found.description == "ab"


def test_a_file_of_several_roles_loads_by_name() -> None:
    body = "\n".join(f"    {line}" for line in LEAST.splitlines() if not line.startswith("name"))
    loaded = load_roles(f"roles:\n  one:\n{body}\n  two:\n    name: two\n{body}\n")
    assert [entry.role.name for entry in loaded] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("roles: {}\n", "roles is empty"),
        ("roles: [a]\n", "expected a mapping"),
        ("roles: {x: {}}\nextra: 1\n", "unknown key 'extra'"),
        ("roles: {Bad Name: {scope: coding}}\n", "a role's name has"),
        ("roles: {one: {name: two}}\n", "differs from the key one"),
    ],
)
def test_a_file_of_several_roles_is_checked_too(text: str, said: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        load_roles(text)
    assert any(said in line for line in caught.value.problems)


def test_one_role_is_expected_where_one_is_asked_for() -> None:
    body = "\n".join(f"    {line}" for line in LEAST.splitlines() if not line.startswith("name"))
    with pytest.raises(InvalidFile, match="holds 2 roles"):
        load_role(f"roles:\n  one:\n{body}\n  two:\n{body}\n")


def test_a_path_is_named_in_problems_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(LEAST)
    assert load_role(file).path == str(file)
    file.write_text("name: 5\n")
    with pytest.raises(InvalidFile) as caught:
        load_role(file)
    assert caught.value.problems[0].startswith(f"{file}:1:")


def test_the_digest_is_of_the_exact_bytes() -> None:
    assert load_role(LEAST).digest == load_role(LEAST.encode()).digest
    assert load_role(LEAST).digest != load_role(LEAST + "\n").digest
