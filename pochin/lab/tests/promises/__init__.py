"""What the lab promises of its methods, as simulations that anybody can run again."""

from pochin.lab.tests.promises.base import PROMISES, Promise, Seen, load

__all__ = ["PROMISES", "Promise", "Seen", "load"]
