"""`python -m dlcli` is the program `dlcli`."""

import sys

from dlcli.cli import main

if __name__ == "__main__":
    sys.exit(main())
