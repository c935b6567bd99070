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
Drives the simulated robot in real time: some episodes without the learner, then many with it, then some without again. Compares
the 99th percentiles of the control thread's lateness, and tells how often the task was done, by quarters of the run that learnt.""",
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
    parser.add_argument("--minutes", type=float, default=30, help="how long it learns, about (default: 30)")
    parser.add_argument("--updates", type=float, default=10, help="updates due for each step; 10 is more than the learner can do (default)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default=str(ROOT / "runs" / "bench-learning"), help="the folder for the runs; must not exist yet")
    chosen = parser.parse_args()
    chosen.out = pathlib.Path(chosen.out).resolve()
    if chosen.out.exists():
        parser.error(f"{chosen.out} is there already: name another folder with --out")
    return chosen


def job_with(chosen):
    """The job with the setting of this measurement, as a file beside the original, so that its paths still hold."""
    text = (ROOT / chosen.job).read_text()
    if "\nimprove:" in text:
        sys.exit(f"bench: error: {chosen.job} has an 'improve:' section; name a job without one")
    job = (ROOT / chosen.job).resolve().with_name(f".bench-learning-{chosen.seed}.yaml")
    job.write_text(text + f"\nimprove:\n  skip_demonstrations: {chosen.skip}\n  updates_per_step: {chosen.updates}\n  takeover: step\n")
    return job


def operate(chosen, job, name, episodes, *options):
    folder = chosen.out / name
    command = [str(ROOT / ".build" / "release" / "steadyhand"), "operate", str(job), "--seed", str(chosen.seed)]
    command += ["--policy", chosen.policy, "--episodes", str(episodes), "--out", str(folder), *options]
    print(f"bench: {name}: {episodes} episodes", file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"bench: error: {name} ended with status {done.returncode}")
    return json.loads((folder / "results.json").read_text())


def quarters(folder):
    """Successes and episodes in each quarter of a run."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    wins = [line["success"] for line in lines if line.get("kind") == "episode"]
    cuts = [len(wins) * part // 4 for part in range(5)]
    return [(sum(wins[first:last]), last - first) for first, last in zip(cuts, cuts[1:])]


def main():
    chosen = arguments()
    seconds_for_an_episode = 10
    many = max(4, round(chosen.minutes * 60 / seconds_for_an_episode))
    few = max(2, many // 6)
    job = job_with(chosen)
    learning = ["--learn"] + (["--dataset", chosen.dataset] if chosen.dataset else [])
    try:
        before = operate(chosen, job, "without-1", few)
        during = operate(chosen, job, "with", many, *learning)
        after = operate(chosen, job, "without-2", few)
    finally:
        job.unlink()
    late = [run["wakeMicroseconds"]["p99"] for run in (before, after)]
    ratio = during["wakeMicroseconds"]["p99"] / statistics.mean(late)
    print(f"lateness p99 without the learner: {late[0]:.2f} and {late[1]:.2f} µs; with it: {during['wakeMicroseconds']['p99']:.2f} µs; ratio {ratio:.2f}")
    for name, run in (("without", before), ("with", during), ("without", after)):
        print(
            f"{name}: {run['cycles']} cycles, {run['overruns']} overruns, {run['allocations']} allocations, "
            f"cycle p99 {run['stepMicroseconds']['p99']:.0f} µs, {run['successes']} of {run['episodes']} episodes succeeded"
        )
    print("while it learnt, by quarters: " + ", ".join(f"{wins} of {count}" for wins, count in quarters(chosen.out / "with")))
    for name in ("base", "stepZero", "final"):
        rate = during["improvement"][name]
        print(f"{name}: {100 * rate['rate']:.0f} % ({100 * rate['low']:.0f} to {100 * rate['high']:.0f} %) of {rate['episodes']} episodes in the simulator")


if __name__ == "__main__":
    main()
