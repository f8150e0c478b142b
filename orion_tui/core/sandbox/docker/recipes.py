"""Images that are built from a recipe, for machines whose engine reaches a registry."""

import hashlib
import importlib.resources
import io
import tarfile

from orion_tui.base.errors import UsageError
from orion_tui.core.sandbox.docker import images
from orion_tui.core.sandbox.docker.engine import Engine, ImageInfo
from orion_tui.core.sandbox.docker.names import IMAGE_LABEL, INPUTS_LABEL, REPOSITORY

NAMES = (images.BASE, *images.STACKS)

_FILES = importlib.resources.files("orion_tui.core.sandbox.docker") / "recipes"


def build(engine: Engine, name: str, *, base: str = "", offline: bool = False) -> ImageInfo:
    """Build one of Orion's images, upon `base` instead of the recipe's own where that is given.

    Nothing is built anew where the same recipe has been built upon the same base image. Raises EngineError with what
    the engine said.
    """
    if name not in NAMES:
        raise UsageError(f"there is no recipe {name!r}", hint=f"there are: {', '.join(NAMES)}")
    digest = _digest(engine, name, base)
    present = images.own(engine, name)
    if present is not None and digest and present.labels.get(INPUTS_LABEL) == digest:
        return present
    labels = {IMAGE_LABEL: name, INPUTS_LABEL: digest}
    arguments = {"BASE": base} if base else {}
    engine.build_image(context(name), tag=f"{REPOSITORY}:{name}", labels=labels, arguments=arguments, offline=offline)
    built = images.own(engine, name)
    if built is None:
        raise UsageError(f"the engine built something else than {REPOSITORY}:{name}")
    return built


def context(name: str) -> bytes:
    """What the engine is given: the recipe and what it copies, as a tar that is always the same."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for inside, file in (("Dockerfile", f"{name}.Dockerfile"), ("common.sh", "common.sh")):
            data = (_FILES / file).read_bytes()
            info = tarfile.TarInfo(inside)
            info.size, info.mode = len(data), 0o644
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _digest(engine: Engine, name: str, base: str) -> str:
    """Of recipe and base image; empty where that is not here, and what a build would fetch is not known."""
    recipe = context(name)
    tag = base or _default_base(name)
    found = engine.image(tag)
    return hashlib.sha256(recipe + found.id.encode()).hexdigest() if found is not None else ""


def _default_base(name: str) -> str:
    first = (_FILES / f"{name}.Dockerfile").read_text("utf-8").splitlines()[0]
    return first.partition("=")[2].strip()
