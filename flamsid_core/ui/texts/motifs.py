"""Texts of the motifs page."""

MOTIFS: dict[str, tuple[str, str]] = {
    "motifs.title": ("motifs", "motifs"),
}
