"""Damage bytes without knowing what they mean, and make one fuzzed input from a seed."""

from __future__ import annotations

import struct
from random import Random

from fuzz_seeds import FORMATS, seeds
from fuzz_structure import AWARE

ODD_NUMBERS = (0, 1, 2, 3, 7, 8, 63, 64, 127, 128, 255, 256, 257, 4096, 14142, 32767, 32768, 65500, 65535, 65536,
               2**24, 2**31 - 1, 2**31, 2**32 - 1)  # fmt: skip
_LONGEST = 2**20
_OTHER_FORMAT = 0.05
_AWARE_SHARE = 0.75
_MORE = 0.5


def case(kind: str, seed: int, number: int) -> bytes:
    """Make the fuzzed input of this number: the same bytes on every machine with the same libraries."""
    return mutated(Random(f"{seed}/{kind}/{number}"), kind)


def mutated(random: Random, kind: str) -> bytes:
    """Damage one seed of a format in one to several ways; mostly ways that know the format."""
    data = random.choice(seeds(kind))
    while True:
        if random.random() < _AWARE_SHARE:
            data = _aware(random, data, kind)
        elif random.random() < 1 / 8:
            data = _spliced(random, data, _another(random, kind))
        else:
            data = random.choice(_BLIND)(random, data)
        data = data[:_LONGEST]
        if random.random() > _MORE or not data:
            return data


def _aware(random: Random, data: bytes, kind: str) -> bytes:
    try:
        return AWARE[kind](random, data)
    except (struct.error, IndexError, ValueError, OverflowError):  # it is too damaged by now to tell its parts
        return data


def _another(random: Random, kind: str) -> bytes:
    if random.random() < _OTHER_FORMAT:
        kind = random.choice([name for name in FORMATS if seeds(name)])
    return random.choice(seeds(kind))


def _spliced(random: Random, data: bytes, other: bytes) -> bytes:
    """Put the head of one input before the tail of another."""
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _flipped(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        changed[_place(random, data)] ^= 1 << random.randrange(8)
    return bytes(changed)


def _set(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        changed[_place(random, data)] = random.choice((0, 255, random.randrange(256)))
    return bytes(changed)


def _place(random: Random, data: bytes) -> int:
    """Somewhere in the data; half of the time near its beginning, where headers are."""
    return random.randrange(min(len(data), 64) if random.random() < 1 / 2 else len(data))


def _number(random: Random, data: bytes) -> bytes:
    """Write an odd number over 2 or 4 bytes."""
    size, order = random.choice((2, 4)), random.choice(("little", "big"))
    value = (random.choice(ODD_NUMBERS) & (256**size - 1)).to_bytes(size, order)
    at = _place(random, data)
    return data[:at] + value + data[at + size :]


def _cut(random: Random, data: bytes) -> bytes:
    return data[: random.randint(0, len(data))]


def _removed(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data))
    return data[:start] + data[start + random.choice((1, 2, 4, 16, 256)) :]


def _inserted(random: Random, data: bytes) -> bytes:
    at, count = random.randint(0, len(data)), random.choice((1, 2, 4, 16, 256, 4096))
    filling = random.choice((b"\0", b"\xff", b"A", bytes([random.randrange(256)])))
    return data[:at] + filling * count + data[at:]


def _repeated(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data))
    part = data[start : start + random.choice((2, 16, 256))]
    return data[:start] + part * random.choice((2, 3, 50)) + data[start:]


def _appended(random: Random, data: bytes) -> bytes:
    return data + random.randbytes(random.choice((1, 16, 1000)))


_BLIND = (_flipped, _flipped, _set, _set, _number, _number, _cut, _removed, _inserted, _repeated, _appended)
