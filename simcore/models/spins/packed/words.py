"""The layout of packed spins: a bit for each site, 64 in a word, the two sublattices of a checkerboard apart.

`words` is uint64 of shape (lines, 2, count + 2). A line is a run of sites along the last axis; its sites of one colour,
(sum of the coordinates) % 2, stand in the bits of words 1 to count in order, the first in bit 0. A bit is 1 if the spin
is in its upper state. So the neighbours of a word of one colour are words of the other: the same word of the
neighbouring lines and of its own line, and that one moved by a bit. Words 0 and count + 1, and the bit after the last
site, mirror the other end.

All functions are plain Python that numba compiles. half: sites of one colour in a line. across: lines in a row, which
is 1 in two dimensions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

ZERO, ONE, TWO, FOUR = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(4)
FULL = np.uint64(0xFFFFFFFFFFFFFFFF)
HIGHEST, BITS_OF_WORD, IN_WORD = np.uint64(63), np.uint64(6), np.uint64(63)
PAIRS, QUADS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
NIBBLES, BYTES, TOP_BYTE = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101), np.uint64(56)
WIDTH = 64


def words_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """The shape of `words` for a lattice of this shape, whose last side is even."""
    lines = 1
    for side in shape[:-1]:
        lines *= side
    return lines, 2, -(-shape[-1] // 2 // WIDTH) + 2


def popcount(x: Any) -> Any:
    """How many bits are 1. LLVM makes one instruction of it where the processor has one."""
    x = x - ((x >> ONE) & PAIRS)
    x = (x & QUADS) + ((x >> TWO) & QUADS)
    return (((x + (x >> FOUR)) & NIBBLES) * BYTES) >> TOP_BYTE


def colour_of(line: int, across: int) -> int:
    """The colour of the first site of a line."""
    return line & 1 if across == 1 else (line // across + line % across) & 1  # a division is slow


def valid(word: int, half: int) -> Any:
    """The bits of a word of a line that are sites."""
    rest = half - WIDTH * word
    return FULL if rest >= WIDTH else (ONE << np.uint64(rest)) - ONE


def mirror(words: Any, line: int, colour: int, half: int) -> None:
    """Write what mirrors the ends of the words of one line and colour."""
    last, bit, place = half - 1, np.uint64(half % WIDTH), 1 + half // WIDTH
    end = (words[line, colour, 1 + last // WIDTH] >> np.uint64(last % WIDTH)) & ONE
    words[line, colour, 0] = end << HIGHEST
    sites = (ONE << bit) - ONE
    words[line, colour, place] = (words[line, colour, place] & sites) | ((words[line, colour, 1] & ONE) << bit)


def moved(words: Any, line: int, colour: int, word: Any, forward: int) -> Any:
    """A word of one colour, such that each site of the other colour meets its neighbour that has another number.

    That is the site before it if the line begins with that other colour (forward 0), else the one after it (forward 1).
    """
    if forward == 0:
        return (words[line, colour, word] << ONE) | (words[line, colour, word - 1] >> HIGHEST)
    return (words[line, colour, word] >> ONE) | (words[line, colour, word + 1] << HIGHEST)


def pack(words: Any, spins: Any, begin: int, half: int, across: int, first: int, last: int) -> None:
    """The lines first <= line < last from indices of states, 0 or 1. spins: (lines, 2 half), from line `begin` on."""
    for line in range(first, last):
        at = line - begin
        for colour in range(2):
            offset = colour ^ colour_of(line, across)
            for word in range(words.shape[2] - 2):
                held = ZERO
                base = 2 * WIDTH * word + offset
                for bit in range(min(WIDTH, half - WIDTH * word)):
                    held |= np.uint64(spins[at, base + 2 * bit]) << np.uint64(bit)
                words[line, colour, 1 + word] = held
            mirror(words, line, colour, half)


def unpack(words: Any, spins: Any, begin: int, half: int, across: int, first: int, last: int) -> None:
    """The inverse of `pack`."""
    for line in range(first, last):
        at = line - begin
        begins = colour_of(line, across)
        for word in range(words.shape[2] - 2):
            one, other = words[line, begins, 1 + word], words[line, 1 - begins, 1 + word]
            base = 2 * WIDTH * word
            for bit in range(min(WIDTH, half - WIDTH * word)):
                spins[at, base + 2 * bit] = (one >> np.uint64(bit)) & ONE
                spins[at, base + 2 * bit + 1] = (other >> np.uint64(bit)) & ONE


def lines_around(line: int, across: int, lines: int) -> tuple[int, int, int, int]:
    """The neighbouring lines: one back and one on along axis 0, then along axis 1 (the line itself if across is 1)."""
    back = line - across if line >= across else line - across + lines
    on = line + across if line + across < lines else line + across - lines
    if across == 1:
        return back, on, line, line
    at = line % across
    left = line - 1 if at > 0 else line + across - 1
    right = line + 1 if at + 1 < across else line + 1 - across
    return back, on, left, right


def count(words: Any, half: int, across: int, first: int, last: int) -> tuple[Any, Any]:
    """In these rows the spins in the upper state, and the bonds from sites of colour 0 that join unlike spins."""
    upper, unlike = ZERO, ZERO
    for line in range(first * across, last * across):
        back, on, left, right = lines_around(line, across, words.shape[0])
        forward = colour_of(line, across)
        for word in range(1, words.shape[2] - 1):
            sites, x, beside = valid(word - 1, half), words[line, 0, word], words[line, 1, word]
            upper += popcount(x & sites) + popcount(beside & sites)
            unlike += popcount((x ^ words[back, 1, word]) & sites) + popcount((x ^ words[on, 1, word]) & sites)
            unlike += popcount((x ^ beside) & sites) + popcount((x ^ moved(words, line, 1, word, forward)) & sites)
            if across > 1:
                unlike += popcount((x ^ words[left, 1, word]) & sites) + popcount((x ^ words[right, 1, word]) & sites)
    return upper, unlike
