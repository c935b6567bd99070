"""The command line of `tools/reproduce`."""

import argparse
import os
import pathlib
import subprocess
import sys

from .estimate import Estimate, duration
from .run import Reproduction
from .stages import ROOT, Failed
from .tasks import TASKS, VARIANTS


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/reproduce",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""\
For each task and seed: records demonstrations, clones a base policy from a few of them, improves it by coherent imitation in both
compositions and by the baselines on the sparse reward, and writes tables and curves.

A run that was interrupted, at any point, goes on where it was when it is started again with the same --out. With --records, what
is in that file counts as done, and what is done is added to it: so the work can be spread over days and machines.""",
        epilog="""\
examples:
  tools/reproduce square --seeds 0                   a first look, about half an hour
  tools/reproduce                                    all tasks, three seeds: half a day on two cores
  tools/reproduce threading coffee --only coherent   these two, without the baselines
  tools/reproduce --plan                             says what would be done and how long it takes
  tools/reproduce --table --records tools/reproduced.jsonl
                                                     the table of what was measured, without running anything""",
    )
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(TASKS)}; by default all")
    parser.add_argument("--seeds", default="0,1,2", help="seeds, with commas between them (default: 0,1,2)")
    parser.add_argument("--steps", type=int, default=24_000, help="environment steps of each improvement (default: 24000)")
    parser.add_argument("--demonstrations", type=int, help="how many to record (default: as many as suit the task, 100 to 600)")
    parser.add_argument("--only", default="", metavar="NAMES", help="improvements of these names, or whose names begin so, with commas between them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs side by side (default: one for each core)")
    parser.add_argument("--out", default=str(ROOT / "runs" / "reproduction"), help="the folder for everything (default: runs/reproduction)")
    parser.add_argument("--records", metavar="FILE", help="improvements that need not be run again; what is run is added")
    parser.add_argument("--program", metavar="FILE", help="the steadyhand to run; by default it is built")
    parser.add_argument("--plan", action="store_true", help="say what there is to do, and end")
    parser.add_argument("--table", action="store_true", help="print the table of what is done, and end")
    chosen = parser.parse_args()
    chosen.tasks = chosen.tasks or [task for task in TASKS if (ROOT / "configs" / f"{task}.yaml").exists()]
    for task in chosen.tasks:
        if task not in TASKS:
            parser.error(f"there is no task '{task}'; there is: {', '.join(TASKS)}")
        if not (ROOT / "configs" / f"{task}.yaml").exists():
            parser.error(f"configs/{task}.yaml is not there")
    try:
        chosen.seeds = sorted({int(seed) for seed in chosen.seeds.split(",")})
    except ValueError:
        parser.error(f"--seeds takes whole numbers with commas between them, not '{chosen.seeds}'")
    for name in ("jobs", "demonstrations", "steps"):
        value = getattr(chosen, name)
        if value is not None and value < 1:
            parser.error(f"--{name} must be at least 1")
    wanted, names = set(filter(None, chosen.only.split(","))), {name for name, _ in VARIANTS}
    # A whole name is that one alone, even if another one goes on where it ends.
    prefixes = tuple(wanted - names)
    chosen.variants = [variant for variant in VARIANTS if not wanted or variant[0] in wanted or variant[0].startswith(prefixes)]
    if not chosen.variants:
        parser.error(f"--only {chosen.only}: there is {', '.join(name for name, _ in VARIANTS)}")
    for task in chosen.tasks:
        if (chosen.demonstrations or TASKS[task]["demonstrations"]) < TASKS[task]["base"][0] + 10:
            parser.error(f"--demonstrations: the base of {task} takes {TASKS[task]['base'][0]}, the improvement needs 10 more")
    chosen.demonstrations = {task: chosen.demonstrations or TASKS[task]["demonstrations"] for task in chosen.tasks}
    chosen.out = pathlib.Path(chosen.out).resolve()
    chosen.program = str(pathlib.Path(chosen.program).resolve()) if chosen.program else None
    if chosen.program and not os.access(chosen.program, os.X_OK):
        parser.error(f"--program {chosen.program}: there is no such program")
    chosen.records = pathlib.Path(chosen.records) if chosen.records else None
    return chosen


def main():
    chosen = arguments()
    reproduction = Reproduction(chosen)
    only_looks = chosen.table or chosen.plan
    try:
        reproduction.take_over(reproduction.records.learn if only_looks else reproduction.records.add)
    except Failed as failure:
        sys.exit(f"error: {failure}")
    if chosen.table:
        print(reproduction.table)
        return 0
    estimate, open = Estimate(reproduction), reproduction.open
    guess = ", by a guess that gets better" if estimate.is_guess else ""
    print(
        f"{', '.join(chosen.tasks)}; seeds {', '.join(map(str, chosen.seeds))}: {len(open)} of {len(reproduction.improvements)} improvements "
        f"to do, {sum(stage.steps_left for stage in open)} steps, about {duration(estimate.seconds)}{guess}",
        file=sys.stderr,
    )
    if chosen.plan:
        return 0
    chosen.out.mkdir(parents=True, exist_ok=True)
    if not chosen.program:
        build = [str(ROOT / "tools" / "swift"), "build", "-c", "release", "--product", "steadyhand"]
        subprocess.run(build, cwd=ROOT, check=True, stdout=sys.stderr)
    failures = reproduction.everything()
    reproduction.report()
    print((chosen.out / "table.md").read_text())
    print(f"{chosen.out / 'report.html'}")
    if reproduction.isStopping:
        return 130
    return 1 if failures else 0
