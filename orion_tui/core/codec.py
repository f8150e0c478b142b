"""Values to and from JSON: the form they have in the store.

cattrs costs some 0.1 s to import, so this module is imported by whoever writes or rebuilds a value, never before the
first paint; readers of summaries work on columns.
"""

import base64
from enum import Enum
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union

from orion_tui.core.models.actions import Action, Claim
from orion_tui.core.models.agent import AgentStep
from orion_tui.roles.rules import Rule

T = TypeVar("T")


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_unstructure_hook(bytes, lambda value: base64.b64encode(value).decode("ascii"))
    converter.register_structure_hook(bytes, lambda value, _: base64.b64decode(value, validate=True))
    converter.register_unstructure_hook(Enum, lambda value: value.value)
    # Left out where it says nothing: what was written, and hashed, before there were directories reads the same.
    unsaid = override(omit_if_default=True)
    for kind in (Rule, Claim):
        converter.register_unstructure_hook(kind, make_dict_unstructure_fn(kind, converter, directory=unsaid))
    configure_tagged_union(Action, converter, tag_name="do")
    configure_tagged_union(AgentStep, converter, tag_name="do")
    return converter


_CONVERTER = _converter()


def to_json(value: object) -> Any:
    """A JSON-ready form of an attrs value; an `Action` carries its class in `do`."""
    return _CONVERTER.unstructure(value)


def action_to_json(action: Action) -> dict[str, Any]:
    """An action with its class named in `do`."""
    result: dict[str, Any] = _CONVERTER.unstructure(action, unstructure_as=Action)
    return result


def agent_step_to_json(step: AgentStep) -> dict[str, Any]:
    """A step of a model's work with its class named in `do`."""
    result: dict[str, Any] = _CONVERTER.unstructure(step, unstructure_as=AgentStep)
    return result


def action_from_json(data: Any) -> Action:
    """The action that `action_to_json` wrote. Raises as `from_json`."""
    kinds: Any = Action
    action: Action = _CONVERTER.structure(data, kinds)
    return action


def from_json(data: Any, kind: type[T]) -> T:
    """The value that `to_json` wrote.

    Raises cattrs.BaseValidationError when the data is not of that form: a record of a newer or damaged store.
    """
    return _CONVERTER.structure(data, kind)
