"""Energy of any pose of two coated nanocrystals: what a shift, a twist or a tilt of a contact costs."""

from packing.pose.building import pose_energy
from packing.pose.energy import PoseEnergy
from packing.pose.laws import CoatedBody

__all__ = ["CoatedBody", "PoseEnergy", "pose_energy"]
