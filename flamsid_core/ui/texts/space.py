"""Texts of the space page."""

SPACE: dict[str, tuple[str, str]] = {
    "space.title": ("space", "space"),
}
