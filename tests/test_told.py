"""What the program says reaches a Spanish page in Spanish: errors, reasons for leaving files out, progress."""

import ast
import json
import re
from pathlib import Path

import pytest
from test_app import home, opened, tiny  # noqa: F401

import flamsid_core
from flamsid_core.ui.texts.errors import TEMPLATES, spanish

ROOT = Path(flamsid_core.__file__).parent
# Sentences for whoever programs with the core or types commands; the app gives no occasion for them.
NOT_IN_THE_APP = {
    "exports.py": "layers are exported by the app from tables it made itself",
    "progress.py": "only the command line has --scheduler",
    "atlas/neighbours.py": "shapes and names are the pipeline's own",
    "atlas/projection.py": "the app names projections itself",
    "corpus/demo/corpus.py": "the app always asks for the same demo",
    "melody/f0.py": "the arrays are those that were decoded",
    "singers/features.py": "the arrays are those that were decoded",
    "singers/networks/__init__.py": "new networks are registered by programs",
    "ui/components": "the tables are the app's own",
}


def template(node):
    """A message as written: {} for what is filled in; None where it is not written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"{\w+}", "{}", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def messages(node):
    """All messages an expression can be."""
    if isinstance(node, ast.IfExp):
        return messages(node.body) + messages(node.orelse)
    found = template(node)
    return [] if found is None else [found]


def called(node, names):
    name = getattr(node.func, "id", getattr(node.func, "attr", None)) if isinstance(node, ast.Call) else None
    return name in names


def in_source(collect):
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for message in collect(node):
                yield file.relative_to(ROOT).as_posix(), node.lineno, message


def errors(node):
    return messages(node.args[0]) if called(node, {"FlamsidError"}) and node.args else []


def reasons(node):
    """Why files are left out: given to Skipped, or kept in a variable before."""
    if called(node, {"Skipped"}) and len(node.args) > 1:
        return messages(node.args[1])
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("reason", "trouble"):
        return [text for text in messages(node.value) if " " in text]
    return []


def progress(node):
    if called(node, {"report", "on_progress"}) and len(node.args) in (2, 3):
        return [text for text in messages(node.args[-1]) if text]
    return []


def notes(node):
    """What is to be borne in mind: appended to notes, or a verdict returned."""
    if called(node, {"append"}) and getattr(getattr(node.func, "value", None), "id", "") == "notes":
        return messages(node.args[0])
    if isinstance(node, ast.FunctionDef) and node.name == "_verdict_note":
        said = [one.value for one in ast.walk(node) if isinstance(one, ast.Assign | ast.Return)]
        return [text for one in said for text in messages(one)]
    return []


def test_every_note_is_there_in_spanish():
    found = list(in_source(notes))
    assert len(found) > 12
    assert {file for file, _, _ in found} >= {"singers/identification.py", "singers/audit.py"}
    missing = [f"{file}:{line}: {text}" for file, line, text in found if text not in TEMPLATES]
    assert not missing, "\n" + "\n".join(missing)


def test_every_error_of_the_app_is_there_in_spanish():
    found = list(in_source(errors))
    assert len(found) > 120
    missing = [
        f"{file}:{line}: {message}"
        for file, line, message in found
        if message not in TEMPLATES and message != "{}: {}" and not file.startswith(tuple(NOT_IN_THE_APP))
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_every_reason_for_leaving_a_file_out_is_there_in_spanish():
    found = list(in_source(reasons))
    assert len(found) > 12
    assert not [one for one in found if one[2] not in TEMPLATES]


def test_what_long_work_says_is_there_in_spanish():
    found = [one for one in in_source(progress) if not one[0].startswith(("ui/", "cli.py"))]
    assert len(found) > 15
    # Joined ones are told part by part.
    joined = ("{}: {}", "{} {} of {} files")
    missing = [f"{file}:{line}: {text}" for file, line, text in found if text not in {*TEMPLATES, *joined}]
    assert not missing, "\n" + "\n".join(missing)


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
