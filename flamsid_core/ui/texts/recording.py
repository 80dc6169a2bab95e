"""Texts of the recording page."""

RECORDING: dict[str, tuple[str, str]] = {
    "recording.title": ("recording", "recording"),
}
