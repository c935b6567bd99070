"""openpi's server protocol: metadata first, then one answer for each observation, one after the other."""

from __future__ import annotations

import http
import socket
import threading
import time
import traceback

import numpy as np
import websockets.exceptions
import websockets.sync.server
from openpi_client import msgpack_numpy

from policy_serving import faults


class Server:
    """Serves one policy. Requests are counted over all connections; whatever is random follows from the seed."""

    def __init__(self, policy, options):
        self.policy, self.options = policy, options
        self.random = np.random.default_rng([options.seed, 1])
        self.rules = [faults.Rule.parse(text) for text in options.fault]
        self.requests = 0
        # One inference at a time, as on one GPU.
        self.turn = threading.Lock()

    def listen(self, tls=None):
        """Binds the port, and returns what serves on it."""
        return websockets.sync.server.serve(
            self.serve,
            self.options.host,
            self.options.port,
            ssl=tls,
            compression=None,
            max_size=None,
            process_request=self.look_at_request,
            ping_interval=None,
            server_header=None,
        )

    def look_at_request(self, connection, request):
        if request.path == "/healthz":
            return connection.respond(http.HTTPStatus.OK, "OK\n")
        if self.options.api_key and request.headers.get("Authorization") != f"Api-Key {self.options.api_key}":
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "a key is needed\n")
        return None

    def serve(self, connection) -> None:
        try:
            connection.send(msgpack_numpy.packb({} if self.options.plain else self.policy.metadata))
            total = None
            while True:
                observation = msgpack_numpy.unpackb(connection.recv())
                started = time.monotonic()
                self.answer(connection, observation, total)
                total = time.monotonic() - started
        except faults.Cut:
            connection.socket.shutdown(socket.SHUT_RDWR)
        except websockets.exceptions.ConnectionClosed:
            pass

    def answer(self, connection, observation: dict, total: float | None) -> None:
        with self.turn:
            self.requests += 1
            kind = next((rule.kind for rule in self.rules if rule.applies(self.requests, self.random)), "")
            wait = self.options.latency + self.options.jitter * self.random.random()
            if kind == "stall":
                wait += self.options.stall
            if kind == "cut":
                raise faults.Cut
            if kind == "close":
                connection.close(1001, "going away")
                return
            started = time.monotonic()
            try:
                if kind == "error":
                    raise RuntimeError("\x1b[31mthe policy ran out of memory\x1b[0m\x07")
                actions = self.policy.infer(observation)
            except Exception:
                connection.send(traceback.format_exc())
                connection.close(1011, "Internal server error. Traceback included in previous frame.")
                return
            elapsed = time.monotonic() - started
            reply = {
                "actions": faults.change_actions(kind, actions, self.random),
                "policy_timing": {"infer_ms": elapsed * 1000},
                "server_timing": {"infer_ms": elapsed * 1000},
            }
            if kind == "missing":
                del reply["actions"]
            if total is not None:
                reply["server_timing"]["prev_total_ms"] = total * 1000
            packed = faults.change_reply(kind, msgpack_numpy.packb(reply), self.random)
        # Asked for latency is network's: it holds nobody else up.
        if wait > 0:
            time.sleep(wait)
        faults.send(kind, connection, packed)
