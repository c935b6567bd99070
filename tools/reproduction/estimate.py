"""How long what is still to be done takes, by what was measured of the same."""

import statistics

from .stages import read_times

# Before anything was measured: seconds for a thousand environment steps with their updates and evaluations, and for a stage before
# them.
FIRST_GUESS = {"improvement": 25.0, "chain": 90.0}


class Estimate:
    def __init__(self, reproduction):
        self.reproduction = reproduction
        self.measured = {
            key: 60 * record["minutes"] / (record["steps"] / 1000)
            for key, record in reproduction.records.known.items() if record["minutes"] is not None
        }

    @property
    def is_guess(self):
        return not self.measured

    @property
    def seconds(self):
        """With as many runs side by side as there will be; recording and the base's training take all cores."""
        open = self.reproduction.open
        pairs = {stage.key[:2] for stage in open}
        chains = sum(self.chain(stage) for pair in pairs for stage in self.reproduction.chain(*pair) if not stage.is_done)
        return sum(map(self.improvement, open)) / self.reproduction.chosen.jobs + chains

    def improvement(self, stage):
        """Of the same task and method, or else of the nearest to it that was measured."""
        task, _, name = stage.key[:3]
        for fits in (lambda key: key[0] == task and key[2] == name, lambda key: key[0] == task, lambda key: True):
            found = [rate for key, rate in self.measured.items() if fits(key)]
            if found:
                return statistics.median(found) * stage.steps_left / 1000
        return FIRST_GUESS["improvement"] * stage.steps_left / 1000

    def chain(self, stage):
        """Of the same stage with the task's other seeds."""
        folders = [stage.folder.parent.parent / f"seed-{seed}" for seed in self.reproduction.chosen.seeds]
        found = [read_times(folder / "seconds.json").get(stage.folder.name) for folder in folders]
        found = [seconds for seconds in found if seconds is not None]
        return statistics.median(found) if found else FIRST_GUESS["chain"]


def duration(seconds):
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes / 60:.1f} h" if minutes < 2880 else f"{minutes / 1440:.1f} days"
