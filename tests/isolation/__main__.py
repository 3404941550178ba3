"""`python -m tests.isolation`: the whole matrix, and how many cells it has."""

import sys

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main(["tests/isolation", "-p", "no:randomly", *sys.argv[1:]]))
