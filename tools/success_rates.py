"""Successes of many episodes, and what can be said of them: the same formulas as `SuccessRate` in `Sources/Runtime` has."""

import math


def interval(successes, trials):
    """Wilson's at 95 %, from 0 to 1."""
    rate, z = successes / trials, 1.959964
    scale = 1 + z * z / trials
    middle = (rate + z * z / (2 * trials)) / scale
    reach = z / scale * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    return max(0, middle - reach), min(1, middle + reach)


def pooled(rates):
    """All episodes as one sample."""
    episodes = sum(rate["episodes"] for rate in rates)
    successes = sum(round(rate["rate"] * rate["episodes"]) for rate in rates)
    low, high = interval(successes, episodes)
    return {"rate": successes / episodes, "low": low, "high": high}


def is_surely_below(rate, other):
    """Whether chance alone would show it less than once in a hundred times: the one-sided test of two proportions with a pooled variance."""
    trials = (rate["episodes"], other["episodes"])
    share = (rate["rate"] * trials[0] + other["rate"] * trials[1]) / sum(trials)
    variance = share * (1 - share) * (1 / trials[0] + 1 / trials[1])
    return other["rate"] - rate["rate"] > 2.326348 * math.sqrt(variance)
