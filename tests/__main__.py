"""`python -m tests [pytest arguments]` sets the environment up if it must, then runs the suite."""

import sys

if sys.version_info < (3, 11):  # said here, in words that every Python can parse
    sys.exit(
        "convlab needs Python 3.11 or newer; this is %d.%d. Try: python3.11 -m tests" % sys.version_info[:2]
    )

if __name__ == "__main__":
    from convlab import bootstrap

    bootstrap.ensure(("test",))

    import pytest

    arguments = ["--rootdir", str(bootstrap.ROOT)]
    arguments.extend(sys.argv[1:])
    sys.exit(pytest.main(arguments))
