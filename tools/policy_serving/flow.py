"""The flow policy that `steadyhand train` makes, evaluated with NumPy.

The same network as Sources/Policies/Flow: a velocity field over chunks, conditioned on features of the observation and on the
time, integrated with Euler steps from noise to actions; led to join the chunk under way where the request has one (Black,
Galliker, Levine, "Real-time execution of action chunking flow policies", 2025).
"""

from __future__ import annotations

import json
import pathlib

import numpy as np
import safetensors.numpy

from policy_serving.problem import Problem

FEATURE_LIMIT = 6.0


class Flow:
    """A checkpoint's policy. Noise comes with the request, or else from a seed."""

    def __init__(self, path: str, seed: int, guidance: str = "exact", guidance_weight: float = 5.0):
        self.guidance, self.guidance_weight = guidance, guidance_weight
        file = checkpoint_file(path)
        try:
            with safetensors.safe_open(file, framework="numpy") as opened:
                text = opened.metadata() or {}
                tensors = {name: opened.get_tensor(name) for name in opened.keys()}
        except Exception as error:
            raise Problem(65, f"{file}: {error}") from None
        if text.get("format") != "steadyhand-flow-policy-1":
            raise Problem(65, f"{file}: is not a base policy of Steadyhand")
        self.tensors = tensors
        self.shape = json.loads(text["configuration"])
        self.parts = json.loads(text["layout"])
        self.action_size = int(text["actionSize"])
        self.random = np.random.default_rng(seed)
        self.noise_shape = (self.shape["horizon"], self.action_size)
        self.metadata = {
            "policy": f"{text['task']} on {text['robot']}, step {text['step']}",
            "noise_shape": list(self.noise_shape),
            "continues_chunks": True,
        }

    def infer(self, observation: dict) -> np.ndarray:
        noise = observation.get("noise")
        if noise is None:
            noise = self.random.standard_normal(self.noise_shape)
        chunk = np.array(noise, dtype=np.float32).reshape(1, -1)
        features = self.features(observation)[None]
        goal = self.goal(observation)
        steps = self.shape["samplingSteps"]
        interval = np.float32(1 / steps)
        for step in range(steps):
            time = step * interval
            velocity, memory = self.velocity(chunk, features, time)
            if goal is not None:
                velocity = velocity + self.pull(chunk, velocity, memory, time, *goal)
            chunk = chunk + interval * velocity
        actions = chunk.reshape(self.noise_shape) * self.tensors["actions.scale"] + self.tensors["actions.mean"]
        return np.clip(actions, -1, 1).astype(np.float32)

    def goal(self, observation: dict) -> tuple[np.ndarray, np.ndarray] | None:
        """The chunk under way, in the flow's own numbers, and how much each number of it counts; None without one."""
        if observation.get("prev_chunk") is None:
            return None
        previous = np.asarray(observation["prev_chunk"], dtype=np.float32)
        if previous.ndim != 2 or previous.shape[1] != self.action_size or not np.isfinite(previous).all():
            raise ValueError(f"prev_chunk needs finite actions of {self.action_size} numbers; its shape is {previous.shape}")
        horizon = self.shape["horizon"]
        delay = int(observation["delay"])
        end = min(len(previous), max(0, horizon - int(observation["execution_horizon"])))
        target = np.zeros(self.noise_shape, dtype=np.float32)
        target[:end] = (previous[:end] - self.tensors["actions.mean"]) / self.tensors["actions.scale"]
        weights = np.repeat(mask(horizon, delay, end), self.action_size)
        return target.reshape(1, -1), weights[None]

    def pull(self, chunk, velocity, memory, time: float, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The change of the velocity that leads to the goal."""
        rest = 1 - time
        fault = weights * (target - (chunk + rest * velocity))
        if self.guidance == "exact":
            fault = fault + rest * self.pull_back(fault, memory)
        bound = time * rest
        weight = (rest * rest + time * time) / bound if bound > 0 else self.guidance_weight
        return np.float32(min(self.guidance_weight, weight)) * fault

    def features(self, observation: dict) -> np.ndarray:
        """What the network is fed of an observation: quaternions as two columns of their matrices, all of it standardised."""
        features: list[np.ndarray] = []
        for part in self.parts:
            values = np.asarray(observation[part["name"]], dtype=np.float32).ravel()
            start = 0
            for field in part["fields"]:
                size = 4 if field == "quaternion" else field
                run = values[start : start + size]
                if len(run) != size:
                    raise ValueError(f"'{part['name']}' has {len(values)} numbers")
                features.append(rotation_columns(run) if field == "quaternion" else run)
                start += size
            if start != len(values):
                raise ValueError(f"'{part['name']}' has {len(values)} numbers instead of {start}")
        joined = (np.concatenate(features) - self.tensors["features.mean"]) / self.tensors["features.scale"]
        return np.clip(joined, -FEATURE_LIMIT, FEATURE_LIMIT)

    def velocity(self, chunk: np.ndarray, features: np.ndarray, time: float) -> tuple[np.ndarray, list]:
        """The velocity, and what `pull_back` needs: each block's stream and what its second layer's activation was fed."""
        time_features = time_embedding(time, self.shape["timeFeatures"])[None]
        condition = silu(self.linear("condition", np.concatenate([features, time_features], axis=1)))
        stream = self.linear("input", chunk)
        memory = []
        for index in range(self.shape["blocks"]):
            block = f"blocks.{index}"
            inner = self.linear(f"{block}.first", self.norm(f"{block}.norm", stream))
            inner += condition @ self.tensors[f"{block}.condition.weight"].T
            memory.append((stream, inner))
            stream = stream + self.linear(f"{block}.second", silu(inner))
        return self.linear("output", self.norm("norm", stream)), [*memory, (stream, None)]

    def pull_back(self, cotangent: np.ndarray, memory: list) -> np.ndarray:
        """The transposed Jacobian of the velocity by the chunk, times a cotangent."""
        *blocks, (stream, _) = memory
        gradient = self.norm_back("norm", stream, cotangent @ self.tensors["output.weight"])
        for index, (stream, inner) in reversed(list(enumerate(blocks))):
            block = f"blocks.{index}"
            slope = 1 / (1 + np.exp(-inner))
            within = (gradient @ self.tensors[f"{block}.second.weight"]) * (slope * (1 + inner * (1 - slope)))
            gradient = gradient + self.norm_back(f"{block}.norm", stream, within @ self.tensors[f"{block}.first.weight"])
        return gradient @ self.tensors["input.weight"]

    def linear(self, name: str, values: np.ndarray) -> np.ndarray:
        return values @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, name: str, values: np.ndarray) -> np.ndarray:
        normalised, _ = standardised(values)
        return normalised * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def norm_back(self, name: str, values: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        normalised, deviation = standardised(values)
        inner = gradient * self.tensors[f"{name}.weight"]
        along = (inner * normalised).mean(axis=1, keepdims=True)
        return (inner - inner.mean(axis=1, keepdims=True) - normalised * along) / deviation


def checkpoint_file(path: str) -> pathlib.Path:
    """The checkpoint that a file, its folder or a run folder stands for."""
    given = pathlib.Path(path)
    for candidate in (given, given / "policy.safetensors", given / "checkpoints" / "policy.safetensors"):
        if candidate.is_file():
            return candidate
    raise Problem(66, f"{path}: there is no checkpoint")


def mask(horizon: int, delay: int, end: int) -> np.ndarray:
    """How much each action of a new chunk has to be that of the old one: 1 before `delay`, falling to 0 at `end`."""
    index = np.arange(horizon)
    share = (end - index) / max(end - delay + 1, 1)
    soft = share * np.expm1(np.minimum(share, 1)) / np.expm1(1)
    return np.where(index >= end, 0, np.where(index < delay, 1, soft)).astype(np.float32)


def standardised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of mean 0 and variance 1, and their deviations."""
    centred = values - values.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(1e-5))
    return centred / deviation, deviation


def silu(values: np.ndarray) -> np.ndarray:
    return values / (1 + np.exp(-values))


def rotation_columns(quaternion: np.ndarray) -> np.ndarray:
    """The first two columns of the rotation matrix of x-y-z-w."""
    x, y, z, w = quaternion / np.sqrt((quaternion * quaternion).sum())
    return np.array(
        [
            1 - 2 * (y * y + z * z),
            2 * (x * y + w * z),
            2 * (x * z - w * y),
            2 * (x * y - w * z),
            1 - 2 * (x * x + z * z),
            2 * (y * z + w * x),
        ],
        dtype=np.float32,
    )


def time_embedding(time: float, size: int) -> np.ndarray:
    """Sines and cosines of the time, of periods from 0.004 to 4 in equal ratios."""
    half = size // 2
    frequencies = 2 * np.pi / 0.004 * 0.001 ** (np.arange(half) / (half - 1))
    angles = float(time) * frequencies
    return np.concatenate([np.sin(angles), np.cos(angles)]).astype(np.float32)
