"""One motif taken apart on the Identify page: where the network heard the singer, to see, to hear and to doubt."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from flamsid_core import plots
from flamsid_core.errors import FlamsidError
from flamsid_core.plots import explanation as pictures
from flamsid_core.read_once import read_once
from flamsid_core.ui.charts import chart
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.instances import clips_of, recording_names
from flamsid_core.ui.links import open_instance
from flamsid_core.ui.state import is_dark, table
from flamsid_core.ui.words import N_, _, clock, escape, number_text, percent, seconds_text, translated
from flamsid_core.workspace import Workspace

CURVES_TEXTS = {
    "share": N_("share of the sound taken away (or put in)"),
    "probability": N_("probability"),
    "deletion": N_("taken away"),
    "insertion": N_("put in"),
    "random": N_("taken away at random"),
}
MAP_TEXTS = {
    "time": N_("time in the motif (s)"),
    "frequency": N_("Hz"),
    "for": N_("for"),
    "against": N_("against"),
    "level": N_("level"),
    "contribution": N_("contribution"),
}
SOUNDS_TEXTS = {
    "original": N_("The motif unchanged"),
    "for": N_("Only what speaks for"),
    "against": N_("Only what speaks against"),
}

if TYPE_CHECKING:
    from flamsid_core.singers.explanation.why import Explanation

LOUDEST = 0.7  # peak of the louder of the two weighted sounds
MOST_GAIN = 8.0
COPY_DISTANCE = 0.01  # nearer than motifs of one singer in different recordings come


def why(
    workspace: Workspace,
    model: str,
    path: Path,
    row: Mapping[str, Any],
    url: str,
    singers: Sequence[str],
    colours: Mapping[str, str],
    *,
    speed: float = 0.0,
) -> None:
    """Explain one motif of the evidence: picture, sounds, deletion curves, neighbours in other recordings."""
    with st.container(border=True, key="why"):
        title, choice = st.columns([2, 1], vertical_alignment="center")
        title.markdown(
            f"#### {_('Why? {pattern} at {at}', pattern=row['pattern'], at=clock(row['start_s']))}"
        )
        singer = choice.selectbox(
            _("Ask about"),
            singers,
            index=list(singers).index(row["predicted"]) if row["predicted"] in singers else 0,
            key=f"why_singer-{row['start_s']}-{row['pattern']}",
        )
        folder = workspace.path(f"models/{model}")
        try:
            with st.spinner(
                _(
                    "Taking the motif apart (the first time, and with the paper's large networks, this "
                    "takes a while)…"
                )
            ):
                span_s = (float(row["start_s"]), float(row["end_s"]))
                found = _explained(path, span_s, folder, singer, speed)
        except (FlamsidError, FileNotFoundError) as error:
            st.error(escape(translated(error)))
            return
        left, right = st.columns([1.45, 1], gap="medium")
        with left:
            _picture(found)
            _sounds(found, row, url, colours)
        with right:
            _curves(found)
            _answer(found)
        _neighbours(workspace, model, path, found)


@read_once(lambda path, span_s, folder, *rest: (path, folder / "model.json"), size=24)
def _explained(
    path: Path, span_s: tuple[float, float], folder: Path, singer: str, speed: float
) -> Explanation:
    # torch comes with this: who asks no "why" never waits for it
    from flamsid_core.pipeline.explanation import explain_motif

    return explain_motif(path, *span_s, folder, singer=singer, speed=speed)


def _picture(found: Explanation) -> None:
    name = escape(found.singer)
    st.markdown(f"**{_('What in this sound speaks for {singer}, and what against', singer=name)}**")
    texts = {
        key: _(MAP_TEXTS[key]) for key in ("time", "frequency", "for", "against", "level", "contribution")
    }
    figure = pictures.attribution_map(
        found.time_s, found.centre_hz, found.level_db, found.shown, texts, dark=is_dark()
    )
    chart(figure, "why_map")
    st.caption(
        _(
            "Integrated gradients: the sound is faded in from the corpus' average spectrum, and "
            "every point is credited with what it moved the network's answer on the way; all "
            "points together make up the answer."
        )
    )
    share = {row["low_hz"]: row["speaks_for"] for row in found.regions}
    low, vowels, ring, breath = (percent(share[hz]) for hz in sorted(share))
    st.caption(
        _(
            "Of all that speaks for {singer}: {low} below 500 Hz (mainly the fundamental), "
            "{vowels} from 500 to 1500 Hz (vowels), {ring} from 1.5 to 4 kHz (ring of the "
            "voice), {breath} above (breath, consonants, and the hiss of the recording).",
            singer=name,
            low=low,
            vowels=vowels,
            ring=ring,
            breath=breath,
        )
    )


def _answer(found: Explanation) -> None:
    said = {"singer": escape(found.singer), "v": percent(found.posterior[found.singer])}
    said |= {
        "score": number_text(found.attribution.score, "+.2f"),
        "baseline": number_text(found.attribution.baseline_score, "+.2f"),
    }
    st.caption(
        _(
            "By this motif alone: {singer} {v}. The network leans {score}; on an average "
            "spectrum it would lean {baseline}.",
            **said,
        )
    )


def _sounds(found: Explanation, row: Mapping[str, Any], url: str, colours: Mapping[str, str]) -> None:
    st.markdown(f"**{_('To hear')}**")
    peak = max(np.abs(found.speaks_for).max(initial=0), np.abs(found.speaks_against).max(initial=0), 1e-9)
    gain = min(LOUDEST / peak, MOST_GAIN)
    length = seconds_text(row["end_s"] - row["start_s"])
    sounds = [("original", url, clock(row["start_s"]))]
    for which, signal in (("for", found.speaks_for), ("against", found.speaks_against)):
        sounds.append((which, _wav_address(gain * signal, found.sample_rate_hz), ""))
    clips = [
        {
            "id": which,
            "url": address,
            "pattern": row["pattern"],
            "colour": colours.get(found.singer, plots.NEUTRAL),
            "title": _(SOUNDS_TEXTS[which]),
            "detail": detail,
            "length": length,
        }
        for which, address, detail in sounds
    ]
    clip_list(clips, key="why_sounds")
    st.caption(
        _(
            "Both are the motif itself, weighted by the picture and raised by the same factor: "
            "the louder one says more. The network hears up to half its sampling rate, and so do "
            "they."
        )
    )


def _wav_address(signal: NDArray[Any], sample_rate_hz: int) -> str:
    """Return a sound as a data address: made for one look, it needs no place on disk nor a route of its own."""
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, np.clip(signal, -1.0, 1.0), sample_rate_hz, format="WAV", subtype="PCM_16")
    return "data:audio/wav;base64," + base64.b64encode(out.getvalue()).decode()


def _curves(found: Explanation) -> None:
    st.markdown(f"**{_('Is the picture worth anything?')}**")
    curves = found.curves
    texts = {key: _(CURVES_TEXTS[key]) for key in ("share", "probability", "deletion", "insertion", "random")}
    figure = pictures.deletion_figure(curves.share, curves.deletion, curves.insertion, curves.random, texts)
    chart(figure, "why_curves")
    said = {
        "deletion": percent(curves.deletion_area),
        "random": percent(curves.random_area),
        "insertion": percent(curves.insertion_area),
        "singer": escape(found.singer),
    }
    if curves.better_than_random:
        st.success(
            _(
                "Yes: taking away what it marks leaves {singer} {deletion} on average, taking away "
                "at random {random}; putting it in first, {insertion}.",
                **said,
            ),
            icon=":material/check:",
        )
    else:
        st.warning(
            _(
                "Hardly: taking away what it marks leaves {singer} {deletion} on average, taking "
                "away at random {random}. Do not read much into the picture.",
                **said,
            ),
            icon=":material/help:",
        )
    st.caption(
        _(
            "Deletion curve: what the picture marks most is taken out first, bit by bit, and the "
            "network is asked again; if the picture shows what the network used, the curve falls "
            "faster than the grey band. It judges the picture, not whether the network is right."
        )
    )


def _neighbours(workspace: Workspace, model: str, path: Path, found: Explanation) -> None:
    st.markdown(f"**{_('Nearest motifs in other recordings')}**")
    from flamsid_core.pipeline.explanation import nearest_instances

    instances = table(workspace, "motifs/instances")
    try:
        with st.spinner(_("Embedding the corpus' motifs (once; a map on the Motif space page spares this)…")):
            embeddings = _embeddings(workspace, model)
    except FlamsidError as error:
        st.error(escape(translated(error)))
        return
    if len(embeddings) != len(instances) or embeddings.shape[1] != len(found.embedding):
        st.caption(_("Model and motifs of the corpus do not go together any more: train again."))
        return
    own = _own_groups(path, workspace)
    near = nearest_instances(found.embedding, embeddings, instances, leave_out=own)
    if near.empty:
        st.caption(_("There is no other recording to look in."))
        return
    clips, names = clips_of(workspace, near), recording_names(workspace)
    for rank, (clip, row) in enumerate(zip(clips, near.to_dict("records"), strict=True), start=1):
        clip["title"] = f"{rank}. {names.get(row['recording_id'], row['singer'])}"
        clip["detail"] = f"{clip['detail']}  {_('distance {d:.3f}', d=row['distance'])}".strip()
    opened = clip_list(clips, key="why_near", max_height_px=330, can_open=not workspace.of_clips)
    counts = near["singer"].value_counts()
    st.caption(
        _(
            "Among these: {counts}. Distance is one minus the cosine of the network's "
            "embeddings; never from the same source, one for each place.",
            counts=escape(", ".join(f"{name} {n}" for name, n in counts.items())),
        )
    )
    if near["distance"].iloc[0] < COPY_DISTANCE:
        st.warning(
            _("The nearest is almost the same sound: perhaps a copy of this recording under another name."),
            icon=":material/content_copy:",
        )
    if opened is not None:
        open_instance(_row(near, opened))


def _row(near: pd.DataFrame, instance_id: str) -> pd.Series:
    return near[near["instance_id"] == instance_id].iloc[0]


@read_once(
    lambda workspace, model: (
        workspace.path("motifs/instances.parquet"),
        workspace.path(f"models/{model}/model.json"),
    ),
    size=4,
)
def _embeddings(workspace: Workspace, model: str) -> NDArray[np.float32]:
    from flamsid_core.pipeline.explanation import corpus_embeddings

    return corpus_embeddings(workspace, model)


@read_once(lambda path, workspace: (path, workspace.path("corpus/recordings.parquet")), size=32)
def _own_groups(path: Path, workspace: Workspace) -> set[str]:
    from flamsid_core.pipeline.explanation import source_groups_of

    return source_groups_of(workspace, path)
