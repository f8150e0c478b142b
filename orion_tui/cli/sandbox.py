"""`orion sandbox`: the images that work runs in, and a sandbox tried and measured."""

import time
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.errors import NotFound, SandboxUnavailable
from orion_tui.cli.output import emit_json, json_option, one_line, say, table

if TYPE_CHECKING:
    from orion_tui.core.sandbox.docker.engine import Engine, ImageInfo

_MIB = 1024 * 1024


@click.group()
def sandbox() -> None:
    """What contains the work: images for Docker, and a sandbox that is opened and measured."""


@sandbox.command()
@click.argument("name", required=False, type=click.Choice(["base", "python", "node", "go", "rust"]))
@click.option("--from-host", is_flag=True, help="Of this machine's own files: what happens without a name.")
@click.option("--base-image", default="", metavar="IMAGE", help="Build the recipe upon this image.")
@click.option("--offline", is_flag=True, help="Build without a network: the base image has all that is needed.")
@json_option
def build(name: str | None, from_host: bool, base_image: str, offline: bool, as_json: bool) -> int:
    """Make an image. Without a name it is made of this machine's own files, and nothing is fetched.

    With a name it is built from a recipe, and the engine fetches the base image from its registry.
    """
    if name and from_host:
        raise click.UsageError("a recipe has a name, and --from-host has none")
    if base_image and not name:
        raise click.UsageError("--base-image goes with the name of a recipe")
    from orion_tui.core.sandbox.docker import hostfiles, hostimage, recipes

    started = time.monotonic()
    with _engine() as engine:
        if name:
            before = engine.image(f"orion-sandbox:{name}")
            image = recipes.build(engine, name, base=base_image, offline=offline)
            fresh = before is None or before.id != image.id
        else:
            files = hostfiles.collect()
            image = hostimage.current(engine, files)
            fresh = image is None
            image = image or hostimage.make(engine, files)
    seconds = time.monotonic() - started
    if as_json:
        emit_json({**_record(name or "host", image), "built": fresh, "seconds": round(seconds, 3)})
    elif fresh:
        say(f"built orion-sandbox:{name or 'host'} ({image.size / _MIB:,.0f} MiB) in {seconds:.1f} s")
    else:
        say(f"orion-sandbox:{name or 'host'} is up to date")
    return 0


@sandbox.command(name="list")
@json_option
def list_(as_json: bool) -> int:
    """List Orion's images."""
    from orion_tui.core.sandbox.docker import images

    with _engine() as engine:
        built = images.built(engine)
    if as_json:
        emit_json([_record(name, image) for name, image in built.items()])
    elif not built:
        say(f"no images; make one: {images.BUILD}")
    else:
        table(
            ("image", "id", "size", "made"),
            [
                (f"orion-sandbox:{name}", _short(image.id), f"{image.size / _MIB:,.0f} MiB", image.created[:19])
                for name, image in built.items()
            ],
            right=("size",),
        )
    return 0


@sandbox.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="All of Orion's images.")
def remove(names: tuple[str, ...], everything: bool) -> int:
    """Remove images of Orion's, by name (host, base, python, node, go, rust). No other image is touched."""
    from orion_tui.core.sandbox.docker import images

    with _engine() as engine:
        built = images.built(engine)
        chosen = list(built) if everything else [name.removeprefix("orion-sandbox:") for name in names]
        if not chosen and not everything:
            raise click.UsageError("which? Name them, or say --all")
        for name in chosen:
            if name not in built:
                raise NotFound(f"there is no image orion-sandbox:{name}", hint="orion sandbox list shows what there is")
            engine.remove_image(f"orion-sandbox:{name}")
            say(f"removed orion-sandbox:{name}")
    return 0


@sandbox.command()
@click.option("--backend", type=click.Choice(["auto", "docker", "bubblewrap"]), default="auto", show_default=True)
@click.option("--image", default="", metavar="IMAGE", help="As a role's sandbox.image would name it.")
@json_option
def test(backend: str, image: str, as_json: bool) -> int:
    """Open a sandbox, measure it, and say what holds. Exit code 6 where something promised does not."""
    from orion_tui.core.sandbox import select
    from orion_tui.core.sandbox.base import SandboxSpec

    started = time.monotonic()
    with select.choose().open(SandboxSpec(session_id="test", backend=backend, image=image)) as opened:
        ready = time.monotonic() - started
        attestation = opened.attest()
    properties = [
        {
            "name": p.name,
            "seen_from": p.seen_from,
            "promised": p.promised,
            "measured": p.measured,
            "verdict": "holds" if p.holds else "lacking" if p.lacking else "fails",
        }
        for p in attestation.properties
    ]
    if as_json:
        emit_json({"backend": attestation.backend, "start_seconds": round(ready, 3), "properties": properties})
        return 0
    say(f"{attestation.backend}: {len(properties)} properties measured; it was ready after {ready:.1f} s", bold=True)
    table(
        ("property", "seen from", "promised", "measured", ""),
        [(p["name"], p["seen_from"], p["promised"], one_line(p["measured"], 60), p["verdict"]) for p in properties],
    )
    return 0


def _engine() -> "Engine":
    from orion_tui.core.sandbox import diagnosis
    from orion_tui.core.sandbox.docker.engine import open_default

    engine = open_default()
    if engine is None:
        raise SandboxUnavailable("no Docker engine is here", hint=diagnosis.install_hint("docker"))
    return engine


def _record(name: str, image: "ImageInfo") -> dict[str, Any]:
    return {
        "name": name,
        "image": f"orion-sandbox:{name}",
        "id": image.id,
        "size": image.size,
        "created": image.created,
    }


def _short(identity: str) -> str:
    return identity.removeprefix("sha256:")[:12]
