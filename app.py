"""The door: `python app.py` sets the environment up if it must, then serves the dashboard in a browser."""

import sys

if sys.version_info < (3, 11):  # said here, in words that every Python can parse
    sys.exit(
        "convlab needs Python 3.11 or newer; this is %d.%d. Try: python3.11 app.py" % sys.version_info[:2]
    )

if __name__ == "__main__":
    from convlab import door

    sys.exit(door.main(setup=True))
