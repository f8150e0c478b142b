"""How many tokens a model can be asked with: the settings' word, the price table's, or a careful guess.

The guess is low rather than high: a conversation that is compacted early costs a little; one that does not fit is
refused by remote providers, and cut off without a word by some local servers.
"""

from orion_tui.core.agent.model import ModelRef
from orion_tui.core.agent.price import known_window
from orion_tui.core.agent.providers import Provider
from orion_tui.core.settings import Settings

#: What every remote model of the last years has.
REMOTE = 128_000
#: What local servers are mostly started with for work, if anybody looked after it.
LOCAL = 32_768


def context_window(model: ModelRef, provider: Provider, settings: Settings) -> int:
    """Tokens of question and answer together that fit into `model`'s context window; always more than 0."""
    if chosen := settings.contexts.get(model):
        return chosen
    # A local model of a known name has the window that its server was started with, not the one it was made for.
    if not provider.local and (known := known_window(provider.name, model.name)):
        return known
    return LOCAL if provider.local else REMOTE
