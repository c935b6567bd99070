"""The commands of `steadyhand` that a reproduction is made of."""

import json
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Failed(Exception):
    pass


class Stage:
    """A command of `steadyhand` that leaves a run folder, and counts as done when its results are there."""

    def __init__(self, folder, begin, go_on=None):
        self.folder, self.begin, self.go_on = folder, begin, go_on

    @property
    def is_done(self):
        return (self.folder / "results.json").exists()

    @property
    def results(self):
        return json.loads((self.folder / "results.json").read_text())

    def command(self):
        if self.folder.exists():
            # A run that was ended before it could be gone on with has no checkpoint.
            if self.go_on and (self.folder / "run.yaml").exists():
                return self.go_on
            shutil.rmtree(self.folder)
        return self.begin


class Improvement(Stage):
    """A stage that learns, from the demonstrations and the base policy in the folders beside its own."""

    def __init__(self, key, folder, begin, go_on, steps, start):
        super().__init__(folder, begin, go_on)
        self.key, self.steps, self.start = key, steps, start

    @property
    def steps_left(self):
        """Environment steps that are still to be learnt from."""
        if self.is_done:
            return 0
        try:
            done = json.loads((self.folder / "checkpoints" / "improvement.json").read_text())["steps"]
        except (OSError, ValueError, KeyError, TypeError):
            done = 0
        return max(0, self.steps - done)

    def command(self):
        command = super().command()
        # Cloned and measured before learning, the same for every method: once is enough.
        if command is self.begin and self.start and (self.start / "checkpoints" / "improvement.json").exists():
            return command + ["--start", str(self.start)]
        return command

    def check(self):
        """Whether what is in the folders so far was made for this many steps and demonstrations."""
        # Rounds of episodes go a little beyond the last step.
        if self.is_done and not self.steps <= (taken := self.results["steps"]) < self.steps + 2000:
            raise Failed(f"{self.folder}: this run took {taken} steps, not {self.steps}: choose another --out")
        recording = self.folder.parent / "demonstrations" / "results.json"
        if recording.exists() and (recorded := json.loads(recording.read_text())["episodes"]) != self.key[-1]:
            raise Failed(f"{self.folder.parent}: {recorded} demonstrations are there, not {self.key[-1]}: choose another --out")

    def record(self):
        """What came out, in so many words as the tables need."""
        self.check()
        lines = [json.loads(line) for line in (self.folder / "metrics.jsonl").read_text().splitlines()]
        results = self.results
        seconds = read_times(self.folder.parent / "seconds.json").get(self.folder.name)
        return {
            **dict(zip(("task", "seed", "name", "steps", "demonstrations"), self.key)),
            "commit": commit(),
            "minutes": None if seconds is None else round(seconds / 60, 1),
            **{key: results[key] for key in ("base", "cloned", "stepZero", "final")},
            "policyStep": results["policyStep"],
            "curve": sorted(
                ({key: line[key] for key in ("step", "rate", "low", "high", "episodes")} for line in lines if line["kind"] == "evaluation"),
                key=lambda point: point["step"],
            ),
            "rollbacks": [line["step"] for line in lines if line["kind"] == "rollback"],
        }


class Confirmation(Stage):
    """Measures an improvement's result once more, on initial states that no other seed has and that nothing was looked at on."""

    # Beyond those of recording, learning and evaluating of the same seed; each seed has ten million of its own.
    FIRST, EACH, EPISODES = 8_000_000, 10_000_000, 100

    def __init__(self, improvement):
        task, seed, name = improvement.key[:3]
        folder = improvement.folder.parent / f"{name}-again"
        begin = ["evaluate", f"configs/{task}.yaml", "--policy", str(improvement.folder), "--seed", str(self.FIRST + self.EACH * seed)]
        super().__init__(folder, begin + ["--episodes", str(self.EPISODES), "--out", str(folder)])

    @property
    def rate(self):
        return {key: self.results[key] for key in ("rate", "low", "high", "episodes")}


def commit():
    done = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip()


def read_times(file):
    """Seconds by a stage's name, None for one that was killed; nothing where no stage was run yet."""
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        return {}
