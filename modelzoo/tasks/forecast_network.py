"""The network of the forecasting task: a linear path, and a backbone modelling what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from modelzoo.layers.backbone import Backbone
from modelzoo.layers.covariate_effect import CovariateEffect
from modelzoo.layers.forecast_mixture import ForecastMixture, PastContexts
from modelzoo.layers.linear_skip import LinearSkip
from modelzoo.layers.pooling import MaskedPooling

if TYPE_CHECKING:
    from modelzoo.tasks.forecasting import Forecasting

STEP_WIDTH = 16  # numbers that the context says about each step ahead, beside covariates


def forecast_network(task: Forecasting, backbone: Backbone) -> keras.Model:
    """Assembles the network.

    The linear path is computed (`linear_maps`), stays as it is and is mixed with repetitions of
    what was (`ForecastMixture`); or it starts as the mean of the last few seasons (the last value,
    without a season) and is trained. The backbone's head starts at zero: training begins near what
    is simple.

    Args:
        task: Says what goes in and comes out.
        backbone: Mixes the patches of the context.

    Returns:
        A model from normalized values and an observed flag, (B, L) each, and the covariates there
        are (``known`` (B, L, K), ``carried`` (B, L, F), ``future`` (B, H, F), ``static`` (B, S),
        and ``gain`` (B, 1), the spread of the whole series over the window's), to quantiles
        (B, H, Q). ``carried`` is what was known of the steps whose values stand in ``values``:
        where one is missing, an earlier one stands.
    """
    beside, levels = task.covariates, len(task.quantiles)
    inputs = {
        "values": keras.Input((task.steps,), name="values"),  # (B, L)
        "observed": keras.Input((task.steps,), name="observed"),  # (B, L)
    }
    if beside.width:
        inputs["known"] = keras.Input((task.steps, beside.width), name="known")  # (B, L, K)
    if beside.static_width:
        inputs["static"] = keras.Input((beside.static_width,), name="static")  # (B, S)
    if beside.future_width:
        inputs["carried"] = keras.Input((task.steps, beside.future_width), name="carried")
        inputs["future"] = keras.Input((task.horizon, beside.future_width), name="future")
        inputs["gain"] = keras.Input((1,), name="gain")
    x = _context(task, backbone, inputs)  # (B, D)
    head = keras.layers.Dense(
        task.horizon * levels, kernel_initializer="zeros", dtype="float32", name="head"
    )
    spread = ops.reshape(head(x), (-1, task.horizon, levels))  # (B, H, Q)
    pull = task.pull if task.linear is None else 0.0
    skip = LinearSkip(task.horizon, task.season_length, pull, dtype="float32", name="skip")
    if beside.future_width:
        level = _level_with_effects(task, skip, inputs)
        spread = spread + _decoded_steps(task, x, inputs, backbone.width)
    else:
        level = _level(task, skip, inputs, x)
    if task.linear is not None:
        skip.trainable = False
        skip.skip.assign(task.linear.training)
    outputs = ops.sort(level[:, :, None] + spread, axis=-1)  # quantiles never cross
    return keras.Model(inputs, outputs, name=task.name)


def _context(task: Forecasting, backbone: Backbone, inputs: dict[str, Any]) -> Any:
    """What the backbone makes of the context (B, D), merged into patches."""
    patches = task.steps // task.patch
    backbone.check_length(patches)
    shape = (-1, patches, task.patch)
    seen = [ops.reshape(inputs["values"], shape), ops.reshape(inputs["observed"], shape)]
    mask = ops.max(seen[1], axis=-1) > 0  # (B, P): a patch with nothing observed is padding
    if "known" in inputs:
        shape = (-1, patches, task.patch * task.covariates.width)
        seen.append(ops.reshape(inputs["known"], shape))
    x = ops.concatenate(seen, axis=-1)  # (B, P, (2 + K) patch)
    x = keras.layers.Dense(backbone.width, name="stem")(x)  # (B, P, D)
    if "static" in inputs:
        static = keras.layers.Dense(backbone.width, use_bias=False, name="static_stem")
        x = x + static(inputs["static"])[:, None, :]
    x = backbone(x, mask=mask)
    x = MaskedPooling(backbone.causal, peaks=False, name="pooling")(x, mask=mask)  # (B, D)
    return keras.layers.Dropout(0.2, name="head_dropout")(x)


def _level(task: Forecasting, skip: LinearSkip, inputs: dict[str, Any], x: Any) -> Any:
    """The linear path, or its mixture with repetitions of what was: (B, H)."""
    if not task.mixture:
        return skip(inputs["values"])
    past = PastContexts(dtype="float32", name="past")(inputs["values"])
    mixture = ForecastMixture(task.lags, dtype="float32", name="mixture")
    return mixture([past, inputs["observed"], skip(past), x])


def _level_with_effects(task: Forecasting, skip: LinearSkip, inputs: dict[str, Any]) -> Any:
    """The linear path (B, H): it continues the series without the covariates' effects."""
    effect = CovariateEffect(task.effects.tolist(), dtype="float32", name="effect")
    rest = inputs["values"] - inputs["gain"] * effect(inputs["carried"])  # (B, L)
    last = rest[:, -1:]
    return skip(rest - last) + last + inputs["gain"] * effect(inputs["future"])


def _decoded_steps(task: Forecasting, x: Any, inputs: dict[str, Any], width: int) -> Any:
    """What the context (B, D) and what is known of each step (B, H, F) say: (B, H, Q)."""
    gain = ops.repeat(ops.log1p(inputs["gain"])[:, None], task.horizon, axis=1)  # (B, H, 1)
    context = keras.layers.Dense(task.horizon * STEP_WIDTH, name="step_context")(x)
    context = ops.reshape(context, (-1, task.horizon, STEP_WIDTH))
    known = ops.concatenate([inputs["future"], gain], axis=-1)
    steps = ops.concatenate([context, ops.cast(known, context.dtype)], axis=-1)
    steps = keras.layers.Dense(width, activation="gelu", name="step_hidden")(steps)
    head = keras.layers.Dense(
        len(task.quantiles), kernel_initializer="zeros", dtype="float32", name="step_head"
    )
    return head(steps)
