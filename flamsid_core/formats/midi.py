"""Standard MIDI files that keep the cents of every note."""

from __future__ import annotations

import numpy as np

from flamsid_core.formats.tables import RecordingTables, in_order, note_cents

_TICKS_PER_S = 10_000
_BEND_SEMITONES = 2
_A1_MIDI = 33
_VOICE_OOHS = 53
_VELOCITY = 90
# Registered parameter 0 is the range of pitch bend. Players start with two semitones by custom only: said here, every
# one obeys. Setting the parameter number to "none" afterwards keeps later data entries from changing it.
_SET_BEND_RANGE = ((101, 0), (100, 0), (6, _BEND_SEMITONES), (38, 0), (101, 127), (100, 127))


def write_midi(tables: RecordingTables) -> dict[str, bytes]:
    """Return the notes as a MIDI file: the nearest semitone each, bent to its cents.

    One track and channel, a pitch bend of at most half a semitone, ten ticks a millisecond.
    """
    if tables.notes is None:
        return {}
    notes = in_order(tables.notes)
    cents = note_cents(notes)
    key = np.clip(np.round(cents / 100.0).astype(int) + _A1_MIDI, 0, 127)
    bend = np.round((cents - 100.0 * (key - _A1_MIDI)) / (100.0 * _BEND_SEMITONES) * 8192).astype(int)
    bend = np.clip(bend + 8192, 0, 16383)
    # tick, rank among events of one tick (ends before starts), message
    events: list[tuple[int, int, bytes]] = []
    spans = zip(notes["start_s"], notes["end_s"], key.tolist(), bend.tolist(), strict=True)
    for start, end, pitch, wheel in spans:
        first = round(start * _TICKS_PER_S)
        events.append((first, 1, bytes([0xE0, wheel & 0x7F, wheel >> 7])))
        events.append((first, 2, bytes([0x90, pitch, _VELOCITY])))
        events.append((max(round(end * _TICKS_PER_S), first + 1), 0, bytes([0x80, pitch, 0])))
    name = tables.title.encode()
    track = b"\x00\xff\x03" + _variable_length(len(name)) + name
    track += b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big")  # a quarter note lasts one second
    track += b"\x00" + bytes([0xC0, _VOICE_OOHS])
    for controller, value in _SET_BEND_RANGE:
        track += b"\x00" + bytes([0xB0, controller, value])
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track += _variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + b"".join(
        n.to_bytes(size, "big") for n, size in ((6, 4), (0, 2), (1, 2), (_TICKS_PER_S, 2))
    )
    return {".mid": header + b"MTrk" + len(track).to_bytes(4, "big") + track}


def _variable_length(number: int) -> bytes:
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))
