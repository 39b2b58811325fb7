"""Openings of the skin: yellow dots, pores without hair, plugs of keratin, and hair broken off in its opening."""

from __future__ import annotations

import numpy as np

from densitometer.synthetic.dice import stream
from densitometer.synthetic.ground import Array, Ground
from densitometer.synthetic.places import Points, blend, cover, luck_at, near_frame, patch_at, round_depth, sow, texture

_REACH_MM = 0.3
_PORES_PER_CM2 = 140.0
_EMPTY_YELLOW_PER_CM2 = 25.0
_PLUG_SHARE, _BLACK_SHARE = 0.18, 0.10
_KERATIN = np.array([0.80, 0.68, 0.50], dtype=np.float32)
_SEBUM = np.array([0.03, 0.15, 0.55], dtype=np.float32)  # how strongly it absorbs red, green and blue light


def add_yellow_dots(albedo: Array, ground: Ground, amount: float, roots_mm: Points) -> None:
    """Openings filled with keratin and sebum: round yellowish dots, some of them without hair. In place."""
    roots = near_frame(ground, roots_mm, _REACH_MM)
    luck = luck_at(ground.seed, roots, "yellow dots")
    chosen = luck[:, 5] < min(0.6 * amount, 0.9)
    empty, more = sow(ground, _EMPTY_YELLOW_PER_CM2 * amount, _REACH_MM, "yellow dots")
    places, chances = np.concatenate([roots[chosen], empty]), np.concatenate([luck[chosen], more])
    for at, own in zip(places, chances, strict=True):
        _yellow_dot(albedo, ground, at, own)


def _yellow_dot(albedo: Array, ground: Ground, at: Points, luck: Points) -> None:
    radius = 40 + 85 * luck[0] ** 1.5
    patch = patch_at(ground, at, radius * 1.8)
    if patch is None:
        return
    dice = stream(ground.seed, "yellow dot", int(luck[1] * 2**31))
    inside = round_depth(patch, radius, 0.07, dice)
    mottled = 1 + 0.15 * texture(patch, 35.0, dice)
    full = (cover(inside, 1.1 * radius, ground.um_per_px) * np.float32(0.25 + 0.65 * luck[2]) * mottled)[..., None]
    albedo[patch.box] *= np.exp(-full * _SEBUM) * (1 + np.float32(0.10) * full)


def add_pores(albedo: Array, ground: Ground, amount: float) -> None:
    """Openings without hair: soft dark pits with a faint rim, some with a plug or a broken hair in them. In place."""
    points, luck = sow(ground, _PORES_PER_CM2 * amount, _REACH_MM, "pores")
    for at, own in zip(points, luck, strict=True):
        if own[0] < _PLUG_SHARE:
            _plug(albedo, ground, at, own)
        elif own[0] < _PLUG_SHARE + _BLACK_SHARE:
            _black_dot(albedo, ground, at, own)
        else:
            _pore(albedo, ground, at, own)


def _pore(albedo: Array, ground: Ground, at: Points, luck: Points) -> None:
    radius = 15 + 30 * luck[1] ** 2
    patch = patch_at(ground, at, radius * 2.6)
    if patch is None:
        return
    inside = round_depth(patch, radius, 0.10, stream(ground.seed, "pore", int(luck[2] * 2**31)))
    pit = cover(inside, 1.5 * radius, ground.um_per_px) * np.float32(0.15 + 0.45 * luck[3])
    rim = np.exp(-(((inside + np.float32(0.7 * radius)) / np.float32(0.45 * radius)) ** 2)) * np.float32(
        0.035 * luck[4]
    )
    # red light comes back from deep in the pit, blue does not
    albedo[patch.box] *= np.exp(-pit[..., None] * np.array([0.75, 1.0, 1.15], dtype=np.float32)) * (1 + rim[..., None])


def _plug(albedo: Array, ground: Ground, at: Points, luck: Points) -> None:
    radius = 18 + 32 * luck[1]
    patch = patch_at(ground, at, radius * 2.4)
    if patch is None:
        return
    dice = stream(ground.seed, "plug", int(luck[2] * 2**31))
    inside = round_depth(patch, radius, 0.16, dice)
    albedo[patch.box] *= (
        1 - np.float32(0.12) * cover(inside + np.float32(0.5 * radius), radius, ground.um_per_px)[..., None]
    )
    alpha = cover(inside, 0.6 * radius, ground.um_per_px) * np.float32(0.25 + 0.35 * luck[3])
    tone = _KERATIN * np.float32(0.4 + 0.75 * float(albedo[patch.box].mean()))
    blend(albedo, patch, alpha * np.clip(1 + 0.2 * texture(patch, 16.0, dice), 0, 1.4), tone)


def _black_dot(albedo: Array, ground: Ground, at: Points, luck: Points) -> None:
    radius = 20 + 15 * luck[1]
    patch = patch_at(ground, at, radius * 2.6)
    if patch is None:
        return
    dice = stream(ground.seed, "black dot", int(luck[2] * 2**31))
    inside = round_depth(patch, radius, 0.08, dice)
    halo = cover(inside + np.float32(0.6 * radius), 1.2 * radius, ground.um_per_px) * np.float32(0.18)
    albedo[patch.box] *= 1 - halo[..., None]
    alpha = cover(inside, 12.0, ground.um_per_px) * np.float32(0.7 + 0.25 * luck[3])
    blend(albedo, patch, alpha, np.array([0.035, 0.028, 0.024], dtype=np.float32) * np.float32(0.6 + 1.5 * luck[4]))
