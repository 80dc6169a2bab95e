"""A tonic set on the axis is kept in the table of recordings, from where it is read again."""

import pandas as pd
import pytest
from test_app import check, home, opened, tiny  # noqa: F401

from flamsid_core.workspace import Workspace


def test_a_tonic_is_kept_in_the_table(home):  # noqa: F811
    workspace = Workspace(home[1])
    row = workspace.table("corpus/recordings").iloc[0]
    app = check(opened("recording", project=home[1], recording=row["recording_id"], tonic="2400"))
    app = check(app.button(key="tonic_keep").click().run())
    known = workspace.table("corpus/recordings").set_index("recording_id")["tonic_hz"]
    assert known[row["recording_id"]] == pytest.approx(220.0)
    table = pd.read_csv(workspace.corpus / "recordings.csv").set_index("file")
    assert table.loc[row["file"], "tonic_hz"] == pytest.approx(220.0)
    assert not [button for button in app.button if button.key == "tonic_keep"]
