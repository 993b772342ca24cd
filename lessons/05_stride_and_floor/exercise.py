"""Lesson 05: how long is the result, and which pixels does it never read?"""

from convlab.workshop import NotAttempted


def windows(M, m, s, p, d):
    """Return (length, unread) for one axis of a convolution.

    M pixels, m taps, stride s, p zeros on each side, dilation d: the taps stand d pixels apart, next to each other
    for d = 1. length is how many places the window finds, 0 when it fits nowhere. unread lists the pixels, 0 to
    M - 1 from left to right, that none of these windows multiplies by a tap.
    """
    raise NotAttempted  # replace this line by your code; a loop over windows and taps will do for unread


if __name__ == "__main__":
    print(windows(6, 3, 2, 0, 1))
