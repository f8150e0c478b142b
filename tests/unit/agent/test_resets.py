"""When a provider that said "too many" answers again."""

import pytest

from orion_tui.core.agent.resets import FARTHEST, reset_at

pytestmark = pytest.mark.unit

_NOW = 1_750_000_000.0  # 2025-06-15T15:06:40Z


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "2500", "retry-after": "3"}, 2.5),
        ({"retry-after": "Sun, 15 Jun 2025 15:07:40 GMT"}, 60.0),
        ({"retry-after": "Sun, 15 Jun 2025 15:00:00 GMT"}, 0.0),
        ({"retry-after": "2025-06-15T15:07:40+00:00"}, 60.0),
        ({"x-ratelimit-reset-requests": "1s"}, 1.0),
        ({"x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-requests": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-reset": "1750000060000"}, 60.0),
        ({"X-RateLimit-Reset": "1750000060"}, 60.0),
        ({"anthropic-ratelimit-requests-reset": "2025-06-15T15:07:10Z"}, 30.0),
    ],
)
def test_each_way_to_say_it(headers: dict[str, str], seconds: float) -> None:
    at = reset_at(headers, _NOW)
    assert at is not None
    assert round(at - _NOW, 3) == seconds


def test_the_limit_that_is_used_up_decides() -> None:
    headers = {
        "anthropic-ratelimit-requests-remaining": "41",
        "anthropic-ratelimit-requests-reset": "2025-06-15T15:30:00Z",
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": "2025-06-15T15:07:00Z",
        "anthropic-ratelimit-output-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-reset": "2025-06-15T15:07:30Z",
    }
    assert reset_at(headers, _NOW) == _NOW + 50
    openai = {
        "x-ratelimit-remaining-requests": "9",
        "x-ratelimit-reset-requests": "8m",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "7s",
    }
    assert reset_at(openai, _NOW) == _NOW + 7


def test_without_what_is_left_the_last_limit_decides() -> None:
    assert reset_at({"x-ratelimit-reset-requests": "8m", "x-ratelimit-reset-tokens": "7s"}, _NOW) == _NOW + 480


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": ""},
        {"retry-after": "soon"},
        {"retry-after": "-5"},
        {"retry-after": "nan"},
        {"retry-after": "9" * 400},
        {"retry-after": str(int(FARTHEST) + 10)},
        {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"retry-after-ms": "1e9"},
        {"x-ratelimit-reset-tokens": "6q"},
        {"x-ratelimit-limit-tokens": "1000"},
        {"date": "Sun, 15 Jun 2025 15:07:40 GMT"},
    ],
)
def test_nonsense_says_nothing(headers: dict[str, str]) -> None:
    assert reset_at(headers, _NOW) is None
