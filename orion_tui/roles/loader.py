"""Role files to roles: from a path or a text, one role or several."""

import hashlib
from pathlib import Path

from orion_tui.base.errors import InvalidFile
from orion_tui.roles.reader import read_role
from orion_tui.roles.schema import LoadedRole, Source
from orion_tui.roles.strict_yaml import Kind, parse, read


def load_role(source: Path | str | bytes, *, origin: Source = Source.USER, name: str = "role") -> LoadedRole:
    """The one role of a file (given as a path) or of a text; `name` is what problems call a text.

    Raises InvalidFile with all problems, each as `file:line:column: text`; also when there are several roles.
    """
    roles = load_roles(source, origin=origin, name=name)
    if len(roles) != 1:
        raise InvalidFile(f"{source if isinstance(source, Path) else name} holds {len(roles)} roles, expected one")
    return roles[0]


def load_roles(
    source: Path | str | bytes, *, origin: Source = Source.USER, name: str = "role"
) -> tuple[LoadedRole, ...]:
    """Every role of a file: one, or those below `roles:` of a file that holds several by name.

    Raises InvalidFile with all problems.
    """
    path = str(source) if isinstance(source, Path) else ""
    data = read(source) if isinstance(source, Path) else source
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    digest = hashlib.sha256(raw).hexdigest()
    document = parse(raw, path or name)
    root, problems = document.root, document.problems
    nodes = [(None, root)]
    if "roles" in root.pairs and "name" not in root.pairs:
        nodes = []
        if fields := root.fields():
            several = fields.fields("roles")
            fields.done()
            nodes = [(key.value, value) for key, value in several or ()]
            if several is not None and not nodes:
                several.node.problem("roles is empty")
    elif not problems and (root.is_null or (root.kind is Kind.MAPPING and not root.pairs)):
        root.problem("the file is empty; docs/roles.md shows a complete one")
    readings = [read_role(node, name=key) for key, node in nodes] if root.pairs or not problems else []
    problems.refuse("role file")
    return tuple(
        LoadedRole(
            role=reading.role,
            digest=digest,
            source=origin,
            path=path,
            warnings=reading.warnings,
            corrections=reading.corrections,
        )
        for reading in readings
        if reading is not None
    )
