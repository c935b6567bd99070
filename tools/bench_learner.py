"""The learner's update in JAX: a peer for `steadyhand bench --layers learner`.

    bench_learner.py BEFORE.safetensors AFTER.safetensors

Reads the learner's checkpoint BEFORE, replays the updates up to AFTER with the same batches and the same noise, and prints
as a line of JSON who it is and how far its changes are from the learner's. Then, for every line on its standard input (a
number of updates), does that many updates and prints as a line of JSON how long they took.

What JAX is good at is used: the whole replay lies on the device with everything that is known beforehand computed (the
cloned policy's Gaussians, the rewards of returns), batches are gathered by index inside the compiled function, the state is
donated, and a block of updates is one loop in one call.
"""

import json
import os
import struct
import sys
import time

# Before JAX is imported: one thread.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np

LARGEST_DEVIATION = 0.8660254
LARGEST_CRITIC_NORM = 100.0
SUCCESS, TIMEOUT, ACTED = 16, 32, 4


# MARK: - The checkpoint


def read_safetensors(path):
    """Names to arrays, and the texts."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    texts = header.pop("__metadata__", {})
    types = {"F32": np.float32, "I64": np.int64}
    arrays = {}
    for name, entry in header.items():
        first, last = (8 + length + offset for offset in entry["data_offsets"])
        arrays[name] = np.frombuffer(content[first:last], types[entry["dtype"]]).reshape(entry["shape"])
    return arrays, texts


class Checkpoint:
    def __init__(self, path):
        self.arrays, texts = read_safetensors(path)
        self.identity = json.loads(texts["identity"])
        self.progress = json.loads(texts["progress"])
        self.seed = self.identity["seed"]

    def network(self, prefix):
        """A network's tensors by name."""
        return {
            name.removeprefix(prefix): jnp.asarray(array)
            for name, array in self.arrays.items()
            if name.startswith(prefix) and not name.removeprefix(prefix).startswith("moment")
        }

    def state(self):
        """Everything that an update changes."""
        weight = struct.unpack("<f", struct.pack("<I", self.progress["divergenceWeight"]))[0]
        trained = lambda prefix: {
            "parameters": self.network(prefix),
            "first": self.network(prefix + "moment1."),
            "second": self.network(prefix + "moment2."),
        }
        return {
            "policy": trained("policy."),
            "critics": [trained("critic0."), trained("critic1.")],
            "targets": [self.network("target0."), self.network("target1.")],
            "weight": jnp.float32(weight),
            "policyStep": jnp.int32(self.progress["policyStep"]),
            "criticStep": jnp.int32(self.progress["criticStep"]),
        }


# MARK: - Networks


def triangle(x):
    half = jnp.floor(x * (1 / np.pi) + 0.5)
    value = x - np.pi * half
    return jnp.where(half - 2 * jnp.floor(half * 0.5) == 0, value, -value)


def policy_gaussian(p, states, floor):
    """Means and deviations of the heteroscedastic stationary network."""
    x = states
    for index in range(sum(name.startswith("layers.") for name in p) // 2):
        x = jax.nn.elu(x @ p[f"layers.{index}.weight"].T + p[f"layers.{index}.bias"])
    wave = (x * jnp.exp(p["logInverseLengthScales"])) @ p["wave.weight"].T
    waves = jnp.concatenate([triangle(wave + np.pi / 4), triangle(wave - np.pi / 4)], axis=1)
    size = waves.shape[1]
    features = waves * (np.pi / np.sqrt(8 * size))
    mean = features @ p["location.weight"].T
    diagonal = jnp.eye(size, dtype=bool)
    factors = jnp.where(diagonal, jnp.exp(jnp.where(diagonal, p["factors"], 0)), jnp.triu(p["factors"], 1))
    # One product for all actions' factors.
    projected = (features @ factors.reshape(-1, size).T).reshape(len(states), -1, size)
    root = jnp.sqrt(floor + jnp.sum(projected * projected, axis=2))
    return mean, LARGEST_DEVIATION * jnp.tanh(root)


def critic_values(p, rows, scale):
    """Linear layers, layer normalisation, rectifiers; one value for each row."""
    x = rows
    for index in range(sum(name.startswith("norms.") for name in p) // 2):
        x = x @ p[f"layers.{index}.weight"].T + p[f"layers.{index}.bias"]
        mean = jnp.mean(x, axis=1, keepdims=True)
        variance = jnp.mean(jnp.square(x - mean), axis=1, keepdims=True)
        x = (x - mean) * jax.lax.rsqrt(variance + 1e-5)
        x = jax.nn.relu(x * p[f"norms.{index}.weight"] + p[f"norms.{index}.bias"])
    return (x @ p["output.weight"].T + p["output.bias"])[:, 0] * scale


def divergence(mean, deviation, other_mean, other_deviation):
    """KL of Gaussians, summed over the action."""
    return jnp.sum(
        jnp.log(other_deviation / deviation)
        + (jnp.square(deviation) + jnp.square(mean - other_mean)) / (2 * jnp.square(other_deviation))
        - 0.5,
        axis=1,
    )


def norm_of(tree):
    return jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(tree)))


def adam(network, gradient, step, rate, largest_norm=None):
    """Adam, with clipping by the norm where asked for; returns the network after a step, and the norm."""
    norm = norm_of(gradient)
    scale = 1.0 if largest_norm is None else jnp.minimum(1.0, largest_norm / norm)
    step = step.astype(jnp.float32)
    correction1 = 1 - jnp.power(0.9, step)
    correction2 = jnp.sqrt(1 - jnp.power(0.999, step))
    size, epsilon = rate * correction2 / correction1, 1e-8 * correction2
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * scale * g, network["first"], gradient)
    second = jax.tree.map(
        lambda v, g: 0.999 * v + 0.001 * jnp.square(scale * g), network["second"], gradient
    )
    parameters = jax.tree.map(
        lambda p, m, v: p - size * m / (jnp.sqrt(v) + epsilon), network["parameters"], first, second
    )
    return {"parameters": parameters, "first": first, "second": second}, norm


# MARK: - The update


class Learner:
    """The compiled updates for one configuration, and the replay on the device."""

    def __init__(self, checkpoint):
        self.configuration = checkpoint.identity["configuration"]
        self.floor = checkpoint.identity["policy"]["varianceFloor"]
        self.half = self.configuration["batchSize"]
        other = [
            name
            for name, plain in {"critic": "plain", "refinementInterval": 0, "gradientPenalty": 0, "policyDelay": 0}.items()
            if self.configuration[name] != plain
        ]
        if "temporalDifference" not in self.configuration["criticLoss"]:
            other.append("criticLoss")
        if self.configuration["reward"]["demonstrated"]:
            other.append("reward.demonstrated")
        if other:
            raise SystemExit(f"bench_learner: not done here: the configuration's {', '.join(other)}")
        cloned = checkpoint.network("cloned.")
        parts = [self.replay(checkpoint, name, cloned) for name in ("demonstrations", "experience")]
        # One table of rows; experience comes behind demonstrations.
        self.counts = tuple(len(part["rewards"]) for part in parts)
        self.table = {name: jnp.concatenate([part[name] for part in parts]) for name in parts[0]}
        interval = self.configuration["policyInterval"]
        self.block = jax.jit(self.run_block, donate_argnums=0, static_argnums=3)
        self.one = jax.jit(self.update, static_argnums=4)
        self.interval = interval

    def replay(self, checkpoint, name, cloned):
        """What a sample needs, a row for each step that can be sampled, in the order of the learner's list of them."""
        array = lambda suffix: checkpoint.arrays[f"{name}.{suffix}"]
        states, actions, flags = array("states"), array("actions"), array("flags")
        steps = checkpoint.identity[name]["returnSteps"]
        if checkpoint.identity[name]["lanes"] != 1:
            raise SystemExit("bench_learner: a replay has more than one lane")
        mean, deviation = policy_gaussian(cloned, states, self.floor)
        action_size = actions.shape[1]
        standard = (np.arctanh(actions, dtype=np.float64) - mean) / deviation
        density = -0.5 * standard**2 - np.log(deviation) - 0.5 * np.log(2 * np.pi)
        density -= np.log1p(-np.square(actions, dtype=np.float64))
        reward = checkpoint.identity["reward"]
        coherent = reward["scale"] / action_size * (np.sum(density, axis=1) + action_size * np.log(2))
        coherent = np.clip(coherent, reward["lowest"], reward["highest"])
        mix = self.configuration["reward"]
        slots = array("sampleable")[: array("counters")[0]]
        rewards, discounts = np.zeros(len(slots)), np.ones(len(slots))
        final, running = slots.copy(), np.ones(len(slots), bool)
        for _ in range(steps):
            following = (final + 1) % len(states)
            succeeds = flags[following] & SUCCESS != 0
            value = mix["coherent"] * (coherent[final] - mix["shift"]) + mix["success"] * succeeds
            rewards += np.where(running, discounts * value, 0)
            discounts = np.where(running, discounts * self.configuration["discount"], discounts)
            final = np.where(running, following, final)
            discounts = np.where(running & succeeds, 0, discounts)
            running &= flags[following] & (SUCCESS | TIMEOUT) == 0
        gather = lambda values, indices: jnp.asarray(np.asarray(values, np.float32)[indices])
        return {
            "state": gather(states, slots),
            "action": gather(actions, slots),
            "next": gather(states, final),
            "priorMean": gather(mean, slots),
            "priorDeviation": gather(deviation, slots),
            "nextPriorMean": gather(mean, final),
            "nextPriorDeviation": gather(deviation, final),
            "rewards": jnp.asarray(rewards, jnp.float32),
            "discounts": jnp.asarray(discounts, jnp.float32),
        }

    def update(self, state, indices, next_noise, noise, with_policy, table=None):
        """One update of the critics and, if asked for, of the policy."""
        c = self.configuration
        batch = {name: values[indices] for name, values in (self.table if table is None else table).items()}
        policy = state["policy"]["parameters"]

        # Targets.
        mean, deviation = policy_gaussian(policy, batch["next"], self.floor)
        rows = jnp.concatenate([batch["next"], jnp.tanh(mean + deviation * next_noise)], axis=1)
        first, second = (critic_values(p, rows, c["valueScale"]) for p in state["targets"])
        value = jnp.minimum(first, second) - state["weight"] * divergence(
            mean, deviation, batch["nextPriorMean"], batch["nextPriorDeviation"]
        )
        target = batch["rewards"] + batch["discounts"] * value

        # Critics.
        rows = jnp.concatenate([batch["state"], batch["action"]], axis=1)
        loss = lambda p: jnp.mean(jnp.square(critic_values(p, rows, c["valueScale"]) - target))
        step = state["criticStep"] + 1
        critics, targets, error, largest = [], [], 0.0, 0.0
        for critic, slow in zip(state["critics"], state["targets"]):
            squared, gradient = jax.value_and_grad(loss)(critic["parameters"])
            critic, norm = adam(critic, gradient, step, c["criticRate"], LARGEST_CRITIC_NORM)
            critics.append(critic)
            rate = c["targetRate"]
            targets.append(jax.tree.map(lambda t, p: t + rate * (p - t), slow, critic["parameters"]))
            error, largest = error + squared / 2, jnp.maximum(largest, norm)
        state = state | {"critics": critics, "targets": targets, "criticStep": step}
        seen = {"error": error, "norm": largest}
        if not with_policy:
            return state, seen

        # Policy.
        def objective(p):
            mean, deviation = policy_gaussian(p, batch["state"], self.floor)
            moved = deviation if c["valuesMoveDeviation"] else jax.lax.stop_gradient(deviation)
            rows = jnp.concatenate([batch["state"], jnp.tanh(mean + moved * noise)], axis=1)
            first, second = (critic_values(q["parameters"], rows, c["valueScale"]) for q in critics)
            value = jnp.mean(jnp.minimum(first, second))
            drift = jnp.mean(divergence(mean, deviation, batch["priorMean"], batch["priorDeviation"]))
            limited = jax.lax.stop_gradient(drift) > c["divergenceLimit"]
            weight = jnp.where(limited, jnp.maximum(state["weight"], 1), state["weight"])
            return weight * drift - jnp.where(limited, 0, value), drift

        (_, drift), gradient = jax.value_and_grad(objective, has_aux=True)(policy)
        step = state["policyStep"] + 1
        network, _ = adam(state["policy"], gradient, step, c["policyRate"])
        weight = state["weight"] * jnp.exp(c["divergenceRate"] * (drift - c["divergenceTarget"]))
        state = state | {"policy": network, "policyStep": step, "weight": jnp.clip(weight, 1e-5, 100)}
        return state, seen | {"divergence": drift}

    def run_block(self, state, key, table, periods):
        """`periods` times as many updates as lie between two of the policy, as one loop."""
        shape = (2 * self.half, table["action"].shape[1])

        def period(index, carry):
            state, error = carry
            for offset in range(self.interval):
                here = jax.random.fold_in(key, index * self.interval + offset)
                keys = jax.random.split(here, 4)
                indices = jnp.concatenate([
                    jax.random.randint(keys[0], (self.half,), 0, self.counts[0]),
                    jax.random.randint(keys[1], (self.half,), self.counts[0], sum(self.counts)),
                ])
                noise = jax.random.normal(keys[2], shape)
                other = jax.random.normal(keys[3], shape)
                state, seen = self.update(
                    state, indices, noise, other, offset == self.interval - 1, table
                )
                error = error + seen["error"]
            return state, error

        return jax.lax.fori_loop(0, periods, period, (state, jnp.float32(0)))


# MARK: - The learner's own random numbers


class RandomStream:
    """Philox 4×32-10 with the learner's keys and counters."""

    def __init__(self, key, stream=0):
        self.key, self.stream, self.position, self.words = key, stream, 0, ()

    @staticmethod
    def philox(low, high, key):
        c0, c1, c2, c3 = low & 0xFFFFFFFF, low >> 32, high & 0xFFFFFFFF, high >> 32
        k0, k1 = key & 0xFFFFFFFF, key >> 32
        for _ in range(10):
            even, odd = 0xD2511F53 * c0, 0xCD9E8D57 * c2
            c0, c1, c2, c3 = (odd >> 32) ^ c1 ^ k0, odd & 0xFFFFFFFF, (even >> 32) ^ c3 ^ k1, even & 0xFFFFFFFF
            k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
        return c0, c1, c2, c3

    def derived(self, index):
        x, y, z, w = self.philox(index, ~self.stream & 0xFFFFFFFFFFFFFFFF, self.key)
        return RandomStream(x | y << 32, (z | w << 32) >> 1)

    def word(self):
        if self.position % 4 == 0:
            self.words = self.philox(self.position // 4, self.stream, self.key)
        self.position += 1
        return self.words[(self.position - 1) % 4]

    def integer(self, bound):
        product = self.word() * bound
        if product & 0xFFFFFFFF < bound:
            while product & 0xFFFFFFFF < 2**32 % bound:
                product = self.word() * bound
        return product >> 32

    def gaussians(self, count):
        result = []
        for _ in range((count + 1) // 2):
            radius = np.sqrt(-2 * np.log((self.word() + 1) * 2.0**-32))
            angle = self.word() * (2 * np.pi * 2.0**-32)
            result += [radius * np.cos(angle), radius * np.sin(angle)]
        return np.asarray(result[:count], np.float32)


def compare(before, after, learner):
    """Does the updates between two checkpoints; how far from the learner's own changes, for policy and critics."""
    state, start = before.state(), before.state()
    shape = (2 * learner.half, before.identity["demonstrations"]["actionSize"])
    for step in range(before.progress["step"], after.progress["step"]):
        random = RandomStream(before.seed).derived(31).derived(2).derived(step)
        indices = [random.integer(learner.counts[0]) for _ in range(learner.half)]
        indices += [learner.counts[0] + random.integer(learner.counts[1]) for _ in range(learner.half)]
        next_noise = random.gaussians(shape[0] * shape[1]).reshape(shape)
        noise = random.gaussians(shape[0] * shape[1]).reshape(shape)
        with_policy = (step + 1) % learner.interval == 0
        state, _ = learner.one(state, jnp.asarray(indices), next_noise, noise, with_policy)
    wanted = after.state()

    def difference(part):
        flat = lambda tree: np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(part(tree))])
        own, other = flat(state) - flat(start), flat(wanted) - flat(start)
        return float(np.linalg.norm(own - other) / np.linalg.norm(other))

    return {
        "policyDifference": difference(lambda tree: tree["policy"]["parameters"]),
        "criticDifference": difference(lambda tree: [c["parameters"] for c in tree["critics"]]),
    }


def main():
    before, after = Checkpoint(sys.argv[1]), Checkpoint(sys.argv[2])
    learner = Learner(before)
    said = {"name": f"JAX {jax.__version__}"} | compare(before, after, learner)
    state, key = before.state(), jax.random.key(before.seed)
    print(json.dumps(said), flush=True)
    ready = set()
    for turn, line in enumerate(sys.stdin):
        periods = max(1, int(line) // learner.interval)
        here = jax.random.fold_in(key, turn)
        if periods not in ready:
            state, _ = jax.block_until_ready(learner.block(state, here, learner.table, periods))
            ready.add(periods)
        start, processor = time.perf_counter(), time.process_time()
        state, _ = jax.block_until_ready(learner.block(state, here, learner.table, periods))
        used, processor = time.perf_counter() - start, time.process_time() - processor
        scale = int(line) / (periods * learner.interval)
        print(json.dumps({"seconds": used * scale, "processorSeconds": processor * scale}), flush=True)


if __name__ == "__main__":
    main()
