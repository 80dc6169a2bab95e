"""The four Gaussians as one dense Gaussian over everything, conditioned by the textbook."""

import numpy as np


def posterior_of_singer(recordings, within, between, centre, tau):
    """Return mean and covariance of a singer's place given the clip means of his recordings, all stacked in one."""
    d, n = len(centre), len(recordings)
    joint = np.zeros(((n + 1) * d, (n + 1) * d))
    for i in range(n + 1):
        for j in range(n + 1):
            joint[i * d : (i + 1) * d, j * d : (j + 1) * d] = tau * within
    for i, (_, noise, clips) in enumerate(recordings, start=1):
        joint[i * d : (i + 1) * d, i * d : (i + 1) * d] += between + np.diag(noise) + within / clips
    off = np.concatenate([mean - centre for mean, _, _ in recordings])
    gain = joint[:d, d:] @ np.linalg.inv(joint[d:, d:])
    return centre + gain @ off, joint[:d, :d] - gain @ joint[d:, :d]


def log_density(x, mean, covariance):
    """Return the log density of one point, without the constant of 2π."""
    off = x - mean
    return -0.5 * off @ np.linalg.inv(covariance) @ off - 0.5 * np.log(np.linalg.det(covariance))
