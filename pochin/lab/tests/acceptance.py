"""The rule by which a simulation passes."""

import math


def highest_rate(alpha: float, runs: int) -> float:
    """What a true rate of `alpha` exceeds in `runs` simulations once in a thousand times."""
    return alpha + 3.09 * math.sqrt(alpha * (1 - alpha) / runs)
