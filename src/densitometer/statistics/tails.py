"""Quantiles and tail probabilities, from SciPy's special functions.

``scipy.special`` and not ``scipy.stats``, which takes many times as long to import; and late, so that a command that
computes no interval does not wait for it.
"""

from __future__ import annotations


def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(p))


def t_quantile(p: float, freedom: float) -> float:
    """Quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, p))


def t_two_sided(t: float, freedom: float) -> float:
    """Probability that Student's t lies as far from 0 as ``t`` or farther."""
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -abs(t)))


def f_quantile(p: float, above: float, below: float) -> float:
    """Quantile of F with so many degrees of freedom above and below the line."""
    from scipy.special import fdtri

    return float(fdtri(above, below, p))


def chi_square_quantile(p: float, freedom: float) -> float:
    """Quantile of chi square."""
    from scipy.special import chdtri

    return float(chdtri(freedom, 1 - p))  # of the upper tail


def beta_quantile(p: float, a: float, b: float) -> float:
    """Quantile of the beta distribution."""
    from scipy.special import betaincinv

    return float(betaincinv(a, b, p))


def noncentral_t_below(t: float, freedom: float, shift: float) -> float:
    """Probability that noncentral t, of noncentrality ``shift``, lies below ``t``."""
    from scipy.special import nctdtr

    return float(nctdtr(freedom, shift, t))


def noncentral_t_quantile(p: float, freedom: float, shift: float) -> float:
    """Quantile of noncentral t."""
    from scipy.special import nctdtrit

    return float(nctdtrit(freedom, shift, p))


def binomial_half_below(most: int, n: int) -> float:
    """Probability that ``most`` or fewer of ``n`` tosses of a coin show heads."""
    from scipy.special import bdtr

    return float(bdtr(most, n, 0.5))
