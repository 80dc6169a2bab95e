"""Sound over HTTP: exact to the sample, seekable, and nothing but what stands in the tables."""

import asyncio
import io
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import pandas as pd
import pytest
import soundfile
import uvicorn
from make_workspace import make_home
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from flamsid_core.ui.routes import audio_routes, clip_url, recording_url, span_url, trusted_hosts


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    workspaces = make_home(home), make_home(home, kind="clips", name="tiny-clips")
    patch = pytest.MonkeyPatch()
    patch.setenv("FLAMSID_HOME", str(home))
    yield workspaces
    patch.undo()


@pytest.fixture(scope="module")
def server(home):
    app = Starlette(
        routes=audio_routes(), middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=trusted_hosts())]
    )
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(running.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(timeout=10)


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_a_recording_comes_whole_as_flac(server, home):
    recording = pd.read_parquet(home[0] / "corpus" / "recordings.parquet").iloc[0]
    status, headers, body = get(server + recording_url(home[0].name, recording["recording_id"]))
    assert status == 200
    assert headers["content-type"] == "audio/flac"
    sound, rate = soundfile.read(io.BytesIO(body))
    original, _ = soundfile.read(home[0].parents[1] / "corpora" / "tiny" / recording["file"])
    assert rate == recording["sample_rate_hz"]
    np.testing.assert_array_equal(sound, original)


def test_a_recording_can_be_asked_for_in_ranges(server, home):
    recording_id = pd.read_parquet(home[0] / "corpus" / "recordings.parquet")["recording_id"][1]
    url = server + recording_url(home[0].name, recording_id)
    whole = get(url)[2]
    status, headers, part = get(url, Range="bytes=1000-1999")
    assert status == 206
    assert headers["content-range"] == f"bytes 1000-1999/{len(whole)}"
    assert part == whole[1000:2000]
    assert get(url, Range=f"bytes={len(whole)}-")[0] == 416


@pytest.mark.parametrize("which", [0, 1])
def test_a_clip_is_cut_to_the_sample(server, home, which):
    instances = pd.read_parquet(home[which] / "motifs" / "instances.parquet")
    corpus = home[which].parents[1] / "corpora" / ("tiny", "tiny-clips")[which]
    for row in instances.sample(5, random_state=0).to_dict("records"):
        status, headers, body = get(server + clip_url(home[which].name, row["instance_id"]))
        assert (status, headers["content-type"]) == (200, "audio/wav")
        clip, rate = soundfile.read(io.BytesIO(body))
        original, _ = soundfile.read(corpus / row["file"])
        expected = original[round(row["start_s"] * rate) : round(row["end_s"] * rate)]
        assert len(clip) == len(expected)
        np.testing.assert_allclose(clip, expected, atol=1 / 32768)


def test_any_span_of_a_recording(server, home):
    recording = pd.read_parquet(home[0] / "corpus" / "recordings.parquet").iloc[2]
    url = server + span_url(home[0].name, recording["recording_id"])
    status, _, body = get(url.format(start="0.5", end="1.25"))
    assert status == 200
    clip, rate = soundfile.read(io.BytesIO(body))
    original, _ = soundfile.read(home[0].parents[1] / "corpora" / "tiny" / recording["file"])
    np.testing.assert_allclose(clip, original[round(0.5 * rate) : round(1.25 * rate)], atol=1 / 32768)
    for start, end in (("1", "0.5"), ("-1", "1"), ("nan", "1"), ("x", "1"), ("0", "inf"), ("0", "1e9")):
        assert get(url.format(start=start, end=end))[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/audio/recording/{project}/nobody",
        "/audio/recording/{project}/..%2f..%2fworkspace.json",
        "/audio/recording/nothing/{recording}",
        "/audio/recording/..%2f{project}/{recording}",
        "/audio/clip/{project}/i99999",
        "/audio/clip/{project}/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/audio/clip/{project}/0%2ftake_0.wav",
        "/audio/clip/{project}/{recording}",
        "/audio/clip/{project}/" + "i" * 300,
        "/audio/span/{project}/nobody?start=0&end=1",
        "/audio/",
    ],
)
def test_what_is_in_no_table_is_not_found(server, home, path):
    recording = pd.read_parquet(home[0] / "corpus" / "recordings.parquet")["recording_id"][0]
    assert get(server + path.format(project=home[0].name, recording=recording))[0] == 404


def test_clips_have_no_whole_recording(server, home):
    recording = pd.read_parquet(home[1] / "corpus" / "recordings.parquet")["recording_id"][0]
    assert get(server + recording_url(home[1].name, recording))[0] == 404


def test_a_table_cannot_lead_out_of_its_corpus(server, home, tmp_path):
    table = home[0] / "motifs" / "instances.parquet"
    original = table.read_bytes()
    outside = tmp_path / "secret.wav"
    soundfile.write(outside, np.zeros(1000), 16_000)
    rows = pd.read_parquet(table)
    rows.loc[0, "file"] = str(outside)
    rows.loc[1, "file"] = "../" * 12 + str(outside).lstrip("/")
    rows.to_parquet(table, index=False)
    try:
        for instance_id in rows["instance_id"][:2]:
            status, _, body = get(server + clip_url(home[0].name, instance_id))
            assert status == 410
            assert b"outside the corpus" in body
    finally:
        table.write_bytes(original)


def test_a_file_that_is_gone_says_so(server, home):
    recording = pd.read_parquet(home[0] / "corpus" / "recordings.parquet").iloc[5]
    file = home[0].parents[1] / "corpora" / "tiny" / recording["file"]
    aside = file.rename(file.with_suffix(".away"))
    try:
        status, _, body = get(server + recording_url(home[0].name, recording["recording_id"]))
        assert status == 410
        assert b"is gone" in body
    finally:
        aside.rename(file)


def test_other_hosts_are_turned_away(server, home, monkeypatch):
    assert get(server + "/audio/clip/x/y", Host="evil.example")[0] == 400
    monkeypatch.setenv("FLAMSID_HOSTS", "flamsid.lan, other")
    assert trusted_hosts()[-2:] == ["flamsid.lan", "other"]


def test_an_upload_is_heard_by_its_hash_alone(server, home):
    from flamsid_core.ui.routes import upload_url
    from flamsid_core.ui.sound import uploads_folder

    uploads_folder().mkdir(parents=True, exist_ok=True)
    tone = np.sin(np.arange(16_000) / 10) / 2
    soundfile.write(uploads_folder() / f"{'ab' * 8}.wav", tone, 16_000)
    (uploads_folder() / "notes.txt").write_text("private")
    status, _, body = get(server + upload_url("ab" * 8, 0.25, 0.5))
    assert status == 200
    clip, _ = soundfile.read(io.BytesIO(body))
    np.testing.assert_allclose(clip, tone[4000:8000], atol=1 / 16384)
    for other in ("notes", "..%2Fuploads%2F" + "ab" * 8, "cd" * 8):
        assert get(f"{server}/audio/upload/{other}?start=0&end=1")[0] == 404
