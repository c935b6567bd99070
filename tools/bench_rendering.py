"""MuJoCo's own Python renderer, drawing what `steadyhand bench` draws: the same scene, cameras, size and options.

Called by `tools/bench rendering` with a folder that has `model.mjb` and `states.json`, the cameras' names with commas, and the
pictures' edge. It draws the first scene through each camera into `CAMERA.rgb` in the folder, says who it is in a line of JSON,
and answers every line on its standard input, a number of pictures, with a line that says how long they took.
"""

import json
import pathlib
import struct
import sys
import time

import mujoco
import numpy


def load_model(path: pathlib.Path) -> mujoco.MjModel:
    """The compiled model. Such a file names the library's version, and is the same from one patch of a version to the next."""
    content = bytearray(path.read_bytes())
    theirs = struct.pack("<i", mujoco.mj_version())
    for offset in range(0, 64, 4):
        (number,) = struct.unpack_from("<i", content, offset)
        if number // 1000 == mujoco.mj_version() // 1000:
            content[offset : offset + 4] = theirs
    path.write_bytes(content)
    return mujoco.MjModel.from_binary_path(str(path))


class Drawing:
    """A renderer that goes through the scenes and the cameras in turn."""

    def __init__(self, folder: pathlib.Path, cameras: list[str], edge: int) -> None:
        self.model = load_model(folder / "model.mjb")
        self.data = mujoco.MjData(self.model)
        self.states = [
            {name: numpy.array(values) for name, values in state.items()}
            for state in json.loads((folder / "states.json").read_text())
        ]
        self.cameras = cameras
        self.renderer = mujoco.Renderer(self.model, edge, edge, max_geom=2000)
        self.options = mujoco.MjvOption()
        # What of the scene is drawn, and how: as module Simulation does for pictures that policies see.
        self.options.geomgroup[:] = [0, 1, 0, 1, 0, 0]
        self.options.sitegroup[:] = 0
        flags = self.renderer.scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
        flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
        flags[mujoco.mjtRndFlag.mjRND_HAZE] = 1

    def load(self, step: int) -> None:
        state = self.states[step % len(self.states)]
        self.data.qpos[:] = state["qpos"]
        if len(state["mocap_pos"]):
            self.data.mocap_pos[:] = state["mocap_pos"].reshape(-1, 3)
            self.data.mocap_quat[:] = state["mocap_quat"].reshape(-1, 4)
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)

    def draw(self, camera: str) -> numpy.ndarray:
        self.renderer.update_scene(self.data, camera=camera, scene_option=self.options)
        return self.renderer.render()

    def run(self, pictures: int) -> float:
        start = time.perf_counter()
        for step in range(pictures // len(self.cameras)):
            self.load(step)
            for camera in self.cameras:
                self.draw(camera)
        return time.perf_counter() - start


def main() -> None:
    folder, cameras, edge = pathlib.Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
    drawing = Drawing(folder, cameras, edge)
    drawing.load(0)
    for camera in cameras:
        (folder / f"{camera}.rgb").write_bytes(drawing.draw(camera).tobytes())
    print(json.dumps({"name": f"MuJoCo {mujoco.__version__} in Python"}), flush=True)
    for line in sys.stdin:
        print(json.dumps({"seconds": drawing.run(int(line))}), flush=True)


if __name__ == "__main__":
    main()
