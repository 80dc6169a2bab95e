"""Texts of the Models page."""

MODELS: dict[str, tuple[str, str]] = {
    "models.title": ("Models", "Modelos"),
    "models.intro": (
        "How well the singers are told apart, always under three protocols side by side: an accuracy "
        "without its protocol says nothing.",
        "Hasta qué punto se distinguen los cantaores, siempre con tres protocolos a la vez: una tasa "
        "de acierto sin su protocolo no dice nada.",
    ),
    "models.pick": ("Model", "Modelo"),
    "models.none": (
        "No model has been trained on this corpus yet. Train one in the tab below, or run the whole chain.",
        "Todavía no se ha entrenado ningún modelo con este corpus. Entrene uno en la pestaña de abajo "
        "o ejecute la cadena entera.",
    ),
    "models.tab.registry": ("Runs", "Registro"),
    "models.tab.look": ("Results", "Resultados"),
    "models.tab.compare": ("Compare", "Comparar"),
    "models.tab.train": ("Train", "Entrenar"),
    "models.tab.load": ("Bring in", "Traer"),
    "models.accuracy": ("Accuracy", "Acierto"),
    "models.not_measured": ("not measured", "sin medir"),
    "models.balanced": ("mean over singers {v}", "media por cantaor {v}"),
    "models.auc": ("macro AUC {v}", "AUC macro {v}"),
    "models.votes": ("{right} of {all} recordings by vote", "{right} de {all} grabaciones por voto"),
    "models.sizes": (
        "{train} clips to learn, {test} to test",
        "{train} fragmentos para aprender, {test} para probar",
    ),
    "models.folds": ("{n} folds", "{n} particiones"),
    "models.gap": (
        "From paper to source-disjoint {singer_gap} points are lost: that much of the first figure was "
        "recognising recordings, not singers.",
        "Del artículo a fuentes separadas se pierden {singer_gap} puntos: esa parte de la primera "
        "cifra era reconocer grabaciones, no cantaores.",
    ),
    "models.confusion": ("Who is taken for whom", "A quién se toma por quién"),
    "models.confusion.true": ("sings", "canta"),
    "models.confusion.predicted": ("taken for", "se toma por"),
    "models.confusion.protocol": ("Protocol", "Protocolo"),
    "models.confusion.none": ("This protocol was not measured.", "Este protocolo no se midió."),
    "models.confusion.note": (
        "Rows: who sings; colour: share of the row; numbers: clips.",
        "Filas: quién canta; color: parte de la fila; números: fragmentos.",
    ),
    "models.curves": ("Training", "Entrenamiento"),
    "models.curves.epoch": ("epoch", "época"),
    "models.curves.loss": ("validation loss", "pérdida de validación"),
    "models.curves.accuracy": ("validation accuracy", "acierto de validación"),
    "models.curves.one_step": (
        "There is no curve: this model is fitted in one step, or nothing was kept aside to stop by.",
        "No hay curva: este modelo se ajusta en un solo paso, o no se apartó nada con que decidir cuándo parar.",
    ),
    "models.curves.none": (
        "No history was kept for this model.",
        "No se conserva el historial de este modelo.",
    ),
    "models.card": ("Model card", "Ficha del modelo"),
    "models.card.network": ("Network", "Red"),
    "models.card.parameters": ("Trainable values", "Valores entrenables"),
    "models.card.work": (
        "Million multiply-adds for a second of singing",
        "Millones de multiplicaciones y sumas por segundo de cante",
    ),
    "models.card.features": ("Features", "Rasgos"),
    "models.card.clip_set": ("Clips", "Fragmentos"),
    "models.card.measured": ("Weights kept from", "Pesos conservados de"),
    "models.card.epochs": ("Epochs", "Épocas"),
    "models.card.seed": ("Seed", "Semilla"),
    "models.card.classes": ("Singers", "Cantaores"),
    "models.card.recordings": ("Training recordings", "Grabaciones de entrenamiento"),
    "models.card.corpus": ("Corpus fingerprint", "Huella del corpus"),
    "models.card.versions": ("Versions", "Versiones"),
    "models.compare.pick": ("Models to compare", "Modelos que comparar"),
    "models.compare.hint": (
        "Only one model so far. Train another (other features, other clips) and compare them here.",
        "De momento solo hay un modelo. Entrene otro (otros rasgos, otros fragmentos) y compárelos aquí.",
    ),
    "models.compare.by_clip": ("Accuracy by clip", "Acierto por fragmento"),
    "models.train.network": ("Network", "Red"),
    "models.train.features": ("Features", "Rasgos"),
    "models.train.clip_set": ("Clips", "Fragmentos"),
    "models.train.clip_set.motifs": ("motifs", "motivos"),
    "models.train.clip_set.motifs+segment": ("3 s around the motif", "3 s en torno al motivo"),
    "models.train.clip_set.random": ("random spans", "tramos al azar"),
    "models.train.protocol": ("Measure under", "Medir con"),
    "models.train.protocol.all": ("All three protocols", "Los tres protocolos"),
    "models.train.folds": ("Source-disjoint folds", "Particiones de fuentes separadas"),
    "models.train.loo": ("leave one out", "dejar una fuera"),
    "models.train.epochs": ("At most epochs", "Máximo de épocas"),
    "models.train.seed": ("Seed", "Semilla"),
    "models.train.name": ("Name (empty: from the settings)", "Nombre (vacío: según los ajustes)"),
    "models.train.map": ("Then draw the map", "Después dibujar el mapa"),
    "models.train.button": ("Train", "Entrenar"),
    "models.train.busy": (
        "A job is running on this corpus (see the sidebar); the next can start when it has ended.",
        "Hay un trabajo en curso con este corpus (véase la barra lateral); el siguiente puede empezar "
        "cuando termine.",
    ),
    "models.train.live": (
        "Curves appear here after the first epoch.",
        "Las curvas aparecen aquí tras la primera época.",
    ),
    "models.train.one_singer": (
        "Only one singer has motifs in this corpus. A network needs at least two: add recordings of "
        "another singer.",
        "Solo un cantaor tiene motivos en este corpus. Una red necesita al menos dos: añada "
        "grabaciones de otro.",
    ),
    "models.load.path": ("Folder of the model", "Carpeta del modelo"),
    "models.load.help": (
        "A model that was trained elsewhere, as a zip archive or a folder with model.safetensors and model.json. "
        "It is checked before it is taken in; nothing in it is executed.",
        "Un modelo entrenado en otro lugar, en un zip o una carpeta con model.safetensors y model.json. "
        "Se comprueba antes de admitirlo; nada de lo que contiene se ejecuta.",
    ),
    "models.load.button": ("Load", "Cargar"),
    "models.load.done": ("“{name}” has been loaded.", "«{name}» se ha cargado."),
}
