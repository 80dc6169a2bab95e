"""Which encoding a table somebody saved is in: what spreadsheets on Windows, macOS and DOS write.

UTF-8 and UTF-16 tell themselves. The one-byte encodings do not: every file is valid in all of them, and "Tomás
Pavón" saved on an old Mac reads "Tom‡s Pav—n" as Windows text. So each is tried, and the one is taken in which
the words with accents look most like words, and in which the names of the files on disk appear.
"""

import codecs
import itertools
import re
import unicodedata
from collections.abc import Iterable

ONE_BYTE_ENCODINGS = ("cp1252", "mac_roman", "cp850")
# How much a letter says for a reading: Spanish first, then its neighbours; other Latin letters count 1.
LETTER_WEIGHTS = dict.fromkeys("áéíóúñÁÉÍÓÚÑ", 3.0) | dict.fromkeys("üçàèòïêôâÜÇÀÈÒ", 1.5)
WORD_BREAK = re.compile(r"[\s,;:\"'.!?/\\()\[\]<>_\-–—«»“”‘’¡¿ºª0-9]+")
# A file name that reads as it is spelled on disk outweighs any guess from letters.
NAME_WEIGHT = 100.0
MOST_NAMES = 500
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode_text(raw: bytes, names: Iterable[str] = ()) -> tuple[str, str]:
    r"""Decode the bytes of a text file.

    Parameters
    ----------
    raw
        The whole file.
    names
        Names that may appear in it, as they are spelled on disk.

    Returns
    -------
    text : str
        Without the byte order mark. U+FFFD stands where bytes fit in no encoding.
    encoding : str
        A codec that writes no byte order mark; `text` in it is what follows the mark in `raw`.

    Examples
    --------
    >>> decode_text("file,singer\nA/x.wav,Tomás Pavón".encode("mac_roman"))
    ('file,singer\nA/x.wav,Tomás Pavón', 'mac_roman')
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, errors="replace"), encoding
    # Text in UTF-16 without its mark: every second byte of ASCII is zero.
    sample = raw[:4096]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(sample) > 3 and sample[first::2].count(0) > 0.6 * len(sample[first::2]):
            return raw.decode(encoding, errors="replace"), encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # Bytes of other encodings hardly ever form UTF-8 by chance: one line that does shows what the rest should be.
        if any(_is_utf8(line) for line in raw.splitlines() if not line.isascii()):
            return raw.decode("utf-8", errors="replace"), "utf-8"
    return _most_likely(raw, names)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _most_likely(raw: bytes, names: Iterable[str]) -> tuple[str, str]:
    known = list(itertools.islice((name for name in names if not name.isascii()), MOST_NAMES))
    best, best_score, best_encoding = "", -float("inf"), ""
    for encoding in ONE_BYTE_ENCODINGS:
        text = raw.decode(encoding, errors="replace")
        composed = unicodedata.normalize("NFC", text).replace("\\", "/")
        score = sum(_word_score(word) for word in set(WORD_BREAK.split(composed)) if not word.isascii())
        score += NAME_WEIGHT * sum(unicodedata.normalize("NFC", name) in composed for name in known)
        if score > best_score:
            best, best_score, best_encoding = text, score, encoding
    return best, best_encoding


def _word_score(word: str) -> float:
    """Return how much a word with accents looks like one: above 0 letters in usual case, below 0 anything else."""
    usual_case = word.islower() or word.isupper() or word[1:].islower()
    if not word.isalpha() or not usual_case:
        return -3.0
    return sum(LETTER_WEIGHTS.get(letter, 1.0) for letter in word if not letter.isascii()) / len(word)
