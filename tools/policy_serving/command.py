"""The command line of tools/policy_server."""

from __future__ import annotations

import argparse
import os
import ssl
import sys
import threading

from policy_serving import faults
from policy_serving.problem import Problem

DESCRIPTION = """Serves a policy by openpi's protocol: WebSocket, MessagePack with NumPy arrays, as openpi's own server does.
For machines without a GPU, for tests, and for trying out what a robot does when its server is slow or fails."""

EXAMPLES = f"""examples:
  tools/policy_server flow runs/square-train-latest
      the base policy that was trained here, on port 8000
  tools/policy_server flow runs/square-train-latest --latency 0.1 --jitter 0.05
      the same, answering 100 to 150 ms late
  tools/policy_server fixed --horizon 15 --values 0,0,0,0,0,0,0,1 --fault cut:20 --fault error:2%
      DROID's shape; the 20th request loses its connection, and each has a chance of 2 % to fail
  tools/policy_server onnx policy.onnx --port 8001
      an ONNX file, if onnxruntime is installed

faults, each as KIND:N for the N-th request, KIND:N+ for all from it on, KIND:P%% for a chance of P %%, or KIND for all but
the first:
""" + "\n".join(f"  {kind:<10} {what}" for kind, what in faults.KINDS.items())


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools/policy_server",
        description=DESCRIPTION,
        epilog=EXAMPLES.replace("%%", "%"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(dest="policy", required=True, metavar="POLICY")
    flow = kinds.add_parser("flow", help="a base policy that was trained here")
    flow.add_argument("path", help="a checkpoint, or the run folder that holds it")
    flow.add_argument(
        "--guidance",
        choices=("exact", "jacobian-free"),
        default="exact",
        help="how a chunk is led to join the one under way: through the network (exact), or faster",
    )
    flow.add_argument("--guidance-weight", type=float, default=5, metavar="W", help="the largest weight of that (5)")
    onnx = kinds.add_parser("onnx", help="an ONNX file")
    onnx.add_argument("path", help="the file")
    fixed = kinds.add_parser("fixed", help="the same action over and over")
    joining = kinds.add_parser("joining", help="the same, going on from the chunk under way")
    random = kinds.add_parser("random", help="uniform actions from a seed")
    for sub in (fixed, joining):
        sub.add_argument("--values", default="0,0,0,0,0,0,-1", help="the numbers of the action (0,0,0,0,0,0,-1)")
    random.add_argument("--size", type=int, default=7, help="numbers in an action (7)")
    random.add_argument("--scale", type=float, default=0.1, help="the largest number (0.1)")
    for sub in (fixed, joining, random):
        sub.add_argument("--horizon", type=int, default=16, help="actions in a chunk (16)")
    for sub in (flow, onnx, fixed, joining, random):
        add_common(sub)
    return parser


def add_common(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1); 0.0.0.0 for all")
    sub.add_argument("--port", type=int, default=8000, help="the port (8000); 0 for any that is free")
    sub.add_argument("--seed", type=int, default=0, help="of noise, jitter and faults (0)")
    sub.add_argument("--plain", action="store_true", help="say nothing about the policy, as openpi's server does")
    sub.add_argument("--latency", type=float, default=0, metavar="S", help="answer so many seconds late (0)")
    sub.add_argument("--jitter", type=float, default=0, metavar="S", help="and up to so many seconds more (0)")
    sub.add_argument("--stall", type=float, default=5, metavar="S", help="how long the fault 'stall' takes (5)")
    sub.add_argument("--fault", action="append", default=[], metavar="KIND", help="see below in tools/policy_server --help")
    sub.add_argument("--api-key-env", metavar="NAME", help="refuse clients without the key in this variable")
    sub.add_argument("--tls", metavar="FILE", help="speak wss, with the certificate and key in this PEM file")
    sub.add_argument("--until-stdin-ends", action="store_true", help="end when standard input does, as with a parent process")


def make_policy(options):
    from policy_serving import policies

    if options.policy == "flow":
        from policy_serving.flow import Flow

        if not 0 <= options.guidance_weight <= 1000:
            raise Problem(64, "--guidance-weight is between 0 and 1000")
        return Flow(options.path, options.seed, options.guidance, options.guidance_weight)
    if options.policy == "onnx":
        return policies.Onnx(options.path, options.seed)
    if options.horizon < 1:
        raise Problem(64, "a chunk has one action at least")
    if options.policy == "random":
        return policies.Random(options.horizon, options.size, options.scale, options.seed)
    try:
        values = [float(value) for value in options.values.split(",")]
    except ValueError:
        raise Problem(64, f"--values {options.values}: write numbers with commas between them") from None
    return (policies.Fixed if options.policy == "fixed" else policies.Joining)(options.horizon, values)


def run(options) -> None:
    options.api_key = None
    if options.api_key_env:
        options.api_key = os.environ.get(options.api_key_env)
        if not options.api_key:
            raise Problem(64, f"the variable {options.api_key_env} is not set")
    tls = None
    if options.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            tls.load_cert_chain(options.tls)
        except OSError as error:
            raise Problem(66, f"{options.tls}: {error}") from None
    from policy_serving.serving import Server

    server = Server(make_policy(options), options)
    try:
        listening = server.listen(tls)
    except OSError as error:
        raise Problem(69, f"cannot listen on {options.host}:{options.port}: {error.strerror}") from None
    port = listening.socket.getsockname()[1]
    print(f"serving {options.policy} on {'wss' if tls else 'ws'}://{options.host}:{port}", flush=True)
    if options.until_stdin_ends:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    try:
        listening.serve_forever()
    except KeyboardInterrupt:
        raise Problem(130, "stopped") from None


def main() -> int:
    try:
        run(make_parser().parse_args())
    except Problem as problem:
        print(f"policy_server: error: {problem}", file=sys.stderr)
        return problem.status
    return 0
