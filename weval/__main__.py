"""`python -m weval`."""

from weval.cli.main import main

main()
