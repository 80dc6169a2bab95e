"""Texts of the Motif space page."""

SPACE: dict[str, tuple[str, str]] = {
    "space.title": ("Motif space", "Espacio de motivos"),
    "space.intro": (
        "Every point is one sung motif, placed by what the network hears in it. Hover to listen, click "
        "to choose, draw a lasso to select.",
        "Cada punto es un motivo cantado, situado según lo que la red oye en él. Pase por encima para "
        "escuchar, pulse para elegir, dibuje un lazo para seleccionar.",
    ),
    "space.no_model": (
        "There is no model yet, and so no map: the points are placed by a network's embeddings. Train "
        "one first.",
        "Todavía no hay modelo y por tanto tampoco mapa: los puntos se sitúan según las "
        "representaciones de una red. Entrene una primero.",
    ),
    "space.no_map": (
        "“{model}” has no map yet. Drawing it takes about a minute, in the background.",
        "«{model}» todavía no tiene mapa. Dibujarlo tarda alrededor de un minuto, en segundo plano.",
    ),
    "space.without_map": ("Models without a map", "Modelos sin mapa"),
    "space.stale": (
        "The motifs were mined anew since the map of “{model}” was drawn: it shows only those that are still there.",
        "Los motivos se extrajeron de nuevo después de dibujar el mapa de «{model}»: solo muestra los que siguen ahí.",
    ),
    "space.make_map": ("Draw the map", "Dibujar el mapa"),
    "space.model": ("Model", "Modelo"),
    "space.projection": ("Projection", "Proyección"),
    "space.projection.pca_only": (
        "UMAP is not there yet: PCA is shown.",
        "UMAP todavía no está: se muestra PCA.",
    ),
    "space.colour": ("Colour", "Color"),
    "space.colour.singer": ("singer", "cantaor"),
    "space.colour.recording": ("recording", "grabación"),
    "space.colour.source_group": ("source group", "grupo de fuente"),
    "space.colour.style": ("style", "palo"),
    "space.colour.pattern": ("pattern", "patrón"),
    "space.colour.prediction": ("right or wrong", "acierto o error"),
    "space.filters": ("Filters", "Filtros"),
    "space.filter.all": ("all", "todos"),
    "space.filter.singer": ("Singers", "Cantaores"),
    "space.filter.style": ("Styles", "Palos"),
    "space.filter.recording": ("Recordings", "Grabaciones"),
    "space.filter.outcome": ("Recognised", "Reconocidos"),
    "space.shown": ("{n} of {all} motifs pass the filters.", "{n} de {all} motivos cumplen los filtros."),
    "space.prediction.from": (
        "Right and wrong: what the network said of motifs it had not been trained on, under the protocol "
        "“{protocol}”.",
        "Acierto y error: lo que dijo la red de motivos con los que no se había entrenado, con el protocolo "
        "«{protocol}».",
    ),
    "space.prediction.none": (
        "This model came without its predictions, so nothing is known to be right or wrong.",
        "Este modelo vino sin sus predicciones, así que no se sabe qué es acierto y qué error.",
    ),
    "space.other": ("other", "otros"),
    "space.right": ("right", "acierto"),
    "space.wrong": ("wrong", "error"),
    "space.untested": ("not tested", "sin probar"),
    "space.second": ("Second map", "Segundo mapa"),
    "space.second.none": ("none", "ninguno"),
    "space.none": ("No point is left: loosen the filters.", "No queda ningún punto: relaje los filtros."),
    "space.quality": ("How far to trust this map", "Hasta qué punto fiarse de este mapa"),
    "space.trust": ("Trustworthiness", "Fiabilidad"),
    "space.trust.help": (
        "How far neighbours on the map are neighbours in the embedding as well (1 = all are). "
        "Neighbours from the same source are left out.",
        "Hasta qué punto los vecinos en el mapa también lo son en la representación (1 = todos). Los "
        "vecinos de la misma fuente no cuentan.",
    ),
    "space.purity": ("Same singer", "Mismo cantaor"),
    "space.purity.help": (
        "Among each motif's ten nearest on the map from other sources, the share by its own singer. "
        "With neighbours of the same source a map that only clusters recordings would look like a "
        "success.",
        "Entre los diez más cercanos de otras grabaciones, la parte del mismo cantaor. Con vecinos de "
        "la misma grabación, un mapa que solo agrupa grabaciones parecería un éxito.",
    ),
    "space.chance": ("By chance", "Por azar"),
    "space.chance.help": (
        "The same share if singers were dealt out at random.",
        "La misma parte si los cantaores se repartieran al azar.",
    ),
    "space.selection": ("Selection: {n}", "Selección: {n}"),
    "space.selection.none": (
        "Draw a lasso or a box on the map, or click a point: what is selected is listed here.",
        "Dibuje un lazo o un rectángulo en el mapa, o pulse un punto: lo seleccionado aparece aquí.",
    ),
    "space.selection.singers": ("by singer: {counts}", "por cantaor: {counts}"),
    "space.neighbours": ("Nearest from other recordings", "Los más cercanos de otras grabaciones"),
    "space.chosen": ("Chosen motif", "Motivo elegido"),
    "space.distance": ("distance {d:.3f}", "distancia {d:.3f}"),
    "space.download.csv": ("CSV", "CSV"),
    "space.download.parquet": ("Parquet", "Parquet"),
    "space.download.zip": ("Sounds (ZIP)", "Sonidos (ZIP)"),
    "space.download.most": (
        "The ZIP file holds the first {n} of {all} sounds: it takes at most {sounds}, or {minutes} minutes of sound. "
        "The tables hold all.",
        "El archivo ZIP contiene los primeros {n} de {all} sonidos: admite como máximo {sounds}, o {minutes} minutos "
        "de sonido. Las tablas los contienen todos.",
    ),
    "space.quality.selection": ("… and its selection ({n})", "… y la selección ({n})"),
    "space.quality.sampled": (
        "The selection is measured at {n} of its motifs.",
        "La selección se mide en {n} de sus motivos.",
    ),
    "space.quality.same_source": (
        "Counting neighbours from the same source too, “same singer” would read {p}.",
        "Contando también los vecinos de la misma fuente, «mismo cantaor» daría {p}.",
    ),
    "space.quality.note": (
        "The network was trained on most of these motifs: this tells how the map lies, not how well the "
        "network knows new recordings (see Models).",
        "La red se entrenó con la mayoría de estos motivos: esto dice cómo es el mapa, no lo bien que la red "
        "reconoce grabaciones nuevas (véase Modelos).",
    ),
}
