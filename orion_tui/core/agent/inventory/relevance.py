"""Which files a goal is about: by the words that it shares with their paths, then with their contents.

Nothing clever: words are counted. A plan that needs more begins with a task that looks.
"""

import re
from collections.abc import Callable, Iterator, Sequence

import attrs

from orion_tui.core.agent.inventory.files import Part, is_readable, words

#: Words of a goal that are looked for, and files that are mentioned whole.
MAX_WORDS = 24
#: Files whose content is looked at, the bytes of one of them, and of all.
MAX_READ = 200
MAX_FILE = 128 * 1024
MAX_TOTAL = 2 * 1024 * 1024
#: Files that come out.
MAX_FOUND = 24

_WORD = re.compile(r"[^\W_]+")
# camelCase and HTTPServer into their words.
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+|[\w-]+\.[A-Za-z]{1,8}\b")
_COMMON = words(
    """
    the and for with that this from into onto not are was were has have had can could should would must may might
    will its it's them they their there then than when where which who what why how all any each every some more
    most less other only also but nor our your his her him out off over under again still just very too make makes
    made add adds added use uses used using get gets set sets new old fix fixes fixed bug bugs change changes
    changed update updates updated create remove delete write read file files code repo repository project test
    tests please want need needs needed work works working implement implements support improve better instead
    without within between about after before does doesn don isn like such same both been being because while show
    shows let allow allows give gives given one two ein eine der die das und oder mit für von nicht ist sind wird
    werden
    """
)


@attrs.frozen(kw_only=True)
class Found:
    """A file that the goal may be about."""

    path: str
    score: float
    #: Its content, where it was read.
    data: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class GoalWords:
    """What is looked for."""

    words: tuple[str, ...]
    #: Paths and file names that the goal spells out, in lower case.
    paths: tuple[str, ...]


def words_of(goal: str) -> GoalWords:
    """The telling words of a goal, in its order, and what looks like a path in it."""
    paths = dict.fromkeys(found.lower().removeprefix("./") for found in _PATH.findall(goal))
    words = dict.fromkeys(
        word for word in (part.lower() for part in _split(goal)) if len(word) >= 3 and word not in _COMMON
    )
    return GoalWords(words=tuple(words)[:MAX_WORDS], paths=tuple(paths)[:MAX_WORDS])


def _split(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        parts = _HUMP.split(word)
        yield from parts
        if len(parts) > 1:
            yield word


def rank(files: Sequence[tuple[str, int, Part]], goal: GoalWords, read: Callable[[str], bytes]) -> tuple[Found, ...]:
    """The files that share most with the goal, best first. Reads at most `MAX_READ` files and `MAX_TOTAL` bytes."""
    if not (goal.words or goal.paths):
        return ()
    scored = [
        (_path_score(path.lower(), goal) * (1.0 if part is not Part.OTHER else 0.6), path, size)
        for path, size, part in files
        if part in {Part.SOURCE, Part.TEST, Part.OTHER} and 0 < size <= MAX_FILE
    ]
    # Of files whose path says nothing the ones near the top are looked at first.
    scored.sort(key=lambda one: (-one[0], one[1].count("/"), one[1]))
    found: list[Found] = []
    left = MAX_TOTAL
    for number, (score, path, size) in enumerate(scored):
        if number >= MAX_READ or size > left:
            if score <= 0 or len(found) >= MAX_READ + MAX_FOUND:
                break
            found.append(Found(path=path, score=score))
            continue
        left -= size
        data = read(path)[:MAX_FILE]
        if not is_readable(data):
            continue
        total = score + _content_score(data, goal)
        if total > 0:
            found.append(Found(path=path, score=total, data=data))
    found.sort(key=lambda one: (-one.score, one.path))
    return tuple(found[:MAX_FOUND])


def _path_score(path: str, goal: GoalWords) -> float:
    score = 0.0
    for spelled in goal.paths:
        if path == spelled or path.endswith(f"/{spelled}"):
            score += 40
        elif path.startswith(f"{spelled}/"):
            score += 10
    folders, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    for word in goal.words:
        if word == stem:
            score += 8
        elif word in name:
            score += 5
        elif word in folders:
            score += 2
    return score


def _content_score(data: bytes, goal: GoalWords) -> float:
    text = data.lower()
    counts = [min(4, text.count(word.encode("utf-8", "surrogatepass"))) for word in goal.words]
    return sum(1.5 + 0.5 * count for count in counts if count)
