"""`python -m convlab.backends.theano_worker` sets the real Theano up without haste; app.py starts it detached."""

import contextlib
import os
import sys

from convlab.backends.theano_worker.setup import set_up
from convlab.errors import ConvLabError

if __name__ == "__main__":
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    try:
        set_up(lambda line: print(line, flush=True))
    except ConvLabError as error:
        sys.exit(str(error))
