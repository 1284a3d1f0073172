"""Make a number for a lot that nobody can guess, and the seal that goes into the plan."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    del parser  # The number is drawn here: one that people choose can be guessed.


def run(args: argparse.Namespace) -> int:
    del args
    from pochin.lab.seeds import new_seed, seed_commitment

    seed = new_seed()
    print(f"number, kept secret until the lot: {seed}")
    print(f"seal, for assignment.seed_commitment of the plan: {seed_commitment(seed)}")
    print("The seal binds you to the number before anybody knows the lot, and does not tell it.")
    return 0
