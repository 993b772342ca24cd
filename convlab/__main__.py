"""`python -m convlab`: the command line."""

import sys

from convlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
