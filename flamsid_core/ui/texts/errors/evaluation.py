"""What evaluation and audit say about trouble, and while they work, in Spanish."""

EVALUATION_ERRORS: dict[str, str] = {
    "The {} run has several predictions for one clip: choose one protocol, like source-disjoint.": (
        "La prueba {} tiene varias predicciones para un mismo fragmento: elija un solo protocolo, como source-disjoint."
    ),
    "The two runs tested no clip in common: compare runs of one corpus under one protocol and seed.": (
        "Las dos pruebas no comparten ningún fragmento: compare pruebas de un mismo corpus, protocolo y semilla."
    ),
    "The two runs were made under different singers' names: train one of them again.": (
        "Las dos pruebas se hicieron con nombres de cantaores distintos: entrene una de ellas de nuevo."
    ),
    "An interval needs at least one test clip: test on more recordings.": (
        "Un intervalo necesita al menos un fragmento de prueba: pruebe con más grabaciones."
    ),
    "level is {}: give a share between 0 and 1, like 0.95.": (
        "level es {}: indique una proporción entre 0 y 1, como 0.95."
    ),
    "Reliability of {} clips in {} bins: give at least one of each, like 10 bins.": (
        "Fiabilidad de {} fragmentos en {} clases: indique al menos uno de cada, como 10 clases."
    ),
    "Scores for an equal error rate must be finite numbers: check the predictions.": (
        "La tasa de error igual necesita puntuaciones finitas: revise las predicciones."
    ),
    "An equal error rate needs genuine scores and others: there are no {}.": (
        "La tasa de error igual necesita puntuaciones auténticas y otras: no hay {}."
    ),
}

EVALUATION_PROGRESS: dict[str, str] = {
    "listened to {} of {} sounds": "escuchados {} de {} sonidos",
    "comparing": "comparando",
    "aligned {} of {} candidates": "alineados {} de {} candidatos",
    "{} pairs of sounds are the same": "{} pares de sonidos son el mismo",
    "trivial classifier: {}": "clasificador trivial: {}",
    "measured": "medido",
    "audited": "auditado",
    "audit and trivial classifier up to date": "auditoría y clasificador trivial al día",
}
