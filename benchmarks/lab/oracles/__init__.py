"""Independent libraries asked the same questions on random inputs; see `make oracles`.

Each module asks one library. Nothing of the lab itself needs any of them.
"""
