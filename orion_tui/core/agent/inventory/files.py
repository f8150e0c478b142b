"""What a file is to an inventory, by its path, and by its first bytes."""

import re
from enum import StrEnum

from orion_tui.core.aegis.manifests import is_lock
from orion_tui.core.aegis.path_kinds import is_test
from orion_tui.core.boundary.special import is_instruction


def words(text: str) -> frozenset[str]:
    """The words of a list that is written without quotes."""
    return frozenset(text.split())


class Part(StrEnum):
    """The part that a file plays. `OPAQUE` ones are counted and named, and never read."""

    MANIFEST = "manifest"
    README = "readme"
    INSTRUCTION = "instruction"
    TEST = "test"
    SOURCE = "source"
    OTHER = "other"
    OPAQUE = "opaque"


#: Stacks by the names of the files that tell of them; the order is that of showing them.
MANIFESTS = {
    "pyproject.toml": "Python",
    "setup.py": "Python",
    "setup.cfg": "Python",
    "requirements.txt": "Python",
    "pipfile": "Python",
    "environment.yml": "Python (conda)",
    "tox.ini": "Python (tox)",
    "noxfile.py": "Python (nox)",
    "package.json": "Node.js",
    "deno.json": "Deno",
    "tsconfig.json": "TypeScript",
    "go.mod": "Go",
    "cargo.toml": "Rust",
    "pom.xml": "Java (Maven)",
    "build.gradle": "Java (Gradle)",
    "build.gradle.kts": "Kotlin (Gradle)",
    "gemfile": "Ruby",
    "composer.json": "PHP",
    "mix.exs": "Elixir",
    "pubspec.yaml": "Dart",
    "package.swift": "Swift",
    "cmakelists.txt": "C or C++ (CMake)",
    "meson.build": "C or C++ (Meson)",
    "makefile": "Make",
    "justfile": "just",
    "taskfile.yml": "Task",
    "dockerfile": "Docker",
}

#: Folders of what others wrote or machines made, by name at any depth.
FOREIGN = words(
    """
    node_modules bower_components vendor vendored third_party thirdparty third-party site-packages .venv venv
    virtualenv dist build out target _build .next .nuxt .output .gradle .tox .nox .cache __pycache__ .mypy_cache
    .pytest_cache .ruff_cache .git .svn .hg .yarn .pnpm-store pods carthage deriveddata coverage htmlcov
    .terraform elm-stuff deps bazel-bin bazel-out generated __generated__ __snapshots__ .idea
    """
)

_BINARY = words(
    """
    png jpg jpeg gif bmp ico icns webp avif tif tiff psd svg svgz pdf zip tar tgz gz bz2 xz zst 7z rar jar war whl
    egg exe dll so dylib a o obj lib class pyc pyo pyd wasm bin dat db sqlite sqlite3 mp3 mp4 m4a wav ogg flac avi
    mov mkv webm woff woff2 ttf otf eot npy npz pkl pickle parquet h5 hdf5 onnx pt pth gguf safetensors doc docx
    xls xlsx ppt pptx odt iso dmg deb rpm apk ipa keystore jks pack idx pb mo
    """
)
# Made by machines, or data: no words that a plan is made from.
_DATA = words(
    """
    map lock lockb csv tsv jsonl ndjson log ipynb geojson po snap
    """
)
_MADE = re.compile(
    r".*[.-]min\.(?:js|css|mjs)|.*\.(?:bundle|chunk)\.js|.*\.pb\.(?:go|cc|h)|.*_pb2(?:_grpc)?\.pyi?"
    r"|.*\.(?:g|freezed|generated|designer)\.[a-z]+|.*_generated\.[a-z]+|.*_gen\.go|zz_generated.*|bindata\.go"
)
# May be in a repository although it should not; a model's provider need not see it.
_SECRET = re.compile(
    r"\.env(?:\..*)?|.*\.(?:pem|key|p12|pfx|crt|cer|der|kdbx|asc|gpg|ovpn|tfstate|tfvars)|id_(?:rsa|dsa|ecdsa|ed25519).*"
    r"|\.?(?:netrc|pgpass|htpasswd|npmrc|pypirc|git-credentials|dockercfg)|.*(?:credentials?|secrets?)(?:\.[a-z]+)?"
)
_HARMLESS_ENV = re.compile(r"\.env\.(?:example|sample|template|dist)")
_SOURCE = words(
    """
    py pyi pyx js cjs mjs jsx ts cts mts tsx vue svelte go rs c h cc cpp cxx hpp hh java kt kts scala clj cljs
    cljc rb php pl pm lua swift m mm cs fs vb ex exs erl hs ml mli r jl dart nim zig sh bash zsh fish ps1 sql
    groovy proto graphql htm html css scss tf elm cr
    """
)
#: Folders below each other that are looked at; what lies deeper is not for reading.
MAX_DEPTH = 32


def part_of(path: str) -> Part:
    """What the file at `path` is, by its name and folders alone."""
    folded = path.lower()
    if folded.count("/") > MAX_DEPTH:
        return Part.OPAQUE
    *folders, name = folded.split("/")
    stem, dot, extension = name.rpartition(".")
    if extension in _BINARY or extension in _DATA or not FOREIGN.isdisjoint(folders):
        return Part.OPAQUE
    if _MADE.fullmatch(name) or is_lock(name):
        return Part.OPAQUE
    source = bool(dot) and extension in _SOURCE
    if not source and _SECRET.fullmatch(name) and not _HARMLESS_ENV.fullmatch(name):
        return Part.OPAQUE
    if is_instruction(path):
        return Part.INSTRUCTION
    if name in MANIFESTS:
        return Part.MANIFEST
    if (stem or name) == "readme" or name == "readme":
        return Part.README
    if is_test(folded):
        return Part.TEST
    return Part.SOURCE if source else Part.OTHER


def is_readable(data: bytes) -> bool:
    """Whether content reads as something that a person wrote: no binary, nothing minified, nothing generated."""
    head = data[:8_192]
    if b"\0" in head:
        return False
    lines = head.split(b"\n")
    if max(map(len, lines)) > 2_000 or (len(head) > 1_000 and len(head) / len(lines) > 400):
        return False
    top = head[:1_024].lower()
    return not any(mark in top for mark in (b"@generated", b"code generated by", b"do not edit", b"autogenerated"))
