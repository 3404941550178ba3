"""Random top-ups at five suppliers, from the order to the diamonds or the money.

Everything runs in one process on a clock that is moved by hand: the suppliers are the
engines of their simulators, and a process dies by an exception that nobody catches.
`world` is what there is, `deeds` what happens to it, `verdict` what must be true then.
"""
