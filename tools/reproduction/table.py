"""The table of what was measured."""

import statistics

from success_rates import is_surely_below, pooled

from .tasks import TASKS


class Table:
    """Of the tasks, seeds and methods that were chosen, as far as they are among the measured improvements, by their keys."""

    def __init__(self, chosen, known):
        self.chosen, self.known = chosen, known

    def found(self, task, name):
        """What was measured of a method on a task, seed by seed."""
        keys = [(task, seed, name, self.chosen.steps, self.chosen.demonstrations[task]) for seed in self.chosen.seeds]
        return {key[1]: self.known[key] for key in keys if key in self.known}

    @property
    def text(self):
        lines = [
            "| task | published: base → improved (steps) | method | demonstrations | seeds | base | cloned alone | step 0 | final | again | of step | minutes | drops at first | below step 0 ever | steps to 90 % | success alone needs | uncloned needs |",
            "|" + " --- |" * 17,
        ]
        commits = set()
        for task in self.chosen.tasks:
            before, after = TASKS[task]["published"]
            steps = TASKS[task]["steps"]
            published = f"{'?' if before is None else before} → {after} ({'?' if steps is None else f'{steps // 1000}k'})"
            for name, _ in self.chosen.variants:
                found = self.found(task, name)
                if not found:
                    continue
                records = found.values()
                commits |= {record["commit"] for record in records}
                cells = [task, published, name, str(self.chosen.demonstrations[task]), ", ".join(map(str, found))]
                cells += [percent(pooled([record[key] for record in records])) for key in ("base", "cloned", "stepZero", "final")]
                again = [record["again"] for record in records if "again" in record]
                cells.append(percent(pooled(again)) if len(again) == len(records) else "–")
                cells.append(", ".join(str(record["policyStep"]) for record in records))
                minutes = [record["minutes"] for record in records if record["minutes"] is not None]
                cells.append(f"{statistics.mean(minutes):.0f}" if minutes else "?")
                cells += [f"{sum(map(judged, records))} of {len(records)}" for judged in (has_dropped, was_surely_below)]
                reached = [steps_to(record["curve"]) for record in records]
                cells.append(", ".join("never" if step is None else str(step) for step in reached))
                coherent = name.startswith("coherent-")
                cells.append(self.ratio(task, name, name.replace("coherent-", "sparse-")) if coherent else "")
                cells.append(self.ratio(task, name, "sparse-uncloned") if coherent else "")
                lines.append("| " + " | ".join(cells) + " |")
        lines += [
            "",
            "The base policy is cloned from the first 10 to 60 of the demonstrations, the small one from the others. *Minutes* are of one run, in the mean; those of a baseline that begins with a coherent run's clone begin there. "
            "*Success alone needs* so many times the steps to 90 % from the same clone, in the sums over the seeds that both have; or so many "
            "against none where the coherent method begins there; at least so many (≥) where it never came there. *Uncloned needs* is the same "
            "of residual reinforcement learning, whose correction begins at nothing. A dash is where that was not measured.",
            "",
            f"Commit {', '.join(sorted(commits))}; {self.chosen.steps} environment steps. Rates are per cent of 100 episodes for each seed, on initial states that no policy was "
            "chosen by, with 95 % Wilson intervals over all seeds' episodes together. *Final* is of the policy with the best evaluation on the way, "
            "after so many steps (*of step*), on the same 100 initial states for every seed; *again* is of the same policy on 100 others that no other "
            "seed has. *Drops at first* counts the seeds with an evaluation in the first "
            "fifth of the steps whose whole interval is below step 0; there only the critics learn. *Below step 0 ever* counts "
            "those with an evaluation anywhere on the way that is surely below it, by a test of two proportions at 1 %, which is the one that "
            "puts a policy back.",
            "",
        ]
        return "\n".join(lines)

    def ratio(self, task, name, other):
        """How many times the steps to 90 % another method needs."""
        here, there = self.found(task, name), self.found(task, other)
        if not here.keys() & there.keys():
            return "–"
        own, others, bound = 0, 0, ""
        for seed in here.keys() & there.keys():
            mine, its = (steps_to(found[seed]["curve"]) for found in (here, there))
            if mine is None:
                return "never there"
            if its is None:
                its, bound = there[seed]["curve"][-1]["step"], "≥ "
            own, others = own + mine, others + its
        if own:
            return f"{bound}{others / own:.1f} ×"
        return f"{bound}{others} to 0" if others else "neither needs any"


def has_dropped(record):
    """Whether, in the first fifth, the evaluation at step 0 is above the whole interval of a later one."""
    first, *others = record["curve"]
    return any(point["high"] < first["rate"] for point in others if point["step"] <= record["steps"] / 5)


def was_surely_below(record):
    """Whether an evaluation on the way is below step 0 by more than chance would have it once in a hundred times."""
    first, *others = record["curve"]
    return any(is_surely_below(point, first) for point in others)


def steps_to(line, rate=0.9):
    """The first evaluation on the way with this rate; None if there is none."""
    return next((point["step"] for point in line if point["rate"] >= rate), None)


def percent(rate):
    return f"{100 * rate['rate']:.0f} ({100 * rate['low']:.0f}–{100 * rate['high']:.0f})"
