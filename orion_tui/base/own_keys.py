"""A person's own keys laid over the catalogue, with what is wrong about them.

    keys:
      live.pause: space
      mission.approve: [A, f2]

A key that another command of the same screen has already is not taken over: which of two commands a key runs is never
left to chance.
"""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from orion_tui.base.key_catalogue import BY_ID, CATALOGUE, VIEWS, Key
from orion_tui.base.key_names import canonical, display

#: Views that work in every screen beside its own.
EVERYWHERE = ("app", "pane", "lines")
#: Views of dialogs: nothing else works while one is open.
_ALONE = frozenset({"confirm", "form", "say", "task", "pick", "search", "palette"})
#: Keys that one command may have.
MOST_KEYS = 4


@attrs.frozen(kw_only=True)
class Keys:
    """The keys in use: the catalogue with one's own laid over it."""

    own: Mapping[str, str] = attrs.field(factory=dict[str, str])
    #: Whether nothing can be changed here: keys that change something are then not offered.
    looking: bool = False

    def get(self, name: str) -> Key:
        """One command's entry by id; KeyError for an id that does not exist."""
        key = BY_ID[name]
        return attrs.evolve(key, keys=self.own[name]) if name in self.own else key

    def view(self, view: str) -> tuple[Key, ...]:
        """The entries of one view that are offered, in order."""
        return tuple(self.get(key.id) for key in CATALOGUE if key.view == view and self.offers(key.id))

    def offers(self, name: str) -> bool:
        """Whether a command, by its id, is offered here."""
        return not (self.looking and BY_ID[name].changes)


@attrs.frozen(kw_only=True)
class Clash:
    """A wish that is not followed, and why."""

    #: What the wish is about.
    name: str
    problem: str

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}"


DEFAULT = Keys()


def own_keys(wishes: Mapping[str, Sequence[str]]) -> tuple[Keys, tuple[Clash, ...]]:
    """The keys with `wishes` (command id to keys as a person writes them) laid over, and the wishes that cannot be met.

    Wishes are taken together, so two commands may change places. Where two clash, the later one keeps its old keys; and
    so do those that then clash with that.
    """
    read: dict[str, str] = {}
    wrong: list[Clash] = []
    for name, written in wishes.items():
        try:
            read[name] = _keys(name, written)
        except ValueError as error:
            wrong.append(Clash(name=name, problem=str(error)))
    while (clash := next(_clashes(Keys(own=read), read), None)) is not None:
        del read[clash.name]
        wrong.append(clash)
    return Keys(own=read), tuple(wrong)


def _keys(name: str, written: Sequence[str]) -> str:
    if name not in BY_ID:
        near = _near(name)
        raise ValueError("there is no such command" + (f"; do you mean {near}?" if near else "; see `orion keys`"))
    if not written:
        raise ValueError("a command without a key could not be reached; leave it out, or name one")
    if len(written) > MOST_KEYS:
        raise ValueError(f"{len(written)} keys for one command; {MOST_KEYS} at the most")
    found = [canonical(text) for text in written]
    if len(set(found)) != len(found):
        raise ValueError("names the same key twice")
    return ",".join(found)


def _near(name: str) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, BY_ID, 1)), "")


def together(view: str) -> tuple[str, ...]:
    """The views whose keys work at the same time as those of `view`."""
    return (view,) if view in _ALONE else (view, *(name for name in EVERYWHERE if name != view))


def _clashes(keys: Keys, own: Mapping[str, str]) -> Iterator[Clash]:
    """Latest wishes first."""
    order = {name: place for place, name in enumerate(own)}
    for name in sorted(own, key=order.__getitem__, reverse=True):
        mine = set(own[name].split(","))
        view = BY_ID[name].view
        others = VIEWS if view in EVERYWHERE else (view,)
        for other in (key for each in others if each not in _ALONE or each == view for key in _active(keys, each)):
            shared = mine & set(other.keys.split(","))
            if other.id == name or not shared or _always_shared(name, other.id, shared):
                continue
            if order.get(other.id, -1) > order[name]:
                continue  # told of the other one
            key = display(next(iter(sorted(shared))))
            yield Clash(name=name, problem=f"{key} is {other.label} ({other.id}) already")


def _active(keys: Keys, view: str) -> Iterator[Key]:
    for each in together(view):
        yield from keys.view(each)


def _always_shared(one: str, other: str, shared: set[str]) -> bool:
    """Whether both have these keys in the catalogue: the one in front then hides the other on purpose."""
    return shared <= set(BY_ID[one].keys.split(",")) & set(BY_ID[other].keys.split(","))
