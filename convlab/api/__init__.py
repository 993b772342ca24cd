"""The calls that a user makes: conv, corr, plan, gradients, trace, backends, prefer. Each reads like its docstring."""

from convlab.api.asking import backends, trace
from convlab.api.backward import gradients
from convlab.api.forward import conv, corr
from convlab.api.planning import plan
from convlab.api.preferring import prefer

__all__ = ["backends", "conv", "corr", "gradients", "plan", "prefer", "trace"]
