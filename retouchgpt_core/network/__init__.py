"""The networks of the retoucher: encoder, IIP, LBE, retoucher, and their weights."""

from retouchgpt_core.network.config import NetworkConfig
from retouchgpt_core.network.network import Analysis, Requested, RetouchNetwork
from retouchgpt_core.network.retoucher import Fill
from retouchgpt_core.network.weights import load_network, save_network

__all__ = [
    "Analysis",
    "Fill",
    "NetworkConfig",
    "Requested",
    "RetouchNetwork",
    "load_network",
    "save_network",
]
