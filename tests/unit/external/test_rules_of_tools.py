"""Rules about external tools: what they spell, what they stop, and what the gate makes of a use."""

import pytest

from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import Policy, freeze
from orion_tui.core.external.port import Listed, Listing
from orion_tui.core.external.toolbox import choose, named_servers
from orion_tui.core.models.actions import UseTool
from orion_tui.core.models.plans import Task
from orion_tui.core.session.binding import bind
from orion_tui.core.session.card import approval_card, describe
from orion_tui.roles.patterns import tool_matches
from orion_tui.roles.rules import RuleError, parse_rule
from orion_tui.roles.schema import Authority, Role, Scope

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]


def policy(autonomous: tuple[str, ...] = (), approval: tuple[str, ...] = (), forbidden: tuple[str, ...] = ()) -> Policy:
    def rules(tier: str, entries: tuple[str, ...]) -> tuple[object, ...]:
        return tuple(parse_rule(entry, place=f"{tier}[{n}]") for n, entry in enumerate(entries))

    authority = Authority(
        autonomous=rules("autonomous", autonomous),  # pyright: ignore[reportArgumentType]
        requires_approval=rules("requires_approval", approval),  # pyright: ignore[reportArgumentType]
        forbidden=rules("forbidden", forbidden),  # pyright: ignore[reportArgumentType]
    )
    return freeze(Role(name="t", display_name="T", scope=Scope.FULL, competencies=("x",), authority=authority))


def tier(under: Policy, name: str) -> Tier:
    server, _, tool = name.partition("/")
    return decide(classify(UseTool(server=server, tool=tool)), under).tier


def test_what_no_rule_matches_needs_approval() -> None:
    assert tier(policy(), "tracker/look_up") is Tier.REQUIRES_APPROVAL
    assert tier(policy(("run", "write", "fetch(tracker.example.org)")), "tracker/look_up") is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize(
    ("entry", "name", "granted"),
    [
        ("use_tool(tracker/look_up)", "tracker/look_up", True),
        ("use_tool(tracker/*)", "tracker/look_up", True),
        ("use_tool(tracker/look_*)", "tracker/look_up", True),
        ("use_tool(tracker/look_up)", "tracker/look_up2", False),
        ("use_tool(tracker/look_up)", "tracker/Look_Up", False),
        ("use_tool(tracker/look_up)", "tracker/look-up", False),
        ("use_tool(tracker/*)", "tracker2/look_up", False),
    ],
)
def test_a_granting_rule_is_read_strictly(entry: str, name: str, granted: bool) -> None:
    assert (tier(policy((entry,)), name) is Tier.AUTONOMOUS) is granted


@pytest.mark.parametrize("name", ["tracker/drop_all", "tracker/Drop-All", "tracker/drop.all"])
def test_a_stopping_rule_is_read_generously(name: str) -> None:
    under = policy(("use_tool(tracker/*)",), forbidden=("use_tool(tracker/drop_all)",))
    assert tier(under, name) is Tier.FORBIDDEN
    assert tier(under, "tracker/look_up") is Tier.AUTONOMOUS


def test_forbidding_the_kind_forbids_every_tool() -> None:
    assert tier(policy(("use_tool(tracker/*)",), forbidden=("use_tool",)), "tracker/look_up") is Tier.FORBIDDEN


def test_the_kind_alone_grants_nothing() -> None:
    assert tier(policy(("use_tool",)), "tracker/look_up") is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize("pattern", ["tracker", "*/look_up", "Tracker/x", "a/b/c", "tracker/", "/x", "tr_acker/x"])
def test_a_pattern_names_one_server_and_a_tool(pattern: str) -> None:
    with pytest.raises(RuleError):
        parse_rule(f"use_tool({pattern})")


def test_a_subject_without_a_tool_matches_nothing() -> None:
    assert not tool_matches("tracker/*", "tracker", generous=True)
    assert not tool_matches("tracker/*", "", generous=True)


def test_a_server_that_is_only_forbidden_is_not_named() -> None:
    under = policy(("use_tool(a/x)", "use_tool(a/y)"), ("use_tool(b/*)", "use_tool"), ("use_tool(c/*)",))
    assert named_servers(under.role) == ("a", "b")


def test_the_tools_that_a_rule_spells_come_first_and_forbidden_ones_not_at_all() -> None:
    under = policy(("use_tool(t/*)",), ("use_tool(t/third)",), ("use_tool(t/second)",))
    names = ["first", "second", "third", "no good"]
    chosen = choose("t", Listing(tools=tuple(Listed(name=n, description="", schema={}) for n in names)), under)
    assert [tool.name for tool in chosen.tools] == ["third", "first"]
    assert set(chosen.left_out) == {"second", "no good"}


def test_an_approval_is_bound_to_the_arguments() -> None:
    one = UseTool(server="t", tool="x", arguments='{"to":"bob"}')
    other = UseTool(server="t", tool="x", arguments='{"to":"eve"}')
    assert bind(one, classify(one), policy="p") != bind(other, classify(other), policy="p")
    assert bind(one, classify(one), policy="p") == bind(one, classify(one), policy="p")


def test_a_card_shows_all_arguments_and_marks_what_is_hidden() -> None:
    action = UseTool(server="t", tool="x", arguments='{"long":"' + "a" * 50_000 + '","to":"b\u200bob"}')
    decision = decide(classify(action), policy())
    task = Task(id="t", title="T", kind=ActionKind.USE_TOOL)
    card = approval_card(action, decision, task, change=None, waits_on=())
    assert card["disguised"]
    assert "a" * 50_000 in card["text"]
    assert "b⟨U+200B⟩ob" in card["text"]
    assert card["preview"] == card["text"]
    assert len(describe(action)) < 400
    plain = approval_card(UseTool(server="t", tool="x"), decision, task, change=None, waits_on=())
    assert not plain["disguised"]
