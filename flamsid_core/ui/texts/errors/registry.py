"""What runs, experiments and models from elsewhere can be wrong with, in Spanish."""

REGISTRY_ERRORS: dict[str, str] = {
    "There is no run {} in this workspace: choose one from the list.": (
        "No hay ningún {} en este espacio de trabajo: elija uno de la lista."
    ),
    "{} came without its predictions: train it again to see clip by clip.": (
        "{} llegó sin sus predicciones: entrénelo de nuevo para verlo fragmento a fragmento."
    ),
    "{} is damaged and cannot be read: train this run again.": (
        "{} está dañado y no se puede leer: vuelva a entrenarlo."
    ),
    "{} has no column {}: it holds no predictions, train this run again.": (
        "{} no tiene la columna {}: no contiene predicciones, vuelva a entrenarlo."
    ),
    "{} cannot be a model's name: use up to {} letters (without accents), digits, '-', '_', '+' and '.', a letter "
    "or digit first.": (
        "{} no puede ser el nombre de un modelo: use hasta {} letras (sin acentos), cifras, '-', '_', '+' y '.', "
        "y empiece por letra o cifra."
    ),
    "A cell is named by its place in the experiment: keep it as a model, and name that.": (
        "El nombre de una celda es su lugar en el experimento: guárdela como modelo y dé nombre a este."
    ),
    "This corpus already has a model called {}: choose another name.": (
        "Este corpus ya tiene un modelo llamado {}: elija otro nombre."
    ),
    "There is no experiment {} in this workspace: choose one from the list.": (
        "No hay ningún experimento {} en este espacio de trabajo: elija uno de la lista."
    ),
    "{} is a link: copy the file itself into the model's folder.": (
        "{} es un enlace: copie el propio archivo en la carpeta del modelo."
    ),
    "{} is there already: choose another name, or move it away.": (
        "{} ya existe: elija otro nombre o muévalo a otro lugar."
    ),
    "The model could not be written to {} ({}): choose a folder you may write to.": (
        "No se pudo escribir el modelo en {} ({}): elija una carpeta en la que pueda escribir."
    ),
    "{} holds no model: it needs model.safetensors and model.json.": (
        "{} no contiene ningún modelo: necesita model.safetensors y model.json."
    ),
    "{} is no whole zip archive ({}): export the model again.": (
        "{} no es un archivo zip completo ({}): exporte el modelo de nuevo."
    ),
    "{} holds {}, which leads out of the model's folder: do not open it.": (
        "{} contiene {}, que sale de la carpeta del modelo: no lo abra."
    ),
    "{} holds {} twice: export one model at a time.": (
        "{} contiene {} dos veces: exporte los modelos de uno en uno."
    ),
    "{} holds files of more than one model: export one model at a time.": (
        "{} contiene archivos de más de un modelo: exporte los modelos de uno en uno."
    ),
    "{} holds more than {} MB, or a description of more than {} MB: that is no model of flamsid.": (
        "{} contiene más de {} MB, o una descripción de más de {} MB: no es un modelo de flamsid."
    ),
    "model.json in {} is damaged: copy the whole model again.": (
        "El model.json de {} está dañado: copie otra vez el modelo entero."
    ),
    "model.json in {} is no description of a flamsid model ({} is missing): choose another.": (
        "El model.json de {} no describe un modelo de flamsid (falta {}): elija otro."
    ),
    "{} could not be checked within {} s: try again when the machine is less busy.": (
        "{} no se pudo comprobar en {} s: inténtelo cuando el equipo esté menos ocupado."
    ),
    "chain.json in {} is damaged: copy the whole model again.": (
        "El chain.json de {} está dañado: copie otra vez el modelo entero."
    ),
    "chain.json in {} holds no settings: copy the whole model again.": (
        "El chain.json de {} no contiene ajustes: copie otra vez el modelo entero."
    ),
    "This run was not measured under the {} protocol: choose another protocol, or another run.": (
        "Este no se midió con el protocolo {}: elija otro protocolo u otro modelo."
    ),
    "The predictions say nothing of probabilities: they are of an older version, train this run again.": (
        "Las predicciones no dicen nada de probabilidades: son de una versión anterior, entrénelo de nuevo."
    ),
    "{} is damaged: run the experiment again, and it is made anew.": (
        "{} está dañado: reanude el experimento y se hará de nuevo."
    ),
    "{} cannot stand in a grid: leave out quotes, backslashes and line breaks.": (
        "{} no puede estar en una rejilla: quite comillas, barras invertidas y saltos de línea."
    ),
    "There is an experiment called {} already: choose another name, or resume that one.": (
        "Ya hay un experimento llamado {}: elija otro nombre o reanude ese."
    ),
    "{} lies outside the folders that may be written to ({}): choose one inside.": (
        "{} queda fuera de las carpetas en las que se puede escribir ({}): elija una de dentro."
    ),
    "{} is no path: name a folder on the server's disk.": (
        "{} no es una ruta: indique una carpeta del disco del servidor."
    ),
}
