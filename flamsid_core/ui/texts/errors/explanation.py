"""What can be wrong with an explanation, and what making one says meanwhile, in Spanish."""

EXPLANATION_ERRORS: dict[str, str] = {
    "The model does not know {}: ask about one of {}.": (
        "El modelo no conoce a {}: pregunte por una de estas voces: {}."
    ),
    "A clip of (frames, {}) features is needed, got shape {}.": (
        "Hace falta un fragmento de (tramas, {}) rasgos, y tiene la forma {}."
    ),
    "The workspace {} names no corpus: open the corpus folder again.": (
        "El espacio de trabajo {} no nombra ningún corpus: abra de nuevo la carpeta del corpus."
    ),
}
EXPLANATION_PROGRESS: dict[str, str] = {
    "counting who uses these motifs": "contando quién usa estos motivos",
}
