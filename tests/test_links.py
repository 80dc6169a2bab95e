"""A link brings back what was seen: every setting of a page is in its address, and is taken from there."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_app import check, home, opened, tiny  # noqa: F401

from flamsid_core.ui.links import number_in, packed_rows, range_in, rows_of_packed, several_of


def link_of(app):
    """Return what the address says, apart from the corpus."""
    return {
        name: value if isinstance(value, str) else value[0]
        for name, value in app.query_params.items()
        if name != "project"
    }


@given(st.sets(st.integers(0, 100_000), max_size=60))
def test_a_selection_goes_into_an_address_and_back(rows):
    text = packed_rows(sorted(rows))
    assert rows_of_packed(text) == sorted(rows)
    assert text.isascii() and not set(text) & set("+/=&?#")


@pytest.mark.parametrize("text", ["", "nonsense", "AAAA", "%%%", "é"])
def test_an_address_that_was_mangled_selects_nothing(text):
    assert rows_of_packed(text) == []


def test_what_is_read_stays_within_what_is_offered():
    assert number_in(0, 60)("99") == 60
    assert range_in(2, 9)("4~30") == (4, 9)
    assert several_of(["Brezo", "Amapola"])("Brezo~nobody") == ["Brezo"]
    with pytest.raises(ValueError):
        range_in(2, 9)("4")


def test_the_reduction_is_in_the_address_and_comes_back(home):  # noqa: F811
    app = check(opened("recording", project=home[1]))
    assert "k" not in app.query_params and "method" not in app.query_params
    app.selectbox(key="reduce_method").set_value("kmeans")
    app.slider(key="reduce_k").set_value(7)
    app.slider(key="reduce_gap").set_value(350).run()
    link = link_of(app)
    assert {"method": "kmeans", "k": "7", "gap": "350"}.items() <= link.items()
    again = check(opened("recording", project=home[1], **link))
    assert again.selectbox(key="reduce_method").value == "kmeans"
    assert (again.slider(key="reduce_k").value, again.slider(key="reduce_gap").value) == (7, 350)
    # A setting put back to what it is by itself leaves the address.
    again.slider(key="reduce_k").set_value(0).run()
    assert "k" not in again.query_params


def test_the_search_for_motifs_is_in_the_address_and_comes_back(home):  # noqa: F811
    app = check(opened("motifs", project=home[1]))
    app.multiselect(key="motif_singers").select("Brezo")
    app.text_input(key="motif_steps").set_value("+1 * -1").run()
    link = link_of(app)
    again = check(opened("motifs", project=home[1], **link))
    assert again.multiselect(key="motif_singers").value == ["Brezo"]
    assert again.text_input(key="motif_steps").value == "+1 * -1"


def test_the_map_s_filters_and_selection_come_back(home):  # noqa: F811
    drawn = pd.read_parquet(next((home[1] / "atlas").glob("*/map.parquet")))
    link = {"colour": "pattern", "singers": "Brezo", "selected": packed_rows(range(len(drawn)))}
    app = check(opened("atlas", project=home[1], **link))
    assert app.selectbox(key="space_colour").value == "pattern"
    assert app.multiselect(key="space_singers").value == ["Brezo"]
    instances = pd.read_parquet(home[1] / "motifs" / "instances.parquet")
    brezo = int((instances["singer"] == "Brezo").sum())
    # All were selected; those that the filter leaves are shown so.
    assert any(f"Selection: {brezo}" in m.value for m in app.markdown)


def test_nonsense_in_settings_is_passed_over(home):  # noqa: F811
    nonsense = {"method": "magic", "k": "many", "gap": "-5", "boxes": "none", "selected": "???"}
    app = check(opened("recording", project=home[1], **nonsense))
    assert app.slider(key="reduce_k").value == 0
    check(
        opened("atlas", project=home[1], colour="taste", length="a~b", second="umap:nobody", selected="???")
    )
    check(opened("motifs", project=home[1], singers="nobody", length="1", show="some"))
