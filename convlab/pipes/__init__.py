"""Work in processes of their own, which may be ended at any time: started, asked and seen off over a pipe.

A worker is a program that runs `wire.serve`. It is started by its own command and never imports the main module of
its caller, so all of this works from standard input, from a script without a main guard, in a notebook, and from
several threads. `waiting.Client` waits for an answer, `loop.AsyncClient` lets an event loop go on meanwhile; a worker
itself needs neither, and starts sooner without.
"""

from convlab.pipes.process import Lost, end, options

__all__ = ["Lost", "end", "options"]
