"""What the program says reaches a Spanish page in Spanish: errors, reasons for leaving files out, progress."""

import json
import re

import pytest
from test_app import home, opened, tiny  # noqa: F401

from flamsid_core.ui.texts.errors import TEMPLATES, spanish


def test_both_languages_fill_in_as_much():
    for english, told in TEMPLATES.items():
        assert english.count("{}") == told.count("{}"), english
        assert "{}" in re.sub(r"{[^}]", "x", english) or "{" not in english, english


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("No file was chosen: pick one or more recordings first.",
         "No se ha elegido ningún archivo: elija antes una o más grabaciones."),
        ("/a/b.wav: is empty (0 bytes); copy the file again.",
         "/a/b.wav: está vacío (0 bytes); vuelva a copiar el archivo."),
        ("recordings.csv row 3: the file is listed twice; keep one row.",
         "recordings.csv fila 3: el archivo aparece dos veces; deje una sola fila."),
        ("flamsid: /tmp/x: does not exist; give a folder of recordings.",
         "flamsid: /tmp/x: no existe; indique una carpeta de grabaciones."),
        ("melody: 3 of 12 recordings", "melodía: 3 de 12 grabaciones"),
        ("train: source-disjoint fold 2, epoch 5, validation accuracy 81.2 %",
         "entrenamiento: fuentes separadas, parte 2, época 5, acierto en validación 81.2 %"),
        ("corpus: read 5 of 9 files", "corpus: leídos 5 de 9 archivos"),
        ("Verdict: unknown singer, by a score of 0.41 against a threshold of 0.52. There 2 of 9 recordings of known "
         "singers were rejected and 1 of 9 of singers left out of training accepted (equal error rate 17 %).",
         "Veredicto: cantaor desconocido, con una puntuación de 0.41 frente a un umbral de 0.52. Con él se rechazaron "
         "2 de 9 grabaciones de cantaores conocidos y se aceptaron 1 de 9 de cantaores excluidos del entrenamiento "
         "(tasa de error igual 17 %)."),
        ("3 pairs join source groups: what was held out was heard in training. Merge them by the column "
         "merged_source_group of audit/groups.parquet before trusting a source-disjoint figure. 2 pairs stand under "
         "two singers: one of the labels is wrong.",
         "3 pares unen grupos de fuente: lo apartado se oyó en el entrenamiento. Únalos según la columna "
         "merged_source_group de audit/groups.parquet antes de fiarse de una cifra de fuentes separadas. 2 pares "
         "figuran con dos cantaores: una de las etiquetas es falsa."),
        ("something nobody foresaw: 7", "something nobody foresaw: 7"),
        ("", ""),
    ],
)  # fmt: skip
def test_messages_are_told_with_their_words(said, told):
    assert spanish(said) == told


def test_every_template_is_found_again_with_its_own_words():
    for english, told in TEMPLATES.items():
        words = [f"w{k}" for k in range(english.count("{}"))]
        if english.split("{}")[0] or english.count("{}") == 1:
            assert spanish(english.format(*words)) == told.format(*words), english


def test_a_spanish_page_shows_a_spanish_error(home):  # noqa: F811
    app = opened("motifs", project=home[1], language="es")
    app.text_input(key="motif_steps").set_value("arriba").run()
    assert "no es un paso" in app.error[0].value


def test_files_left_out_are_told_in_spanish(home):  # noqa: F811
    app = opened("corpus", project=home[1], language="es")
    (table,) = (table.value for table in app.dataframe if "reason" in table.value)
    reasons = json.loads((home[1] / "corpus" / "skipped.json").read_text())
    assert list(table["reason"]) == [spanish(one["reason"]) for one in reasons]
