"""Work in processes of their own, which may be ended at any time: started, asked and seen off over a pipe.

A worker is a program that runs `wire.serve`. It is started by its own command and never imports the main module of
its caller, so all of this works from standard input, from a script without a main guard, in a notebook, and from
several threads. `Client` waits for an answer, `AsyncClient` lets an event loop go on meanwhile.
"""

from convlab.pipes.loop import AsyncClient
from convlab.pipes.process import Lost, end, options
from convlab.pipes.waiting import Client

__all__ = ["AsyncClient", "Client", "Lost", "end", "options"]
