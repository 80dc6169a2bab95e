"""Texts of the Experiments page."""

from flamsid_core.ui.texts.registry import REGISTRY

EXPERIMENTS: dict[str, tuple[str, str]] = REGISTRY | {
    "nav.experiments": ("Experiments", "Experimentos"),
    "common.go_experiments": ("Go to Experiments", "Ir a Experimentos"),
    "job.kind.experiment": ("Experiment", "Experimento"),
    "experiments.title": ("Experiments", "Experimentos"),
    "experiments.intro": (
        "The paper's comparison on this corpus: networks, features and clips crossed, each cell measured under a "
        "protocol, beside the paper's own figures.",
        "La comparación del artículo con este corpus: redes, rasgos y fragmentos cruzados, cada celda medida "
        "con un protocolo, junto a las cifras del propio artículo.",
    ),
    "experiments.none": (
        "No experiment has been run on this corpus yet. Choose below what to cross and start: every cell is "
        "trained and measured in turn, and the page fills while it runs. Two features under two protocols "
        "on a small corpus take a few minutes.",
        "Todavía no se ha hecho ningún experimento con este corpus. Elija abajo qué cruzar y empiece: cada "
        "celda se entrena y se mide por turno, y la página se llena mientras tanto. Dos rasgos con dos "
        "protocolos en un corpus pequeño tardan unos minutos.",
    ),
    "experiments.pick": ("Experiment", "Experimento"),
    "experiments.protocol": ("Protocol", "Protocolo"),
    "experiments.state": (
        "{done} of {all} cells done · started {created}",
        "{done} de {all} celdas terminadas · iniciado el {created}",
    ),
    "experiments.state.failed": ("{n} failed", "{n} han fallado"),
    "experiments.state.running": ("{n} in training", "{n} entrenándose"),
    "experiments.resume": ("Resume", "Reanudar"),
    "experiments.resume.help": (
        "Finished cells are kept; the others go on where they were.",
        "Las celdas terminadas se conservan; las demás siguen donde estaban.",
    ),
    "experiments.delete.sure": (
        "Delete the experiment **{name}** with all its cells for good?",
        "¿Borrar para siempre el experimento **{name}** con todas sus celdas?",
    ),
    "experiments.other_data": (
        "The corpus's motifs have changed since this experiment was run: its figures are about the motifs of "
        "then. Resume it to measure on those of now.",
        "Los motivos del corpus han cambiado desde este experimento: sus cifras son de los motivos de entonces. "
        "Reanúdelo para medir con los de ahora.",
    ),
    "experiments.tab.paper": ("Beside the paper", "Junto al artículo"),
    "experiments.tab.cells": ("Cells", "Celdas"),
    "experiments.tab.compare": ("Compare two", "Comparar dos"),
    "experiments.tab.start": ("Start another", "Iniciar otro"),
    "experiments.audit": ("Audit of the clips", "Auditoría de los fragmentos"),
    "experiments.audit.under": (
        "Test clips under {name} that have in training",
        "Fragmentos de prueba con {name} que tienen en el entrenamiento",
    ),
    "experiments.audit.expected": (
        "Expected over all random splits; no cell under this protocol is finished yet.",
        "Esperado sobre todas las particiones al azar; aún no hay celda terminada con este protocolo.",
    ),
    "experiments.audit.clips": ("Clips", "Fragmentos"),
    "experiments.audit.clips.help": ("{distinct} distinct sounds.", "{distinct} sonidos distintos."),
    "experiments.audit.duplicates": ("Duplicates", "Duplicados"),
    "experiments.audit.duplicates.help": (
        "Clips whose very sound stands in the corpus more than once, beyond the first of each.",
        "Fragmentos cuyo mismo sonido está más de una vez en el corpus, sin contar el primero de cada uno.",
    ),
    "experiments.audit.near": ("Near-duplicates", "Casi duplicados"),
    "experiments.audit.near.help": (
        "Pairs with the same sound under other bounds, another gain or another codec.",
        "Pares con el mismo sonido con otros límites, otra ganancia u otro códec.",
    ),
    "experiments.audit.near.across": (
        "{singers} of them stand under two singers, {groups} join two source groups.",
        "{singers} de ellos figuran con dos cantaores, {groups} unen dos grupos de fuente.",
    ),
    "experiments.audit.near_sound": ("a near-duplicate", "un casi duplicado"),
    "experiments.audit.unknown": ("not looked for", "sin buscar"),
    "experiments.audit.conflicts": ("Label conflicts", "Etiquetas en conflicto"),
    "experiments.audit.conflicts.help": (
        "Sounds that stand under two singers.",
        "Sonidos que figuran con dos cantaores.",
    ),
    "experiments.audit.groups": ("Source groups", "Grupos de fuente"),
    "experiments.audit.groups.help": (
        "Recordings that share no sound: what the interval draws.",
        "Grabaciones que no comparten sonido: lo que sortea el intervalo.",
    ),
    "experiments.audit.sound": ("the very sound", "el mismo sonido"),
    "experiments.audit.overlap": ("part of the sound", "parte del sonido"),
    "experiments.audit.source": ("the same source", "la misma fuente"),
    "experiments.trivial": ("Trivial classifier under {name}", "Clasificador trivial con {name}"),
    "experiments.trivial.help": (
        "A straight line between means and deviations of MFCC under the same split: what it gets needs no network.",
        "Una recta entre medias y desviaciones de MFCC con la misma partición: lo que consigue no necesita red.",
    ),
    "experiments.trivial.votes": (
        "{right} of {all} recordings by vote, mean over singers {singers}",
        "{right} de {all} grabaciones por voto, media por cantaor {singers}",
    ),
    "experiments.trivial.none": ("not measured", "sin medir"),
    "experiments.table.ours": ("ours", "nuestro"),
    "experiments.table.paper": ("paper", "artículo"),
    "experiments.table.interval": ("95 % interval", "intervalo del 95 %"),
    "experiments.table.note": (
        "Large: accuracy by clip under **{name}**, mean of {seeds}; small: its 95 % interval, drawn over "
        "recordings, and AUC. Beneath: the paper's figures, measured by its authors on random clips, the paper "
        "protocol, of another corpus.",
        "Grande: acierto por fragmento con **{name}**, media de {seeds}; pequeño: su intervalo del 95 %, sorteando "
        "grabaciones, y AUC. Debajo: las cifras del artículo, medidas por sus autores con fragmentos al azar, "
        "el protocolo del artículo, de otro corpus.",
    ),
    "experiments.table.seeds": ("{n} seed(s)", "{n} semilla(s)"),
    "experiments.table.not_here": ("not in this experiment", "no está en este experimento"),
    "experiments.table.waiting": ("not finished", "sin terminar"),
    "experiments.table.failed": ("failed", "ha fallado"),
    "experiments.table.not_paper": ("not in the paper", "no está en el artículo"),
    "experiments.table.strict": (
        "The paper's figures beneath were measured under another protocol than ours here: they show the way, "
        "they are no contest.",
        "Las cifras del artículo se midieron con otro protocolo que las nuestras aquí: orientan, no compiten.",
    ),
    "experiments.table.beyond": ("Beyond the paper", "Más allá del artículo"),
    "experiments.start.networks.help": (
        "joint listens to mel+timbre alone, two-covariance is made for timbre; the others take any features.",
        "joint solo escucha mel+timbre, two-covariance está hecha para timbre; las demás admiten cualquier rasgo.",
    ),
    "experiments.start.joint": (
        "joint listens to mel+timbre alone: choose no other features with it, or cross it in an experiment of its own.",
        "joint solo escucha mel+timbre: no elija con ella otros rasgos, o crúcela en un experimento propio.",
    ),
    "experiments.start.two_covariance": (
        "two-covariance is made for timbre.",
        "two-covariance está hecha para timbre.",
    ),
    "experiments.preset": ("Form of the networks", "Forma de las redes"),
    "experiments.preset.lean": ("lean", "ligera"),
    "experiments.preset.paper": ("as in the paper", "como en el artículo"),
    "experiments.cell": ("Cell", "Celda"),
    "experiments.cells.none": (
        "No cell of this experiment is measured under this protocol. Choose another protocol above, or start an "
        "experiment with it.",
        "Ninguna celda de este experimento se mide con este protocolo. Elija otro arriba o inicie un "
        "experimento con él.",
    ),
    "experiments.cells.not_done": (
        "No cell under this protocol is finished yet.",
        "Todavía no hay celda terminada con este protocolo.",
    ),
    "experiments.cells.hint": (
        "All figures under the protocol {name}. Mark a row to look into the cell.",
        "Todas las cifras con el protocolo {name}. Marque una fila para ver la celda.",
    ),
    "experiments.column.state": ("State", "Estado"),
    "experiments.column.seconds": ("Seconds", "Segundos"),
    "experiments.column.low": ("from", "desde"),
    "experiments.column.high": ("to", "hasta"),
    "experiments.column.votes": ("Recordings by vote", "Grabaciones por voto"),
    "experiments.column.auc": ("Macro AUC", "AUC macro"),
    "experiments.column.singers": ("Mean over singers", "Media por cantaor"),
    "experiments.column.error": ("Error", "Error"),
    "experiments.state.name.done": ("done", "terminada"),
    "experiments.state.name.waiting": ("waiting", "en espera"),
    "experiments.state.name.running": ("training", "entrenándose"),
    "experiments.state.name.failed": ("failed", "fallida"),
    "experiments.view": ("Look at", "Ver"),
    "experiments.view.singers": ("Singers", "Cantaores"),
    "experiments.view.recordings": ("Recordings", "Grabaciones"),
    "experiments.view.hardest": ("Hardest clips", "Más difíciles"),
    "experiments.view.calibration": ("Calibration", "Calibración"),
    "experiments.view.curves": ("Learning curves", "Aprendizaje"),
    "experiments.figure.accuracy": ("Accuracy · {name}", "Acierto · {name}"),
    "experiments.figure.interval": ("95 %: {low} to {high}", "95 %: de {low} a {high}"),
    "experiments.figure.verification": (
        "verification: equal error rate {v}",
        "verificación: tasa de igual error {v}",
    ),
    "experiments.figure.open_set": (
        "unknown singers: equal error rate {v}",
        "cantaores desconocidos: tasa de igual error {v}",
    ),
    "experiments.figure.votes": ("Recordings by vote", "Grabaciones por voto"),
    "experiments.figure.auc": ("Macro AUC", "AUC macro"),
    "experiments.figure.trivial": ("trivial classifier: {v}", "clasificador trivial: {v}"),
    "experiments.figure.paper": ("paper (its own protocol): {v}", "artículo (su protocolo): {v}"),
    "experiments.singers.title": (
        "Singer by singer, with 95 % intervals over their recordings",
        "Cantaor a cantaor, con intervalos del 95 % sobre sus grabaciones",
    ),
    "experiments.singers.chance": ("guessing", "al azar"),
    "experiments.singers.note": (
        "{right} of {clips} clips, {recordings} recordings",
        "{right} de {clips} fragmentos, {recordings} grabaciones",
    ),
    "experiments.singers.one": (
        "One recording only: no interval can be given for {singers}.",
        "Una sola grabación: no se puede dar intervalo para {singers}.",
    ),
    "experiments.recordings.title": ("Recording by recording", "Grabación a grabación"),
    "experiments.recordings.note": (
        "Bars: share of the recording's clips named right. Hatched: by vote of all its clips, the recording goes to "
        "another singer.",
        "Barras: parte de los fragmentos de la grabación nombrados bien. Rayado: por voto de todos sus fragmentos, la "
        "grabación va a otro cantaor.",
    ),
    "experiments.recordings.voted": ("goes to", "va a"),
    "experiments.hardest.title": (
        "The clips whose true singer got the lowest probability",
        "Los fragmentos cuyo cantaor verdadero obtuvo la probabilidad más baja",
    ),
    "experiments.hardest.clip": (
        "{singer} {p}, taken for {predicted} {q}",
        "{singer} {p}, se toma por {predicted} {q}",
    ),
    "experiments.hardest.gone": (
        "The corpus's motifs were made anew since: these clips cannot be played any more.",
        "Los motivos del corpus se hicieron de nuevo desde entonces: estos fragmentos ya no se pueden escuchar.",
    ),
    "experiments.hardest.old": (
        "{n} of these clips are not in the corpus's motifs any more.",
        "{n} de estos fragmentos ya no están entre los motivos del corpus.",
    ),
    "experiments.calibration.title": (
        "Does its confidence mean what it says?",
        "¿Quiere decir su confianza lo que dice?",
    ),
    "experiments.calibration.confidence": ("confidence", "confianza"),
    "experiments.calibration.accuracy": ("right", "acierto"),
    "experiments.calibration.ideal": ("as it should be", "como debería ser"),
    "experiments.calibration.clips": ("clips", "fragmentos"),
    "experiments.calibration.ece": ("Calibration error · {name}", "Error de calibración · {name}"),
    "experiments.calibration.ece.help": (
        "Expected calibration error: mean distance of confidence and accuracy, weighted by clips. 0 % is perfect.",
        "Error esperado de calibración: distancia media entre confianza y acierto, por fragmentos; 0 % es ideal.",
    ),
    "experiments.calibration.over": (
        "On average it is {gap} points surer than it should be.",
        "De media está {gap} puntos más segura de lo debido.",
    ),
    "experiments.calibration.under": (
        "On average it is {gap} points less sure than it could be.",
        "De media está {gap} puntos menos segura de lo que podría.",
    ),
    "experiments.calibration.fitted": (
        "After dividing by the temperature {temperature}, which identification uses, it is {ece}.",
        "Tras dividir por la temperatura {temperature}, que usa la identificación, es {ece}.",
    ),
    "experiments.calibration.note": (
        "Bars: how often clips named with that confidence are right; paler where they are few.",
        "Barras: con qué frecuencia aciertan los fragmentos nombrados con esa confianza; más pálidas donde son pocos.",
    ),
    "experiments.start.title": ("Start an experiment", "Iniciar un experimento"),
    "experiments.start.networks": ("Networks", "Redes"),
    "experiments.start.features": ("Features", "Rasgos"),
    "experiments.start.clip_sets": ("Clips", "Fragmentos"),
    "experiments.start.protocols": ("Protocols", "Protocolos"),
    "experiments.start.repeats": ("Seeds", "Semillas"),
    "experiments.start.repeats.help": (
        "Every cell is trained this many times, with other splits and weights.",
        "Cada celda se entrena tantas veces, con otras particiones y pesos.",
    ),
    "experiments.start.processes": ("Cells at once", "Celdas a la vez"),
    "experiments.start.name": ("Name", "Nombre"),
    "experiments.start.whole": (
        "All of the paper's: three networks, three features",
        "Todo lo del artículo: tres redes, tres rasgos",
    ),
    "experiments.start.cells": ("{n} cells to train.", "{n} celdas que entrenar."),
    "experiments.start.clips_only": (
        "This corpus has clips only: of the paper's three clip sets it can train on the motifs.",
        "Este corpus solo tiene fragmentos: de los tres conjuntos del artículo puede entrenar con los motivos.",
    ),
    "experiments.start.button": ("Start", "Iniciar"),
    "experiments.start.nothing": (
        "Choose at least one of networks, features, clips and protocols.",
        "Elija al menos una red, un rasgo, un tipo de fragmento y un protocolo.",
    ),
    "experiments.live": ("Running now", "En curso"),
}
