"""What an answer or an audit gives to bear in mind, in Spanish."""

NOTES: dict[str, str] = {
    "The model was trained on this very recording: it remembers it, this is no identification.": (
        "El modelo se entrenó con esta misma grabación: la recuerda; esto no es una identificación."
    ),
    "The model was never measured on recordings it had not met (source-disjoint protocol): "
    "its probabilities say nothing about a recording from elsewhere.": (
        "El modelo nunca se midió con grabaciones que no conocía (protocolo de fuentes separadas): "
        "sus probabilidades no dicen nada de una grabación de otra procedencia."
    ),
    "On recordings it had never met, the model's kind named {} of {} right.": (
        "Con grabaciones que no conocía, este tipo de modelo acertó {} de {}."
    ),
    "Probabilities were calibrated under the {} protocol and are too sure.": (
        "Las probabilidades se calibraron con el protocolo {} y son demasiado seguras."
    ),
    "Only the {} singers the model knows can be named.": (
        "Solo se puede nombrar a los {} cantaores que el modelo conoce."
    ),
    "None of the model's motifs occurs: all runs of {} steps were heard instead, which says less.": (
        "No aparece ningún motivo del modelo: se oyeron en su lugar todas las series de {} pasos, lo que dice menos."
    ),
    "Whether this is one of the model's singers at all cannot be told: no threshold was measured on recordings "
    "it had not met.": (
        "No puede saberse si es alguno de los cantaores del modelo: no se midió ningún umbral con grabaciones "
        "que no conocía."
    ),
    "Verdict: {}, by a score of {} against a threshold of {}.": (
        "Veredicto: {}, con una puntuación de {} frente a un umbral de {}."
    ),
    "one of the model's singers": "uno de los cantaores del modelo",
    "unknown singer": "cantaor desconocido",
    "{} There {} of {} recordings of known singers were rejected and {} of {} of singers left out of training "
    "accepted (equal error rate {} %).": (
        "{} Con él se rechazaron {} de {} grabaciones de cantaores conocidos y se aceptaron {} de {} de cantaores "
        "excluidos del entrenamiento (tasa de error igual {} %)."
    ),
    "{} The threshold is that of verifying a claimed singer (equal error rate {} %): "
    "how the model does on singers it has never met was not measured.": (
        "{} El umbral es el de verificar a un cantaor declarado (tasa de error igual {} %): "
        "no se midió cómo se comporta el modelo con cantaores que no conoce."
    ),
    "How well unknown singers are recognised was not measured: that takes the source-disjoint protocol and "
    "at least three singers.": (
        "No se midió cómo se reconoce a cantaores desconocidos: hace falta el protocolo de fuentes separadas y "
        "al menos tres cantaores."
    ),
    "{} pairs join source groups: what was held out was heard in training. Merge them by the column "
    "merged_source_group of audit/groups.parquet before trusting a source-disjoint figure.": (
        "{} pares unen grupos de fuente: lo apartado se oyó en el entrenamiento. Únalos según la columna "
        "merged_source_group de audit/groups.parquet antes de fiarse de una cifra de fuentes separadas."
    ),
    "{} pairs stand under two singers: one of the labels is wrong.": (
        "{} pares figuran con dos cantaores: una de las etiquetas es falsa."
    ),
    "{} pairs join source groups: what was held out was heard in training. Merge them by the column "
    "merged_source_group of audit/groups.parquet before trusting a source-disjoint figure. "
    "{} pairs stand under two singers: one of the labels is wrong.": (
        "{} pares unen grupos de fuente: lo apartado se oyó en el entrenamiento. Únalos según la columna "
        "merged_source_group de audit/groups.parquet antes de fiarse de una cifra de fuentes separadas. "
        "{} pares figuran con dos cantaores: una de las etiquetas es falsa."
    ),
    "No pair joins two singers or two source groups.": (
        "Ningún par une a dos cantaores ni dos grupos de fuente."
    ),
}
