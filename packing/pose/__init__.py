"""Energy of any pose of two coated nanocrystals: what a shift, a twist or a tilt of a contact costs."""

from packing.pose.energy import CoatedBody, PoseEnergy, pose_energy

__all__ = ["CoatedBody", "PoseEnergy", "pose_energy"]
