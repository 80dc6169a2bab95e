"""Texts of the Recording page."""

RECORDING: dict[str, tuple[str, str]] = {
    "recording.title": ("Recording", "Grabación"),
    "recording.pick": ("Recording", "Grabación"),
    "recording.clips": (
        "“{corpus}” holds clips of motifs, not whole recordings, so there is no contour to draw. Hear "
        "the clips on the Motifs page.",
        "«{corpus}» contiene fragmentos de motivos, no grabaciones enteras, así que no hay contorno "
        "que dibujar. Escuche los fragmentos en la página Motivos.",
    ),
    "recording.clips_link": ("Go to Motifs", "Ir a Motivos"),
    "recording.no_melody": (
        "The melody of this recording has not been tracked yet. Run the chain on the Corpus page.",
        "Todavía no se ha seguido la melodía de esta grabación. Ejecute la cadena en la página Corpus.",
    ),
    "recording.unvoiced": (
        "No voiced frame was found in this recording: it seems to hold silence or noise.",
        "No se encontró ninguna trama con voz en esta grabación: parece contener silencio o ruido.",
    ),
    "recording.method": ("Reduction", "Reducción"),
    "recording.method.notes": ("notes", "notas"),
    "recording.method.kmeans": ("k-means", "k-medias"),
    "recording.method.band": ("band", "banda"),
    "recording.method.help": (
        "Notes: vibrato and glides are taken out, notes fitted to the rest, levels to the notes. k-means: a few levels "
        "fitted to all pitches (the paper). Band: segments that stay within ±60 "
        "cents (the authors' published code).",
        "Notas: se quitan vibrato y portamentos, al resto se ajustan notas y a ellas los niveles. "
        "k-medias: unos pocos niveles ajustados a todas las alturas (el artículo). Banda: segmentos "
        "que no salen de ±60 cents (el código publicado por los autores).",
    ),
    "recording.scope": ("Levels from", "Niveles de"),
    "recording.scope.corpus": ("corpus", "corpus"),
    "recording.scope.singer": ("singer", "cantaor"),
    "recording.scope.recording": ("recording", "grabación"),
    "recording.k": ("Levels (0 = BIC)", "Niveles (0 = BIC)"),
    "recording.k.help": (
        "Number of pitch levels; 0 lets the Bayesian information criterion choose.",
        "Número de niveles de altura; con 0 elige el criterio de información bayesiano.",
    ),
    "recording.min_segment": ("Segment ≥ ms", "Segmento ≥ ms"),
    "recording.min_segment.help": (
        "Shorter segments melt into their neighbour.",
        "Los segmentos más cortos se funden con el vecino.",
    ),
    "recording.max_gap": ("Pause ≤ ms", "Pausa ≤ ms"),
    "recording.max_gap.help": (
        "Shorter pauses in the voice stay within a phrase; longer ones end it.",
        "Las pausas más cortas de la voz quedan dentro de la frase; las más largas la terminan.",
    ),
    "recording.smooth": ("Smooth ms", "Suavizar ms"),
    "recording.smooth.help": (
        "How long a deviation of one level must last to count: keeps vibrato from becoming steps. 0 = off, as in "
        "the paper.",
        "Cuánto ha de durar una desviación de un nivel para contar: evita que el vibrato se vuelva pasos. 0 = sin "
        "suavizar, como en el artículo.",
    ),
    "recording.residual": ("Residual", "Residuo"),
    "recording.residual.help": (
        "Root mean square distance between the sung pitch and the contour, in cents.",
        "Distancia cuadrática media entre la altura cantada y el contorno, en cents.",
    ),
    "recording.segments": ("Segments", "Segmentos"),
    "recording.phrases": ("Phrases", "Frases"),
    "recording.levels": ("Levels", "Niveles"),
    "recording.tonic": ("Tonic (estimate)", "Tónica (estimada)"),
    "recording.tonic.help": (
        "The level on which most of the phrases' closing time rests.",
        "El nivel en el que descansa la mayor parte del tiempo final de las frases.",
    ),
    "recording.voiced": ("Voiced", "Con voz"),
    "recording.histogram": ("How often each pitch is sung", "Con qué frecuencia se canta cada altura"),
    "recording.histogram.x": ("cents above A1 (55 Hz)", "cents sobre la1 (55 Hz)"),
    "recording.histogram.y": ("frames", "tramas"),
    "recording.histogram.level": ("level", "nivel"),
    "recording.histogram.note": (
        "Solid: levels. Dotted: the bounds between them.",
        "Líneas continuas: niveles. Punteadas: los límites entre ellos.",
    ),
    "recording.motif": ("Motif {pattern}", "Motivo {pattern}"),
    "recording.motif_hint": (
        "Click a motif above to hear it and to list its other occurrences here.",
        "Pulse un motivo arriba para oírlo y ver aquí sus otras apariciones.",
    ),
    "recording.motif_elsewhere": (
        "{here} in this recording, {elsewhere} in others of {singer}",
        "{here} en esta grabación, {elsewhere} en otras de {singer}",
    ),
    "recording.motif_shared": (
        "The same steps sung by others: {singers}",
        "Los mismos pasos en otros: {singers}",
    ),
    "recording.motifs_note": (
        "The motif boxes are those mined with the corpus' settings; the reduction above follows the sliders.",
        "Las cajas de motivos son las extraídas con los ajustes del corpus; la reducción de arriba "
        "sigue los controles.",
    ),
    "recording.open_motif": ("All about this motif", "Todo sobre este motivo"),
    "recording.cite": ("Cite", "Citar"),
    "recording.cite.hint": (
        "Link, recording, parameters and a hash of the sound, to paste into a text.",
        "Enlace, grabación, parámetros y un resumen del sonido, para pegar en un texto.",
    ),
    "recording.export": ("Export", "Exportar"),
    "recording.export.format": ("Format", "Formato"),
    "recording.export.download": ("Download", "Descargar"),
    "recording.about": ("About the recording", "Sobre la grabación"),
}
