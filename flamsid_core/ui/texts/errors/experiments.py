"""What can be wrong with experiments and their grids, and what they say while they run, in Spanish."""

EXPERIMENT_ERRORS: dict[str, str] = {
    'The experiment needs a corpus: flamsid experiment GRID CORPUS, or a line corpus = "FOLDER" in the grid.': (
        'El experimento necesita un corpus: flamsid experiment REJILLA CORPUS, o una línea corpus = "CARPETA" en la '
        "rejilla."
    ),
    "{} cannot be an experiment's name: use letters, digits, '-', '_' and '.'.": (
        "{} no puede ser nombre de un experimento: use letras, cifras, «-», «_» y «.»."
    ),
    "name = {} cannot be a folder's name: use letters, digits, '-', '_' and '.', like 'paper-27'.": (
        "name = {} no puede ser nombre de una carpeta: use letras, cifras, «-», «_» y «.», como «paper-27»."
    ),
    "corpus = {}: give the path of a folder, like '../cante'.": (
        "corpus = {}: dé la ruta de una carpeta, como «../cante»."
    ),
    "folds = {}: give a number of at least 2, like 5, or 'leave-one-out'.": (
        "folds = {}: dé un número de 2 o más, como 5, o «leave-one-out»."
    ),
    "{} cannot be a cell's name: give the network a name of letters, digits and '-'.": (
        "{} no puede ser nombre de una celda: dé a la red un nombre de letras, cifras y «-»."
    ),
    "{} and {} say the same twice: keep {}.": "{} y {} dicen dos veces lo mismo: deje {}.",
    "{} = []: name at least one of {}.": "{} = []: nombre al menos uno de {}.",
    "{} = {}: give a table, [{}] on a line of its own.": "{} = {}: dé una tabla, [{}] en su propia línea.",
    "The grid {} cannot be read ({}): name a TOML file, like grid.toml.": (
        "La rejilla {} no se puede leer ({}): nombre un archivo TOML, como grid.toml."
    ),
    "The grid {} is no text in UTF-8: save it as such.": "La rejilla {} no es texto UTF-8: guárdela así.",
    'The grid {} is no TOML: {}. A line looks like networks = ["crnn"].': (
        'La rejilla {} no es TOML: {}. Una línea es como networks = ["crnn"].'
    ),
    "The grid {} cannot be used: {}": "La rejilla {} no se puede usar: {}",
    "repeats and seeds say the same twice: keep one, like repeats = 3.": (
        "repeats y seeds dicen dos veces lo mismo: deje uno, como repeats = 3."
    ),
    "repeats = {}: give a number of at least 1, like 3.": "repeats = {}: dé un número de 1 o más, como 3.",
    "{} = {}: give whole numbers from 0, like [0, 1, 2].": "{} = {}: dé números enteros desde 0, como [0, 1, 2].",
    "{} has {}: choose from {}.": "{} tiene {}: elija entre {}.",
    "{} is no key of a grid{}: {}": "{} no es clave de una rejilla{}: {}",
    " in [{}]": " en [{}]",
    "did you mean {}?": "¿quería decir {}?",
    "there are {}.": "las hay: {}.",
    "how many cells run at once is said on the command line, --processes 2.": (
        "cuántas celdas trabajan a la vez se dice en la línea de órdenes, --processes 2."
    ),
    "{} = {}: give {}{}.": "{} = {}: dé {}{}.",
    "The experiment in {} is running already: wait for it or cancel it, then run again.": (
        "El experimento de {} ya está en marcha: espere o cancélelo, y ejecute de nuevo."
    ),
    "processes is {}: give at least 1, or leave it out for one per core.": (
        "processes es {}: dé al menos 1, u omítalo para usar uno por núcleo."
    ),
    "An experiment needs at least two singers to tell apart, this corpus has {}: add recordings.": (
        "Un experimento necesita al menos dos cantaores que distinguir, y este corpus tiene {}: añada grabaciones."
    ),
    "A training process ended before its cell did ({}), perhaps for want of memory: start the experiment again, "
    "it continues; fewer --processes need less.": (
        "Un proceso de entrenamiento terminó antes que su celda ({}), quizá por falta de memoria: inicie de nuevo el "
        "experimento, que continúa; con menos --processes necesita menos."
    ),
    "{} cannot be read: run flamsid experiment, which writes it.": (
        "{} no se puede leer: ejecute el experimento, que lo escribe."
    ),
    "The network 'joint' listens to the features 'mel+timbre': choose them with it.": (
        "La red «joint» escucha los rasgos «mel+timbre»: elíjalos con ella."
    ),
}

EXPERIMENT_PROGRESS: dict[str, str] = {
    "experiment: {}": "experimento: {}",
    "{} cells": "{} celdas",
    "{} of {} cells. {}": "{} de {} celdas. {}",
    "{} of {} cells, {} failed. {}": "{} de {} celdas, {} fallidas. {}",
    "{} of {} cells": "{} de {} celdas",
    "{} of {} cells, {} failed": "{} de {} celdas, {} fallidas",
}
