"""Processes die at every named place; afterwards nothing may be lost or doubled.

The parent of a run holds a seed and the outside truth (what the gateway and the bank
took in, what Discord shows). Each step is a child process that may kill itself at a
failpoint; whoever would try again in real life tries again. When all is quiet the rows
are compared with the rules (`payments.invariants` and its siblings) and with the truth.
"""
