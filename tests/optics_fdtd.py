"""Maxwell's equations in two dimensions on a grid (E out of the plane): the second route of the cavity modes."""

import numpy as np
from scipy.signal import find_peaks


def resonances_nm(
    inside: np.ndarray, index: float, cell_nm: float, window_nm: tuple[float, float], *, time_ps: float = 0.6
) -> np.ndarray:
    """Vacuum wavelengths [nm] at which a dielectric body rings, from the spectrum of fields at a few places.

    ``inside`` is a square array, True in the body, with room of air around it; the rim absorbs.
    """
    n = len(inside)
    epsilon = np.where(inside, index**2, 1.0)
    courant = 0.6 / np.sqrt(2)
    rim = 14
    depth = np.clip(rim - np.minimum(np.arange(n), n - 1 - np.arange(n)), 0, None) / rim
    damping = 0.12 * (depth[:, None] ** 3 + depth[None, :] ** 3)
    keep, drive = (1 - damping) / (1 + damping), courant / (1 + damping)
    hx, hy, ez = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
    step_ps = courant * cell_nm / 2.998e5
    centre_nm = np.mean(window_nm)
    omega = 2 * np.pi * 2.998e5 / centre_nm
    width_ps = 0.006
    # Off all planes of symmetry, by the golden ratio and not by a draw: three places chosen badly leave a mode silent.
    spots = np.argwhere(inside)[(np.arange(1, 7) * 0.6180339887 % 1 * inside.sum()).astype(int)]
    n_steps = int(time_ps / step_ps)
    record = np.zeros((n_steps, len(spots)))
    for k in range(n_steps):
        t = k * step_ps
        hx[:, :-1] = keep[:, :-1] * hx[:, :-1] - drive[:, :-1] * (ez[:, 1:] - ez[:, :-1])
        hy[:-1, :] = keep[:-1, :] * hy[:-1, :] + drive[:-1, :] * (ez[1:, :] - ez[:-1, :])
        curl = np.zeros((n, n))
        curl[1:, 1:] = hy[1:, 1:] - hy[:-1, 1:] - hx[1:, 1:] + hx[1:, :-1]
        ez = keep * ez + drive / epsilon * curl
        if t < 8 * width_ps:
            pulse = np.exp(-(((t - 4 * width_ps) / width_ps) ** 2)) * np.sin(omega * t)
            ez[spots[:3, 0], spots[:3, 1]] += pulse * np.array([1.0, 0.7, -0.4])
        record[k] = ez[spots[:, 0], spots[:, 1]]
    ringing = record[int(10 * width_ps / step_ps) :]
    ringing = ringing * np.hanning(2 * len(ringing))[len(ringing) :, None]
    frequency = np.fft.rfftfreq(16 * len(ringing), step_ps)
    power = (np.abs(np.fft.rfft(ringing, n=16 * len(ringing), axis=0)) ** 2).sum(axis=1)
    chosen = (frequency > 2.998e5 / window_nm[1]) & (frequency < 2.998e5 / window_nm[0])
    peaks, _ = find_peaks(power[chosen], prominence=0.02 * power[chosen].max())
    return np.sort(2.99792458e5 / frequency[chosen][peaks])
