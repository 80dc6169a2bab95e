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
    "identify.ranking": (
        "What the network hears: the likeliest first",
        "Lo que oye la red: el más probable primero",
    ),
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
    "identify.caveat.open": (
        "It knows only {singers}; whether it is somebody else is judged by a threshold, whose error rate stands "
        "beside the result.",
        "Solo conoce a {singers}; si es otra persona se juzga por un umbral, cuya tasa de error figura junto al "
        "resultado.",
    ),
    "identify.verdict.known": (
        "One of the singers it knows: {singer} reaches {score}, and {threshold} is enough. Such a verdict is wrong in "
        "{error} of cases, either way (equal error rate).",
        "Es una de las voces que conoce: {singer} alcanza un {score}, y basta un {threshold}. Un veredicto así se "
        "equivoca en el {error} de los casos, en ambos sentidos (tasa de igual error).",
    ),
    "identify.verdict.unknown": (
        "Unknown singer: even the likeliest, {singer}, reaches only {score} where {threshold} would be needed. Such a "
        "verdict is wrong in {error} of cases, either way (equal error rate).",
        "Voz desconocida: incluso la más probable, {singer}, solo alcanza un {score} cuando haría falta un "
        "{threshold}. Un veredicto así se equivoca en el {error} de los casos, en ambos sentidos "
        "(tasa de igual error).",
    ),
    "identify.verdict.untold": (
        "Whether it is one of these singers at all cannot be told: no threshold was measured on recordings the model "
        "had not met.",
        "No se puede saber si es alguna de estas voces: no se midió ningún umbral con grabaciones que el modelo no "
        "conociera.",
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
        "Whom the network hears in each motif, and how much it leans towards {singer} (natural "
        "logarithm: +0.7 is twice the odds); what speaks most for {singer} comes first.",
        "A quién oye la red en cada motivo, y cuánto se inclina hacia {singer} (logaritmo natural: "
        "+0,7 es el doble de posibilidades); primero lo que más habla a favor de {singer}.",
    ),
    "identify.leaning": ("leaning {v}", "inclinación {v}"),
    "identify.why": ("Why? Take this motif apart", "¿Por qué? Analizar este motivo"),
    "identify.why.hint": (
        "The question mark of a motif shows where in its sound the answer came from, and whether to "
        "believe that.",
        "El signo de interrogación de un motivo muestra de qué parte de su sonido vino la respuesta, y "
        "si hay que creerlo.",
    ),
    "identify.ranking.note": (
        "The voice, and everything else that sounds with it: motif by motif, then pooled.",
        "La voz, y todo lo que suena con ella: motivo a motivo, y luego reunido.",
    ),
    "identify.calibrated": (
        "Probabilities are calibrated on clips held out (protocol: {protocol}).",
        "Las probabilidades están calibradas con fragmentos apartados (protocolo: {protocol}).",
    ),
    "identify.uncalibrated": (
        "Probabilities are not calibrated and too sure: train under the source-disjoint protocol.",
        "Las probabilidades no están calibradas y son demasiado seguras: entrene con el protocolo de "
        "fuentes separadas.",
    ),
    "identify.notes": ("What to bear in mind", "Lo que conviene tener en cuenta"),
    "identify.two_witnesses": (
        "Two witnesses, side by side. Nothing multiplies them into one figure: they are not "
        "independent, and where they disagree, that is worth knowing.",
        "Dos testigos, uno al lado del otro. Nada los multiplica en una sola cifra: no son "
        "independientes, y donde no coinciden, vale la pena saberlo.",
    ),
    "identify.posterior": (
        "{n} motifs in order of time: how likely each singer is by each motif alone.",
        "{n} motivos en orden de tiempo: la probabilidad de cada cantaor según cada motivo por sí solo.",
    ),
    "identify.posterior.motifs": ("motif, in order of time", "motivo, en orden de tiempo"),
    "identify.posterior.probability": ("by this motif alone", "según este motivo solo"),
    "identify.use": ("Which motifs are used: counted", "Qué motivos se usan: contados"),
    "identify.use.note": (
        "Who uses the motifs of this recording more often than the others do, phrase by phrase; no "
        "sound is heard for this, and recordings of the same source are left out.",
        "Quién usa los motivos de esta grabación más a menudo que los demás, frase por frase; para "
        "esto no se escucha ningún sonido, y las grabaciones de la misma fuente quedan fuera.",
    ),
    "identify.use.axis": (
        "mean log-odds (0 = as often as others)",
        "log-odds medio (0 = tanto como los demás)",
    ),
    "identify.use.none": (
        "No motif that any singer uses in other recordings occurs here: motif use says nothing.",
        "Aquí no aparece ningún motivo que alguien use en otras grabaciones: el uso de motivos no dice nada.",
    ),
    "identify.use.worth": (
        "From {n} motifs. What this is worth: with each source of the corpus taken out in turn, motif "
        "use alone named the singer of {right} out of {tested} (by chance about {chance}).",
        "A partir de {n} motivos. Cuánto vale esto: apartando por turno cada fuente del corpus, el uso "
        "de motivos por sí solo acertó el cantaor de {right} de {tested} (al azar, unas {chance}).",
    ),
    "identify.use.few": (
        "Fewer than three sources of {singers}: too few recordings to tell the singer's habits from "
        "those of a song (hatched).",
        "Menos de tres fuentes de {singers}: muy pocas grabaciones para distinguir los hábitos de "
        "quien canta de los de un cante (rayado).",
    ),
    "identify.use.table": ("The {n} motifs and who uses them", "Los {n} motivos y quién los usa"),
    "identify.use.here": ("here, of {n} phrases", "aquí, de {n} frases"),
    "identify.use.table.note": (
        "For each singer (phrases in the corpus): phrases with the motif · log-odds against all others "
        "together.",
        "Para cada cantaor (frases en el corpus): frases con el motivo · log-odds frente a todos los "
        "demás juntos.",
    ),
    "identify.use.no_workspace": (
        "The model lies outside a corpus' workspace, so nobody's phrases are at hand to count in.",
        "El modelo está fuera del espacio de trabajo de un corpus: no hay frases de nadie en las que contar.",
    ),
    "identify.use.clips": (
        "This corpus holds clips of motifs, not whole recordings: without all phrases, those without a "
        "motif too, nobody can say how often a singer uses one.",
        "Este corpus contiene fragmentos con motivos, no grabaciones enteras: sin todas las frases, "
        "también las que no tienen el motivo, nadie puede decir con qué frecuencia lo usa un cantaor.",
    ),
    "identify.use.changed": (
        "The contours of the corpus were made anew since this model was trained, so its motifs are no "
        "longer those of the phrases: train again.",
        "Los contornos del corpus se rehicieron después de entrenar este modelo, y sus motivos ya no "
        "son los de las frases: entrene de nuevo.",
    ),
    "identify.use.old": (
        "This result was made before motif use was counted: identify again.",
        "Este resultado es anterior al recuento de motivos: identifique de nuevo.",
    ),
    "why.title": ("Why? {pattern} at {at}", "¿Por qué? {pattern} en {at}"),
    "why.singer": ("Ask about", "Preguntar por"),
    "why.working": (
        "Taking the motif apart (the first time, and with the paper's large networks, this takes a while)…",
        "Analizando el motivo (la primera vez, y con las redes grandes del artículo, tarda un poco)…",
    ),
    "why.map": (
        "What in this sound speaks for {singer}, and what against",
        "Qué habla en este sonido a favor de {singer}, y qué en contra",
    ),
    "why.map.time": ("time in the motif (s)", "tiempo en el motivo (s)"),
    "why.map.frequency": ("Hz", "Hz"),
    "why.map.for": ("for", "a favor"),
    "why.map.against": ("against", "en contra"),
    "why.map.level": ("level", "nivel"),
    "why.map.contribution": ("contribution", "aportación"),
    "why.regions": (
        "Of all that speaks for {singer}: {low} below 500 Hz (mainly the fundamental), {vowels} from "
        "500 to 1500 Hz (vowels), {ring} from 1.5 to 4 kHz (ring of the voice), {breath} above "
        "(breath, consonants, and the hiss of the recording).",
        "De todo lo que habla a favor de {singer}: {low} por debajo de 500 Hz (sobre todo la "
        "fundamental), {vowels} de 500 a 1500 Hz (vocales), {ring} de 1,5 a 4 kHz (brillo de la voz), "
        "{breath} más arriba (aliento, consonantes y el ruido de la grabación).",
    ),
    "why.method": (
        "Integrated gradients: the sound is faded in from the corpus' average spectrum, and every "
        "point is credited with what it moved the network's answer on the way; all points together "
        "make up the answer.",
        "Gradientes integrados: el sonido se va formando desde el espectro medio del corpus, y a cada "
        "punto se le atribuye lo que movió la respuesta de la red por el camino; todos los puntos "
        "juntos suman la respuesta.",
    ),
    "why.sounds": ("To hear", "Para escuchar"),
    "why.sounds.original": ("The motif as it is", "El motivo tal como es"),
    "why.sounds.for": ("Only what speaks for", "Solo lo que habla a favor"),
    "why.sounds.against": ("Only what speaks against", "Solo lo que habla en contra"),
    "why.sounds.note": (
        "Both are the motif itself, weighted by the picture and raised by the same factor: the louder "
        "one says more. The network hears up to half its sampling rate, and so do they.",
        "Ambos son el propio motivo, ponderado según la imagen y amplificado por igual: el más fuerte "
        "dice más. La red oye hasta la mitad de su frecuencia de muestreo, y ellos también.",
    ),
    "why.posterior": (
        "By this motif alone: {singer} {v}. The network leans {score}; on an average spectrum it would "
        "lean {baseline}.",
        "Según este motivo solo: {singer} {v}. La red se inclina {score}; ante un espectro medio se "
        "inclinaría {baseline}.",
    ),
    "why.curves": ("Is the picture worth anything?", "¿Vale algo la imagen?"),
    "why.curves.share": (
        "share of the sound taken away (or put in)",
        "parte del sonido quitada (o puesta)",
    ),
    "why.curves.probability": ("probability", "probabilidad"),
    "why.curves.deletion": ("taken away", "quitando"),
    "why.curves.insertion": ("put in", "poniendo"),
    "why.curves.random": ("taken away at random", "quitando al azar"),
    "why.curves.good": (
        "Yes: taking away what it marks leaves {singer} {deletion} on average, taking away at random "
        "{random}; putting it in first, {insertion}.",
        "Sí: al quitar lo que señala queda para {singer} un {deletion} de media, al quitar al azar un "
        "{random}; al ponerlo primero, un {insertion}.",
    ),
    "why.curves.bad": (
        "Hardly: taking away what it marks leaves {singer} {deletion} on average, taking away at "
        "random {random}. Do not read much into the picture.",
        "Apenas: al quitar lo que señala queda para {singer} un {deletion} de media, al quitar al azar "
        "un {random}. No saque muchas conclusiones de la imagen.",
    ),
    "why.curves.note": (
        "Deletion curve: what the picture marks most is taken out first, bit by bit, and the network "
        "is asked again; if the picture shows what the network used, the curve falls faster than the "
        "grey band. It judges the picture, not whether the network is right.",
        "Curva de borrado: lo que la imagen más señala se quita primero, poco a poco, y se vuelve a "
        "preguntar a la red; si la imagen muestra lo que la red usó, la curva cae antes que la banda "
        "gris. Juzga la imagen, no si la red acierta.",
    ),
    "why.neighbours": ("Nearest motifs in other recordings", "Motivos más cercanos en otras grabaciones"),
    "why.neighbours.working": (
        "Embedding the corpus' motifs (once; a map on the Motif space page spares this)…",
        "Situando los motivos del corpus (una vez; un mapa en Espacio de motivos lo ahorra)…",
    ),
    "why.neighbours.stale": (
        "Model and motifs of the corpus do not go together any more: train again.",
        "El modelo y los motivos del corpus ya no se corresponden: entrene de nuevo.",
    ),
    "why.neighbours.copy": (
        "The nearest is almost the same sound: perhaps a copy of this recording under another name.",
        "El más cercano es casi el mismo sonido: quizá una copia de esta grabación con otro nombre.",
    ),
    "why.neighbours.none": (
        "There is no other recording to look in.",
        "No hay otra grabación en la que buscar.",
    ),
    "why.neighbours.note": (
        "Among these: {counts}. Distance is one minus the cosine of the network's embeddings; never "
        "from the same source, one for each place.",
        "Entre ellos: {counts}. La distancia es uno menos el coseno de las representaciones de la red; "
        "nunca de la misma fuente, uno por cada lugar.",
    ),
}
