from pathlib import Path

import pytest

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind, Tier
from orion_tui.roles.library import ALIASES, Library
from orion_tui.roles.schema import AuthMethod, Source

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]

NAMES = ("devops-engineer", "qa-engineer", "software-engineer", "technical-writer")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "roles")


def test_there_are_four_starters_and_each_is_usable(library: Library) -> None:
    listed = library.list()
    assert tuple(info.name for info in listed) == NAMES
    assert all(info.usable and info.source is Source.STARTER for info in listed)


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_is_complete_and_says_nothing_to_correct(library: Library, name: str) -> None:
    loaded = library.get(name)
    role = loaded.role
    assert loaded.warnings == ()
    assert loaded.corrections == ()
    assert role.description
    assert role.success_criteria
    assert len(role.competencies) >= 3
    assert {rule.kind for rule in role.authority.forbidden} >= ALWAYS_FORBIDDEN


@pytest.mark.parametrize(("name", "method"), [(name, "totp" if name == "devops-engineer" else "pin") for name in NAMES])
def test_how_promotion_is_authenticated(library: Library, name: str, method: str) -> None:
    assert library.get(name).role.auth_method is AuthMethod(method)


def tier(library: Library, name: str, kind: ActionKind) -> Tier | None:
    authority = library.get(name).role.authority
    return next((t for t in Tier if any(r.kind is kind and r.pattern is None for r in authority.of(t))), None)


@pytest.mark.parametrize("name", NAMES)
def test_the_ci_pipeline_is_out_of_reach_but_for_devops(library: Library, name: str) -> None:
    """ROLE-6: forbidden in three starters, approval in devops-engineer."""
    expected = Tier.REQUIRES_APPROVAL if name == "devops-engineer" else Tier.FORBIDDEN
    assert tier(library, name, ActionKind.MODIFY_CI_PIPELINE) is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ActionKind.WRITE_CODE, Tier.AUTONOMOUS),
        (ActionKind.WRITE_TESTS, Tier.AUTONOMOUS),
        (ActionKind.RUN_TESTS, Tier.AUTONOMOUS),
        (ActionKind.ADD_DEPENDENCY, Tier.REQUIRES_APPROVAL),
        (ActionKind.INSTALL_PACKAGES, Tier.REQUIRES_APPROVAL),
        (ActionKind.PUSH, Tier.FORBIDDEN),
        (ActionKind.DEPLOY, Tier.FORBIDDEN),
        (ActionKind.FORCE_PUSH, Tier.FORBIDDEN),
    ],
)
def test_what_the_demonstration_relies_on(library: Library, kind: ActionKind, expected: Tier) -> None:
    assert tier(library, "software-engineer", kind) is expected


@pytest.mark.parametrize(("old", "new"), sorted(ALIASES.items()))
def test_old_names_are_accepted_with_a_warning(library: Library, old: str, new: str) -> None:
    loaded = library.get(old)
    assert loaded.role.name == new
    assert old in loaded.warnings[0]
    assert new in loaded.warnings[0]


def test_every_old_name_leads_to_a_starter() -> None:
    assert set(ALIASES) == {"night-coder", "researcher", "devops-runner", "full-auto"}
    assert set(ALIASES.values()) <= set(NAMES)


@pytest.mark.parametrize(
    "asked",
    ["software-engineer", "Software Engineer", "SOFTWARE ENGINEER", " software  engineer ", "Software-Engineer"],
)
def test_a_role_is_named_by_name_or_display_name(library: Library, asked: str) -> None:
    assert library.get(asked).role.name == "software-engineer"


def test_display_names_with_other_spellings_work_too(library: Library) -> None:
    assert library.get("qa engineer").role.name == "qa-engineer"
    assert library.get("devops engineer").role.name == "devops-engineer"
    assert library.get("Night Coder").role.name == "software-engineer"
