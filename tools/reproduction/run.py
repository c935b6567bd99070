"""Does what is still to be done, and says how long it takes."""

import concurrent.futures
import datetime
import json
import signal
import subprocess
import sys
import threading
import time

from .estimate import Estimate, duration
from .records import Records
from .stages import ROOT, Confirmation, Failed, Improvement, Stage, read_times
from .table import Table, percent
from .tasks import STARTS, TASKS, VARIANTS


class Interrupted(Exception):
    pass


class Reproduction:
    def __init__(self, chosen):
        self.chosen = chosen
        self.steadyhand = chosen.program or str(ROOT / ".build" / "release" / "steadyhand")
        self.records = Records(chosen.records)
        self.out = chosen.out
        self.lock = threading.Lock()
        self.running = {}
        self.isStopping = False
        self.began = time.monotonic()

    # MARK: What there is to do

    def chain(self, task, seed):
        """Demonstrations and the base, one after the other; improvements measure what the base comes to."""
        job, folder = f"configs/{task}.yaml", self.out / task / f"seed-{seed}"
        count, updates = TASKS[task]["base"]
        demonstrations, base = folder / "demonstrations", folder / "base"
        start = [job, "--seed", str(seed)]
        record = ["record", *start, "--from", "expert", "--episodes", str(self.chosen.demonstrations[task]), "--out", str(demonstrations)]
        train = ["train", *start, "--dataset", str(demonstrations), "--demonstrations", str(count), "--steps", str(updates)]
        return [
            Stage(demonstrations, record, record + ["--resume"]),
            Stage(base, train + ["--out", str(base)], train + ["--resume", str(base)]),
        ]

    def improvement(self, task, seed, variant):
        name, options = variant
        folder = self.out / task / f"seed-{seed}"
        steps = self.chosen.steps
        command = ["improve", f"configs/{task}.yaml", "--seed", str(seed), "--policy", str(folder / "base")]
        command += ["--dataset", str(folder / "demonstrations"), "--skip", str(TASKS[task]["base"][0]), "--steps", str(steps), *options]
        key = (task, seed, name, steps, self.chosen.demonstrations[task])
        start = STARTS.get(name)
        return Improvement(
            key, folder / name, command + ["--out", str(folder / name)], command + ["--resume", str(folder / name)], steps,
            folder / start if start else None,
        )

    @property
    def pairs(self):
        return [(task, seed) for task in self.chosen.tasks for seed in self.chosen.seeds]

    def of(self, task, seed):
        return [self.improvement(task, seed, variant) for variant in self.chosen.variants]

    @property
    def improvements(self):
        return [improvement for pair in self.pairs for improvement in self.of(*pair)]

    def is_known(self, improvement):
        """Whether it is recorded, and confirmed if it is of the method and can be."""
        record = self.records.known.get(improvement.key)
        return record is not None and ("again" in record or self.confirmation(improvement) is None)

    def confirmation(self, improvement):
        """What measures the result once more; nothing where that is not reported, or is not there any more."""
        is_gone = improvement.key in self.records.known and not improvement.is_done
        return None if is_gone or not improvement.key[2].startswith("coherent-") else Confirmation(improvement)

    @property
    def open(self):
        """What is not recorded yet."""
        return [improvement for improvement in self.improvements if not self.is_known(improvement)]

    def take_over(self, add):
        """Adds what an earlier call has left in the folders; what does not fit stops it before anything is run for nothing."""
        for improvement in self.open:
            improvement.check()
            confirmation = self.confirmation(improvement)
            if improvement.is_done and (confirmation is None or confirmation.is_done):
                add(self.record(improvement))

    def record(self, improvement):
        """What came out; what was recorded before stays, and what was confirmed since comes to it."""
        known = self.records.known.get(improvement.key)
        confirmation = self.confirmation(improvement)
        return {**(known or improvement.record()), **({"again": confirmation.rate} if confirmation else {})}

    def note_time(self, stage, seconds):
        """Notes how long a stage took with all interruptions, None for not known; returns what was noted before."""
        file, name = stage.folder.parent / "seconds.json", stage.folder.name
        with self.lock:
            times = read_times(file)
            before = times.get(name, 0)
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps({**times, name: seconds}))
            partial.replace(file)
        return before

    def say(self, text):
        elapsed = datetime.timedelta(seconds=int(time.monotonic() - self.began))
        print(f"[{elapsed}] {text}", file=sys.stderr, flush=True)

    # MARK: Doing it

    def run(self, stage):
        """Runs a stage unless it is done already."""
        if stage.is_done:
            return
        if self.isStopping:
            raise Interrupted
        name = stage.folder.relative_to(self.out)
        began = time.monotonic()
        stage.folder.parent.mkdir(parents=True, exist_ok=True)
        log = stage.folder.parent / f"{stage.folder.name}.log"
        # Not known unless it comes to its end.
        before = self.note_time(stage, None)
        with open(log, "a") as file:
            # In a session of its own, so that Ctrl-C reaches it once, from here.
            process = subprocess.Popen(
                [self.steadyhand, *stage.command()], cwd=ROOT, stdout=file, stderr=file, start_new_session=True
            )
            with self.lock:
                self.running[process.pid] = process
            if self.isStopping:
                process.send_signal(signal.SIGINT)
            status = process.wait()
            with self.lock:
                del self.running[process.pid]
        self.note_time(stage, None if before is None else before + time.monotonic() - began)
        if self.isStopping and not stage.is_done:
            raise Interrupted
        if status != 0 or not stage.is_done:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise Failed(f"{name}: ended with status {status}: {''.join(last)} (all of it: {log})")
        if isinstance(stage, Improvement):
            final = stage.results["final"]
            self.say(f"{name}: {percent(final)} after {stage.results['steps']} steps")
        else:
            self.say(f"{name}: done")

    def stop(self, *_):
        if self.isStopping:
            return
        self.isStopping = True
        self.say("stopping: what runs is saved; start again with the same --out to go on")
        for process in list(self.running.values()):
            process.send_signal(signal.SIGINT)

    def everything(self):
        failures = []
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, self.stop)
        # Whoever started this may have blocked them, and what is run inherits that.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

        def attempt(stages, improvement=None):
            try:
                for stage in stages:
                    self.run(stage)
                if improvement:
                    self.records.add(self.record(improvement))
                return True
            except Failed as failure:
                failures.append(str(failure))
                self.say(f"error: {failure}")
            except Interrupted:
                pass
            return False

        # Of one seed after the other, so that all methods have a first curve early.
        order = sorted(self.pairs, key=lambda pair: (self.chosen.seeds.index(pair[1]), self.chosen.tasks.index(pair[0])))
        wanted = {pair: [each for each in self.of(*pair) if not self.is_known(each)] for pair in order}
        reporting = threading.Lock()

        def improve(improvement):
            attempt(filter(None, (improvement, self.confirmation(improvement))), improvement)
            with reporting:
                if not self.isStopping:
                    self.report()
                    self.say(f"about {duration(Estimate(self).seconds)} to go")

        with concurrent.futures.ThreadPoolExecutor(self.chosen.jobs) as pool:
            waiting = []
            # Recording demonstrations takes all cores by itself: one chain after the other, while what is ready is learnt.
            for pair in order:
                if wanted[pair] and attempt(self.chain(*pair)):
                    waiting += [pool.submit(improve, improvement) for improvement in wanted[pair]]
            for each in waiting:
                each.result()
        return failures

    # MARK: What came out

    def report(self):
        """Of everything that is in the folder, whatever this call was asked for."""
        folders = []
        for task in TASKS:
            for folder in sorted((self.out / task).glob("seed-*")):
                stages = ["demonstrations", "base"] + [name for name, _ in VARIANTS]
                folders += [str(folder / name) for name in stages if (folder / name / "results.json").exists()]
        if folders:
            command = [self.steadyhand, "report", *folders, "--out", str(self.out / "report.html")]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            if done.returncode != 0:
                self.say(f"error: the report could not be written: {done.stderr.strip()}")
        (self.out / "table.md").write_text(self.table)

    @property
    def table(self):
        return Table(self.chosen, self.records.known).text

