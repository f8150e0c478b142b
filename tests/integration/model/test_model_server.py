"""The scripted server itself: whole answers, its record, and its own share of the time."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.support.model_server import Answer, Asked, Call, Fail, ModelServer

pytestmark = pytest.mark.mock_llm


def _post(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def test_it_answers_whole_where_no_stream_is_asked_for(server: ModelServer) -> None:
    server.script(Answer(text="hi", calls=[Call(name="note", arguments='{"words": "a"}')], input_tokens=3))
    chat = _post(f"{server.origin}/v1/chat/completions", {"messages": []})
    assert chat["choices"][0]["message"]["content"] == "hi"
    assert chat["choices"][0]["finish_reason"] == "tool_calls"
    messages = _post(f"{server.origin}/v1/messages", {"messages": []})
    assert [block["type"] for block in messages["content"]] == ["text", "tool_use"]
    assert messages["usage"]["input_tokens"] == 3
    google = _post(f"{server.origin}/v1beta/models/m:generateContent", {})
    assert google["candidates"][0]["content"]["parts"][1]["functionCall"]["args"] == {"words": "a"}


def test_acts_follow_each_other_and_the_last_one_stays(server: ModelServer) -> None:
    url = f"{server.origin}/v1/chat/completions"
    server.script(Answer(text="1"), lambda asked: Answer(text=str(asked.body["n"])), Fail(503))
    assert _post(url, {})["choices"][0]["message"]["content"] == "1"
    assert _post(url, {"n": 7})["choices"][0]["message"]["content"] == "7"
    for _ in range(2):
        with pytest.raises(urllib.error.HTTPError, match="503"):
            _post(url, {})
    assert [asked.body for asked in server.asked] == [{}, {"n": 7}, {}, {}]


def test_its_own_time_is_measured_for_each_request(server: ModelServer) -> None:
    _post(f"{server.origin}/v1/chat/completions", {})
    asked: Asked = server.asked[0]
    assert asked.answered.wait(10)
    assert asked.own_seconds > 0
