"""Admission: what a convolution will take, how much may be taken, and who is refused, before anything is allocated."""
