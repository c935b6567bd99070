"""What is reproduced: tasks, methods, and what begins where."""

# Per task: the published rates before and after improvement, in per cent (Scherer, Watson, Gruner, Palenicek, Posner, Peters, 2026),
# the environment steps that were spent there, None where neither is known, how many demonstrations there are, and what makes a base
# policy that is no better than the published one: the first so many of them, and updates of its training. The small policy is
# cloned from the others. None of it was chosen on the initial states that results are confirmed on.
TASKS = {
    "square": {"published": (84, 94), "steps": 100_000, "demonstrations": 300, "base": (40, 1500)},
    "coffee": {"published": (78, 96), "steps": 200_000, "demonstrations": 300, "base": (60, 3000)},
    "mug-cleanup": {"published": (68, 90), "steps": 100_000, "demonstrations": 600, "base": (60, 3000)},
    "threading": {"published": (14, 92), "steps": 450_000, "demonstrations": 100, "base": (10, 800)},
    "nut-assembly": {"published": (22, 40), "steps": None, "demonstrations": 600, "base": (45, 2000)},
    "hammer-cleanup": {"published": (None, 100), "steps": None, "demonstrations": 300, "base": (20, 1000)},
}

# Name, and what `improve` is told. The first two are the method, the next two differ from them in the reward alone, and the last two
# are residual reinforcement learning as it is usual: a correction that begins at nothing, with and without demonstrations in the
# batches.
VARIANTS = [
    ("coherent-ensemble", ["--method", "coherent", "--composition", "ensemble"]),
    ("coherent-residual", ["--method", "coherent", "--composition", "residual"]),
    ("sparse-ensemble", ["--method", "sparse", "--composition", "ensemble"]),
    ("sparse-residual", ["--method", "sparse", "--composition", "residual"]),
    ("sparse-uncloned", ["--method", "sparse", "--composition", "residual", "--cloning-steps", "0"]),
    (
        "sparse-uncloned-alone",
        ["--method", "sparse", "--composition", "residual", "--cloning-steps", "0", "--demonstration-share", "0"],
    ),
]

# What has cloned and measured the same before learning.
STARTS = {
    "sparse-ensemble": "coherent-ensemble",
    "sparse-residual": "coherent-residual",
    "sparse-uncloned-alone": "sparse-uncloned",
}
