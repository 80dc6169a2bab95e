"""Texts of the identify page."""

IDENTIFY: dict[str, tuple[str, str]] = {
    "identify.title": ("identify", "identify"),
}
