"""What was measured, in a file that grows."""

import json
import sys
import threading


class Records:
    """Measured improvements by task, seed, name, steps and demonstrations, and the file that they are kept in."""

    def __init__(self, file):
        self.file, self.known = file, {}
        self.lock = threading.Lock()
        if not file or not file.exists():
            return
        for number, line in enumerate(file.read_text().splitlines(), 1):
            try:
                record = json.loads(line)
                self.known[self.key(record)] = record
            except (ValueError, KeyError, TypeError) as error:
                sys.exit(f"{file}:{number}: not a measured improvement ({error}); take the line out to have it run again")

    @staticmethod
    def key(record):
        return tuple(record[name] for name in ("task", "seed", "name", "steps", "demonstrations"))

    def learn(self, record):
        """Takes a measured improvement into account without writing it down."""
        self.known[self.key(record)] = record

    def add(self, record):
        """Takes a measured improvement down, in the place of what was known of it."""
        with self.lock:
            is_new = self.key(record) not in self.known
            self.learn(record)
            if self.file and is_new:
                with open(self.file, "a") as file:
                    file.write(json.dumps(record) + "\n")
            elif self.file:
                partial = self.file.with_name(self.file.name + ".partial")
                partial.write_text("".join(json.dumps(known) + "\n" for known in self.known.values()))
                partial.replace(self.file)
