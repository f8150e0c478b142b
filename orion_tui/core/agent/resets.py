"""When a provider that said "too many" will answer again, from the headers of its refusal.

`Retry-After` (seconds, or an HTTP date) and `retry-after-ms` are an answer to exactly this. Without them the limits
themselves tell: `anthropic-ratelimit-requests-reset: 2026-11-27T05:00:00Z`, `x-ratelimit-reset-tokens: 6m0s`,
`x-ratelimit-reset: 1764219600000`. Several limits count at once; those that are used up decide, and of them the last.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Nothing that far away is a rate limit; whoever says so is mistaken, or wants Orion to sleep for ever.
FARTHEST = 32 * 86_400.0

_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_LIMIT = re.compile(
    r"(?:anthropic-ratelimit-([a-z-]+)-reset|x-ratelimit-reset-([a-z-]+)|(?:x-)?ratelimit-reset()|x-ratelimit-([a-z-]+)-reset)"
)


def reset_at(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds since the epoch; None where the headers do not tell, or tell nonsense."""
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    # A time that is said and already over still counts: "now".
    for wanted in (_milliseconds(lower.get("retry-after-ms"), now), _moment(lower.get("retry-after"), now)):
        if wanted is not None:
            return _sane(wanted, now)
    used_up: list[float] = []
    others: list[float] = []
    for name, value in lower.items():
        match = _LIMIT.fullmatch(name)
        at = _moment(value, now) if match else None
        if match is None or at is None:
            continue
        left = _left(lower, match[1] or match[2] or match[3] or match[4] or "")
        (used_up if left == "0" else others).append(at)
    return _sane(max(used_up or others), now) if used_up or others else None


def _left(headers: Mapping[str, str], limit: str) -> str | None:
    suffix = f"-{limit}" if limit else ""
    for name in (
        f"anthropic-ratelimit-{limit}-remaining",
        f"x-ratelimit-remaining{suffix}",
        f"x-ratelimit-{limit}-remaining",
        f"ratelimit-remaining{suffix}",
    ):
        if name in headers:
            return headers[name]
    return None


def _sane(at: float, now: float) -> float | None:
    return max(at, now) if at - now <= FARTHEST else None


def _milliseconds(text: str | None, now: float) -> float | None:
    return None if text is None or not re.fullmatch(r"\d{1,12}(?:\.\d+)?", text) else now + float(text) / 1000


def _moment(text: str | None, now: float) -> float | None:
    """A point in time from seconds, a span (`6m0s`, `20ms`), an ISO time, an HTTP date, or epoch (milli)seconds."""
    if not text:
        return None
    if re.fullmatch(r"\d{1,15}(?:\.\d{1,9})?", text):
        number = float(text)
        # Nobody asks to wait thirty years: such a number is a time of the clock.
        return number / 1000 if number > 1e11 else number if number > 1e9 else now + number
    if (match := _SPAN.fullmatch(text)) and any(match.groups()):
        days, hours, minutes, seconds, thousandths = (float(part or 0) for part in match.groups())
        return now + days * 86_400 + hours * 3_600 + minutes * 60 + seconds + thousandths / 1000
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(text)
        except (ValueError, TypeError, IndexError):
            continue
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return None
