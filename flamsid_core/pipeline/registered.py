"""All that is known by name: what commands, forms and help offer."""

from collections.abc import Collection

from flamsid_core.formats import FORMATS
from flamsid_core.melody.f0 import TRACKERS
from flamsid_core.registration import load_plugins
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.singers.features.clip_sets import CLIP_SETS
from flamsid_core.singers.features.frames import FEATURES
from flamsid_core.singers.networks import NETWORKS, PRESETS


def registered() -> dict[str, Collection[str]]:
    """Return what is known by name, by the option of the command line that takes it."""
    load_plugins()
    return {
        "melody.method": TRACKERS,
        "features.kind": FEATURES,
        "clip-set": CLIP_SETS,
        "protocol": PROTOCOLS,
        "network": NETWORKS,
        "preset": PRESETS,
        "format": FORMATS,
    }
