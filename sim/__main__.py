"""``python -m sim``: the same as the command ``sim``, for machines where scripts are not on the path."""

from sim.cli.app import main

if __name__ == "__main__":
    main()
