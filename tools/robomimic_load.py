"""Opens a dataset with robomimic's own loader; called by tools/robomimic_load, which installs what it imports."""

import argparse
import json

import h5py
import robomimic.utils.obs_utils as obs_utils
from robomimic.utils.dataset import SequenceDataset
from torch.utils.data import DataLoader


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset")
    parser.add_argument("--filter-key")
    arguments = parser.parse_args()
    with h5py.File(arguments.dataset, "r", swmr=True, libver="latest") as file:
        first = next(iter(file["data"].values()))
        keys = sorted(first["obs"])
        images = [key for key in keys if first["obs"][key].ndim == 4]
    numbers = [key for key in keys if key not in images]
    obs_utils.initialize_obs_utils_with_obs_specs([{"obs": {"low_dim": numbers, "rgb": images, "depth": [], "scan": []}}])
    dataset = SequenceDataset(
        hdf5_path=arguments.dataset,
        obs_keys=keys,
        dataset_keys=("actions", "rewards", "dones"),
        frame_stack=2,
        seq_length=16,
        pad_frame_stack=True,
        pad_seq_length=True,
        hdf5_cache_mode="all",
        hdf5_use_swmr=True,
        hdf5_normalize_obs=False,
        filter_by_attribute=arguments.filter_key,
        load_next_obs=True,
    )
    batch = next(iter(DataLoader(dataset, batch_size=min(64, len(dataset)), shuffle=True)))
    shapes = {key: list(batch["obs"][key].shape) for key in keys}
    print(
        json.dumps(
            {
                "demos": dataset.n_demos,
                "sequences": len(dataset),
                "actions": list(batch["actions"].shape),
                "observations": shapes,
                "finite": all(bool(batch["obs"][key].isfinite().all()) for key in keys),
            }
        )
    )


if __name__ == "__main__":
    main()
