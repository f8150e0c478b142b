import json
from typing import Any

import attrs
import pytest

from orion_tui.base.errors import StoreError
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.policy import freeze, from_json, to_json
from tests.support.gate import policy, starter

pytestmark = pytest.mark.unit


def test_the_hash_is_that_of_the_content_and_stays() -> None:
    one, same = policy(autonomous=["run_tests"]), policy(autonomous=["run_tests"])
    assert one.hash == same.hash
    assert len(one.hash) == 64
    assert int(one.hash, 16) >= 0


@pytest.mark.parametrize(
    "change",
    [
        {"auth_method": "totp"},
        {"risk_tolerance": "low"},
        {"limits": {"max_cost_usd": None}},
        {"paths": {"deny": ["x/**"]}},
        {"hard_limits": ["push"]},
        {"sandbox": {"egress": ["a.org"]}},
        {"write_limits": {"file_lines": 10}},
        {"confidence_thresholds": {"auto_execute": 0.95}},
        {"require_review_before_promote": False},
    ],
)
def test_every_change_of_the_role_changes_the_hash(change: dict[str, Any]) -> None:
    assert policy(**change).hash != policy().hash


def test_another_version_of_aegis_is_another_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    before = policy().hash
    monkeypatch.setattr(policies, "AEGIS_VERSION", policies.AEGIS_VERSION + 1)
    assert policy().hash != before


@pytest.mark.parametrize("name", ["software-engineer", "technical-writer", "qa-engineer", "devops-engineer"])
def test_a_policy_makes_the_round_trip(name: str) -> None:
    frozen = starter(name)
    assert from_json(to_json(frozen)) == frozen
    assert to_json(frozen) == to_json(from_json(to_json(frozen)))


def test_a_stored_policy_that_was_changed_is_refused() -> None:
    data = json.loads(to_json(policy(forbidden=["push"])))
    data["role"]["authority"]["forbidden"] = []
    with pytest.raises(StoreError, match="not what its hash says"):
        from_json(json.dumps(data))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"hash": "x", "aegis": 1, "role": {}}', '{"hash": 1}', "not json"]
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(StoreError):
        from_json(text)


def test_a_policy_is_frozen() -> None:
    frozen = policy()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        frozen.hash = "x"  # type: ignore[misc]  # what is tested is that it fails
    assert freeze(frozen.role) == frozen
