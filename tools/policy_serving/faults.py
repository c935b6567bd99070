"""What can go wrong with a server, on request: which request it happens to, and what happens then."""

from __future__ import annotations

import dataclasses
import struct
import time

import numpy as np

from policy_serving.problem import Problem

KINDS = {
    "stall": "answers --stall seconds late",
    "cut": "cuts the connection without an answer",
    "close": "closes the connection in order (1001) without an answer",
    "error": "fails: a text frame with a traceback, then closes with 1011, as openpi's server does",
    "garbage": "answers with random bytes",
    "truncated": "answers with the first half of an answer",
    "missing": "answers without actions",
    "nan": "answers with an action that is not a number",
    "infinite": "answers with an infinite action",
    "size": "answers with one number too many in each action",
    "horizon": "answers with one action too few",
    "flat": "answers with actions that have one axis",
    "words": "answers with actions that are words",
    "lie": "answers with an array whose data are shorter than its shape says",
    "announce": "announces a frame of 2 GB, and sends nothing of it",
    "large": "answers with 70 MB",
    "chatter": "answers, and then says something that nobody asked for",
    "ping": "sends a ping first, and answers only if the pong comes",
    "fragments": "answers in many small fragments; nothing is wrong with that",
    "double": "answers with actions in double precision, big-endian; nothing is wrong with that",
}


@dataclasses.dataclass(frozen=True)
class Rule:
    """A kind of fault, and when: at the request of this number (the first is 1), from it on, or with a probability."""

    kind: str
    at: int = 0
    onwards: bool = False
    probability: float = 0.0

    @staticmethod
    def parse(text: str) -> Rule:
        kind, separator, when = text.partition(":")
        if kind not in KINDS:
            raise Problem(64, f"there is no fault '{kind}'; there are: {', '.join(KINDS)}")
        try:
            if not separator:
                return Rule(kind, at=2, onwards=True)
            if when.endswith("%"):
                return Rule(kind, probability=float(when[:-1]) / 100)
            if when.endswith("+"):
                return Rule(kind, at=int(when[:-1]), onwards=True)
            return Rule(kind, at=int(when))
        except ValueError:
            raise Problem(64, f"'{text}': write {kind}:3, {kind}:3+ or {kind}:5%") from None

    def applies(self, request: int, random: np.random.Generator) -> bool:
        if self.probability:
            return random.random() < self.probability
        return request >= self.at if self.onwards else request == self.at


class Cut(Exception):
    """The connection is to be cut."""


def change_actions(kind: str, actions: np.ndarray, random: np.random.Generator) -> object:
    """The actions as a fault of this kind makes them; unchanged for others."""
    if kind in ("nan", "infinite"):
        actions = actions.copy()
        actions[random.integers(len(actions)), random.integers(actions.shape[1])] = (
            np.nan if kind == "nan" else np.inf
        )
        return actions
    if kind == "size":
        return np.concatenate([actions, actions[:, :1]], axis=1)
    if kind == "horizon":
        return actions[:-1]
    if kind == "flat":
        return actions.ravel()
    if kind == "words":
        return actions.astype("<U8")
    if kind == "double":
        return actions.astype(">f8")
    if kind == "lie":
        return {
            b"__ndarray__": True,
            b"data": actions.tobytes()[:-4],
            b"dtype": actions.dtype.str,
            b"shape": list(actions.shape),
        }
    return actions


def change_reply(kind: str, reply: bytes, random: np.random.Generator) -> bytes:
    """The packed reply as a fault of this kind makes it."""
    if kind == "garbage":
        return random.bytes(len(reply))
    if kind == "truncated":
        return reply[: len(reply) // 2]
    if kind == "large":
        return bytes(70 << 20)
    return reply


def send(kind: str, connection, reply: bytes) -> None:
    """Sends a reply in the way that a fault of this kind has."""
    if kind == "announce":
        # A final binary frame, not masked, with a length of 64 bits.
        connection.socket.sendall(b"\x82\x7f" + struct.pack(">Q", 2 << 30))
        time.sleep(1)
        raise Cut
    if kind == "ping":
        if not connection.ping().wait(timeout=10):
            raise Cut
        connection.send(reply)
    elif kind == "fragments":
        step = max(1, len(reply) // 40)
        connection.send([reply[start : start + step] for start in range(0, len(reply), step)])
    elif kind == "chatter":
        connection.send(reply)
        connection.send(b"\xc0")
    else:
        connection.send(reply)
