"""Texts of the corpus page."""

CORPUS: dict[str, tuple[str, str]] = {
    "corpus.title": ("corpus", "corpus"),
}
