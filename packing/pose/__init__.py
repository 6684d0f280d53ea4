"""Energy of any pose of two coated nanocrystals: what a shift, a twist or a tilt of a contact costs."""

from packing.pose.building import pose_energy
from packing.pose.contacts import ContactSummary, contact_summary, draw_contact
from packing.pose.energy import PoseEnergy
from packing.pose.laws import CoatedBody, unlike_hamaker_j

__all__ = [
    "CoatedBody",
    "ContactSummary",
    "PoseEnergy",
    "contact_summary",
    "draw_contact",
    "pose_energy",
    "unlike_hamaker_j",
]
