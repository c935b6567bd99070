#!/usr/bin/python3
"""Checks that h5py opens a dataset.hdf5 (or one episode) in robomimic's layout and finds it in order.

usage: tools/check_dataset.py FILE

Prints one line of JSON: {"demos": N, "samples": N, "masks": {...}}. Exit status 65 where the file is not in order.
"""

import json
import sys

import h5py
import numpy


class Fault(Exception):
    """What is wrong with the file."""


def require(condition: bool, message: str) -> None:
    if not condition:
        raise Fault(message)


def check_demo(name: str, demo: h5py.Group) -> tuple[int, tuple]:
    """Looks through one episode; returns its length and its shape."""
    samples = int(demo.attrs["num_samples"])
    require(samples > 0, f"{name}: num_samples is {samples}")
    for key in ("actions", "rewards", "dones", "obs", "next_obs"):
        require(key in demo, f"{name}: there is no {key}")
    cameras = json.loads(demo.attrs["cameras"]) if "cameras" in demo.attrs else []
    images = {f"{camera['name']}_image": (camera["height"], camera["width"], 3) for camera in cameras}
    layout = [part["name"] for part in json.loads(demo.attrs["layout"])] + list(images)
    for group in ("obs", "next_obs"):
        require(sorted(demo[group]) == sorted(layout), f"{name}: {group} has {sorted(demo[group])}, not {layout}")
        for key, shape in images.items():
            column = demo[group][key]
            require(column.dtype == numpy.uint8, f"{name}: {group}/{key} holds {column.dtype}, not bytes")
            require(column.shape[1:] == shape, f"{name}: {group}/{key} has the shape {column.shape}")
    for camera in cameras:
        times = demo["steps"][f"{camera['name']}_times"][()]
        require(bool((numpy.diff(times.astype(numpy.int64)) >= 0).all()), f"{name}: {camera['name']} goes back in time")
    columns = {"actions": demo["actions"], "rewards": demo["rewards"], "dones": demo["dones"]}
    if "states" in demo:
        columns["states"] = demo["states"]
    for group in ("obs", "next_obs", "steps"):
        columns.update({f"{group}/{key}": demo[group][key] for key in demo[group]})
    for key, column in columns.items():
        values = column[()]
        require(len(values) == samples, f"{name}: {key} has {len(values)} rows, num_samples is {samples}")
        require(bool(numpy.isfinite(values).all()), f"{name}: {key} is not finite everywhere")
    for key in layout:
        after, before = demo["next_obs"][key][:-1], demo["obs"][key][1:]
        require(bool((after == before).all()), f"{name}: next_obs/{key} is not obs/{key} one step later")
    cycles = set()
    demo["control"].visititems(lambda _, item: cycles.add(len(item)) if isinstance(item, h5py.Dataset) else None)
    require(len(cycles) == 1, f"{name}: columns of control have different lengths: {sorted(cycles)}")
    require(numpy.abs(demo["actions"][()]).max() <= 1, f"{name}: an action is outside of -1..1")
    shape = (demo.attrs["robot_name"], demo.attrs["task"], demo["actions"].shape[1], demo.attrs["layout"])
    return samples, shape


def check(path: str) -> dict:
    # As robomimic's loader opens it.
    with h5py.File(path, "r", swmr=True, libver="latest") as file:
        json.loads(file["data"].attrs["env_args"])
        total, shapes = 0, set()
        names = list(file["data"])
        require(len(names) > 0, "there are no demos")
        for name in names:
            require(name.startswith("demo_") and name[5:].isdigit(), f"{name}: not a demo's name")
            samples, shape = check_demo(name, file["data"][name])
            total += samples
            shapes.add(shape)
        require(len(shapes) == 1, f"the demos differ in robot, task or layout: {shapes}")
        require(int(file["data"].attrs["total"]) == total, f"total is not the sum of num_samples, {total}")
        masks = {}
        for key in file.get("mask", {}):
            members = [name.decode("utf-8") for name in file["mask"][key][:]]
            require(set(members) <= set(names), f"mask {key} names demos that are not there")
            masks[key] = len(members)
        return {"demos": len(names), "samples": total, "masks": masks}


def main() -> int:
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        print(json.dumps(check(sys.argv[1]), sort_keys=True))
    except (Fault, OSError, KeyError, ValueError) as fault:
        print(f"{sys.argv[1]}: {fault}", file=sys.stderr)
        return 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
