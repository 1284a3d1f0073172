"""A number for a lot, and its seal."""

from pochin.cli import main
from pochin.lab.seeds import guessed, seed_commitment


def test_the_seal_is_of_the_number_and_nobody_finds_the_number(capsys):
    assert main(["seed"]) == 0
    lines = capsys.readouterr().out.splitlines()
    number, seal = (line.rpartition(" ")[2] for line in lines[:2])

    assert seed_commitment(number) == seal
    assert len(number) == 32
    assert guessed(seal) is None


def test_no_two_numbers_are_alike(capsys):
    for _n in range(2):
        main(["seed"])
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] != lines[3]
