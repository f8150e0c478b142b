import pytest

from orion_tui.base.errors import InvalidFile
from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind, Tier
from orion_tui.roles.loader import load_role
from orion_tui.roles.schema import LoadedRole

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]

HEAD = "name: t\nscope: coding\ncompetencies: [x]\n"


def load(autonomous: str, approval: str = "[merge]", forbidden: str = "[push]") -> LoadedRole:
    return load_role(
        f"{HEAD}authority:\n  autonomous: {autonomous}\n  requires_approval: {approval}\n  forbidden: {forbidden}\n"
    )


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidFile) as caught:
        load_role(text, name="r.yaml")
    return caught.value.problems


def kinds(loaded: LoadedRole, tier: Tier) -> set[ActionKind]:
    return {rule.kind for rule in loaded.role.authority.of(tier)}


def test_places_count_from_zero_within_their_list() -> None:
    loaded = load("[run_tests, Write code]", "[merge, Add/remove dependencies]")
    assert [rule.cited for rule in loaded.role.authority.requires_approval] == [
        "requires_approval[0] merge",
        "requires_approval[1] add_dependency",
    ]


@pytest.mark.parametrize("tier", ["autonomous", "requires_approval", "forbidden"])
def test_each_list_needs_an_entry(tier: str) -> None:
    lists = {"autonomous": "[run_tests]", "requires_approval": "[merge]", "forbidden": "[push]"}
    body = "".join(f"  {name}: {'[]' if name == tier else value}\n" for name, value in lists.items())
    assert any(f"authority.{tier} needs at least one entry" in line for line in problems(f"{HEAD}authority:\n{body}"))
    body = "".join(f"  {name}: {value}\n" for name, value in lists.items() if name != tier)
    assert any(f"authority.{tier} needs at least one entry" in line for line in problems(f"{HEAD}authority:\n{body}"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("run_tests", "run_tests"),
        ("run_tests", "Run tests"),
        ("Deploy to production", "deploy"),
        ("run(pytest *)", "Run (pytest *)"),
    ],
)
def test_no_entry_stands_in_two_tiers(first: str, second: str) -> None:
    found = problems(
        f'{HEAD}authority:\n  autonomous: ["{first}"]\n  requires_approval: ["{second}"]\n  forbidden: [push]\n'
    )
    assert any("r.yaml:6:" in line and "already stands at autonomous[0]; one entry, one tier" in line for line in found)


def test_an_entry_twice_in_one_tier_is_a_slip_too() -> None:
    found = problems(
        f"{HEAD}authority: {{autonomous: [run_tests, Run tests], requires_approval: [merge], forbidden: [push]}}"
    )
    assert any("already stands at autonomous[0]" in line and "one tier" not in line for line in found)


def test_a_kind_and_a_pattern_of_it_may_stand_in_different_tiers() -> None:
    loaded = load('["run(pytest *)", write_docs]', "[run]", '["write(docs/legal/**)"]')
    assert not loaded.corrections


@pytest.mark.parametrize("kind", sorted(ALWAYS_FORBIDDEN))
@pytest.mark.parametrize("tier", [Tier.AUTONOMOUS, Tier.REQUIRES_APPROVAL])
def test_what_no_role_can_grant_is_shown_corrected_with_the_reason(kind: ActionKind, tier: Tier) -> None:
    """ROLE-6."""
    autonomous = f"[run_tests, {kind}]" if tier is Tier.AUTONOMOUS else "[run_tests]"
    approval = f"[merge, {kind}]" if tier is Tier.REQUIRES_APPROVAL else "[merge]"
    loaded = load(autonomous, approval)
    assert loaded.corrections == (
        f"{tier.value}[1] {kind.value} counts as forbidden: AEGIS always forbids it and no role can grant it",
    )
    assert kind in kinds(loaded, Tier.FORBIDDEN)
    assert kind not in kinds(loaded, Tier.AUTONOMOUS) | kinds(loaded, Tier.REQUIRES_APPROVAL)


def test_a_role_that_forbids_them_itself_needs_no_correction() -> None:
    loaded = load("[run_tests]", forbidden="[" + ", ".join(sorted(ALWAYS_FORBIDDEN)) + "]")
    assert loaded.corrections == ()


def test_special_paths_are_never_autonomous() -> None:
    loaded = load("[run_tests, change_special_path]")
    assert "counts as requires_approval" in loaded.corrections[0]
    assert ActionKind.CHANGE_SPECIAL_PATH in kinds(loaded, Tier.REQUIRES_APPROVAL)


def test_the_network_is_autonomous_only_by_host() -> None:
    found = problems(f"{HEAD}authority: {{autonomous: [fetch], requires_approval: [merge], forbidden: [push]}}")
    assert any("fetch needs a host to be autonomous" in line for line in found)
    assert load('["fetch(docs.python.org)"]').role.authority.autonomous[0].pattern == "docs.python.org"


def test_legacy_keys_load_with_a_warning_that_names_the_new_ones() -> None:
    """ROLE-3."""
    loaded = load_role(f"{HEAD}allowed_actions: [run_tests, write_code]\nblocked_actions: [push]\n")
    assert kinds(loaded, Tier.AUTONOMOUS) == {ActionKind.RUN_TESTS, ActionKind.WRITE_CODE}
    assert kinds(loaded, Tier.FORBIDDEN) == {ActionKind.PUSH}
    assert kinds(loaded, Tier.REQUIRES_APPROVAL) == set()
    assert any("allowed_actions" in line and "authority.autonomous" in line for line in loaded.warnings)
    assert any("blocked_actions" in line and "authority.forbidden" in line for line in loaded.warnings)


def test_legacy_keys_count_beside_an_empty_authority_block_only() -> None:
    empty = load_role(f"{HEAD}authority: {{autonomous: []}}\nallowed_actions: [run_tests]\nblocked_actions: [push]\n")
    assert kinds(empty, Tier.AUTONOMOUS) == {ActionKind.RUN_TESTS}
    full = load_role(
        f"{HEAD}authority: {{autonomous: [write_docs], requires_approval: [merge], forbidden: [push]}}\n"
        "allowed_actions: [run_tests, deploy]\n"
    )
    assert kinds(full, Tier.AUTONOMOUS) == {ActionKind.WRITE_DOCS}
    assert any("allowed_actions is ignored" in line for line in full.warnings)


def test_legacy_keys_are_checked_and_corrected_like_the_new_ones() -> None:
    loaded = load_role(f"{HEAD}allowed_actions: [run_tests, force_push]\n")
    assert ActionKind.FORCE_PUSH in kinds(loaded, Tier.FORBIDDEN)
    assert loaded.corrections
    assert any("unknown action" in line for line in problems(f"{HEAD}allowed_actions: [fly]\n"))
    assert any(
        "one entry, one tier" in line for line in problems(f"{HEAD}allowed_actions: [push]\nblocked_actions: [push]\n")
    )


def test_hard_limits_may_repeat_what_the_role_forbids() -> None:
    loaded = load_role(
        f"{HEAD}authority: {{autonomous: [run_tests], requires_approval: [merge], forbidden: [push]}}\n"
        "hard_limits: [push]\n"
    )
    assert loaded.role.hard_limits[0].cited == "hard_limits[0] push"
