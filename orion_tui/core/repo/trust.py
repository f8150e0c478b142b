"""What git may see and run, for each kind of repository.

Two trusts. `user`: the person's own repository, with their own configuration (identity, signing, line endings, LFS,
`safe.directory`), but without anything that runs programs on the side: hooks, file system monitor, pager, editor,
external diffs, prompts. `owned`: a bare repository of Orion's whose objects an agent may have written: no
configuration at all but what stands here, and attributes from its trees never count.

Variables `GIT_*` of the caller never reach git (a `GIT_DIR` left over from a hook would redirect every command); what
git needs is set here, all of it.
"""

from collections.abc import Mapping

#: git knows both empty trees without having them as objects.
EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}

_QUIET = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "core.editor": "false",
    "core.askPass": "",
    "credential.helper": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
    # A tree may hold what looks like a bare repository, with a configuration that its author wrote.
    "safe.bareRepository": "explicit",
    "core.quotePath": "false",
    "color.ui": "false",
    # One status line for each submodule is enough, and git never enters one: its configuration is another repository's.
    "submodule.recurse": "false",
}

_OWNED = {
    **_QUIET,
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    # git 2.43 and later read attributes of a bare repository from HEAD.
    "attr.tree": EMPTY_TREE["sha1"],
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.logAllRefUpdates": "false",
    "protocol.allow": "never",
    "transfer.bundleURI": "false",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "user.useConfigOnly": "true",
    # A checkpoint that was announced must survive a power cut: objects and references are synced (git >= 2.36).
    "core.fsync": "committed,pack-metadata,reference",
    "core.fsyncMethod": "fsync",
    # One pack a fast-import: two syncs, where loose objects would cost one each.
    "fastimport.unpackLimit": "1",
    "diff.renameLimit": "1000",
    "merge.renameLimit": "1000",
    "merge.conflictStyle": "merge",
}

_SILENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_SEQUENCE_EDITOR": "false",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_LITERAL_PATHSPECS": "1",
    # Under sudo git would take the caller's repositories for its own, and leave files of root's in them.
    "SUDO_UID": "",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}


def _as_environment(config: Mapping[str, str]) -> dict[str, str]:
    # By environment rather than `-c`: the command line stays readable, and both count as command scope.
    result = {"GIT_CONFIG_COUNT": str(len(config))}
    for index, (key, value) in enumerate(config.items()):
        result[f"GIT_CONFIG_KEY_{index}"] = key
        result[f"GIT_CONFIG_VALUE_{index}"] = value
    return result


def user_environment(extra_config: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables for git in the user's repository: their configuration counts, programs on the side do not."""
    return {**_SILENT, **_as_environment({**_QUIET, **(extra_config or {})})}


def owned_environment(extra_config: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables for git in a repository of Orion's: nothing counts but what stands here."""
    return {
        **_SILENT,
        "HOME": "/dev/null",
        "XDG_CONFIG_HOME": "/dev/null",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "TZ": "UTC",
        **_as_environment({**_OWNED, **(extra_config or {})}),
    }


def leaked(environ: Mapping[str, str], kept: Mapping[str, str]) -> list[str]:
    """Names in the caller's environment that must be taken out because `kept` does not set them."""
    return sorted(name for name in environ if name.startswith("GIT_") and name not in kept)
