"""The demo corpus: what it promises about sound, truth, singers, labels and files."""

from collections import Counter, defaultdict
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
import soundfile

from flamsid_core import FlamsidError
from flamsid_core.corpus import load_corpus
from flamsid_core.demo import describe_recording, render_recording, synthesise_demo, voice
from flamsid_core.demo.score import compose, steps_text
from flamsid_core.demo.singers import LABELS, SINGERS

RATE_HZ = 44_100
TAKES = 4
# One recording of every singer on either label.
PAIRS = {
    number: (0, next(take for take in range(TAKES) if singer.titles[take][2] != singer.titles[0][2]))
    for number, singer in enumerate(SINGERS)
}


@pytest.fixture(scope="module")
def recordings():
    return {(singer, take): render_recording(singer, take) for singer, pair in PAIRS.items() for take in pair}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "small"
    calls = []
    synthesise_demo(folder, singers=2, recordings=2, on_progress=lambda *call: calls.append(call))
    return folder, calls


def sound(recording):
    return recording.signal / 32768.0


def frames_at(signal, times_s, width):
    """Cut frames of `width` samples centred on the given times."""
    starts = np.clip(np.rint(times_s * RATE_HZ).astype(int) - width // 2, 0, len(signal) - width)
    return signal[starts[:, None] + np.arange(width)]


def pitch_by_autocorrelation(frames):
    """Pitch in 70–800 Hz: the first lag whose normalised autocorrelation comes near the highest peak."""
    width = frames.shape[1]
    spectrum = np.fft.rfft(frames - frames.mean(axis=1, keepdims=True), 2 * width)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:, : width // 2]
    squares = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    lags = np.arange(width // 2)
    norm = squares[:, width - lags] + squares[:, -1:] - squares[:, lags]
    similarity = 2 * correlation / np.maximum(norm, 1e-12)
    low, high = int(RATE_HZ / 800), int(RATE_HZ / 70)
    pitches = []
    for row in similarity:
        peaks = np.flatnonzero(
            (row[low:high] >= row[low - 1 : high - 1]) & (row[low:high] > row[low + 1 : high + 1])
        )
        peaks += low
        lag = peaks[np.argmax(row[peaks] > 0.9 * row[peaks].max())]
        left, here, right = row[lag - 1 : lag + 2]
        pitches.append(RATE_HZ / (lag + 0.5 * (left - right) / (left - 2 * here + right)))
    return np.array(pitches)


def nearest_levels(f0_hz, levels_cents):
    return np.abs(1200 * np.log2(f0_hz / 55)[:, None] - np.array(levels_cents)).argmin(axis=1)


def runs(values):
    """Starts, lengths and values of the runs of equal values."""
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    return starts, np.diff(np.append(starts, len(values))), values[starts]


def mean_spectrum_db(signal):
    blocks = signal[: len(signal) // 4096 * 4096].reshape(-1, 4096) * np.hanning(4096)
    power = (np.abs(np.fft.rfft(blocks)) ** 2).mean(axis=0)
    edges = np.geomspace(100, 8000, 25) / RATE_HZ * 4096
    return np.array([10 * np.log10(power[int(a) : int(b) + 1].mean()) for a, b in pairwise(edges)])


# -- the score -------------------------------------------------------------------------------------


@pytest.mark.parametrize("singer", range(len(SINGERS)))
@pytest.mark.parametrize("seed", [0, 7])
def test_every_motif_recurs_across_recordings(singer, seed):
    phrases, takes = defaultdict(set), defaultdict(set)
    for take in range(TAKES):
        score = compose(singer, take, seed)
        for motif in score.motifs:
            inside = [
                n for n, p in enumerate(score.phrases) if p.start_s <= motif.start_s < motif.end_s <= p.end_s
            ]
            assert len(inside) == 1
            phrases[motif.pattern].add((take, inside[0]))
            takes[motif.pattern].add(take)
    assert set(phrases) == {plan.pattern for plan in SINGERS[singer].motifs}
    assert all(len(found) >= 3 for found in phrases.values())
    assert all(len(found) >= 2 for found in takes.values())


def test_most_motifs_belong_to_one_singer():
    owners = Counter(plan.pattern for singer in SINGERS for plan in singer.motifs)
    shared = [pattern for pattern, singers in owners.items() if singers > 1]
    assert len(shared) == 2
    assert all(owners[pattern] == 3 for pattern in shared)
    assert all(len(plan.steps) >= 5 for singer in SINGERS for plan in singer.motifs)


def test_levels_stand_apart_and_motifs_stay_on_them():
    for singer in SINGERS:
        assert np.diff(singer.levels_cents).min() >= 60
        for plan in singer.motifs:
            for start in plan.starts:
                visited = start + np.cumsum([0, *plan.steps])
                assert visited.min() >= 0
                assert visited.max() < len(singer.levels_cents)


def test_every_singer_is_on_both_labels_unevenly():
    shares = [
        Counter(describe_recording(singer, take)["source"] for take in range(TAKES)) for singer in range(6)
    ]
    assert all(set(share) == {label.name for label in LABELS} for share in shares)
    assert sum(max(share.values()) == 3 for share in shares) >= 4


# -- the sound -------------------------------------------------------------------------------------


def test_same_seed_same_samples(recordings):
    again = render_recording(1, 0)
    assert np.array_equal(again.signal, recordings[1, 0].signal)
    pd.testing.assert_frame_equal(again.f0, recordings[1, 0].f0)
    pd.testing.assert_frame_equal(again.motifs, recordings[1, 0].motifs)
    assert not np.array_equal(render_recording(1, 0, seed=1).signal[:100_000], again.signal[:100_000])


def test_levels_and_lengths(recordings):
    peaks = {}
    for key, recording in recordings.items():
        assert recording.signal.dtype == np.int16
        assert 20 <= len(recording.signal) / RATE_HZ <= 36
        peaks[key] = np.abs(sound(recording)).max()
        assert 20 * np.log10(peaks[key]) <= -2.99
        assert abs(sound(recording).mean()) < 1e-3
    assert 2.5 < 20 * np.log10(max(peaks.values()) / min(peaks.values())) < 6


def test_truth_is_the_pitch_that_is_heard(recordings):
    rng = np.random.default_rng(0)
    for (singer, _), recording in recordings.items():
        f0 = recording.f0
        assert np.allclose(np.diff(f0.time_s), 256 / RATE_HZ)
        steady = (f0.f0_hz > 0) & (f0.f0_hz.rolling(9, center=True).min() > 0)
        chosen = f0[steady].sample(250, random_state=rng)
        heard = pitch_by_autocorrelation(frames_at(sound(recording), chosen.time_s.to_numpy(), 1536))
        cents = 1200 * np.log2(heard / chosen.f0_hz.to_numpy())
        assert abs(np.median(cents)) < 3, SINGERS[singer].name
        assert np.median(np.abs(cents)) < 12, SINGERS[singer].name
        assert np.mean(np.abs(cents) < 50) > 0.85, SINGERS[singer].name


def test_voiced_frames_sound_and_pauses_do_not(recordings):
    for recording in recordings.values():
        level_db = 10 * np.log10(
            (frames_at(sound(recording), recording.f0.time_s.to_numpy(), 512) ** 2).mean(axis=1) + 1e-9
        )
        voiced = recording.f0.f0_hz.to_numpy() > 0
        assert 0.6 < voiced.mean() < 0.92
        assert np.median(level_db[voiced]) > np.median(level_db[~voiced]) + 15
        # Phrases are separated by breaths: pauses well above any consonant.
        _, lengths, values = runs(voiced)
        assert np.sum((~values[1:-1]) & (lengths[1:-1] * 256 / RATE_HZ > 0.35)) == 3


def test_planted_motifs_are_in_the_notes(recordings):
    for recording in recordings.values():
        assert len(recording.motifs) == 8
        for motif in recording.motifs.itertuples():
            middle = (recording.notes.start_s + recording.notes.end_s) / 2
            inside = recording.notes[(middle > motif.start_s) & (middle < motif.end_s)]
            assert steps_text(np.diff(inside.level)) == motif.sung
    varied = [
        motif.sung != motif.pattern for each in recordings.values() for motif in each.motifs.itertuples()
    ]
    assert 0.1 < np.mean(varied) < 0.5


def test_notes_are_what_is_sung(recordings):
    """Between the glides a note lies where the table says; its vibrato swings around it and past the next level."""
    crossing = 0
    for recording in recordings.values():
        f0 = recording.f0[recording.f0.f0_hz > 0]
        for note in recording.notes.itertuples():
            inside = f0[(f0.time_s > note.start_s + 0.06) & (f0.time_s < note.end_s - 0.06)]
            if len(inside) * 256 / RATE_HZ < 0.15:
                continue
            cents = 1200 * np.log2(inside.f0_hz.to_numpy() / 55)
            assert abs(np.median(cents) - note.pitch_cents) < 60
            level = np.abs(cents[:, None] - np.array(recording.levels_cents)).argmin(axis=1)
            crossing += np.count_nonzero(np.diff(level)) >= 4
    assert crossing > 10


def test_a_motif_is_never_sung_twice_alike(recordings):
    lengths = defaultdict(list)
    for (singer, _), recording in recordings.items():
        for motif in recording.motifs.itertuples():
            lengths[singer, motif.pattern].append(motif.end_s - motif.start_s)
    repeated = [values for values in lengths.values() if len(values) > 2]
    assert np.mean([max(values) / min(values) for values in repeated]) > 1.15


def test_a_steady_voice_does_not_alias():
    pitch_hz, frames = 613.0, 700
    track = np.ones(frames)
    source = voice._glottal_source(
        np.full(frames, pitch_hz),
        track,
        np.full(frames, 4),
        0 * track,
        0 * track,
        voice._cycle_tables(),
        voice._BAND_EDGES_HZ,
        np.zeros((frames - 1) * 64, dtype=np.float32),
        np.zeros((8, 2)),
        np.zeros(4),
    )
    spectrum = np.abs(np.fft.rfft(source[-32768:] * np.blackman(32768)))
    harmonic = np.arange(len(spectrum)) * RATE_HZ / 32768 / pitch_hz
    between = np.abs(harmonic - np.rint(harmonic)) > 0.05
    assert 20 * np.log10(spectrum[between].max() / spectrum.max()) < -75


def test_vowels_move(recordings):
    """The brightest band of a voice wanders: the formants are not those of one frozen vowel."""
    for recording in recordings.values():
        voiced = recording.f0[recording.f0.f0_hz > 0]
        power = (
            np.abs(
                np.fft.rfft(
                    frames_at(sound(recording), voiced.time_s.to_numpy()[::8], 2048) * np.hanning(2048)
                )
            )
            ** 2
        )
        hz = np.fft.rfftfreq(2048, 1 / RATE_HZ)
        band = (hz > 700) & (hz < 2600)
        centre = (power[:, band] * hz[band]).sum(axis=1) / power[:, band].sum(axis=1)
        assert np.percentile(centre, 90) - np.percentile(centre, 10) > 350


def test_labels_differ_in_noise_and_bandwidth(recordings):
    floor_db, edge_hz = defaultdict(list), defaultdict(list)
    hz = np.fft.rfftfreq(1024, 1 / RATE_HZ)
    for recording in recordings.values():
        signal = sound(recording)
        label = recording.row["source"]
        blocks = signal[: len(signal) // 1024 * 1024].reshape(-1, 1024)
        level = (blocks**2).mean(axis=1)
        quiet = blocks[level <= np.quantile(level, 0.04)]
        floor_db[label].append(10 * np.log10((quiet**2).mean()))
        power = (np.abs(np.fft.rfft(quiet * np.hanning(1024))) ** 2).mean(axis=0)[hz > 1000]
        edge_hz[label].append(1000 + hz[np.searchsorted(np.cumsum(power), 0.9 * power.sum())])
    old, new = (label.name for label in LABELS)
    assert min(floor_db[old]) > max(floor_db[new]) + 5
    assert max(edge_hz[old]) < 6500
    assert min(edge_hz[new]) > 10_000


def test_singers_differ_more_than_their_recordings(recordings):
    spectra = {key: mean_spectrum_db(sound(recording)) for key, recording in recordings.items()}
    spectra = {key: s - s.mean() for key, s in spectra.items()}
    label = {key: recording.row["source"] for key, recording in recordings.items()}
    # The label's own colour is the album effect; what is left should be the singer's.
    colour = {
        name: np.mean([spectra[key] for key in spectra if label[key] == name], axis=0)
        for name in set(label.values())
    }
    voices = {key: s - colour[label[key]] for key, s in spectra.items()}
    same, other = [], []
    for a, b in combinations(voices, 2):
        (same if a[0] == b[0] else other).append(np.sqrt(np.mean((voices[a] - voices[b]) ** 2)))
    assert np.mean(same) < 0.9 * np.mean(other)
    # Yet the label is heard: without taking its colour out, it separates recordings too.
    assert np.sqrt(np.mean((colour[LABELS[0].name] - colour[LABELS[1].name]) ** 2)) > 0.3 * np.mean(other)


# -- the folder -------------------------------------------------------------------------------------


def test_folder_is_a_corpus_with_its_truth(small):
    folder, calls = small
    table = pd.read_csv(folder / "recordings.csv")
    assert list(table.columns) == ["file", "singer", "style", "title", "year", "source", "licence"]
    assert table.notna().all(axis=None)
    assert len(table) == 4
    for row in table.itertuples():
        samples, rate_hz = soundfile.read(folder / row.file, dtype="int16")
        f0 = pd.read_csv((folder / row.file).with_suffix(".f0.csv"))
        motifs = pd.read_csv((folder / row.file).with_suffix(".motifs.csv"))
        assert rate_hz == RATE_HZ
        assert samples.ndim == 1
        assert list(f0.columns) == ["time_s", "f0_hz"]
        assert 0 <= len(samples) / RATE_HZ - f0.time_s.iloc[-1] < 0.01
        assert list(motifs.columns) == ["start_s", "end_s", "pattern", "name", "sung"]
        assert motifs.end_s.max() < len(samples) / RATE_HZ
    fractions = [fraction for fraction, _ in calls]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert len(fractions) >= 4 * 4
    corpus = load_corpus(folder)
    assert corpus.kind == "recordings"
    assert not corpus.skipped
    assert set(corpus.recordings.singer) == {singer.name for singer in SINGERS[:2]}
    assert sorted(corpus.recordings.file) == sorted(table.file)


def test_file_holds_what_is_rendered(small):
    folder, _ = small
    recording = render_recording(1, 1)
    samples, _ = soundfile.read(folder / recording.row["file"], dtype="int16")
    assert np.array_equal(samples, recording.signal)
    f0 = pd.read_csv((folder / recording.row["file"]).with_suffix(".f0.csv"))
    assert np.allclose(f0.f0_hz, recording.f0.f0_hz, atol=1e-3)


class CancelledError(Exception):
    pass


def test_cancel_leaves_whole_files_and_the_next_call_goes_on(tmp_path):
    def cancel(fraction, text):
        if fraction > 0.7:
            raise CancelledError

    folder = tmp_path / "demo"
    with pytest.raises(CancelledError):
        synthesise_demo(folder, singers=1, recordings=2, on_progress=cancel)
    left = sorted(path.name for path in folder.rglob("*") if path.is_file())
    first = "01-martinete-yunque-de-medianoche"
    assert left == sorted(
        ["demo.json", *(f"{first}.{ending}" for ending in ("f0.csv", "flac", "motifs.csv", "notes.csv"))]
    )
    before = (folder / SINGERS[0].slug / f"{first}.flac").stat()
    synthesise_demo(folder, singers=1, recordings=2)
    after = (folder / SINGERS[0].slug / f"{first}.flac").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert (folder / "recordings.csv").is_file()
    assert len(list(folder.rglob("*.flac"))) == 2

    stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    synthesise_demo(folder, singers=1, recordings=2)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == stamps


def test_other_settings_replace_what_was_there(tmp_path):
    folder = synthesise_demo(tmp_path / "demo", singers=2, recordings=1)
    old = [soundfile.read(path, dtype="int16")[0] for path in sorted(folder.rglob("*.flac"))]
    synthesise_demo(folder, seed=3, singers=1, recordings=1)
    files = list(folder.rglob("*.flac"))
    assert len(files) == 1
    assert len(pd.read_csv(folder / "recordings.csv")) == 1
    assert not np.array_equal(soundfile.read(files[0], dtype="int16")[0], old[0])


def test_a_folder_with_other_things_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(FlamsidError, match="holds other files"):
        synthesise_demo(tmp_path)
    with pytest.raises(FlamsidError, match="is a file"):
        synthesise_demo(tmp_path / "letter.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_damaged_manifest_and_impossible_sizes_are_told(tmp_path):
    (tmp_path / "demo.json").write_text("[]")
    with pytest.raises(FlamsidError, match="damaged"):
        synthesise_demo(tmp_path)
    with pytest.raises(FlamsidError, match="1 to 6 singers"):
        synthesise_demo(tmp_path / "new", singers=9)
    with pytest.raises(FlamsidError, match="1 to 4 recordings"):
        synthesise_demo(tmp_path / "new", recordings=0)
