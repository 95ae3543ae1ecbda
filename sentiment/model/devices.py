"""Choose the device that the network runs on, and the settings that make it fast there."""

import torch

from sentiment.errors import DeviceError


def choose(name: str = "auto") -> torch.device:
    """Return the device of that name; `auto` takes cuda, then mps, then cpu.

    Raises:
        DeviceError: the device is not available on this machine.
    """
    # Denormal numbers make a recurrent network many times slower on a CPU (oneDNN#561).
    torch.set_flush_denormal(True)
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, here in present.items() if here)
    if not present.get(name, False):
        raise DeviceError(f"There is no device {name!r} here; choose {' or '.join(k for k in present if present[k])}.")
    return torch.device(name)
