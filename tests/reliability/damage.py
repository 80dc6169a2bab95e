"""Damage as disks, networks, recorders and people do it to files, by a seeded generator."""

import numpy as np

SIZES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def damaged(raw: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes with one to three kinds of damage."""
    for _ in range(int(rng.integers(1, 4))):
        raw = KINDS[int(rng.integers(len(KINDS)))](raw, rng)
    return raw


def _at(raw, rng):
    # Half of all damage hits the header, where it does most.
    return int(rng.integers(max(min(len(raw), 64) if rng.random() < 0.5 else len(raw), 1)))


def cut(raw, rng):
    return raw[: _at(raw, rng)]


def headless(raw, rng):
    return raw[_at(raw, rng) :]


def flipped(raw, rng):
    raw = bytearray(raw)
    for _ in range(int(rng.integers(1, 9))):
        if raw:
            raw[_at(raw, rng)] ^= 1 << int(rng.integers(8))
    return bytes(raw)


def overwritten(raw, rng):
    at, length = _at(raw, rng), int(rng.integers(1, 200))
    return raw[:at] + rng.bytes(length) + raw[at + length :]


def zeroed(raw, rng):
    at, length = _at(raw, rng), int(rng.integers(1, 600))
    return raw[:at] + bytes(min(length, len(raw) - at)) + raw[at + length :]


def sized(raw, rng):
    at, width = _at(raw, rng), int(rng.choice([1, 2, 4]))
    value = int(rng.choice(SIZES)) & (1 << 8 * width) - 1
    return raw[:at] + value.to_bytes(width, str(rng.choice(["little", "big"]))) + raw[at + width :]


def lengthened(raw, rng):
    return raw + rng.bytes(int(rng.integers(1, 3000)))


def joined(raw, rng):
    return raw + raw[_at(raw, rng) :]


def inserted(raw, rng):
    at = _at(raw, rng)
    return raw[:at] + rng.bytes(int(rng.integers(1, 50))) + raw[at:]


KINDS = (cut, headless, flipped, overwritten, zeroed, sized, lengthened, joined, inserted)
