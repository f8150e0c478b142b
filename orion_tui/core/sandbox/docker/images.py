"""Which image a session's containers are made from (BOX-6)."""

from collections.abc import Iterable

from orion_tui.base.errors import SandboxUnavailable
from orion_tui.core.sandbox.base import SandboxSpec
from orion_tui.core.sandbox.docker.engine import Engine, ImageInfo
from orion_tui.core.sandbox.docker.hostimage import TAG as HOST
from orion_tui.core.sandbox.docker.names import IMAGE_LABEL, REPOSITORY

#: Images with a recipe, by what in a workspace calls for them; the first that fits is taken.
STACKS: dict[str, tuple[str, ...]] = {
    "rust": ("Cargo.toml",),
    "go": ("go.mod",),
    "python": ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "tox.ini"),
    "node": ("package.json", "deno.json", "bun.lockb"),
}
BASE = "base"
NAMES = (HOST, BASE, *STACKS)

BUILD = "orion sandbox build"


def stack_of(names: Iterable[str]) -> str:
    """The stack that the names at the top of a workspace tell of; `base` where they tell nothing."""
    present = set(names)
    for stack, marks in STACKS.items():
        if present.intersection(marks):
            return stack
    return BASE


def for_work(engine: Engine, spec: SandboxSpec | None = None) -> ImageInfo:
    """The image that the role names, else Orion's own for the workspace's stack, else any of Orion's that serves."""
    if spec is not None and spec.image:
        found = engine.image(spec.image)
        if found is None:
            raise SandboxUnavailable(
                f"the image {spec.image!r} of the role is not here",
                hint=f"bring it with: docker pull {spec.image}  (Orion pulls nothing by itself), or take "
                "'sandbox.image' out of the role",
            )
        return found
    wanted = spec.stack if spec is not None and spec.stack else BASE
    return _first(engine, (wanted, BASE, HOST))


def for_hands(engine: Engine) -> ImageInfo:
    """Always Orion's own: it answers for the tree."""
    return _first(engine, (HOST, BASE))


def built(engine: Engine) -> dict[str, ImageInfo]:
    """Orion's images that are here, by name."""
    return {name: found for name in NAMES if (found := own(engine, name)) is not None}


def own(engine: Engine, name: str) -> ImageInfo | None:
    """One of Orion's images; None where it is not here, or where something else bears its name."""
    found = engine.image(f"{REPOSITORY}:{name}")
    return found if found is not None and found.labels.get(IMAGE_LABEL) == name else None


def _first(engine: Engine, names: Iterable[str]) -> ImageInfo:
    for name in names:
        if (found := own(engine, name)) is not None:
            return found
    raise SandboxUnavailable("the Docker engine answers, but Orion's image is not there", hint=f"make it: {BUILD}")
