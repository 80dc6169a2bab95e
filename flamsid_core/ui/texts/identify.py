"""Texts of the Identify page."""

IDENTIFY: dict[str, tuple[str, str]] = {
    "identify.title": ("Identify", "Identificar"),
    "identify.intro": (
        "Whose singing is it? The recording's motifs are found as those of the corpus were, and the "
        "network says for each whom it hears.",
        "¿De quién es este cante? Los motivos de la grabación se buscan como los del corpus, y la red "
        "dice de cada uno a quién oye.",
    ),
    "identify.no_model": (
        "To identify a singer a model is needed. Train one first; the demo corpus has one already.",
        "Para identificar a un cantaor hace falta un modelo. Entrene uno primero; el corpus de "
        "demostración ya tiene uno.",
    ),
    "identify.source": ("What to listen to", "Qué escuchar"),
    "identify.source.upload": ("Upload a file", "Subir un archivo"),
    "identify.source.record": ("Record", "Grabar"),
    "identify.source.corpus": ("From this corpus", "De este corpus"),
    "identify.upload": ("Audio file", "Archivo de audio"),
    "identify.record": (
        "Sing, or hold the microphone to a loudspeaker",
        "Cante, o acerque el micrófono a un altavoz",
    ),
    "identify.button": ("Who is singing?", "¿Quién canta?"),
    "identify.result": ("Result for {name}", "Resultado de {name}"),
    "identify.ranking": ("Singers, the likeliest first", "Cantaores, el más probable primero"),
    "identify.caveat": (
        "What this is worth: on recordings from sources it had never heard, this model named the "
        "singer of {right} out of {all} by vote ({accuracy} of single motifs; source-disjoint "
        "protocol).",
        "Cuánto vale esto: con grabaciones de fuentes que nunca había oído, este modelo acertó el "
        "cantaor de {right} de {all} por voto ({accuracy} de los motivos sueltos; protocolo de fuentes "
        "separadas).",
    ),
    "identify.caveat.unknown": (
        "What this is worth is not known: this model was never tested on sources it had not heard. "
        "Train it under all three protocols.",
        "No se sabe cuánto vale esto: este modelo nunca se probó con fuentes que no hubiera oído. "
        "Entrénelo con los tres protocolos.",
    ),
    "identify.caveat.closed": (
        "It knows only {singers}: anyone else is taken for one of them.",
        "Solo conoce a {singers}: a cualquier otra persona la toma por una de ellas.",
    ),
    "identify.in_training": (
        "This very recording was in the model's training: the result says nothing about how well it "
        "would do on a new one.",
        "Esta misma grabación estaba en el entrenamiento del modelo: el resultado no dice nada de cómo "
        "le iría con una nueva.",
    ),
    "identify.evidence": ("Motif by motif", "Motivo a motivo"),
    "identify.evidence.none": (
        "The model returned no evidence by motif.",
        "El modelo no devolvió indicios por motivo.",
    ),
    "identify.evidence.unknown": (
        "None of the corpus' motifs occurs here: all runs of as many steps were heard instead, which "
        "says less.",
        "Aquí no aparece ninguno de los motivos del corpus: se escucharon todas las sucesiones de "
        "tantos pasos, lo que dice menos.",
    ),
    "identify.evidence.order": (
        "Whom the network hears in each motif; what speaks most for the first singer comes first.",
        "A quién oye la red en cada motivo; primero lo que más habla a favor del primer cantaor.",
    ),
    "identify.motifs": ("from {n} motifs", "a partir de {n} motivos"),
}
