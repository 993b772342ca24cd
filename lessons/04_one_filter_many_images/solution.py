"""Lesson 04, one good answer: source 004's line, with its five faults mended."""

from scipy import ndimage


def stack_valid(stack, filter):
    (h, w), (kh, kw) = stack.shape[:2], filter.shape
    valid = slice((kh - 1) // 2, h - kh // 2), slice((kw - 1) // 2, w - kw // 2)
    return ndimage.convolve(stack, filter[..., None], output=float)[valid]
