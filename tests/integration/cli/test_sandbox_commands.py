"""`orion sandbox` and `orion sessions cleanup` against a real engine."""

import json
from typing import Any

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox.docker import endpoint, images, names
from orion_tui.core.sandbox.docker.engine import Engine
from tests.support.command_line import Orion

pytestmark = pytest.mark.docker


def read(orion: Orion, *arguments: str) -> Any:
    done = orion(*arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_an_unchanged_machine_builds_nothing_anew(orion: Orion, orion_home: OrionHome) -> None:
    done = read(orion, "sandbox", "build")
    assert (done["name"], done["built"]) == ("host", False)
    assert "up to date" in orion("sandbox", "build", "--from-host").out


def test_a_recipe_is_built_upon_another_base_listed_tried_and_removed(orion: Orion, orion_home: OrionHome) -> None:
    upon = ("sandbox", "build", "go", "--base-image", "orion-sandbox:host", "--offline")
    try:
        read(orion, *upon)
        assert read(orion, *upon)["built"] is False
        assert {"host", "go"} <= {image["name"] for image in read(orion, "sandbox", "list")}
        tried = read(orion, "sandbox", "test", "--backend", "docker", "--image", "orion-sandbox:go")
        assert tried["backend"] == "docker"
        assert {found["verdict"] for found in tried["properties"]} <= {"holds", "lacking"}
    finally:
        assert orion("sandbox", "remove", "go").code == 0
    assert "go" not in {image["name"] for image in read(orion, "sandbox", "list")}
    assert orion("sandbox", "remove", "go").code == 3


def test_a_recipe_whose_base_cannot_be_had_says_what_the_engine_said(orion: Orion, orion_home: OrionHome) -> None:
    done = orion("sandbox", "build", "rust", "--base-image", "orion-sandbox:nothing-of-that-name", "--offline")
    assert done.code == 6
    assert "could not be built" in done.err
    assert "FROM ${BASE}" in done.err


def test_an_image_of_somebody_elses_is_not_removed(orion: Orion, orion_home: OrionHome) -> None:
    """One that bears Orion's name and not its label."""
    found = endpoint.find()
    assert found is not None
    with Engine(found) as engine:
        host = images.for_hands(engine)
        engine.tag_image(host.id, repository="orion-sandbox", tag="node")  # labelled as another than its name
        try:
            assert "node" not in {image["name"] for image in read(orion, "sandbox", "list")}
            assert orion("sandbox", "remove", "node").code == 3
            assert engine.image("orion-sandbox:node") is not None
        finally:
            engine.remove_image("orion-sandbox:node")


def test_cleaning_up_removes_what_a_dead_supervisor_left(orion: Orion, orion_home: OrionHome) -> None:
    found = endpoint.find()
    assert found is not None
    labels = {names.HOME_LABEL: names.home_id(orion_home), names.PROCESS_LABEL: "1.1.gone", names.SESSION_LABEL: "s"}
    with Engine(found) as engine:
        request = {"Image": images.for_hands(engine).id, "Cmd": ["true"], "Labels": labels}
        left = engine.create_container("orion-test-left", {**request, "HostConfig": {"NetworkMode": "none"}})
        try:
            assert read(orion, "sessions", "cleanup") == {"containers": 1, "volumes": 0, "pruned": []}
            assert engine.inspect_container(left) is None
            assert "nothing was left" in orion("sessions", "cleanup").out
        finally:
            engine.remove_container(left)


def test_an_engine_that_does_not_answer_is_named(
    orion: Orion, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such/docker.sock")
    done = orion("sandbox", "list")
    assert done.code == 6
    assert "no Docker engine answers at unix:///no/such/docker.sock (DOCKER_HOST)" in done.err
