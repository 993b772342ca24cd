"""Vector code of our own: register tiles written as LLVM text, and the threads that run them.

From the ground up: `lanes` writes vector instructions, `machine` turns them into native functions and keeps these on
disk, `plain` translates the loops around them, `pool` and `launch` share these among threads. The other files are
families of tiles: small functions that keep a block of outputs in registers while a whole sum is added up.
"""
