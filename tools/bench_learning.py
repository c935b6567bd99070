"""Whether learning disturbs the robot: `tools/bench learning`.

Drives the simulated robot in real time in turn without and with the learner, and compares how late the control thread woke.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/bench learning",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""\
Drives the simulated robot in real time: some episodes without the learner, then many with it, and so on in turn; what learns goes on
where it was. Compares the 99th percentiles of the control thread's lateness, and tells how often the task was done, by quarters of
all episodes that it learnt from.""",
        epilog="""\
examples:
  tools/bench learning --policy runs/demo/base --dataset runs/demo/demonstrations --skip 40
  tools/bench learning --policy base --minutes 5 --updates 1          a shorter look, with one update for each step""",
    )
    parser.add_argument("--job", default="configs/square.yaml", help="the job (default: configs/square.yaml)")
    parser.add_argument("--policy", default="base", help="the base policy: 'base' for the last one trained, or a run folder")
    parser.add_argument("--dataset", help="demonstrations for the small policy (default: the last ones recorded)")
    parser.add_argument("--skip", type=int, default=0, help="demonstrations to leave out: those that the base was cloned from")
    parser.add_argument("--composition", choices=["ensemble", "residual"], default="ensemble")
    parser.add_argument("--minutes", type=float, default=30, help="how long it learns altogether, about (default: 30)")
    parser.add_argument("--rounds", type=int, default=3, help="turns with the learner; those without are one more (default: 3)")
    parser.add_argument("--updates", type=float, default=10, help="updates due for each step; 10 is more than the learner can do (default)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default=str(ROOT / "runs" / "bench-learning"), help="the folder for the runs; must not exist yet")
    chosen = parser.parse_args()
    chosen.out = pathlib.Path(chosen.out).resolve()
    if chosen.rounds < 1:
        parser.error("--rounds must be at least 1")
    if chosen.out.exists():
        parser.error(f"{chosen.out} is there already: name another folder with --out")
    return chosen


def job_with(chosen):
    """The job with the setting of this measurement, as a file beside the original, so that its paths still hold."""
    text = (ROOT / chosen.job).read_text()
    if "\nimprove:" in text:
        sys.exit(f"bench: error: {chosen.job} has an 'improve:' section; name a job without one")
    job = (ROOT / chosen.job).resolve().with_name(f".bench-learning-{chosen.seed}.yaml")
    job.write_text(text + f"\nimprove:\n  composition: {chosen.composition}\n  skip_demonstrations: {chosen.skip}\n  updates_per_step: {chosen.updates}\n  takeover: step\n")
    return job


def operate(chosen, job, name, episodes, *options):
    folder = chosen.out / name
    place = [] if "--resume" in options else ["--out", str(folder)]
    command = [str(ROOT / ".build" / "release" / "steadyhand"), "operate", str(job), "--seed", str(chosen.seed)]
    command += ["--policy", chosen.policy, "--episodes", str(episodes), *place, *options]
    print(f"bench: {name}: {episodes} episodes", file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"bench: error: {name} ended with status {done.returncode}")
    return json.loads((folder / "results.json").read_text())


def quarters(wins):
    """Successes and episodes in each quarter."""
    cuts = [len(wins) * part // 4 for part in range(5)]
    return [(sum(wins[first:last]), last - first) for first, last in zip(cuts, cuts[1:])]


def episodes_won(folder):
    """Whether each episode of a run succeeded."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["success"] for line in lines if line.get("kind") == "episode"]


def lateness(runs):
    """The median of the runs' 99th percentiles, and all of them as text, µs."""
    values = [run["wakeMicroseconds"]["p99"] for run in runs]
    return statistics.median(values), ", ".join(f"{value:.2f}" for value in values)


def sum_up(runs, name):
    counts = {key: sum(run[key] for run in runs) for key in ("cycles", "overruns", "allocations", "successes", "episodes")}
    slowest = max(run["stepMicroseconds"]["p99"] for run in runs)
    print(
        f"{name}: {counts['cycles']} cycles, {counts['overruns']} overruns, {counts['allocations']} allocations, "
        f"cycle p99 at most {slowest:.0f} µs, {counts['successes']} of {counts['episodes']} episodes succeeded"
    )


def main():
    chosen = arguments()
    # Square, as measured: 7.0 to 7.8 s with what lies between two episodes.
    seconds_for_an_episode = 7.5
    many = max(2, round(chosen.minutes * 60 / seconds_for_an_episode / chosen.rounds))
    few = max(2, many // 8)
    job = job_with(chosen)
    learning = ["--learn"] + (["--dataset", chosen.dataset] if chosen.dataset else [])
    folder = chosen.out / "with"
    without, during = [], []
    try:
        for turn in range(chosen.rounds):
            without.append(operate(chosen, job, f"without-{turn + 1}", few))
            during.append(operate(chosen, job, "with", many, *learning, *(["--resume", str(folder)] if turn else [])))
        without.append(operate(chosen, job, f"without-{chosen.rounds + 1}", few))
    finally:
        job.unlink()
    (calm, calm_all), (busy, busy_all) = lateness(without), lateness(during)
    print(f"lateness p99 without the learner: {calm_all} µs; with it: {busy_all} µs; medians {calm:.2f} and {busy:.2f}, ratio {busy / calm:.2f}")
    sum_up(without, "without")
    sum_up(during, "with")
    print("while it learnt, by quarters: " + ", ".join(f"{wins} of {count}" for wins, count in quarters(episodes_won(folder))))
    improvement = during[-1]["improvement"]
    print(f"{improvement['steps']} steps, {improvement['updatesPerSecond']:.0f} updates a second")
    for name in ("base", "stepZero", "final"):
        rate = improvement[name]
        print(f"{name}: {100 * rate['rate']:.0f} % ({100 * rate['low']:.0f} to {100 * rate['high']:.0f} %) of {rate['episodes']} episodes in the simulator")


if __name__ == "__main__":
    main()
