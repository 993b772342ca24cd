"""What every test may rely on: the switches that a machine may export do not reach the arithmetic under test."""

import os

for switch in (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
):  # read when NumPy is imported, so not later than here
    os.environ.pop(switch, None)
