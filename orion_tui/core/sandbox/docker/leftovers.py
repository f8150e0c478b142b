"""What Docker sandboxes left in the engine, for whoever takes Orion off the machine."""

from collections.abc import Callable, Iterator

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox.docker import endpoint, images, names
from orion_tui.core.sandbox.docker.engine import Engine
from orion_tui.core.sandbox.leftover import Leftover


def find(home: OrionHome) -> Iterator[Leftover]:
    """Containers and volumes of this state directory; nothing where no engine answers."""
    try:
        found = endpoint.find()
        if found is None:
            return
        with Engine(found) as engine:
            listed = list(_list(engine, names.home_id(home)))
    except OrionError:
        return  # what cannot be asked holds nothing that could be removed
    yield from (Leftover(name=name, size=0, remove=_removal(take)) for name, take in listed)


def shared() -> tuple[str, ...]:
    """Orion's images: they serve every state directory and user of the engine, so they go by a command of their own."""
    try:
        found = endpoint.find()
        if found is None:
            return ()
        with Engine(found) as engine:
            return tuple(f"{names.REPOSITORY}:{name}" for name in images.built(engine))
    except OrionError:
        return ()


def _list(engine: Engine, home: str) -> Iterator[tuple[str, Callable[[Engine], object]]]:
    label = f"{names.HOME_LABEL}={home}"
    for identity, labels, _ in engine.containers(label):
        if labels.get(names.HOME_LABEL) == home:
            shown = f"container {identity[:12]} of session {labels.get(names.SESSION_LABEL, 'unknown')}"
            yield shown, lambda engine, identity=identity: engine.remove_container(identity)
    for name, labels in engine.volumes(label):
        if labels.get(names.HOME_LABEL) == home:
            yield f"volume {name}", lambda engine, name=name: engine.remove_volume(name)


def _removal(take: Callable[[Engine], object]) -> Callable[[], None]:
    def remove() -> None:
        found = endpoint.find()
        if found is not None:
            with Engine(found) as engine:
                take(engine)

    return remove
