"""A demo corpus synthesised by the project: invented singers with known f0 and known motifs.

`score` composes what is sung, `tracks` performs it (pitch, loudness, articulation), `voice` makes the sound,
`room` puts it on a record, `corpus` writes it all.
"""

from flamsid_core.demo.corpus import (
    DemoRecording,
    describe_recording,
    render_recording,
    synthesise_demo,
)

__all__ = ["DemoRecording", "describe_recording", "render_recording", "synthesise_demo"]
