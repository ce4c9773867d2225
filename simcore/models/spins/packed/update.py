"""One colour of a checkerboard of packed spins updated: every spin by its own random number of 53 bits.

The neighbours in the upper state are counted for 64 sites at once, as three words that hold the bits of the counts. A
site changes if its random number is below the threshold of its class (`rule`). The bits of the numbers are drawn with
the most significant first, a word for 64 sites; a site is decided by the first bit that differs from its threshold's.
So a few words serve for most. For simulations of many spins in a word see B. Block, P. Virnau, T. Preis, Comput. Phys.
Commun. 181, 1549 (2010), and M. Weigel, J. Comput. Phys. 231, 3064 (2012).

Bits 2 q and 2 q + 1 of word w of line l are those of the Philox block with the counter (32 w + q, l, step, draw). So no
bit depends on how lines are grouped, on who works on them, or on how many bits are drawn more than are needed.

The words of some lines make a tile, which goes through the first `DENSE` blocks as a whole. Those with undecided sites
(a fifth) are collected from all tiles and go on together. A tile is one array with a row for each thing: the compiler
vectorises only where it sees that what is read and what is written lie apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.models.spins.packed.words import FULL, ONE, ZERO, colour_of, lines_around, mirror, moved, popcount, valid
from simcore.random.philox import philox4x32_words

TILE, STRIDE, ROUND = 128, 256, 8
DENSE = 4
# The rows of a tile: undecided, changed, counters of the random words, bits of the counts, own spin, classes.
UNDECIDED, CHANGED, COUNTER, LINE = 0, STRIDE, 2 * STRIDE, 3 * STRIDE
LOW, MIDDLE, HIGH, OWN, CLASS = 4 * STRIDE, 5 * STRIDE, 6 * STRIDE, 7 * STRIDE, 8 * STRIDE
BIT, AFTER = LOW, MIDDLE  # which are needed no more
CLASSES, NARROW = 8, 4
SIZE = (8 + CLASSES) * STRIDE
# The rows of a rule, see `rule.py`.
BITS, ALIVE, ENTRIES, TABLE, HEAD, RULE_ROWS, RULE_COLUMNS = 0, 8, 16, 30, 31, 32, 54
COUNTS = 7
BLOCKS_OF_WORD = np.uint64(5)


def update_colour(
    words: Any, rule: Any, random: Any, colour: int, half: int, across: int, first: int, last: int
) -> Any:
    """Update the sites of one colour in these rows; returns how many spins are changed by a rule that flips.

    random: the stream of this stage, `simcore.random.begin_stream`.
    """
    tile, rest = np.empty(SIZE, np.uint64), np.empty(SIZE, np.uint64)
    chosen = np.empty(STRIDE, np.int64)
    count = words.shape[2] - 2
    most, part = max(1, TILE // count), min(count, TILE)
    fill = rule[HEAD, 1]
    changed, waiting = ZERO, 0
    for begin in range(first * across, last * across, most):
        end = min(begin + most, last * across)
        for low in range(0, count, part):
            high = min(low + part, count)
            size = (end - begin) * (high - low)
            for line in range(begin, end):
                _gather(tile, (line - begin) * (high - low), words, rule, colour, half, across, line, low, high)
            _classify(tile, size, rule)
            for block in range(DENSE):
                _compare(tile, size, block, rule, random)
            _give_up(tile, size, DENSE, rule)
            for line in range(begin, end):
                changed += _apply(tile, (line - begin) * (high - low), words, line, colour, fill, low, high)
            waiting = _collect(tile, size, rest, waiting, chosen, rule)
            if waiting > STRIDE - TILE:
                changed += _finish(rest, waiting, words, colour, rule, random, chosen)
                waiting = 0
    changed += _finish(rest, waiting, words, colour, rule, random, chosen)
    for line in range(first * across, last * across):
        mirror(words, line, colour, half)
    return changed


def _gather(
    tile: Any, at: int, words: Any, rule: Any, colour: int, half: int, across: int, line: int, low: int, high: int
) -> None:
    """The words low <= w < high of a line into a tile from place `at` on, with the counts of their neighbours."""
    back, on, left, right = lines_around(line, across, words.shape[0])
    other, forward, relative = 1 - colour, colour ^ colour_of(line, across), rule[HEAD, 0]
    # Unsigned, since an index that may be negative counts from the end, which no vectorised loop has.
    begin, start = np.uint64(low + 1), np.uint64(at)
    for step in range(high - low):
        word, place = begin + np.uint64(step), start + np.uint64(step)
        x = words[line, colour, word] & relative
        a, b = words[back, other, word] ^ x, words[on, other, word] ^ x
        c, d = words[line, other, word] ^ x, moved(words, line, other, word, forward) ^ x
        one, two = a ^ b, c ^ d
        carry, more = a & b, c & d
        tile[np.uint64(LOW) + place] = one ^ two
        tile[np.uint64(MIDDLE) + place] = carry ^ more ^ (one & two)
        tile[np.uint64(HIGH) + place] = carry & more
        tile[np.uint64(OWN) + place] = words[line, colour, word]
        tile[np.uint64(COUNTER) + place] = (word - ONE) << BLOCKS_OF_WORD
        tile[np.uint64(LINE) + place] = np.uint64(line)
        tile[np.uint64(UNDECIDED) + place] = FULL
        tile[np.uint64(CHANGED) + place] = ZERO
    if across > 1:
        for step in range(high - low):
            word, place = begin + np.uint64(step), start + np.uint64(step)
            x = words[line, colour, word] & relative
            a, b = words[left, other, word] ^ x, words[right, other, word] ^ x
            one, middle = a ^ b, tile[np.uint64(MIDDLE) + place]
            carry = (a & b) | (tile[np.uint64(LOW) + place] & one)
            tile[np.uint64(LOW) + place] ^= one
            tile[np.uint64(MIDDLE) + place] = middle ^ carry
            tile[np.uint64(HIGH) + place] ^= middle & carry
    if high == words.shape[2] - 2:
        tile[UNDECIDED + at + high - 1 - low] = valid(high - 1, half)


def _classify(tile: Any, size: int, rule: Any) -> None:
    """Which sites belong to which class, from the counts, and from the own spin if the rule depends on it."""
    classes, entries = int(rule[HEAD, 2]), int(rule[HEAD, 3])
    if entries == 0:
        for place in range(size):
            x, y, z = tile[LOW + place], tile[MIDDLE + place], tile[HIGH + place]
            m0, m1, m2, m3 = ZERO, ZERO, ZERO, ZERO
            for number in range(COUNTS):
                here = x if number & 1 else ~x
                here &= y if number & 2 else ~y
                here &= z if number & 4 else ~z
                m0 |= here & rule[TABLE, 4 * number]
                m1 |= here & rule[TABLE, 4 * number + 1]
                m2 |= here & rule[TABLE, 4 * number + 2]
                m3 |= here & rule[TABLE, 4 * number + 3]
            tile[CLASS + place] = m0
            tile[CLASS + STRIDE + place] = m1
            tile[CLASS + 2 * STRIDE + place] = m2
            tile[CLASS + 3 * STRIDE + place] = m3
            tile[UNDECIDED + place] &= m0 | m1 | m2 | m3
        return
    for number in range(classes):
        row = CLASS + number * STRIDE
        for place in range(size):
            tile[row + place] = ZERO
    for number in range(entries):
        x, y, z = rule[ENTRIES + number, 0], rule[ENTRIES + number, 1], rule[ENTRIES + number, 2]
        own, row = rule[ENTRIES + number, 3], CLASS + int(rule[ENTRIES + number, 4]) * STRIDE
        for place in range(size):
            here = (tile[LOW + place] ^ x) & (tile[MIDDLE + place] ^ y) & (tile[HIGH + place] ^ z)
            tile[row + place] |= here & (tile[OWN + place] ^ own)
    for place in range(size):
        tile[LOW + place] = ZERO
    for number in range(classes):
        row = CLASS + number * STRIDE
        for place in range(size):
            tile[LOW + place] |= tile[row + place]
    for place in range(size):
        tile[UNDECIDED + place] &= tile[LOW + place]


def _compare(tile: Any, size: int, block: int, rule: Any, random: Any) -> None:
    """Two more bits of the random numbers against those of the thresholds."""
    key0, key1, step, draw = random[0], random[1], random[2], random[3]
    number, one, two = np.uint64(block), 2 * block, 2 * block + 1
    if int(rule[HEAD, 2]) <= NARROW:
        a0, a1, a2, a3 = rule[0, one], rule[1, one], rule[2, one], rule[3, one]
        b0, b1, b2, b3 = rule[0, two], rule[1, two], rule[2, two], rule[3, two]
        for place in range(size):
            u, v = philox4x32_words(tile[COUNTER + place] | number, tile[LINE + place], step, draw, key0, key1)
            m0, m1 = tile[CLASS + place], tile[CLASS + STRIDE + place]
            m2, m3 = tile[CLASS + 2 * STRIDE + place], tile[CLASS + 3 * STRIDE + place]
            bit = (m0 & a0) | (m1 & a1) | (m2 & a2) | (m3 & a3)
            after = (m0 & b0) | (m1 & b1) | (m2 & b2) | (m3 & b3)
            open_ = tile[UNDECIDED + place]
            changed = tile[CHANGED + place] | (open_ & bit & ~u)
            open_ &= ~(u ^ bit)
            tile[CHANGED + place] = changed | (open_ & after & ~v)
            tile[UNDECIDED + place] = open_ & ~(v ^ after)
        return
    for place in range(size):
        tile[BIT + place], tile[AFTER + place] = ZERO, ZERO
    for each in range(int(rule[HEAD, 2])):
        row, now, then = CLASS + each * STRIDE, rule[each, one], rule[each, two]
        for place in range(size):
            tile[BIT + place] |= tile[row + place] & now
            tile[AFTER + place] |= tile[row + place] & then
    for place in range(size):
        u, v = philox4x32_words(tile[COUNTER + place] | number, tile[LINE + place], step, draw, key0, key1)
        bit, after = tile[BIT + place], tile[AFTER + place]
        open_ = tile[UNDECIDED + place]
        changed = tile[CHANGED + place] | (open_ & bit & ~u)
        open_ &= ~(u ^ bit)
        tile[CHANGED + place] = changed | (open_ & after & ~v)
        tile[UNDECIDED + place] = open_ & ~(v ^ after)


def _give_up(tile: Any, size: int, block: int, rule: Any) -> None:
    """Sites whose threshold has no more bits from this block on are not below it."""
    for number in range(int(rule[HEAD, 2])):
        if rule[ALIVE + number, block] == ZERO:
            row = CLASS + number * STRIDE
            for place in range(size):
                tile[UNDECIDED + place] &= ~tile[row + place]


def _apply(tile: Any, at: int, words: Any, line: int, colour: int, fill: Any, low: int, high: int) -> Any:
    """Change the spins of a line that are decided; returns how many."""
    changed = ZERO
    begin, start = np.uint64(low + 1), np.uint64(at)
    for step in range(high - low):
        word = begin + np.uint64(step)
        bits = tile[np.uint64(CHANGED) + (start + np.uint64(step))]
        words[line, colour, word] = (words[line, colour, word] | fill) ^ bits
        changed += popcount(bits)
    return changed


def _collect(tile: Any, size: int, rest: Any, waiting: int, chosen: Any, rule: Any) -> int:
    """Put the words with undecided sites behind those that wait; returns how many wait."""
    found = 0
    for place in range(size):
        chosen[found] = place
        found += 1 if tile[UNDECIDED + place] != ZERO else 0
    _move(rest, waiting, tile, chosen, found, rule)
    for place in range(waiting, waiting + found):
        rest[CHANGED + place] = ZERO
    return waiting + found


def _move(to: Any, at: int, source: Any, chosen: Any, count: int, rule: Any) -> None:
    """Copy the chosen places to place `at` and those after it."""
    for number in range(count):
        place = chosen[number]
        to[UNDECIDED + at + number] = source[UNDECIDED + place]
        to[COUNTER + at + number] = source[COUNTER + place]
        to[LINE + at + number] = source[LINE + place]
    for each in range(max(NARROW, int(rule[HEAD, 2]))):
        row = CLASS + each * STRIDE
        for number in range(count):
            to[row + at + number] = source[row + chosen[number]]


def _finish(rest: Any, waiting: int, words: Any, colour: int, rule: Any, random: Any, chosen: Any) -> Any:
    """Draw bits until every site is decided; returns how many more spins are changed."""
    changed = ZERO
    block = DENSE
    while waiting > 0:
        _compare(rest, min(STRIDE, -(-waiting // ROUND) * ROUND), block, rule, random)
        block += 1
        _give_up(rest, waiting, block, rule)
        left = 0
        for place in range(waiting):
            bits, undecided = rest[CHANGED + place], rest[UNDECIDED + place]
            if bits != ZERO:
                word = np.int64(rest[COUNTER + place] >> BLOCKS_OF_WORD) + 1
                words[np.int64(rest[LINE + place]), colour, word] ^= bits
                changed += popcount(bits)
                rest[CHANGED + place] = ZERO
            if undecided != ZERO:
                chosen[left] = place
                left += 1
        _move(rest, 0, rest, chosen, left, rule)
        waiting = left
    return changed
