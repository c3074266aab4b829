"""Published series to forecast: weather, energy, money, traffic of people."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry
from modelzoo.datasets.download import from_github

_LOADERS = "modelzoo.datasets.time_series"

ENTRIES: dict[str, Entry] = {
    "airline_passengers": Entry(
        title="International airline passengers, monthly, 1949-1960",
        task="forecasting",
        loader=f"{_LOADERS}:airline_passengers",
        description="144 monthly totals with trend and a season that grows with the level. "
        "The last 24 months are the test part.",
        source="https://github.com/jbrownlee/Datasets (airline-passengers.csv)",
        licence="none stated by the repository; a published statistical series",
        citation="Box, G. E. P. & Jenkins, G. M. (1976). Time Series Analysis: Forecasting and "
        "Control. Series G.",
        season_length=12,
        horizon=12,
        frequency="MS",
        units="thousand passengers a month",
        downloads=from_github(
            "airline_passengers",
            "jbrownlee/Datasets",
            "d20fcb6402ae34e653d4513b00f39257bb37ed7f",
            {
                "airline-passengers.csv": "8cb51be753a718d9be5d76d7e238cc224792754676adc21faa59e954b0201621",
            },
        ),
        alternative="elnino",
    ),
}
