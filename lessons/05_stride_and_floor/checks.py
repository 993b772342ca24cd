"""Lesson 05: what is asked, and the ways of being wrong about it."""

from math import ceil

from convlab.workshop import Case, Exercise, Mistake

LAYERS = (  # M, m, s, p, d: layers that people ran, then small ones of which each holds one difficulty
    (227, 11, 4, 0, 1),  # AlexNet, as its weights ask for
    (224, 11, 4, 0, 1),  # AlexNet, as its paper says: 54.25
    (224, 7, 2, 3, 1),  # the stem of ResNet: 112.5
    (7, 3, 2, 0, 1),
    (8, 2, 3, 0, 1),
    (11, 4, 4, 0, 1),
    (12, 2, 5, 0, 1),
    (6, 4, 1, 0, 1),
    (8, 3, 3, 1, 1),
    (7, 4, 2, 2, 1),
    (9, 2, 4, 1, 1),
    (9, 3, 1, 0, 2),
    (11, 2, 2, 0, 4),
    (12, 3, 2, 0, 2),
    (10, 3, 3, 1, 3),
    (4, 5, 2, 0, 1),  # fits nowhere: (4 - 5) / 2 is -0.5
    (3, 5, 3, 0, 1),
    (5, 3, 4, 0, 3),
    (3, 9, 2, 0, 1),
    (6, 4, 1, 0, 4),
)
FROM, TO = (6, 2, 1, 0, 1), (13, 6, 6, 3, 4)  # of what is drawn besides


def cases(rng):
    """Take the known layers, then a dozen drawn ones."""
    for layer in LAYERS:
        yield Case(layer)
    for layer in rng.integers(FROM, TO, (12, 5)).tolist():
        yield Case(tuple(layer))


def room(M, m, s, p, d):
    """Return by how many places the window can move: below 0, it does not fit."""
    return M + 2 * p - d * (m - 1) - 1


def walk(M, m, s, p, d):
    """Lay the window down as long as it fits, and strike off every pixel under a tap."""
    length, unread = 0, set(range(M))
    while length * s <= room(M, m, s, p, d):
        unread -= {length * s + u * d - p for u in range(m)}
        length += 1
    return length, sorted(unread)


def plain(M, m, s, p, d):
    """Return whether there are neither zeros nor gaps, and at least one window: the rule of source 000 plus stride."""
    return p == 0 and d == 1 and m <= M


def only_zeros(M, m, s, p, d):
    """Return whether zeros are the one thing that is added."""
    return p > 0 and d == 1 and room(M, m, s, p, d) >= 0


def only_gaps(M, m, s, p, d):
    """Return whether gaps between the taps are the one thing that is added."""
    return p == 0 and d > 1 and room(M, m, s, p, d) >= 0


def fits_nowhere(M, m, s, p, d):
    """Return whether the one thing is that there is no place at all."""
    return room(M, m, s, p, d) < 0


def length(rule):
    """Return the answer that takes the length from a rule, and knows the unread pixels."""
    return lambda *layer: (rule(*layer), walk(*layer)[1])


def moves(rule):
    """Return the answer that finds another room to move, and then divides and counts well."""
    return length(lambda M, m, s, p, d: max(0, rule(M, m, s, p, d) // s + 1))


def unread(rule):
    """Return the answer that knows the length, and takes the unread pixels from a rule."""
    return lambda *layer: (walk(*layer)[0], rule(*layer))


def tail(M, m, s, p, d):
    """Take the remainder of the division for the pixels at the end, less the zeros that stand behind them."""
    left = room(M, m, s, p, d) % s - p if room(M, m, s, p, d) >= 0 else M
    return list(range(M - max(0, min(left, M)), M))


def whole_tail(M, m, s, p, d):
    """Take the remainder for pixels, even where it is zeros that stay unread."""
    return sorted({*walk(M, m, s, p, d)[1], *range(max(0, M - room(M, m, s, p, d) % s), M)})


def solid(M, m, s, p, d):
    """Count what lies between the taps of a dilated filter as read."""
    read = {i * s + u - p for i in range(walk(M, m, s, p, d)[0]) for u in range(d * (m - 1) + 1)}
    return [pixel for pixel in range(M) if pixel not in read]


OF_THE_LENGTH = (
    Mistake(
        "plus one missing",
        "One place is missing: the division counts the steps, and a walk of that many steps stands on one place more. "
        "The place where the window starts counts too.",
        (length(lambda *layer: max(0, room(*layer) // layer[2])),),
    ),
    Mistake(
        "rounded up",
        "You rounded up. A window that fits only in part is no window: 54.25 places are 54.",
        (length(lambda *layer: max(0, ceil(room(*layer) / layer[2]) + 1)),),
    ),
    Mistake(
        "rounded",
        "You rounded to the nearest number, which rounds up half of the time. "
        "What is left over never makes a place: take the floor, with //.",
        (
            length(lambda *layer: max(0, round(room(*layer) / layer[2]) + 1)),
            length(lambda *layer: max(0, round(room(*layer) / layer[2] + 1))),
            length(lambda *layer: max(0, int(room(*layer) / layer[2] + 1.5))),
        ),
    ),
    Mistake(
        "stride ignored",
        "Your window moves one pixel at a time. With a stride of s it stands on every s-th place only.",
        (length(lambda *layer: max(0, room(*layer) + 1)),),
    ),
    Mistake(
        "one divided too",
        "You divided the + 1 as well. The stride divides the steps; the first place is added afterwards: "
        "(M − m) // s + 1, not (M − m + 1) // s.",
        (length(lambda *layer: max(0, (room(*layer) + 1) // layer[2])),),
    ),
    Mistake(
        "filter forgotten",
        "You divided the image and forgot the filter: M / s places would let the last windows hang over the edge.",
        (
            length(lambda M, m, s, p, d: M // s),
            length(lambda M, m, s, p, d: ceil(M / s)),
            length(lambda M, m, s, p, d: (M + 2 * p) // s),
            length(lambda M, m, s, p, d: (M - 1) // s + 1),
        ),
    ),
    Mistake(
        "padding forgotten",
        "The zeros do not count in your length. They make the axis longer: put M + 2p where M stands.",
        (moves(lambda M, m, s, p, d: room(M, m, s, 0, d)),),
        alone_when=only_zeros,
    ),
    Mistake(
        "padding once",
        "You counted the zeros of one side only. There are p on the left and p on the right: M + 2p.",
        (moves(lambda M, m, s, p, d: room(M, m, s, p, d) - p),),
        alone_when=only_zeros,
    ),
    Mistake(
        "dilation forgotten",
        "Your filter is as short as if its taps stood side by side. With d pixels from tap to tap it reaches over "
        "d(m − 1) + 1 of them, and that stands where m stood.",
        (moves(lambda M, m, s, p, d: room(M, m, s, p, 1)),),
        alone_when=only_gaps,
    ),
    Mistake(
        "reach",
        "You stretched the filter by the wrong amount. Between m taps there are m − 1 gaps, and each step from tap to "
        "tap is d: count the pixels from the first tap to the last, both included.",
        (
            moves(lambda M, m, s, p, d: M + 2 * p - d * m),
            moves(lambda M, m, s, p, d: M + 2 * p - d * (m - 1)),
            moves(lambda M, m, s, p, d: M + 2 * p - m - d + 1),
            moves(lambda M, m, s, p, d: M + 2 * p - m - d * (m - 1)),
        ),
        alone_when=only_gaps,
    ),
    Mistake(
        "int of a negative",
        "Where the filter does not fit you found a place. int(-0.5) is 0, because int rounds towards zero; "
        "-1 // 2 is -1, because // rounds down. Use //.",
        (
            length(lambda *layer: max(0, int(room(*layer) / layer[2]) + 1)),
            length(lambda *layer: int(room(*layer) / layer[2]) + 1),
        ),
        alone_when=fits_nowhere,
    ),
    Mistake(
        "below zero",
        "A length below 0: where the filter is much too long the rule goes on counting backwards. "
        "There is no place then, and the length is 0.",
        (length(lambda *layer: room(*layer) // layer[2] + 1),),
        alone_when=fits_nowhere,
    ),
    Mistake(
        "stride for dilation",
        "Stride and dilation have changed places. The stride is the step of the window; the dilation is the step from "
        "tap to tap inside it.",
        (lambda M, m, s, p, d: walk(M, m, d, p, s),),
    ),
)

OF_THE_PIXELS = (
    Mistake(
        "nothing unread",
        "You say that every pixel is read. When the stride leaves a remainder, the last ones are not.",
        (unread(lambda *layer: []),),
    ),
    Mistake(
        "read for unread",
        "You listed the pixels that are read. Asked for are the others.",
        (unread(lambda *layer: sorted(set(range(layer[0])) - set(walk(*layer)[1]))),),
    ),
    Mistake(
        "counted from one",
        "You count the pixels from 1. Like Python's indices they begin at 0: of 6 pixels the last one is 5.",
        (unread(lambda *layer: [pixel + 1 for pixel in walk(*layer)[1]]),),
    ),
    Mistake(
        "number of them",
        "You returned how many pixels are unread. Asked for is which ones: a list.",
        (unread(lambda *layer: len(walk(*layer)[1])),),
    ),
    Mistake(
        "at the front",
        "Your unread pixels stand at the front. The first window begins at the edge; what is left over is left at "
        "the end.",
        (unread(lambda *layer: sorted(layer[0] - 1 - pixel for pixel in walk(*layer)[1])),),
    ),
    Mistake(
        "counted with the padding",
        "Your positions are those of the padded axis. In the image, pixel 0 is the first behind the zeros: take p off, "
        "and leave the zeros out of the list.",
        (unread(lambda *layer: [pixel + layer[3] for pixel in walk(*layer)[1]]),),
        alone_when=only_zeros,
    ),
    Mistake(
        "zeros taken for pixels",
        "You count the whole remainder as lost pixels. Behind the last pixel stand p zeros, and the stride leaves "
        "those first: only what is more than p is image.",
        (unread(whole_tail),),
        alone_when=only_zeros,
    ),
    Mistake(
        "only the end",
        "The end is not the only place. A stride longer than the filter steps over pixels between two windows, "
        "and a dilated filter may step over them each time.",
        (unread(tail),),
    ),
    Mistake(
        "between the taps",
        "You count a pixel between two taps as read. A dilated filter has nothing there to multiply it by.",
        (unread(solid),),
        alone_when=only_gaps,
    ),
)

EXERCISE = Exercise(
    function="windows",
    question="For M pixels, m taps, stride s, padding p and dilation d: return how many places the window has, "
    "and which pixels it never reads.",
    definition=walk,
    golden=Case((6, 3, 2, 0, 1), expected=[2, [5]]),
    cases=cases,
    bound=lambda truth, *layer: (0.0, 0.0),
    mistakes=(*OF_THE_LENGTH, *OF_THE_PIXELS),
    hints=(
        "How far can the window move? Not M pixels: it needs room for itself, and the zeros give it more. The stride "
        "divides that way into steps, and a walk of n steps stands on n + 1 places.",
        "Nothing is rounded up: a window that no longer fits is no window, and what remains of the division is never "
        "read. A filter with gaps reaches further than its taps are many, yet it reads no more pixels. And Python's "
        "int() of a negative number is no floor.",
        "For 6 pixels, 3 taps and stride 2 the window can move by 6 − 3 = 3. That is one step of 2 and 1 pixel left "
        "over: 2 places, at 0 and at 2. They read pixels 0 1 2 and 2 3 4. Pixel 5 is not among them.",
    ),
    shape_rule="length is one number; unread is a list with one entry per pixel that no window reads, often an empty "
    "one.",
    praise="You divided the way and not the places, rounded down, gave a dilated filter its reach, and found every "
    "pixel that is never read.",
    plain=plain,
    returns=("length", "unread"),
)
