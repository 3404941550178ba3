"""Faults that somebody could make in the product one day, and the tests that notice.

`faults/` describes each of them as data: a file, the text that is there, the text that
takes its place, and the tests that must fail then. `make mutants` plants them one by
one in a copy of the tree and says which ones live.
"""
