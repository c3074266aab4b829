"""What is known ahead of series, or came after them, put behind them at the right time stamps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.interchange import as_pandas
from modelzoo.data.long_frames import as_long, with_date_index, with_dates
from modelzoo.data.reading import Series
from modelzoo.data.roles import Roles, read_covariate
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError


def attach_future(panel: SeriesPanel, future: Any, roles: Roles, horizon: int) -> SeriesPanel:
    """Puts the future covariates of the next steps behind each series.

    Args:
        panel: The series with their covariates.
        future: A table with a column for each future covariate and a row for each step that
            follows: on the time stamps that follow, or an array (horizon, columns) in the order in
            which they were declared. For a long frame a long frame with ``unique_id`` and ``ds``;
            for a list a list of tables; for many series in any form also a dict of tables by
            name. Other columns and later steps are not read. None: each series holds them already.
        roles: The declared covariates.
        horizon: Steps that must be known.

    Returns:
        The panel, whose covariates reach ``horizon`` steps beyond each series.

    Raises:
        InputError: A covariate, a series or a step is missing.
    """
    if not roles.future:
        if future is not None:
            raise InputError(
                "the model reads no future covariates: leave `future` out, or fit with "
                "future_covariates=[...]"
            )
        return panel
    if future is None:
        for one in panel.series:
            reach = -1 if one.covariates is None else len(one.covariates) - len(one)
            if reach < horizon:
                raise InputError(
                    f"the model reads future covariates ({_names(roles.future)}): give `future`, a "
                    f"table of them for the {horizon} steps to forecast{_found_at_end(one, roles)}"
                )
        return panel
    tables = _tables(panel, future, roles)
    series = []
    for i, (one, table) in enumerate(zip(panel.series, tables, strict=True)):
        stamps = panel.future_index(i, horizon)
        ahead = _rows(table, stamps, roles.future, f"the future of series {one.id!r}")
        series.append(_extended(one, ahead, roles))
    return replace(panel, series=series)


def match_actual(panel: SeriesPanel, actual: Any, roles: Roles) -> list[pd.DataFrame | None]:
    """What came after each series of a panel.

    Args:
        panel: The series.
        actual: What followed them, in their form; covariates may be left out, and so may some of
            many series. None: nothing is known.
        roles: The declared covariates, which are not read.

    Returns:
        For each series a table of its channels on the time stamps that follow, or None.

    Raises:
        InputError: It holds none of the series, or its channels or time stamps do not fit.
    """
    if actual is None:
        return [None] * len(panel)
    later = SeriesPanel.read(_values_alone(actual, roles, len(panel.channels)))
    found = {one.id: one for one in later.series}
    if panel.form == "long" or not found.keys().isdisjoint(one.id for one in panel.series):
        matched = [found.get(one.id) for one in panel.series]
    elif len(later) == len(panel):
        matched = list(later.series)
    else:
        matched = []
    if not any(matched):
        raise InputError(
            f"`actual` holds none of the series that were forecast: {_names(tuple(found)[:3])} "
            f"against {_names(tuple(one.id for one in panel.series[:3]))}"
        )
    truths: list[pd.DataFrame | None] = []
    for one, came in zip(panel.series, matched, strict=True):
        if came is None:
            truths.append(None)
            continue
        alone = replace(panel, series=[one])
        whole = alone.append(replace(later, series=[replace(came, id=one.id)])).series[0]
        truths.append(pd.DataFrame(whole.values[len(one) :], whole.index[len(one) :]))
    return truths


def _values_alone(table: Any, roles: Roles, channels: int) -> Any:
    """Series, in any form, without the columns that are covariates."""
    table = as_pandas(table)
    if isinstance(table, Mapping):
        return {name: _values_alone(each, roles, channels) for name, each in table.items()}
    if isinstance(table, (list, tuple)) and any(np.ndim(each) for each in table):
        return [_values_alone(each, roles, channels) for each in table]
    if isinstance(table, pd.DataFrame):
        return table.drop(columns=[name for name in roles.names if name in table.columns])
    if np.ndim(table) == 2 and table.shape[1] > channels:
        return pd.DataFrame(table).drop(columns=list(roles.names), errors="ignore").to_numpy()
    return table


def _tables(panel: SeriesPanel, future: Any, roles: Roles) -> list[Any]:
    """The table of each series, in the panel's order."""
    if isinstance(future, Mapping) and panel.form in ("long", "list"):
        _check_ids(panel, future)
        return [future[one.id] for one in panel.series]
    if panel.form == "long":
        future = as_long(as_pandas(future), roles)
        if not isinstance(future, pd.DataFrame) or not {"unique_id", "ds"} <= set(future.columns):
            raise InputError(
                "`future` must be a long frame like the series: columns unique_id, ds and the "
                "future covariates"
            )
        if not len(future):
            raise InputError("`future` is empty: it has no rows")
        by_id = {
            name: rows.set_index("ds")
            for name, rows in with_dates(future).groupby("unique_id", observed=True)
        }
        _check_ids(panel, by_id)
        return [by_id[one.id] for one in panel.series]
    if panel.form == "list":
        if not isinstance(future, (list, tuple)) or len(future) != len(panel):
            raise InputError(
                f"`future` must be a list of {len(panel)} tables, one a series, or a dict of them"
            )
        return list(future)
    return [future]


def _check_ids(panel: SeriesPanel, by_id: Mapping[Hashable, Any]) -> None:
    for one in panel.series:
        if one.id not in by_id:
            raise InputError(f"`future` has no rows for series {one.id!r}")


def _found_at_end(one: Series, roles: Roles) -> str:
    """A hint for tables that hold the steps to forecast as rows without a value."""
    empty = np.isnan(one.values).all(axis=1)
    rows = len(empty) if empty.all() else int(empty[::-1].argmin())
    if not rows or one.covariates is None:
        return ""
    ahead = one.covariates[list(roles.future)].iloc[len(one) - rows : len(one)]
    if not ahead.notna().all(axis=None):
        return ""
    return (
        f". Series {one.id!r} ends in {rows} rows that hold them but no value: cut these off and "
        "hand them over as `future`"
    )


def _rows(table: Any, stamps: pd.Index, names: tuple[Hashable, ...], where: str) -> pd.DataFrame:
    """The rows of the stamps (H, F)."""
    table = as_pandas(table)
    if isinstance(table, pd.Series):
        table = table.to_frame(name=names[0] if table.name is None else table.name)
    if not isinstance(table, pd.DataFrame):
        array = np.asarray(table)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or array.shape[1] != len(names) or len(array) < len(stamps):
            raise InputError(
                f"{where} must be {len(stamps)} rows of {len(names)} columns ({_names(names)}), "
                f"got an array of shape {array.shape}"
            )
        table = pd.DataFrame(array[: len(stamps)], columns=list(names))
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise InputError(f"{where} lacks the future covariates {_names(tuple(missing))}")
    table = _on_stamps(table, stamps)
    counted = isinstance(table.index, pd.RangeIndex) and table.index.start == 0
    if counted and len(table) == len(stamps):
        rows = table  # without time stamps: one row a step
    else:
        if not table.index.is_unique:
            twice = table.index[table.index.duplicated()][0]
            raise InputError(f"{where} has more than one row at {twice}")
        absent = stamps[~stamps.isin(table.index)]
        if len(absent):
            raise InputError(
                f"{where} lacks {len(absent)} of the {len(stamps)} steps to forecast, the first "
                f"at {absent[0]}"
            )
        rows = table.loc[stamps]
    rows = rows[list(names)].reset_index(drop=True)
    for name in names:
        rows[name] = read_covariate(rows[name], f"{where}, covariate {name!r}")
    return rows


def _on_stamps(table: pd.DataFrame, stamps: pd.Index) -> pd.DataFrame:
    """The table with its time stamps as index, where it has them in a column."""
    for column in ("ds", stamps.name):
        if column is not None and column in table.columns:
            table = with_dates(table.rename(columns={column: "ds"})).set_index("ds")
            break
    table = with_date_index(table)
    if isinstance(table.index, pd.DatetimeIndex) and isinstance(stamps, pd.PeriodIndex):
        table = table.set_axis(table.index.to_period(stamps.freq))
    return table


def _extended(one: Series, ahead: pd.DataFrame, roles: Roles) -> Series:
    assert one.covariates is not None
    own = one.covariates.iloc[: len(one)]
    steps = len(one) + len(ahead)
    columns = {}
    for name in own:
        if name in roles.future:
            columns[name] = pd.concat([own[name], ahead[name]], ignore_index=True)
        else:  # what is static goes on, the past does not
            columns[name] = own[name].reindex(range(steps))
            if name in roles.static:
                columns[name] = columns[name].ffill()
    return replace(one, covariates=pd.DataFrame(columns))


def _names(names: tuple[Hashable, ...]) -> str:
    return ", ".join(map(repr, names))
