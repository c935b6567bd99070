"""The flow policy that `steadyhand train` makes, evaluated with NumPy.

The same network as Sources/Policies/Flow: a velocity field over chunks, conditioned on features of the observation and on the
time, integrated with Euler steps from noise to actions.
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

    def __init__(self, path: str, seed: int):
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
        }

    def infer(self, observation: dict) -> np.ndarray:
        noise = observation.get("noise")
        if noise is None:
            noise = self.random.standard_normal(self.noise_shape)
        chunk = np.array(noise, dtype=np.float32).reshape(1, -1)
        features = self.features(observation)[None]
        steps = self.shape["samplingSteps"]
        interval = np.float32(1 / steps)
        for step in range(steps):
            chunk = chunk + interval * self.velocity(chunk, features, step * interval)
        actions = chunk.reshape(self.noise_shape) * self.tensors["actions.scale"] + self.tensors["actions.mean"]
        return np.clip(actions, -1, 1).astype(np.float32)

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

    def velocity(self, chunk: np.ndarray, features: np.ndarray, time: float) -> np.ndarray:
        time_features = time_embedding(time, self.shape["timeFeatures"])[None]
        condition = silu(self.linear("condition", np.concatenate([features, time_features], axis=1)))
        stream = self.linear("input", chunk)
        for index in range(self.shape["blocks"]):
            block = f"blocks.{index}"
            inner = self.linear(f"{block}.first", self.norm(f"{block}.norm", stream))
            inner += condition @ self.tensors[f"{block}.condition.weight"].T
            stream = stream + self.linear(f"{block}.second", silu(inner))
        return self.linear("output", self.norm("norm", stream))

    def linear(self, name: str, values: np.ndarray) -> np.ndarray:
        return values @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, name: str, values: np.ndarray) -> np.ndarray:
        mean = values.mean(axis=1, keepdims=True)
        centred = values - mean
        variance = (centred * centred).mean(axis=1, keepdims=True)
        normalised = centred / np.sqrt(variance + np.float32(1e-5))
        return normalised * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]


def checkpoint_file(path: str) -> pathlib.Path:
    """The checkpoint that a file, its folder or a run folder stands for."""
    given = pathlib.Path(path)
    for candidate in (given, given / "policy.safetensors", given / "checkpoints" / "policy.safetensors"):
        if candidate.is_file():
            return candidate
    raise Problem(66, f"{path}: there is no checkpoint")


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
