"""Lesson 12: a timer that does not lie."""

from convlab.workshop import NotAttempted


def time_call(make, call, is_right, clock):
    """Return (seconds, right): how long one convolution takes once it runs well, and whether its answer is right.

    make() draws operands x. call(x) begins the convolution and returns a promise; promise.result() waits until it is
    done and returns y. is_right(y) compares y with the definition. clock() tells the time in seconds, in steps that
    may be coarse.
    """
    raise NotAttempted  # take this line out, then mend what follows: six lies
    began = clock()
    for _ in range(5):
        call(make())
    return (clock() - began) / 5, True


if __name__ == "__main__":
    from convlab.workshop.pretended import Machine, Setting

    print(time_call(*Machine(Setting(work_s=2e-3, first_s=0.4)).functions))
