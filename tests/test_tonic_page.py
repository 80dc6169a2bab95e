"""A tonic set on the axis is kept in the table of recordings, from where it is read again."""

import pytest
from make_workspace import make_home

from flamsid_core.ui.recording import record
from flamsid_core.workspace import Workspace


def test_a_tonic_is_kept_in_the_table(tmp_path, monkeypatch):
    workspace, offered = Workspace(make_home(tmp_path)), []
    monkeypatch.setattr(record.st, "button", lambda text, **_rest: offered.append(text) or True)
    monkeypatch.setattr(record, "publish_link", lambda *_rest: None)
    row = workspace.table("corpus/recordings").iloc[0]
    segments = workspace.table("contour/segments")
    segments = segments[segments["recording_id"] == row["recording_id"]]
    record.offer_to_keep_tonic(workspace, row, segments, 2400.0)
    row = workspace.table("corpus/recordings").iloc[0]
    assert row["tonic_hz"] == pytest.approx(220.0) and record.tonic_of(row, segments) == 2400.0
    assert "tonic_hz" in (workspace.corpus / "recordings.csv").read_text(encoding="utf-8-sig")
    record.offer_to_keep_tonic(workspace, row, segments, 2400.0)
    assert len(offered) == 1
