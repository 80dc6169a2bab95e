"""Texts of the Corpus page."""

CORPUS: dict[str, tuple[str, str]] = {
    "corpus.title": ("Corpus", "Corpus"),
    "corpus.recordings": ("Recordings", "Grabaciones"),
    "corpus.groups": ("Source groups", "Grupos de fuente"),
    "corpus.singers": ("Singers", "Cantaores"),
    "corpus.duration": ("Singing", "Cante"),
    "corpus.motifs": ("Motifs", "Motivos"),
    "corpus.instances": ("Instances", "Apariciones"),
    "corpus.clips_note": (
        "This corpus holds published clips of motifs, not whole recordings. The Recording page has "
        "nothing to draw here; motifs, models, motif space and identification work.",
        "Este corpus contiene fragmentos publicados de motivos, no grabaciones enteras. La página "
        "Grabación no tiene nada que dibujar aquí; motivos, modelos, espacio de motivos e "
        "identificación funcionan.",
    ),
    "corpus.run_help": (
        "Melody, contour, motifs, audit, network and map. What is up to date is skipped; it can be "
        "cancelled and goes on where it was.",
        "Melodía, contorno, motivos, auditoría, red y mapa. Lo que está al día se omite; se puede "
        "cancelar y continúa donde estaba.",
    ),
    "corpus.run_again": ("Run again", "Ejecutar de nuevo"),
    "corpus.settings": ("Settings", "Ajustes"),
    "corpus.min_support": (
        "Least number of phrases a motif occurs in",
        "Número mínimo de frases con el motivo",
    ),
    "corpus.min_length": ("Least number of steps", "Número mínimo de pasos"),
    "corpus.max_gap": (
        "Steps a motif may leave out between two of its own",
        "Pasos que un motivo puede saltar entre dos suyos",
    ),
    "corpus.levels": ("Pitch levels (0 = choose by BIC)", "Niveles de altura (0 = elegir por BIC)"),
    "corpus.stage.corpus": ("Corpus", "Corpus"),
    "corpus.stage.melody": ("Melody", "Melodía"),
    "corpus.stage.contour": ("Contour", "Contorno"),
    "corpus.stage.motifs": ("Motifs", "Motivos"),
    "corpus.stage.audit": ("Audit", "Auditoría"),
    "corpus.stage.model": ("Network", "Red"),
    "corpus.stage.atlas": ("Map", "Mapa"),
    "corpus.tab.table": ("Recordings", "Grabaciones"),
    "corpus.tab.table_clips": ("Sources", "Fuentes"),
    "corpus.tab.audit": ("Audit", "Auditoría"),
    "corpus.tab.skipped": ("Skipped ({n})", "Omitidos ({n})"),
    "corpus.tab.add": ("Open or upload", "Abrir o subir"),
    "corpus.not_read": (
        "This corpus has not been read yet: run the chain.",
        "Este corpus todavía no se ha leído: ejecute la cadena.",
    ),
    "corpus.licence": ("Licence", "Licencia"),
    "corpus.source": ("Source", "Fuente"),
    "corpus.clips": ("Clips", "Fragmentos"),
    "corpus.rate": ("Hz", "Hz"),
    "corpus.select_hint": (
        "Select a row to open the recording.",
        "Seleccione una fila para abrir la grabación.",
    ),
    "corpus.audit.none": (
        "No audit yet: run the chain. It looks for what would make an accuracy lie.",
        "Todavía no hay auditoría: ejecute la cadena. Busca lo que haría mentir a una tasa de acierto.",
    ),
    "corpus.audit.intro": (
        "What would make an accuracy lie: the same sound in more than one place, one sound under two "
        "names, and instances that come from one source.",
        "Lo que haría mentir a una tasa de acierto: el mismo sonido en varios sitios, un sonido con "
        "dos nombres y apariciones que vienen de una misma fuente.",
    ),
    "corpus.audit.files": ("Clips", "Fragmentos"),
    "corpus.audit.files.help": ("Motif instances in the corpus.", "Apariciones de motivos en el corpus."),
    "corpus.audit.distinct": ("Distinct sounds", "Sonidos distintos"),
    "corpus.audit.distinct.help": (
        "Clips that are the same sample by sample count once.",
        "Los fragmentos iguales muestra a muestra cuentan una vez.",
    ),
    "corpus.audit.conflicting": ("Under two singers", "Con dos cantaores"),
    "corpus.audit.conflicting.help": (
        "Sounds that stand under two or more names: at least one label is wrong.",
        "Sonidos que están con dos o más nombres: al menos una etiqueta es falsa.",
    ),
    "corpus.audit.set_aside": ("Set aside", "Apartados"),
    "corpus.audit.set_aside.help": (
        "Clips under another singer than the one their source belongs to; they take no part in the "
        "strict protocols.",
        "Fragmentos con otro cantaor que el de su fuente; no entran en los protocolos estrictos.",
    ),
    "corpus.audit.source_groups": ("Source groups", "Grupos de fuente"),
    "corpus.audit.source_groups.help": (
        "Recordings that share no sound with one another.",
        "Grabaciones que no comparten ningún sonido entre sí.",
    ),
    "corpus.audit.shares": (
        "What a random 80/20 split would leave in training of its own test",
        "Lo que un reparto 80/20 al azar dejaría en el entrenamiento de su propia prueba",
    ),
    "corpus.audit.test_in_train": ("the very sound", "el mismo sonido"),
    "corpus.audit.test_in_train.help": (
        "Share of the test clips whose very sound is in the training part as well (expected over all "
        "splits).",
        "Parte de los fragmentos de prueba cuyo mismo sonido está también en el entrenamiento "
        "(esperada sobre todos los repartos).",
    ),
    "corpus.audit.test_overlapping_train": ("part of the sound", "parte del sonido"),
    "corpus.audit.test_overlapping_train.help": (
        "Share of the test clips linked to a training clip by shared samples.",
        "Parte de los fragmentos de prueba unidos a uno de entrenamiento por muestras compartidas.",
    ),
    "corpus.audit.test_source_in_train": ("the same source", "la misma fuente"),
    "corpus.audit.test_source_in_train.help": (
        "Share of the test clips whose recording (its room, microphone and day) is in training as well.",
        "Parte de los fragmentos de prueba cuya grabación (su sala, micrófono y día) está también en "
        "el entrenamiento.",
    ),
    "corpus.audit.heard": (
        "The same sound in another guise, and what needs no network",
        "El mismo sonido con otro aspecto, y lo que no necesita red",
    ),
    "corpus.audit.pairs": ("pairs", "pares"),
    "corpus.audit.across_singers": ("under two singers", "con dos cantaores"),
    "corpus.audit.across_source_groups": ("across two source groups", "entre dos grupos de fuente"),
    "corpus.audit.source_groups_when_merged": (
        "source groups if those are one",
        "grupos de fuente si esos son uno",
    ),
    "corpus.audit.near_train": (
        "Test clips near one in training",
        "Fragmentos de prueba casi iguales a uno de entrenamiento",
    ),
    "corpus.audit.trivial": ("Trivial classifier, {clips}", "Clasificador trivial, {clips}"),
    "corpus.audit.listed": (
        "Near-duplicates across singers or source groups ({n})",
        "Casi duplicados entre cantaores o grupos de fuente ({n})",
    ),
    "corpus.audit.second": ("File of the other", "Archivo del otro"),
    "corpus.audit.shared": ("Seconds shared", "Segundos en común"),
    "corpus.audit.similarity": ("Similarity", "Semejanza"),
    "corpus.audit.alone": (
        "With a single source no source-disjoint figure can be given for {singers}: add another "
        "recording of each.",
        "Con una sola fuente no puede darse cifra de fuentes separadas para {singers}: añada otra "
        "grabación de cada cual.",
    ),
    "corpus.audit.conflicts": ("Sounds under two names ({n})", "Sonidos con dos nombres ({n})"),
    "corpus.audit.verdict_bad": (
        "A random split of these clips measures memory, not singers: read the source-disjoint figures.",
        "Un reparto al azar de estos fragmentos mide la memoria, no a los cantaores: lea las cifras de "
        "fuentes separadas.",
    ),
    "corpus.audit.verdict_overlap": (
        "No sound stands twice, but the clips of one recording overlap and share its room and "
        "microphone: read the source-disjoint figures.",
        "Ningún sonido está dos veces, pero los fragmentos de una grabación se solapan y comparten "
        "sala y micrófono: lea las cifras de fuentes separadas.",
    ),
    "corpus.skipped.none": ("Every file could be used.", "Se pudieron usar todos los archivos."),
    "corpus.skipped.file": ("File", "Archivo"),
    "corpus.skipped.reason": ("Reason", "Motivo"),
    "corpus.open.title": ("Open a folder", "Abrir una carpeta"),
    "corpus.open.help": (
        "Audio files with a recordings.csv (file, singer, style, title, year, source, licence), or a "
        "sub-folder for each singer; or the folder of the published motif clips.",
        "Archivos de audio con un recordings.csv (file, singer, style, title, year, source, licence) o "
        "una subcarpeta por cantaor; o la carpeta de los fragmentos de motivos publicados.",
    ),
    "corpus.open.path": ("Folder", "Carpeta"),
    "corpus.open.browse": ("Go into", "Entrar en"),
    "corpus.open.up": ("↑ up", "↑ subir"),
    "corpus.open.button": ("Open", "Abrir"),
    "corpus.open.roots": (
        "Folders may be opened under: {roots}",
        "Se pueden abrir carpetas dentro de: {roots}",
    ),
    "corpus.upload.title": ("Upload recordings", "Subir grabaciones"),
    "corpus.upload.files": ("Audio files of one singer", "Archivos de audio de un cantaor"),
    "corpus.upload.corpus": ("Corpus", "Corpus"),
    "corpus.upload.corpus_value": ("My recordings", "Mis grabaciones"),
    "corpus.upload.singer": ("Singer", "Cantaor/a"),
    "corpus.upload.button": ("Add to corpus", "Añadir al corpus"),
    "corpus.upload.done": (
        "{n} recording(s) added to “{corpus}”. Add another singer, or run the chain.",
        "{n} grabación(es) añadida(s) a «{corpus}». Añada otro cantaor o ejecute la cadena.",
    ),
}
