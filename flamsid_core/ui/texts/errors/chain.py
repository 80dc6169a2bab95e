"""What can go wrong from the melody to the map, in Spanish."""

CHAIN_ERRORS: dict[str, str] = {
    # Melody
    "No melody has a voiced frame, so there is no contour; check the recordings and f0 tracker.": (
        "Ninguna melodía tiene tramas con voz, así que no hay contorno; revise las grabaciones y el seguidor de f0."
    ),
    "The melody of {} goes back in time at row {}; sort it by time_s or track again.": (
        "La melodía de {} retrocede en el tiempo en la fila {}; ordénela por time_s o vuelva a seguirla."
    ),
    "The melody of {} has no column {}; track its f0 again.": (
        "La melodía de {} no tiene la columna {}; vuelva a seguir su f0."
    ),
    "The given levels must be those of one scope; take the levels of a contour of the whole corpus.": (
        "Los niveles dados deben ser de un solo ámbito; tome los de un contorno de todo el corpus."
    ),
    "Contour method {} is unknown; take 'kmeans' or 'band'.": (
        "No se conoce el método de contorno {}; use «kmeans» o «band»."
    ),
    "Level scope {} is unknown; take 'corpus', 'singer' or 'recording'.": (
        "No se conoce el ámbito de niveles {}; use «corpus», «singer» o «recording»."
    ),
    "The number of levels cannot be {}; take 'auto' or {} to {}.": (
        "El número de niveles no puede ser {}; use «auto» o de {} a {}."
    ),
    "Levels per singer need the singer of {}; name it or take scope='corpus'.": (
        "Los niveles por cantaor necesitan el cantaor de {}; nómbrelo o use scope='corpus'."
    ),
    "{} cannot be {}; take a positive number, such as the default.": (
        "{} no puede ser {}; dé un número positivo, como el predeterminado."
    ),
    "There is no voiced frame to find pitch levels in; check the recordings or the f0 tracker.": (
        "No hay tramas con voz en las que buscar niveles; revise las grabaciones o el seguidor de f0."
    ),
    "No recording in {} has a voiced frame (first: {}): check that the files hold singing.": (
        "Ninguna grabación de {} tiene tramas con voz (la primera: {}): compruebe que los archivos contienen cante."
    ),
    "f0 method {} is unknown; use 'salience', 'pyin' or 'swift'.": (
        "No se conoce el método de f0 {}; use «salience», «pyin» o «swift»."
    ),
    "f0 range {}–{} Hz is not possible; 55 ≤ fmin_hz < fmax_hz ≤ 1700 must hold, e.g. 65–1200.": (
        "El intervalo de f0 {}–{} Hz no es posible; debe ser 55 ≤ fmin_hz < fmax_hz ≤ 1700, p. ej. 65–1200."
    ),
    "{} is {}; give a value from {} to {}.": "{} es {}; dé un valor de {} a {}.",
    "f0 method 'swift' is not installed; run: pip install flamsid[swift]": (
        "El método de f0 «swift» no está instalado; ejecute: pip install flamsid[swift]"
    ),
    "signal has {} samples; an f0 track needs at least 10 ms of sound.": (
        "La señal tiene {} muestras; para seguir la f0 hacen falta al menos 10 ms de sonido."
    ),
    "signal has samples beyond ±{}; scale it, full scale is ±1.": (
        "La señal tiene muestras fuera de ±{}; redúzcala, el máximo es ±1."
    ),
    # Motifs
    "The contour has segments of recording {}, which is not in the corpus: reduce the contours of this corpus "
    "again.": (
        "El contorno tiene segmentos de la grabación {}, que no está en el corpus: vuelva a reducir los contornos de "
        "este corpus."
    ),
    "Mining with {}, min_support={} and min_length={} was stopped at {}, with {} closed patterns found so far: "
    "use a smaller max_gap or max_length, a higher min_support, fewer sequences, or raise the limit.": (
        "La extracción con {}, min_support={} y min_length={} se detuvo en {}, con {} patrones cerrados hallados: "
        "use un max_gap o max_length menor, un min_support mayor o menos secuencias, o suba el límite."
    ),
    "Mining contiguous patterns with min_support={} and min_length={} found {} closed patterns, more than "
    "max_patterns={}: use a higher min_support or min_length, or raise max_patterns.": (
        "La extracción de patrones contiguos con min_support={} y min_length={} halló {} patrones cerrados, más que "
        "max_patterns={}: use un min_support o min_length mayor, o suba max_patterns."
    ),
    "{} is {}; it must be at least {}.": "{} es {}; debe ser al menos {}.",
    "{} is no step: type steps such as +1 or -2 with spaces between, ? for any one step, * for any number of "
    'steps, as in "+1 * -2".': (
        "{} no es un paso: escriba pasos como +1 o -2 separados por espacios, ? para un paso cualquiera, * para "
        "cualquier número de pasos, como en «+1 * -2»."
    ),
    "No motif was found in {}: no pattern of at least {} steps occurs in {} phrases of one singer. Lower "
    "--motifs.min-support or --motifs.min-length, or add recordings.": (
        "No se encontró ningún motivo en {}: ningún patrón de al menos {} pasos aparece en {} frases de un mismo "
        "cantaor. Baje el soporte o la longitud mínimos, o añada grabaciones."
    ),
    "{} holds clips of motifs, not whole recordings: they come with their patterns, so there is no melody to "
    "track. Run flamsid motifs, audit, train or run on it.": (
        "{} contiene fragmentos de motivos, no grabaciones enteras: traen sus patrones, así que no hay melodía que "
        "seguir. Ejecute con él flamsid motifs, audit, train o run."
    ),
    # Features, splits, training
    "There are no motif instances to compute features of: mine motifs first.": (
        "No hay apariciones de motivos de las que calcular rasgos: extraiga antes los motivos."
    ),
    "Sound file not found: {}. Open the corpus again if files were moved.": (
        "No se encuentra el archivo de sonido: {}. Si los archivos cambiaron de lugar, abra de nuevo el corpus."
    ),
    "Unknown feature {}: choose one of {}.": "Rasgo desconocido {}: elija uno de {}.",
    "Parameters of features must be numbers, got {}.": "Los parámetros de los rasgos deben ser números, no {}.",
    "features with {} bands and {} coefficients: give 1 to 1024 bands, and no more coefficients than bands, like "
    "128 and 40.": (
        "rasgos con {} bandas y {} coeficientes: dé de 1 a 1024 bandas, y no más coeficientes que bandas, como 128 "
        "y 40."
    ),
    "features at {} Hz with windows of {} s: give something like 16000 and 0.025.": (
        "rasgos a {} Hz con ventanas de {} s: dé valores como 16000 y 0.025."
    ),
    "Window {} s and hop {} s are too short for {} Hz.": (
        "Una ventana de {} s y un salto de {} s son demasiado cortos para {} Hz."
    ),
    "Unknown clip set {}: choose one of {}.": "Conjunto de fragmentos desconocido {}: elija uno de {}.",
    "The clip set {} needs whole recordings, but this corpus holds only the clips of the motifs: choose "
    "'motifs'.": (
        "El conjunto de fragmentos {} necesita grabaciones enteras, pero este corpus solo contiene los fragmentos "
        "de los motivos: elija «motifs»."
    ),
    "Unknown network {}: choose one of {}.": "Red desconocida {}: elija una de {}.",
    "Unknown preset {}: choose one of {}.": "Variante desconocida {}: elija una de {}.",
    "Unknown protocol {}: choose one of {}, all.": "Protocolo desconocido {}: elija uno de {}, all.",
    "masking is {}: it must be a share from 0 to below 1, like 0.3.": (
        "masking es {}: debe ser una parte de 0 a menos de 1, como 0.3."
    ),
    "learning_rate is {}: it must be above 0, like 0.001.": (
        "learning_rate es {}: debe ser mayor que 0, como 0.001."
    ),
    "{} is {}: it must be at least 1.": "{} es {}: debe ser al menos 1.",
    "The deduplicated protocol has nothing to test on: every singer's clips are all linked by shared sound. Add "
    "recordings, or use the paper protocol and say so.": (
        "El protocolo sin duplicados no tiene con qué probar: los fragmentos de cada cantaor están todos unidos por "
        "sonido compartido. Añada grabaciones, o use el protocolo del artículo y dígalo."
    ),
    "The source-disjoint protocol has nothing to test on: no singer has clips from two different recordings. Add "
    "recordings, or use another protocol and say so.": (
        "El protocolo de fuentes separadas no tiene con qué probar: ningún cantaor tiene fragmentos de dos "
        "grabaciones distintas. Añada grabaciones, o use otro protocolo y dígalo."
    ),
    "folds is {}; give a number of at least 2, like 5, or 'leave-one-out'.": (
        "folds es {}; dé un número de 2 o más, como 5, o «leave-one-out»."
    ),
    "test_share is {}; give a share between 0 and 1, like 0.2.": (
        "test_share es {}; dé una parte entre 0 y 1, como 0.2."
    ),
    "validation_share is {}; give a share from 0 to below 1, like 0.1.": (
        "validation_share es {}; dé una parte de 0 a menos de 1, como 0.1."
    ),
    "To tell singers apart takes at least two of them, there is {}; add recordings.": (
        "Para distinguir cantaores hacen falta al menos dos, y hay {}; añada grabaciones."
    ),
    "A network needs at least two singers to tell apart, this corpus has {}: add recordings.": (
        "Una red necesita al menos dos cantaores que distinguir, y este corpus tiene {}: añada grabaciones."
    ),
    "Only one singer ({}) has motifs in {}: add recordings of at least one more singer to train a network.": (
        "Solo un cantaor ({}) tiene motivos en {}: añada grabaciones de al menos otro para entrenar una red."
    ),
    "A training process stopped ({}). Start the training again: it continues.": (
        "Un proceso de entrenamiento se detuvo ({}). Inicie de nuevo el entrenamiento: continúa donde estaba."
    ),
    "Not scored under {}, for want of a second source: {}.": "Sin medir con {}, por falta de una segunda fuente: {}.",
    # Models
    "{} cannot be a model's name: use letters, digits, '-', '_' and '.'.": (
        "{} no puede ser nombre de un modelo: use letras, cifras, «-», «_» y «.»."
    ),
    "There is no model in {}: run flamsid train first.": "No hay ningún modelo en {}: entrene antes una red.",
    "There is no model {} in {}: it has {}.": "No existe el modelo {} en {}: tiene {}.",
    "The model file {} is damaged ({}): copy the model again, or train it again.": (
        "El archivo de modelo {} está dañado ({}): vuelva a copiar el modelo, o a entrenarlo."
    ),
    "{} is damaged ({}): copy the model again, or train it again.": (
        "{} está dañado ({}): vuelva a copiar el modelo, o a entrenarlo."
    ),
    "{} has no {}: copy the whole model folder, or train again.": (
        "A {} le falta {}: copie la carpeta entera del modelo, o entrene de nuevo."
    ),
    "{} has format {}, this version reads {}: update flamsid.": (
        "{} tiene el formato {}, y esta versión lee {}: actualice flamsid."
    ),
    "The model listens to {}, not to {}: compute features with its parameters.": (
        "El modelo escucha {}, no {}: calcule los rasgos con sus parámetros."
    ),
    "{} holds no model: it has no {}. Train one, or name another folder.": (
        "{} no contiene ningún modelo: le falta {}. Entrene uno, o indique otra carpeta."
    ),
    "{} holds no model: it needs model.safetensors and model.json.": (
        "{} no contiene ningún modelo: necesita model.safetensors y model.json."
    ),
    "{} is no description of a flamsid model ({} is missing): choose another folder.": (
        "{} no describe un modelo de flamsid (falta {}): elija otra carpeta."
    ),
    "The weights in {} are not those model.json describes: copy the whole folder again.": (
        "Los pesos de {} no son los que describe model.json: vuelva a copiar la carpeta entera."
    ),
    "This corpus already has a model called {}: rename the folder and load it again.": (
        "Este corpus ya tiene un modelo llamado {}: cambie el nombre de la carpeta y cárguela de nuevo."
    ),
    "{} is damaged: train this model again, or load it again from its folder.": (
        "{} está dañado: entrene de nuevo este modelo, o cárguelo otra vez desde su carpeta."
    ),
    # Identification
    "No motif was found in {}: no phrase in it has {} steps. Give a longer recording.": (
        "No se encontró ningún motivo en {}: ninguna frase tiene {} pasos. Dé una grabación más larga."
    ),
    "No motif was found in the recording, so there is nothing to identify the singer by: it may be too short, "
    "not a solo voice, or sung unlike anything in the training corpus.": (
        "No se encontró ningún motivo en la grabación, así que no hay con qué identificar al cantaor: quizá sea "
        "demasiado corta, no sea una voz sola, o se cante como nada en el corpus de entrenamiento."
    ),
    # The map
    "There are no motif instances to map; loosen the motif parameters and mine again.": (
        "No hay apariciones de motivos para el mapa; relaje los parámetros de los motivos y extráigalos de nuevo."
    ),
    "Row {} of the embeddings is not finite; train or embed again.": (
        "La fila {} de las representaciones no es finita; entrene o calcúlelas de nuevo."
    ),
    "There are {} embeddings and {} positions; make the map again.": (
        "Hay {} representaciones y {} posiciones; vuelva a hacer el mapa."
    ),
    "{} points are more than the map can show ({}): filter them first.": (
        "{} puntos son más de los que el mapa puede mostrar ({}): fíltrelos antes."
    ),
}
