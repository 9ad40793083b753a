"""`python -m stampede`."""

from stampede.cli import main

if __name__ == "__main__":
    main()
