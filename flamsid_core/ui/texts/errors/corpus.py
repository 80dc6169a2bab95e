"""What can be wrong with files, folders and tables, in Spanish."""

CORPUS_ERRORS: dict[str, str] = {
    # Sound files
    "{}: is a folder, not a sound file.": "{}: es una carpeta, no un archivo de sonido.",
    "{}: is empty (0 bytes); copy the file again.": "{}: está vacío (0 bytes); vuelva a copiar el archivo.",
    "{}: is truncated: its header promises {} s, but decoding ended at {} s; copy the file again.": (
        "{}: está truncado: su cabecera promete {} s, pero el sonido termina a los {} s; vuelva a copiar el archivo."
    ),
    "{}: no sound between {} s and {}; the file lasts {} s.": (
        "{}: no hay sonido entre {} s y {}; el archivo dura {} s."
    ),
    "{}: cannot be opened ({}); check the name.": "{}: no se puede abrir ({}); compruebe el nombre.",
    "{}: is not sound that can be read ({}); readable are {}.": (
        "{}: no es un sonido que se pueda leer ({}); se leen {}."
    ),
    "{}: is truncated or damaged: decoding stopped after {} s of {} s ({}); copy the file again.": (
        "{}: está truncado o dañado: el sonido se interrumpe a los {} s de {} s ({}); vuelva a copiar el archivo."
    ),
    "{}: holds a sample that is not a number (NaN or infinite) at {} s; export it again.": (
        "{}: contiene una muestra que no es un número (NaN o infinito) a los {} s; expórtelo de nuevo."
    ),
    "{}: is truncated: its header promises {} bytes of sound, only {} are there; copy the file again.": (
        "{}: está truncado: su cabecera promete {} bytes de sonido y solo hay {}; vuelva a copiar el archivo."
    ),
    "{}: is truncated: its last Ogg page lacks {} bytes; copy the file again.": (
        "{}: está truncado: a su última página Ogg le faltan {} bytes; vuelva a copiar el archivo."
    ),
    "holds no samples; copy or record it again.": "no contiene muestras; vuelva a copiarlo o a grabarlo.",
    "does not say how long it is, and the length cannot be guessed; convert it to flac.": (
        "no dice cuánto dura, y no se puede adivinar; conviértalo a flac."
    ),
    "holds only silence: every sample is the same; record or copy it again.": (
        "solo contiene silencio: todas las muestras son iguales; vuelva a grabarlo o a copiarlo."
    ),
    "cannot be read ({}).": "no se puede leer ({}).",
    "{} cannot be decoded ({}): convert it to WAV or FLAC.": (
        "{} no se puede descodificar ({}): conviértalo a WAV o FLAC."
    ),
    # Files that are left out
    "is a link to a folder, which is not entered; copy it.": (
        "es un enlace a una carpeta, en la que no se entra; cópiela."
    ),
    "{} files are not read; convert it to flac or wav.": "los archivos {} no se leen; conviértalo a flac o wav.",
    "the name is not UTF-8 text; rename the file or its folder.": (
        "el nombre no es texto UTF-8; cambie el nombre del archivo o de su carpeta."
    ),
    "the path leads out of the corpus folder; give it relative to the folder, without '..'.": (
        "la ruta sale de la carpeta del corpus; escríbala relativa a ella, sin «..»."
    ),
    "is a link that leads out of the corpus folder; copy the file into the folder.": (
        "es un enlace que sale de la carpeta del corpus; copie el archivo dentro de ella."
    ),
    "is a link to a file that is not here; fetch it (git annex get) or copy the file into the folder.": (
        "es un enlace a un archivo que no está aquí; tráigalo (git annex get) o copie el archivo en la carpeta."
    ),
    "the name is not one a file can have; check it.": "el nombre no puede ser el de un archivo; compruébelo.",
    "the column file is empty; name a sound file.": "la columna «file» está vacía; nombre un archivo de sonido.",
    "the file is listed twice; keep one row.": "el archivo aparece dos veces; deje una sola fila.",
    "the file does not exist; check its name.": "el archivo no existe; compruebe su nombre.",
    "no singer is named; fill in the column singer.": "no se nombra cantaor; rellene la columna «singer».",
    "no singer: put it into a folder named after the singer, or list it in {}.": (
        "sin cantaor: póngalo en una carpeta con el nombre del cantaor, o inclúyalo en {}."
    ),
    "no singer: put the clip into a folder named after its singer.": (
        "sin cantaor: ponga el fragmento en una carpeta con el nombre de su cantaor."
    ),
    "is not listed in {}; add a row for it, or move it away.": (
        "no figura en {}; añádale una fila, o llévelo a otro lugar."
    ),
    "the pattern '{}' is malformed; write steps like '+1 -2 +1'.": (
        "el patrón «{}» está mal escrito; escriba pasos como «+1 -2 +1»."
    ),
    "is not the sound that {} names; import the clips again.": (
        "no es el sonido que nombra {}; vuelva a importar los fragmentos."
    ),
    "the name is not <recording>_<steps>_<uuid>; rename the file or move it away.": (
        "el nombre no es <grabación>_<pasos>_<uuid>; cambie el nombre del archivo o llévelo a otro lugar."
    ),
    "the steps '{}' in the name are malformed; they are digits 1 to 3, each with or without '-' before it.": (
        "los pasos «{}» del nombre están mal escritos; son cifras de 1 a 3, con o sin «-» delante."
    ),
    "{} row {}: {}": "{} fila {}: {}",
    "No voiced frame was found in {}: it seems to hold silence or noise.": (
        "No se encontró ninguna trama con voz en {}: parece contener silencio o ruido."
    ),
    "{} could not be tracked ({}): the log has the cause; report it.": (
        "{} no se pudo analizar ({}): el registro tiene la causa; comuníquela."
    ),
    # Tables and folders
    "{}: is empty; give it a header and a row for each file.": (
        "{}: está vacío; póngale una cabecera y una fila por archivo."
    ),
    "{}: has no column 'file' (found: {}); name the columns in row 1.": (
        "{}: no tiene columna «file» (hay: {}); nombre las columnas en la fila 1."
    ),
    "{}: cannot be read ({}).": "{}: no se puede leer ({}).",
    "{}: holds several tables ({}); keep one and call it {}.": (
        "{}: contiene varias tablas ({}); deje una y llámela {}."
    ),
    "{}: is not a file that can be read; put the table itself there.": (
        "{}: no es un archivo que se pueda leer; ponga ahí la tabla misma."
    ),
    "{}: is larger than {} MB, which no table of recordings is; put the table itself there.": (
        "{}: ocupa más de {} MB, lo que no ocupa ninguna tabla de grabaciones; ponga ahí la tabla misma."
    ),
    "{}: has two columns '{}'; keep one, or give the other another name.": (
        "{}: tiene dos columnas «{}»; deje una, o dé otro nombre a la otra."
    ),
    "{}: row {} and {} before it open quotation marks that are never closed; save the table again as CSV.": (
        "{}: la fila {} y otras {} antes abren comillas que no se cierran; guarde la tabla de nuevo como CSV."
    ),
    '{}: row {} opens a quotation mark (") that is never closed: no row can be added; close it first.': (
        "{}: la fila {} abre unas comillas que no se cierran, así que no se puede añadir ninguna; ciérrelas antes."
    ),
    "{}: has no column 'singer', so the singer cannot be noted; add the column.": (
        "{}: no tiene columna «singer», así que no se puede anotar el cantaor; añada la columna."
    ),
    "{}: is saved in an encoding ({}) that lacks the letter '{}'; save it as CSV UTF-8.": (
        "{}: está guardada en una codificación ({}) a la que le falta la letra «{}»; guárdela antes como CSV UTF-8."
    ),
    'opens a quotation mark (") that is never closed; close it, or delete it.': (
        "abre unas comillas que no se cierran; ciérrelas o bórrelas."
    ),
    "has more cells than the header; put quotes around text that holds a '{}'.": (
        "tiene más celdas que la cabecera; ponga entre comillas el texto que contiene «{}»."
    ),
    "has a cell of more than {} characters; shorten it.": "tiene una celda de más de {} caracteres; acórtela.",
    "holds characters that were lost, or are in another encoding than the rest; type them again.": (
        "contiene caracteres perdidos o en otra codificación que el resto; escríbalos de nuevo."
    ),
    "holds the control character U+{}; delete it.": "contiene el carácter de control U+{}; bórrelo.",
    "is not read; save it as CSV under the name {}.": "no se lee; guárdelo como CSV con el nombre {}.",
    "{}: {}; give a folder of recordings.": "{}: {}; indique una carpeta de grabaciones.",
    "is not a folder": "no es una carpeta",
    "does not exist": "no existe",
    "{}: an import into this folder was not finished; run the same import again.": (
        "{}: la importación a esta carpeta no se terminó; repita la misma importación."
    ),
    "{}: holds no sound files (wav, flac, mp3, ogg, opus); put each singer's recordings into a folder named "
    "after the singer.": (
        "{}: no contiene archivos de sonido (wav, flac, mp3, ogg, opus); ponga las grabaciones de cada cantaor en "
        "una carpeta con su nombre."
    ),
    "{}: nothing can be used; {}: {} ({} files or rows were skipped)": (
        "{}: no hay nada utilizable; {}: {} (se omitieron {} archivos o filas)"
    ),
    "{}: nothing can be used; {}: {}": "{}: no hay nada utilizable; {}: {}",
    "{}: holds recordings, not published clips called <singer>/<recording>_<steps>_<uuid>; it needs no import, "
    "open it as it is.": (
        "{}: contiene grabaciones, no fragmentos publicados llamados <cantaor>/<grabación>_<pasos>_<uuid>; no "
        "necesita importación, ábrala como está."
    ),
    "{}: lies in the folder to import, or around it; choose a folder elsewhere.": (
        "{}: está dentro de la carpeta que se importa, o la contiene; elija una carpeta en otro lugar."
    ),
    "{}: is a file; choose a folder.": "{}: es un archivo; elija una carpeta.",
    "{}: holds something that is no import; choose an empty folder.": (
        "{}: contiene algo que no es una importación; elija una carpeta vacía."
    ),
    "{}: cannot be written ({}); choose another folder.": "{}: no se puede escribir ({}); elija otra carpeta.",
    # The demo corpus
    "{}: is a file; give a folder for the demo corpus.": (
        "{}: es un archivo; indique una carpeta para el corpus de demostración."
    ),
    "{}: the demo corpus cannot be written ({}); choose another folder.": (
        "{}: no se puede escribir el corpus de demostración ({}); elija otra carpeta."
    ),
    "{}: holds other files; choose a new or empty folder for the demo corpus.": (
        "{}: contiene otros archivos; elija una carpeta nueva o vacía para el corpus de demostración."
    ),
    "{}: is damaged; delete the folder and synthesise the demo again.": (
        "{}: está dañado; borre la carpeta y vuelva a sintetizar la demostración."
    ),
    # Opening and uploading in the app
    "{} is no workspace: open the folder of a corpus, or of a workspace.": (
        "{} no es un espacio de trabajo: abra la carpeta de un corpus o de un espacio de trabajo."
    ),
    "There is no folder {}: check the path (it must be on the server's disk).": (
        "No existe la carpeta {}: compruebe la ruta (debe estar en el disco del servidor)."
    ),
    "{} lies outside the folders that may be opened ({}): move the corpus there, or name its place in "
    "FLAMSID_ROOTS before starting the app.": (
        "{} está fuera de las carpetas que se pueden abrir ({}): lleve allí el corpus, o nombre su lugar en "
        "FLAMSID_ROOTS antes de arrancar la aplicación."
    ),
    "An upload needs a corpus name and a singer's name: fill in both fields.": (
        "Para subir grabaciones hacen falta el nombre del corpus y el del cantaor: rellene los dos campos."
    ),
    "No file was chosen: pick one or more recordings first.": (
        "No se ha elegido ningún archivo: elija antes una o más grabaciones."
    ),
    "The demo corpus takes no uploads: choose another corpus name.": (
        "El corpus de demostración no admite grabaciones: elija otro nombre de corpus."
    ),
    "{} lies outside the corpus {}: copy it into the corpus folder.": (
        "{} está fuera del corpus {}: cópielo en la carpeta del corpus."
    ),
    "{} is gone: put it back, or run the corpus again.": (
        "{} ya no está: devuélvalo a su lugar, o ejecute de nuevo el corpus."
    ),
    "{}: {} Nothing was uploaded.": "{}: {} No se ha subido nada.",
    # Workspaces
    "The workspace {} belongs to the corpus {}: name another one (--workspace) for {}.": (
        "El espacio de trabajo {} es del corpus {}: nombre otro espacio de trabajo (--workspace) para {}."
    ),
    "The workspace {} was made from the corpus {}, which is not there now, and {} has no recording in common with it: "
    "name another workspace (--workspace).": (
        "El espacio de trabajo {} se hizo con el corpus {}, que ahora no está, y {} no tiene con él ninguna grabación "
        "en común: nombre otro espacio de trabajo (--workspace)."
    ),
    "The workspace {} was made by a newer flamsid: update flamsid to open it.": (
        "El espacio de trabajo {} lo hizo una versión más nueva de flamsid: actualice flamsid para abrirlo."
    ),
    "{} is no name of an artefact: use names like 'motifs/motifs.parquet'.": (
        "{} no es nombre de un resultado: use nombres como «motifs/motifs.parquet»."
    ),
    "{} is not there yet: run the stage that makes it (flamsid run).": (
        "{} aún no existe: ejecute la etapa que lo produce (flamsid run)."
    ),
    "The disk is full: {} could not be written. Free some space and run again; what is finished is kept.": (
        "El disco está lleno: no se pudo escribir {}. Libere espacio y ejecute de nuevo; lo terminado se conserva."
    ),
    "No workspace can be made at {} ({}): choose a folder you may write to.": (
        "No se puede crear un espacio de trabajo en {} ({}): elija una carpeta en la que pueda escribir."
    ),
    "{} is damaged and cannot be read: run again, and it is made anew.": (
        "{} está dañado y no se puede leer: ejecute de nuevo y se volverá a hacer."
    ),
    "{} is damaged and cannot be read: delete it and run again.": (
        "{} está dañado y no se puede leer: bórrelo y ejecute de nuevo."
    ),
    "Another run is working in {}: wait for it or cancel it, then run again.": (
        "Otro proceso trabaja en {}: espere a que termine o cancélelo, y ejecute de nuevo."
    ),
    "There is no readable job in {}: it may have been removed; start it again.": (
        "No hay ninguna tarea legible en {}: quizá se borró; iníciela de nuevo."
    ),
    "Another job ({}) is running on this corpus: wait for it to end, or cancel it.": (
        "Otra tarea ({}) trabaja en este corpus: espere a que termine, o cancélela."
    ),
}
