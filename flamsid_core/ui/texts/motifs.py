"""Texts of the Motifs page."""

MOTIFS: dict[str, tuple[str, str]] = {
    "motifs.title": ("Motifs", "Motivos"),
    "motifs.intro": (
        "What each singer sings again and again: closed patterns of steps between pitch levels. + "
        "rises, − falls.",
        "Lo que cada cantaor repite una y otra vez: patrones cerrados de pasos entre niveles de "
        "altura. + sube, − baja.",
    ),
    "motifs.filter.singers": ("Singers", "Cantaores"),
    "motifs.filter.all": ("All singers", "Todos los cantaores"),
    "motifs.filter.pattern": ("Steps", "Pasos"),
    "motifs.filter.pattern.help": (
        "Type steps, e.g. +1 -2 +1. ? stands for any one step, * for any number of steps. The pattern "
        "may stand anywhere within the motif.",
        "Escriba pasos, p. ej. +1 -2 +1. ? vale por un paso cualquiera, * por cualquier número de "
        "pasos. El patrón puede estar en cualquier lugar del motivo.",
    ),
    "motifs.filter.pattern.placeholder": ("+1 -2 * +1", "+1 -2 * +1"),
    "motifs.filter.length": ("Number of steps", "Número de pasos"),
    "motifs.none": (
        "No motif fits these filters. Take a filter away, or type fewer steps.",
        "Ningún motivo cumple estos filtros. Quite un filtro o escriba menos pasos.",
    ),
    "motifs.count": ("{n} motifs", "{n} motivos"),
    "motifs.count_cut": (
        "{n} motifs, the first {shown} shown",
        "{n} motivos, se muestran los {shown} primeros",
    ),
    "motifs.tab.table": ("Dictionary", "Diccionario"),
    "motifs.tab.shared": ("Shared and unique", "Compartidos y únicos"),
    "motifs.col.length": ("Steps", "Pasos"),
    "motifs.col.support": ("Phrases", "Frases"),
    "motifs.col.support.help": (
        "Phrases of this singer that hold it.",
        "Frases de este cantaor que lo contienen.",
    ),
    "motifs.col.recordings": ("Recordings", "Grabaciones"),
    "motifs.col.instances": ("Instances", "Apariciones"),
    "motifs.col.duration": ("Median s", "Mediana s"),
    "motifs.col.distinct": ("Distinctive", "Distintivo"),
    "motifs.col.distinct.help": (
        "How much more often this singer uses the motif than the others: log-odds with a prior, "
        "exposure counted in phrases. 0 = no difference, above 0 = more often.",
        "Cuánto más a menudo usa este cantaor el motivo que los demás: log-odds con una distribución "
        "previa, con la exposición contada en frases. 0 = sin diferencia, por encima de 0 = más a "
        "menudo.",
    ),
    "motifs.col.q": ("q", "q"),
    "motifs.col.q.help": (
        "Share of shuffles of whole recordings between singers that give at least as much (p), "
        "corrected for the many motifs tested (q, Benjamini–Hochberg). “Too few”: too few "
        "recordings to tell.",
        "Parte de las barajadas de grabaciones enteras entre cantaores que dan al menos lo mismo (p), "
        "corregida por los muchos motivos probados (q, Benjamini–Hochberg). «Pocas»: demasiado "
        "pocas grabaciones para decirlo.",
    ),
    "motifs.q.few": ("too few", "pocas"),
    "motifs.method.title": ("How distinctiveness is measured", "Cómo se mide lo distintivo"),
    "motifs.method": (
        "**Log-odds.** Phrases are counted: a phrase holds the motif or not. The singer's odds are compared with "
        "those of all others together; 0 = no difference, +0.7 = twice the odds. Both sides are smoothed as if "
        "each had used the motif once more at the common rate.\n\n"
        "**p.** Whole recordings are shuffled between singers, each keeping as many as before. Of the shuffles "
        "that leave the motif in this singer's dictionary, p is the share that gives at least as much.\n\n"
        "**q.** p corrected for the number of motifs tested (false discovery rate, Benjamini–Hochberg).\n\n"
        "**Too few recordings to tell.** Where no shuffle at all could reach p = 0.05, no p is given.",
        "**Log-odds.** Se cuentan frases: una frase contiene el motivo o no. La ventaja (odds) del cantaor se "
        "compara con la de todos los demás juntos; 0 = sin diferencia, +0,7 = el doble. Ambos lados se suavizan "
        "como si cada uno hubiera usado el motivo una vez más a la tasa común.\n\n"
        "**p.** Se barajan grabaciones enteras entre cantaores, conservando cada uno tantas como tenía. De las "
        "barajadas que dejan el motivo en el diccionario de este cantaor, p es la parte que da al menos lo "
        "mismo.\n\n"
        "**q.** p corregida por el número de motivos probados (tasa de falsos descubrimientos, "
        "Benjamini–Hochberg).\n\n"
        "**Demasiado pocas grabaciones.** Donde ninguna barajada podría llegar a p = 0,05 no se da p.",
    ),
    "motifs.pick_hint": (
        "Select a row to hear its instances.",
        "Seleccione una fila para escuchar sus apariciones.",
    ),
    "motifs.detail": ("Motif of {singer}", "Motivo de {singer}"),
    "motifs.verdict.few": (
        "Too few recordings to tell whether it is distinctive.",
        "Demasiado pocas grabaciones para decir si es distintivo.",
    ),
    "motifs.verdict.yes": (
        "{singer} sings it more often than chance allows: log-odds {d:+.2f}, p = {p:.3f}, q = {q:.3f} "
        "(recordings shuffled between singers).",
        "{singer} lo canta más de lo que permite el azar: log-odds {d:+.2f}, p = {p:.3f}, q = {q:.3f} "
        "(grabaciones barajadas entre cantaores).",
    ),
    "motifs.verdict.no": (
        "No evidence that it is distinctive: log-odds {d:+.2f}, p = {p:.3f}, q = {q:.3f} (recordings "
        "shuffled between singers).",
        "Sin indicios de que sea distintivo: log-odds {d:+.2f}, p = {p:.3f}, q = {q:.3f} (grabaciones "
        "barajadas entre cantaores).",
    ),
    "motifs.shared_by": ("Also sung by {singers}", "También lo cantan {singers}"),
    "motifs.unique": ("In no other singer's dictionary", "En el diccionario de ningún otro cantaor"),
    "motifs.include_others": ("Others who sing the same steps", "Otros que cantan los mismos pasos"),
    "motifs.instances": ("Instances", "Apariciones"),
    "motifs.aligned": ("All instances over one another", "Todas las apariciones superpuestas"),
    "motifs.aligned.time": ("time, stretched to one length", "tiempo, llevado a una misma duración"),
    "motifs.aligned.cents": ("cents from the start", "cents desde el inicio"),
    "motifs.aligned.mean": ("mean ± spread", "media ± desviación"),
    "motifs.aligned.some": (
        "Lines: {shown} of {n}, evenly spaced. Mean and band: all {n}.",
        "Líneas: {shown} de {n}, a intervalos regulares. Media y banda: las {n}.",
    ),
    "motifs.aligned.none": (
        "The clips of this corpus come without their melody, so there are no contours to lay over one "
        "another.",
        "Los fragmentos de este corpus vienen sin su melodía, así que no hay contornos que superponer.",
    ),
    "motifs.shared.show": ("Show", "Mostrar"),
    "motifs.shared.shared": ("shared by several singers", "compartidos por varios cantaores"),
    "motifs.shared.unique": ("unique to one singer", "únicos de un cantaor"),
    "motifs.shared.all": ("the commonest", "los más frecuentes"),
    "motifs.shared.rate": ("per 100<br>phrases", "por 100<br>frases"),
    "motifs.shared.rate_clips": ("% of the<br>singer's clips", "% de los<br>fragmentos"),
    "motifs.shared.note": (
        "Colour: instances per 100 phrases of the singer, so that singers with more recordings do not "
        "look richer.",
        "Color: apariciones por cada 100 frases del cantaor, para que quien tiene más grabaciones no "
        "parezca más rico.",
    ),
    "motifs.shared.none": (
        "There are no such patterns in this corpus.",
        "No hay patrones así en este corpus.",
    ),
}
