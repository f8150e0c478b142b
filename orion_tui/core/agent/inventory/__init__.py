"""What is known of a repository before anybody works on it, within a budget of tokens: data for the planner.

`take` is the whole interface. Everything of the repository stands in fields (`agent.fields`); of files only heads are
shown, never of those that nobody wrote by hand or that may hold secrets.
"""

from orion_tui.core.agent.inventory.report import Inventory, take

__all__ = ["Inventory", "take"]
