"""Whether a policy server's faults disturb the robot: `tools/bench server`.

Drives the simulated robot in real time with the same base policy, in turn evaluated here and behind `tools/policy_server`, which is
late, stalls, loses connections or answers garbage; compares how late the control thread woke.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Name, and what the server is told; None: no server.
CONTENDERS = [
    ("evaluated here", None),
    ("server, at once", []),
    ("0 to 400 ms late", ["--jitter", "0.4"]),
    ("stalls of 5 s", ["--fault", "stall:10%", "--stall", "5"]),
    ("lost connections", ["--fault", "cut:20%"]),
    ("garbage in the end", ["--fault", "garbage:8"]),
]


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/bench server",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""\
Drives the simulated robot in real time with one base policy, in turn evaluated in this process and behind a policy server that is at
once, late, stalls, loses its connection or answers garbage (which ends the episode). Compares the 99th percentiles of the control
thread's lateness.""",
        epilog="""\
examples:
  tools/bench server --policy runs/demo/base
  tools/bench server --policy runs/demo/base --rounds 3 --episodes 1     a shorter look""",
    )
    parser.add_argument("--policy", required=True, help="the base policy: a run folder of `steadyhand train`")
    parser.add_argument("--rounds", type=int, default=5, help="how often each has its turn (default: 5)")
    parser.add_argument("--episodes", type=int, default=2, help="episodes of each turn (default: 2)")
    parser.add_argument("--out", default=str(ROOT / "runs" / "bench-server"), help="the folder for the runs; must not exist yet")
    chosen = parser.parse_args()
    chosen.out = pathlib.Path(chosen.out).resolve()
    if chosen.out.exists():
        parser.error(f"{chosen.out} is there already: name another folder with --out")
    if not (pathlib.Path(chosen.policy) / "checkpoints" / "policy.safetensors").exists():
        parser.error(f"{chosen.policy} holds no trained base policy (checkpoints/policy.safetensors)")
    for name in ("rounds", "episodes"):
        if getattr(chosen, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return chosen


def turn(chosen, index, round_number, options):
    """One turn of a contender: the results of its run."""
    folder = chosen.out / f"{index}-{round_number}"
    command = [str(ROOT / ".build" / "release" / "steadyhand"), "operate"]
    tail = ["--episodes", str(chosen.episodes), "--seed", str(round_number), "--out", str(folder)]
    if options is None:
        done = subprocess.run([*command, "configs/square.yaml", "--policy", chosen.policy, *tail], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        return results(folder, done)
    server = subprocess.Popen(
        [str(ROOT / "tools" / "policy_server"), "flow", chosen.policy, "--port", "0", "--seed", str(round_number), "--until-stdin-ends", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    job = ROOT / "configs" / f".bench-server-{index}-{round_number}.yaml"
    try:
        line = server.stdout.readline().split()
        if not line:
            sys.exit("bench: error: tools/policy_server did not start")
        job.write_text((ROOT / "configs" / "square-server.yaml").read_text().replace("ws://localhost:8000", line[-1]))
        done = subprocess.run([*command, str(job), *tail], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        return results(folder, done)
    finally:
        job.unlink(missing_ok=True)
        server.stdin.close()
        server.terminate()
        server.wait()


def results(folder, done):
    """A run that a fault ended has results as well."""
    path = folder / "results.json"
    if not path.exists():
        sys.exit(f"bench: error: {folder.name} ended with status {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(path.read_text())


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    chosen = arguments()
    rounds = {name: [] for name, _ in CONTENDERS}
    for number in range(chosen.rounds):
        for index, (name, options) in enumerate(CONTENDERS):
            print(f"bench: round {number + 1} of {chosen.rounds}: {name}", file=sys.stderr, flush=True)
            rounds[name].append(turn(chosen, index, number, options))
    here = [run["wakeMicroseconds"]["p99"] for run in rounds[CONTENDERS[0][0]]]
    print("| policy | lateness p99, µs | over evaluated here, same round | cycles | overruns | allocations |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, runs in rounds.items():
        late = [run["wakeMicroseconds"]["p99"] for run in runs]
        ratios = [own / other for own, other in zip(late, here)]
        counts = " | ".join(str(sum(run[key] for run in runs)) for key in ("cycles", "overruns", "allocations"))
        print(f"| {name} | {spread(late)} | {spread(ratios)} | {counts} |")


if __name__ == "__main__":
    main()
