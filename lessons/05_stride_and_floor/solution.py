"""Lesson 05, one good answer: the length by the rule, the unread pixels by walking."""


def windows(M, m, s, p, d):
    extent = d * (m - 1) + 1
    length = max(0, (M + 2 * p - extent) // s + 1)
    read = {i * s + u * d - p for i in range(length) for u in range(m)}
    return length, [pixel for pixel in range(M) if pixel not in read]
