"""`python -m stampede`."""

from stampede.cli.main import main

if __name__ == "__main__":
    main()
