"""Texts of the registry of runs and of the comparison of two."""

REGISTRY: dict[str, tuple[str, str]] = {
    "registry.intro": (
        "Every model and every finished cell of an experiment. Mark one to use, rename, export or delete it; "
        "mark two to compare them.",
        "Todos los modelos y todas las celdas terminadas de los experimentos. Marque una para usarla, "
        "renombrarla, exportarla o borrarla; marque dos para compararlas.",
    ),
    "registry.none": (
        "There are no runs yet. Train a model in the next tab but one, start an experiment on the Experiments "
        "page, or bring a model in from elsewhere.",
        "Todavía no hay nada. Entrene un modelo en la pestaña Entrenar, inicie un experimento en la página "
        "Experimentos o traiga un modelo de otro lugar.",
    ),
    "registry.name": ("Name", "Nombre"),
    "registry.made_at": ("Date", "Fecha"),
    "registry.accuracy": ("Accuracy: {protocol}", "Acierto: {protocol}"),
    "registry.singers": ("Source-disjoint, mean over singers", "Fuentes separadas, media por cantaor"),
    "registry.singers.help": (
        "Under held-out sources, every singer weighing the same.",
        "Con fuentes apartadas, cada cantaor con el mismo peso.",
    ),
    "registry.too_many": (
        "Mark one run to work with it, or two to compare them.",
        "Marque una para trabajar con ella, o dos para compararlas.",
    ),
    "registry.identify": ("Identify with it", "Identificar con él"),
    "registry.open_cell": ("Open in Experiments", "Abrir en Experimentos"),
    "registry.rename": ("Rename", "Renombrar"),
    "registry.new_name": ("Name", "Nombre"),
    "registry.renamed": ("The model is called “{name}” now.", "El modelo se llama ahora «{name}»."),
    "registry.keep": ("Keep as model", "Guardar como modelo"),
    "registry.keep.help": (
        "A copy among the models: it can identify recordings and draw a map.",
        "Una copia entre los modelos: puede identificar grabaciones y dibujar un mapa.",
    ),
    "registry.kept": ("“{name}” is among the models now.", "«{name}» está ahora entre los modelos."),
    "registry.delete": ("Delete", "Borrar"),
    "registry.delete.sure": (
        "Delete **{name}** for good? Its weights, predictions and map go with it.",
        "¿Borrar **{name}** para siempre? Se irán también sus pesos, predicciones y mapa.",
    ),
    "registry.delete.go": ("Delete for good", "Borrar para siempre"),
    "registry.deleted": ("“{name}” was deleted.", "«{name}» se ha borrado."),
    "registry.export": ("Export", "Exportar"),
    "registry.licence": ("Licence of use", "Licencia de uso"),
    "registry.licence.help": (
        "Goes into the model card, with the licences of the recordings it learned from.",
        "Va en la ficha del modelo, junto con las licencias de las grabaciones de las que aprendió.",
    ),
    "registry.licence.none": ("not stated", "sin indicar"),
    "registry.zip": ("Download as zip", "Descargar como zip"),
    "registry.folder": ("Or write it into this folder", "O escribirlo en esta carpeta"),
    "registry.folder.help": (
        "On the server's disk. The model becomes a folder in it, with weights, settings and model card.",
        "En el disco del servidor. El modelo será una carpeta dentro, con pesos, ajustes y ficha.",
    ),
    "registry.folder.go": ("Write the folder", "Escribir la carpeta"),
    "registry.folder.done": ("Written to {path}", "Escrito en {path}"),
    "registry.upload": ("Model as zip", "Modelo en zip"),
    "registry.upload.go": ("Bring it in", "Traerlo"),
    "compare.protocol": ("Protocol", "Protocolo"),
    "compare.no_protocol": (
        "The two were not measured under the same protocol, so their figures cannot be compared.",
        "No se midieron con el mismo protocolo, así que sus cifras no se pueden comparar.",
    ),
    "compare.too_few": (
        "Fewer than two runs were measured under the protocol “{name}”. Train more cells, or choose another "
        "protocol above.",
        "Menos de dos se midieron con el protocolo «{name}». Entrene más celdas o elija otro protocolo arriba.",
    ),
    "compare.first": ("First run", "Primera"),
    "compare.second": ("Second run", "Segunda"),
    "compare.under": ("Protocol: {name}.", "Protocolo: {name}."),
    "compare.difference": (
        "**{better}** is right {points} points more often than **{worse}** on the {clips} clips ({recordings} "
        "recordings) that both were tested on.",
        "**{better}** acierta {points} puntos más que **{worse}** en los {clips} fragmentos ({recordings} "
        "grabaciones) con que se probaron ambas.",
    ),
    "compare.same": (
        "**{a}** and **{b}** are right equally often on the {clips} clips that both were tested on.",
        "**{a}** y **{b}** aciertan lo mismo en los {clips} fragmentos con que se probaron ambas.",
    ),
    "compare.sure": ("That is hardly chance ({p}).", "Difícilmente es azar ({p})."),
    "compare.rather": (
        "That is probably no chance ({p}), but one would want more recordings.",
        "Probablemente no es azar ({p}), pero convendrían más grabaciones.",
    ),
    "compare.chance": (
        "That can well be chance ({p}): do not prefer one for it.",
        "Bien puede ser azar ({p}): no es razón para preferir una.",
    ),
    "compare.difference_label": ("Difference, points", "Diferencia, puntos"),
    "compare.interval": ("95 % interval", "Intervalo del 95 %"),
    "compare.interval.help": (
        "Drawn over recordings, not clips: clips of one recording are right or wrong together.",
        "Se sortean grabaciones, no fragmentos: los de una misma grabación aciertan o fallan juntos.",
    ),
    "compare.interval_value": ("{low} to {high}", "de {low} a {high}"),
    "compare.no_interval": ("cannot be told", "no se sabe"),
    "compare.p.help": (
        "How often a difference this large comes about when the sign of every recording's difference is left to "
        "chance.",
        "Con qué frecuencia sale una diferencia así de grande si el signo de cada grabación se deja al azar.",
    ),
    "compare.accuracies": ("Accuracy of both", "Acierto de ambas"),
    "compare.accuracies.help": (
        "On the {clips} clips that both were tested on.",
        "En los {clips} fragmentos con que se probaron ambas.",
    ),
    "compare.clips": ("clips", "fragmentos"),
    "compare.of": ("of", "de"),
    "compare.note": (
        "A dot is a recording, its size the number of clips. Above the line the second run is better.",
        "Cada punto es una grabación; su tamaño, el número de fragmentos. Sobre la línea gana la segunda.",
    ),
}
