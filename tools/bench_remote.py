"""The peer of `steadyhand bench --layers remote`: openpi's own client for Python, asking a server that answers at once.

It starts tools/policy_server, says in a line of JSON who it is and where the server listens, and answers every number on its
standard input with as many requests, and a line of JSON that tells how long each of them took.
"""

import importlib.metadata
import json
import pathlib
import subprocess
import sys
import time

root = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root / ".deps" / "python"))

import numpy as np
from openpi_client import websocket_client_policy


def main() -> None:
    server = subprocess.Popen(
        [root / "tools" / "policy_server", "fixed", "--port", "0", "--until-stdin-ends"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    address = server.stdout.readline().split()[-1]
    client = websocket_client_policy.WebsocketClientPolicy(address)
    random = np.random.default_rng(0)
    # As a robot's program has them: pictures and numbers are there, the message is made of them for each request.
    observation = {
        "observation/image": random.integers(0, 256, (224, 224, 3), dtype=np.uint8),
        "observation/wrist_image": random.integers(0, 256, (224, 224, 3), dtype=np.uint8),
        "observation/state": np.full(8, 0.5),
        "prompt": "put the square nut on the square peg",
    }
    client.infer(observation)
    version = importlib.metadata.version("openpi-client")
    print(json.dumps({"name": f"openpi-client {version}", "server": address}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            started = time.perf_counter()
            client.infer(observation)
            times.append((time.perf_counter() - started) * 1e6)
        print(json.dumps({"microseconds": times}), flush=True)


main()
