"""Paths whose change acts by itself later: always approved by name, whatever the tier (GATE-4).

A changed hook, attribute, CI file, agent instruction or editor task runs on somebody's machine without anyone starting
it. The lists are of what tools read today; a match is a question to a person, never a refusal.
"""

import re
from fnmatch import fnmatchcase, translate
from functools import lru_cache

from orion_tui.core.boundary.ci_files import is_ci_file
from orion_tui.core.boundary.names import fold_key
from orion_tui.core.models.actions import FileChange

_GIT = "git reads it on every checkout"
_HOOK = "its commands run by themselves on git operations"
_CI = "a CI service runs it"
_AGENT = "coding agents take it for instructions"
_EDITOR = "an editor or shell runs it when the folder is opened"

# File names, wherever they stand.
_NAMES = {
    ".gitattributes": _GIT,
    ".gitmodules": _GIT,
    ".lfsconfig": _GIT,
    ".gitconfig": _GIT,
    ".pre-commit-config.yaml": _HOOK,
    ".pre-commit-config.yml": _HOOK,
    "lefthook.yml": _HOOK,
    "lefthook.yaml": _HOOK,
    ".lefthook.yml": _HOOK,
    ".lefthook.yaml": _HOOK,
    ".huskyrc": _HOOK,
    ".overcommit.yml": _HOOK,
    ".gitlab-ci.yml": _CI,
    ".gitlab-ci.yaml": _CI,
    ".travis.yml": _CI,
    ".drone.yml": _CI,
    ".drone.star": _CI,
    ".cirrus.yml": _CI,
    ".cirrus.star": _CI,
    ".woodpecker.yml": _CI,
    ".woodpecker.yaml": _CI,
    "appveyor.yml": _CI,
    ".appveyor.yml": _CI,
    "azure-pipelines.yml": _CI,
    "azure-pipelines.yaml": _CI,
    "bitbucket-pipelines.yml": _CI,
    "buildspec.yml": _CI,
    "cloudbuild.yaml": _CI,
    "cloudbuild.yml": _CI,
    "codefresh.yml": _CI,
    "wercker.yml": _CI,
    ".scrutinizer.yml": _CI,
    ".readthedocs.yaml": _CI,
    ".readthedocs.yml": _CI,
    "netlify.toml": _CI,
    "vercel.json": _CI,
    "renovate.json": _CI,
    "jenkinsfile": _CI,
    "agents.md": _AGENT,
    "agent.md": _AGENT,
    "agents.override.md": _AGENT,
    "claude.md": _AGENT,
    "claude.local.md": _AGENT,
    "gemini.md": _AGENT,
    "qwen.md": _AGENT,
    "warp.md": _AGENT,
    "crush.md": _AGENT,
    "copilot-instructions.md": _AGENT,
    ".cursorrules": _AGENT,
    ".cursorignore": _AGENT,
    ".windsurfrules": _AGENT,
    ".clinerules": _AGENT,
    ".roorules": _AGENT,
    ".roomodes": _AGENT,
    ".goosehints": _AGENT,
    ".rules": _AGENT,
    ".augment-guidelines": _AGENT,
    ".kilocoderules": _AGENT,
    "codex.md": _AGENT,
    "jules.md": _AGENT,
    "replit.md": _AGENT,
    ".mcp.json": _AGENT,
    "mcp.json": _AGENT,
    "opencode.json": _AGENT,
    "opencode.jsonc": _AGENT,
    "crush.json": _AGENT,
    ".crush.json": _AGENT,
    ".aider.conf.yml": _AGENT,
    ".exrc": _EDITOR,
    ".vimrc": _EDITOR,
    "_exrc": _EDITOR,
    "_vimrc": _EDITOR,
    ".local.vimrc": _EDITOR,
    ".lnvim.lua": _EDITOR,
    ".gdbinit": _EDITOR,
    ".lldbinit": _EDITOR,
    "mise.toml": _EDITOR,
    ".mise.toml": _EDITOR,
    "mise.local.toml": _EDITOR,
    ".mise.local.toml": _EDITOR,
    ".nvimrc": _EDITOR,
    ".nvim.lua": _EDITOR,
    ".lvimrc": _EDITOR,
    ".dir-locals.el": _EDITOR,
    ".dir-locals-2.el": _EDITOR,
    ".projectile": _EDITOR,
    ".envrc": _EDITOR,
    ".devcontainer.json": _EDITOR,
    ".gitpod.yml": _EDITOR,
}

_NAME_PATTERNS = {
    "lefthook.*": _HOOK,
    "lefthook-local.*": _HOOK,
    ".lefthook*": _HOOK,
    ".huskyrc.*": _HOOK,
    ".autoenv*": _EDITOR,
    "*.sublime-workspace": _EDITOR,
    "jenkinsfile.*": _CI,
    "*.jenkinsfile": _CI,
    ".aider*": _AGENT,
    "*.code-workspace": _EDITOR,
    "*.sublime-project": _EDITOR,
    "*.instructions.md": _AGENT,
}

# Directories: everything below, wherever they stand.
_DIRECTORIES = {
    ".githooks": _HOOK,
    ".git-hooks": _HOOK,
    ".git_hooks": _HOOK,
    "githooks": _HOOK,
    ".husky": _HOOK,
    ".lefthook": _HOOK,
    ".circleci": _CI,
    ".buildkite": _CI,
    ".semaphore": _CI,
    ".teamcity": _CI,
    ".tekton": _CI,
    ".woodpecker": _CI,
    ".gitlab": _CI,
    ".github": _CI,
    ".gitea": _CI,
    ".forgejo": _CI,
    ".ci": _CI,
    ".azure-pipelines": _CI,
    ".agents": _AGENT,
    ".claude": _AGENT,
    ".codex": _AGENT,
    ".gemini": _AGENT,
    ".cursor": _AGENT,
    ".windsurf": _AGENT,
    ".clinerules": _AGENT,
    ".roo": _AGENT,
    ".continue": _AGENT,
    ".kiro": _AGENT,
    ".junie": _AGENT,
    ".amazonq": _AGENT,
    ".opencode": _AGENT,
    ".vibe": _AGENT,
    ".aiassistant": _AGENT,
    ".amp": _AGENT,
    ".augment": _AGENT,
    ".copilot": _AGENT,
    ".crush": _AGENT,
    ".factory": _AGENT,
    ".goose": _AGENT,
    ".jules": _AGENT,
    ".kilocode": _AGENT,
    ".qodo": _AGENT,
    ".qwen": _AGENT,
    ".rovodev": _AGENT,
    ".trae": _AGENT,
    ".vscode": _EDITOR,
    ".idea": _EDITOR,
    ".fleet": _EDITOR,
    ".helix": _EDITOR,
    ".mise": _EDITOR,
    ".nova": _EDITOR,
    ".nvim": _EDITOR,
    ".run": _EDITOR,
    ".theia": _EDITOR,
    ".vim": _EDITOR,
    ".vs": _EDITOR,
    ".zed": _EDITOR,
    ".devcontainer": _EDITOR,
    ".direnv": _EDITOR,
}

# Short names that FAT and NTFS give to what git reads, as git's path.c lists them.
_SHORT_NAMES = re.compile(r"(?:gitmod|gitatt|gi7eba|gi7d29)~[0-9]+")
# All patterns at once: most names match none, and a diff asks for thousands.
_ANY_PATTERN = re.compile("|".join(map(translate, _NAME_PATTERNS)))


def special_reason(path: str, change: FileChange) -> str | None:
    """Why a change of `path` needs approval by name; None when it is like any other.

    `path` is workspace-relative; spelling is compared as the most forgiving file system would (case, invisible
    characters, trailing dots).
    """
    if change.is_symlink:
        return "a symbolic link"
    if reason := _named(path):
        return reason
    if change.after is not None and change.executable and not change.was_executable:
        return "a file that becomes executable"
    return None


@lru_cache(maxsize=16_384)
def _named(path: str) -> str | None:
    folded = fold_key(path.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
    *directories, name = folded.split("/")
    for directory in directories:
        if reason := _DIRECTORIES.get(directory):
            return reason
    # Streams (`.gitattributes::$DATA`) name the file itself on NTFS.
    name = name.split(":", 1)[0]
    if reason := _NAMES.get(name):
        return reason
    # A file or link in the place of such a directory decides what it holds.
    if reason := _DIRECTORIES.get(name):
        return reason
    if is_ci_file(folded):
        return _CI
    if _SHORT_NAMES.fullmatch(name):
        return _GIT
    if _ANY_PATTERN.match(name):
        return next(reason for pattern, reason in _NAME_PATTERNS.items() if fnmatchcase(name, pattern))
    return None


def is_instruction(path: str) -> bool:
    """Whether coding agents take the file at `path` for instructions, spelled as it is."""
    *directories, name = path.lower().split("/")
    return _NAMES.get(name) == _AGENT or any(_DIRECTORIES.get(directory) == _AGENT for directory in directories)
