"""Policies to be served: each has `metadata`, which clients are told, and `infer`, which answers an observation."""

from __future__ import annotations

import numpy as np

import policy_serving.problem


class Fixed:
    """The same action over and over, or a rising ramp: what comes out is known beforehand."""

    def __init__(self, horizon: int, values: list[float]):
        self.chunk = np.tile(np.asarray(values, dtype=np.float32), (horizon, 1))
        self.metadata = {"policy": "fixed"}

    def infer(self, observation: dict) -> np.ndarray:
        return self.chunk


class Random:
    """Uniform actions from a seed: equal seeds and equal numbers of requests give equal answers."""

    def __init__(self, horizon: int, size: int, scale: float, seed: int):
        self.shape, self.scale = (horizon, size), scale
        self.random = np.random.default_rng(seed)
        self.metadata = {"policy": "random"}

    def infer(self, observation: dict) -> np.ndarray:
        return self.random.uniform(-self.scale, self.scale, self.shape).astype(np.float32)


class Joining:
    """A constant chunk that goes on from the one under way: its first actions are those that the client has scheduled.

    It shows whether a client sends what real-time chunking needs, without being a sampler.
    """

    def __init__(self, horizon: int, values: list[float]):
        self.chunk = np.tile(np.asarray(values, dtype=np.float32), (horizon, 1))
        self.metadata = {"policy": "joining", "continues_chunks": True}

    def infer(self, observation: dict) -> np.ndarray:
        chunk = self.chunk.copy()
        previous = observation.get("prev_chunk")
        if previous is not None:
            kept = min(int(observation["delay"]), len(previous), len(chunk))
            chunk[:kept] = previous[:kept]
        return chunk


class Onnx:
    """An ONNX file. Its inputs are named like the keys of the observation; one that is called `noise` gets Gaussian noise.

    The first output is the chunk: actions, and numbers in each; a batch axis of 1 before them is taken off.
    """

    def __init__(self, path: str, seed: int):
        try:
            import onnxruntime
        except ImportError:
            raise policy_serving.problem.Problem(69, "there is no onnxruntime: pip install onnxruntime") from None
        try:
            self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise policy_serving.problem.Problem(65, f"{path}: {error}") from None
        self.random = np.random.default_rng(seed)
        self.metadata = {"policy": "onnx"}

    def infer(self, observation: dict) -> np.ndarray:
        feeds = {}
        for given in self.session.get_inputs():
            if given.name == "noise" and "noise" not in observation:
                shape = [size if isinstance(size, int) else 1 for size in given.shape]
                feeds[given.name] = self.random.standard_normal(shape).astype(np.float32)
                continue
            value = np.asarray(observation[given.name])
            if value.ndim == len(given.shape) - 1:
                value = value[None]
            feeds[given.name] = value.astype(np.uint8 if "uint8" in given.type else np.float32)
        chunk = np.asarray(self.session.run(None, feeds)[0])
        return chunk[0] if chunk.ndim == 3 and len(chunk) == 1 else chunk
