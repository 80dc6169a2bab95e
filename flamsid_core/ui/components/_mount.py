"""Making the components known to Streamlit with their files as they stand: ES modules, unjoined."""

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

HERE = Path(__file__).parent
PACKAGE = "flamsid"
NAMES = ("timeline", "motif_space", "clip_table")

_renderers: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def mount(name: str, data: bytes, *, key: str, states: tuple[str, ...]) -> Any:
    """Put component `name` on the page and return its state.

    Streamlit serves a component's files only when a manifest names their folder, and looks for manifests in
    installed distributions whose name is that of their package, which ours (flamsid, flamsid_core) is not. So
    the manifest is handed over here, once for each running server (tests start several in one process).
    """
    manager = get_bidi_component_manager()
    if manager not in _renderers:
        configs = [ComponentConfig(name=each, asset_dir=HERE.name) for each in NAMES]
        manager.register_from_manifest(
            ComponentManifest(name=PACKAGE, version="1", components=configs), HERE.parent
        )
        _renderers[manager] = {
            each: st.components.v2.component(
                f"{PACKAGE}.{each}",
                html='<div class="flamsid"></div>',
                css=f"{each}/style.css",
                js=f"{each}/main.js",
            )
            for each in NAMES
        }
    callbacks = {f"on_{state}_change": _nothing for state in states}
    return _renderers[manager][name](data=data, key=key, **callbacks)


def _nothing() -> None:
    """Naming a callback is how Streamlit learns which states a component has."""
