"""Texts of the models page."""

MODELS: dict[str, tuple[str, str]] = {
    "models.title": ("models", "models"),
}
