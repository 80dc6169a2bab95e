"""Messages are stored with their template and values, and found again in another language."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message, filled, join_messages, packed, renamed, unpacked

words = st.text("ab{}!:. é\n'", max_size=8)
values = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.one_of(words, st.integers(), st.floats(allow_nan=False), st.none())
)


@given(values)
def test_what_is_stored_is_read_back(given_values):
    message = Message("".join(f"{{{name}}} " for name in given_values) + "end", **given_values)
    again = unpacked(json.loads(json.dumps(packed([message]))))[0]
    assert (again, again.template, again.values) == (message, message.template, message.values)
    assert pickle.loads(pickle.dumps(message)).values == message.values


@given(words, st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_filling_is_that_of_str_format(name, n, x):
    template = "{name} {name!r} {n:,} {n:04d} {x:.2f} {x:g} {{}}"
    assert filled(template, {"name": name, "n": n, "x": x}) == template.format(name=name, n=n, x=x)


def test_messages_inside_messages_stay_messages():
    inner = FlamsidError("row {row} is empty", row=np.int64(3))
    outer = FlamsidError("{file}: {reason}", file="a.csv", reason=inner)
    assert str(outer) == "a.csv: row 3 is empty"
    again = pickle.loads(pickle.dumps(outer))
    assert again.values["reason"].values == {"row": 3}
    assert renamed(outer.message, "a.csv", "b.csv") == "b.csv: row 3 is empty"
    assert join_messages(["a", Message("b {x}", x=1)]) == "a b 1"


@pytest.mark.parametrize(
    "template", ["{x.__class__}", "{x[0]}", "{x:{y}}", "{x:>999999999}", "{missing}", "{", "{0}"]
)
def test_a_template_from_elsewhere_can_do_no_harm(template):
    stored = {"template": template, "values": {"x": 1, "y": 2}}
    assert unpacked(stored) == template
