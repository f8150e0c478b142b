"""What a person is asked with: the agent's own words of the answer that asks, and no others in their place (ASK-1)."""

import pytest

from tests.support.agent import call, does, finish, plans, submit, task
from tests.support.bench import Bench
from tests.support.model_server import Call, ModelServer

pytestmark = pytest.mark.bubblewrap

DELETES = call("delete_file", path="test_app.py")
ASKS = call("ask_person", question="Which value?")


@pytest.mark.parametrize("wanted", [DELETES, ASKS], ids=["an action", "a question"])
def test_the_agent_says_what_it_said_with_the_call(bench: Bench, server: ModelServer, wanted: Call) -> None:
    server.script(
        plans(task("value")),
        does(call("list_files"), text="I look around first."),
        does(wanted, text="Nothing tests\u202e this any more."),
    )
    with bench.supervisor():
        asked = bench.pending(submit(bench))
    assert asked.card["agent_reason"] == "Nothing tests this any more."


def test_a_long_speech_is_cut_where_that_can_be_seen(bench: Bench, server: ModelServer) -> None:
    server.script(plans(task("value")), does(DELETES, text="because " * 1_000))
    with bench.supervisor():
        said = bench.pending(submit(bench)).card["agent_reason"]
    assert len(said) < 700
    assert said.endswith("…")


def test_one_that_said_nothing_is_given_no_words(bench: Bench, server: ModelServer) -> None:
    server.script(plans(task("value", description="Anything goes.")), does(DELETES))
    with bench.supervisor():
        card = bench.pending(submit(bench)).card
    assert card["agent_reason"] == ""
    assert ["its purpose", "Anything goes."] in card["details"]


def test_a_check_of_the_plan_is_not_the_agents_wish(bench: Bench, server: ModelServer) -> None:
    check = [{"run": "pip install ./nothing"}]
    server.script(
        plans(task("value", accept=check)),
        does(finish(), text="Trust me."),
    )
    with bench.supervisor():
        assert bench.pending(submit(bench)).card["agent_reason"] == ""
