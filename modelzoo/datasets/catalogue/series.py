"""Published series to forecast: weather, energy, health, traffic of people."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry
from modelzoo.datasets.download import from_github

_LOADERS = "modelzoo.datasets.time_series"

ENTRIES: dict[str, Entry] = {
    "ETTh1": Entry(
        title="Electricity transformer temperature, hourly, 2016-2018",
        task="forecasting",
        loader=f"{_LOADERS}:etth1",
        description="Oil temperature (OT) of a transformer in China and six loads: high, middle "
        "and low, each useful (HUFL, MUFL, LUFL) and useless (HULL, MULL, LULL). The parts are "
        "those of the literature: rows 1 to 8,640, 8,641 to 11,520 and 11,521 to 14,400 train, "
        "validate and test; the 3,020 rows behind them are not used. Published errors are of "
        "values standardized by the training part, averaged over all windows of the test part.",
        source="https://github.com/zhouhaoyi/ETDataset (ETT-small/ETTh1.csv)",
        licence="CC BY-ND 4.0: the file may be handed on unmodified only",
        citation="Zhou, H. et al. (2021). Informer: Beyond Efficient Transformer for Long Sequence "
        "Time-Series Forecasting. AAAI 35(12), 11106-11115.",
        season_length=24,
        horizon=96,
        frequency="h",
        units="OT: degrees Celsius; loads: as recorded",
        reference="MSE/MAE of 96 steps from 96, all channels: Informer 0.927/0.752, Autoformer "
        "0.449/0.452, DLinear 0.382/0.394, PatchTST 0.404/0.414, SegRNN 0.372/0.395 (a "
        "reproduction: github.com/lixus7/tqnet, BENCHMARK_RESULTS.md)",
        downloads=from_github(
            "ETTh1",
            "zhouhaoyi/ETDataset",
            "1d16c8f4f943005d613b5bc962e9eeb06058cf07",
            {
                "ETT-small/ETTh1.csv": "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
            },
        ),
        alternative="macrodata",
    ),
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
    "co2_mauna_loa": Entry(
        title="Atmospheric CO2 at Mauna Loa, monthly, 1958-2020",
        task="forecasting",
        loader=f"{_LOADERS}:co2_mauna_loa",
        description="Monthly means with a season and a growth that quickens. Five months without a "
        "measurement (all before 1965) are missing values. The file's second column, adjusted for "
        "the season over the whole series, is left out: it knows the future. The last 120 months "
        "are the test part.",
        source="https://github.com/vega/vega-datasets (data/co2-concentration.csv); Scripps CO2 "
        "Program",
        licence="CC BY 4.0",
        citation="Keeling, C. D. et al. (2001). Exchanges of atmospheric CO2 and 13CO2 with the "
        "terrestrial biosphere and oceans from 1978 to 2000. SIO Reference Series 01-06.",
        season_length=12,
        horizon=12,
        frequency="MS",
        units="parts per million",
        downloads=from_github(
            "co2_mauna_loa",
            "vega/vega-datasets",
            "cad85578e232704bb0453544742440038038c6a2",
            {
                "data/co2-concentration.csv": "c1a4a970864145940a28225cae288618b156cb32f9a2a1b6606ba7124134febb",
            },
        ),
        alternative="co2",
    ),
    "m4_hourly": Entry(
        title="M4 competition, its hourly series",
        task="forecasting",
        loader=f"{_LOADERS}:m4_hourly",
        description="414 series of 700 or 960 hours as a long frame; the parts are the "
        "competition's own: the test part is the 48 hours behind each. The files have no dates, so "
        "the hours of each series are numbered from 0.",
        source="https://github.com/Mcompetitions/M4-methods (Dataset)",
        licence="none stated by the repository; the Monash archive hands M4 on under CC BY 4.0",
        citation="Makridakis, S., Spiliotis, E. & Assimakopoulos, V. (2020). The M4 Competition: "
        "100,000 time series and 61 forecasting methods. International Journal of Forecasting "
        "36(1), 54-74.",
        season_length=24,
        horizon=48,
        units="each series its own",
        reference="sMAPE/MASE: seasonal naive 13.912/1.193, Naive2 18.383/2.395, RNN 14.698/3.048, "
        "MLP 13.842/2.607, ES-RNN (the winner) 9.328/0.893 (the repository's Evaluation and "
        "Ranks.xlsx)",
        downloads=from_github(
            "m4_hourly",
            "Mcompetitions/M4-methods",
            "6c1067e5a57161249b17289a565178dc7a3fb3ca",
            {
                "Dataset/Train/Hourly-train.csv": "ea59b7783573c49077a835ab6465c7d66f1474783360f310988a9a737fbca62f",
                "Dataset/Test/Hourly-test.csv": "71a57fccb15e534d973626ada4fb87febf789e9317715b7cc6dd3b5f90db6f42",
            },
        ),
        alternative="elnino",
    ),
    "melbourne_min_temp": Entry(
        title="Coldest temperature of the day, Melbourne, 1981-1990",
        task="forecasting",
        loader=f"{_LOADERS}:melbourne_min_temp",
        description="3,652 days of a noisy yearly season; 31 December of the leap years 1984 and "
        "1988 is missing. 1981 to 1988 train, 1989 validates, 1990 tests.",
        source="https://github.com/jbrownlee/Datasets (daily-min-temperatures.csv); Australian "
        "Bureau of Meteorology",
        licence="none stated by the repository",
        citation="Hyndman, R. J. Time Series Data Library; Australian Bureau of Meteorology.",
        season_length=365,
        horizon=7,
        frequency="D",
        units="degrees Celsius",
        downloads=from_github(
            "melbourne_min_temp",
            "jbrownlee/Datasets",
            "d20fcb6402ae34e653d4513b00f39257bb37ed7f",
            {
                "daily-min-temperatures.csv": "8b9de63ed6789492bf497625e7f9beb96a63d367b4b0a21754006f749fa5e5da",
            },
        ),
        alternative="elnino",
    ),
    "national_illness": Entry(
        title="Influenza-like illness in the United States, weekly, 2002-2020",
        task="forecasting",
        loader=f"{_LOADERS}:national_illness",
        description="966 weeks of 7 channels: the share of visits to doctors for influenza-like "
        "illness, weighted by population and not, cases of two age groups and in all, reporting "
        "providers, all visits (OT). 70 %, 10 % and 20 % train, validate and test, as in the "
        "literature on long horizons, which forecasts 24 to 60 weeks from 36 or 104. More and more "
        "providers report, so counts grow for that reason alone; the end of the test part is the "
        "spring of 2020. Published errors are of values standardized by the training part.",
        source="https://github.com/junwoopark92/Self-Supervised-Contrastive-Forecsating "
        "(dataset/illness/national_illness.csv); US CDC, ILINet",
        licence="MIT (the repository); the data are public domain",
        citation="Centers for Disease Control and Prevention. U.S. Outpatient Influenza-like "
        "Illness Surveillance Network (ILINet).",
        season_length=52,
        horizon=24,
        frequency="W-TUE",
        units="the first two channels: percent; the others: people or providers",
        downloads=from_github(
            "national_illness",
            "junwoopark92/Self-Supervised-Contrastive-Forecsating",
            "f394705adbf5217811276f5e59576c6e7ea7586c",
            {
                "dataset/illness/national_illness.csv": "8594cecb98c6f2f9dc014eca11c4d5d1e38ad5ce6ed0592d4abe65b146fce395",
            },
        ),
        alternative="macrodata",
    ),
    "opsd_germany_daily": Entry(
        title="Electricity in Germany, daily, 2006-2017",
        task="forecasting",
        loader=f"{_LOADERS}:opsd_germany_daily",
        description="Consumption, wind and solar production, and the last two together. Wind is "
        "missing before 2010 and on two days behind, solar before 2012 and on four days behind. "
        "2006 to 2015 train, 2016 validates, 2017 tests; these are ours.",
        source="https://github.com/jenfly/opsd (opsd_germany_daily.csv); Open Power System Data",
        licence="MIT (the repository)",
        citation="Open Power System Data (2020). Data Package Time series. "
        "https://data.open-power-system-data.org/time_series",
        season_length=7,
        horizon=7,
        frequency="D",
        units="gigawatt hours a day",
        downloads=from_github(
            "opsd_germany_daily",
            "jenfly/opsd",
            "e62374961f90a1accced6d2bbca5afe7f9e05045",
            {
                "opsd_germany_daily.csv": "729b025d984497827cb6b89048d7c2c6a551e7aa727bc47ea0b74a2d1e84675d",
            },
        ),
        alternative="macrodata",
    ),
    "seattle_weather": Entry(
        title="Weather of Seattle, daily, 2012-2015",
        task="forecasting",
        loader=f"{_LOADERS}:seattle_weather",
        description="1,461 days of precipitation, highest and lowest temperature and wind; the "
        "file's fifth column, a word for the weather, is left out. 2012 to 2014 train, 2015 tests; "
        "these are ours.",
        source="https://github.com/vega/vega-datasets (data/seattle-weather.csv); NOAA",
        licence="public domain (US Government)",
        citation="NOAA National Centers for Environmental Information, Global Historical "
        "Climatology Network.",
        season_length=365,
        horizon=7,
        frequency="D",
        units="precipitation: mm; temp_max, temp_min: degrees Celsius; wind: m/s",
        downloads=from_github(
            "seattle_weather",
            "vega/vega-datasets",
            "cad85578e232704bb0453544742440038038c6a2",
            {
                "data/seattle-weather.csv": "0845078a290b48e3149ab8639966824110a251db4e06fc144c06ebb534af23be",
            },
        ),
        alternative="elnino",
    ),
    "vic_electricity": Entry(
        title="Electricity demand of Victoria, half-hourly, 2012-2014",
        task="forecasting",
        loader=f"{_LOADERS}:vic_electricity",
        description="52,608 half hours of the state's demand and the temperature in Melbourne, on "
        "Melbourne's own time, in which people live. The file's public holidays are left out. 2012 "
        "and 2013 train, the first half of 2014 validates, the second tests; these are ours.",
        source="https://github.com/skforecast/skforecast-datasets (data/vic_electricity.csv); "
        "Australian Energy Market Operator, from the R package tsibbledata",
        licence="BSD-3-Clause (the repository); tsibbledata is GPL-3",
        citation="O'Hara-Wild, M., Hyndman, R. J. & Wang, E. tsibbledata: Diverse Datasets for "
        "'tsibble'. R package.",
        season_length=48,
        horizon=48,
        frequency="30min",
        units="Demand: megawatts; Temperature: degrees Celsius",
        downloads=from_github(
            "vic_electricity",
            "skforecast/skforecast-datasets",
            "f8c3d7fe5ec41ef86f93e969c31ec4b469b7c949",
            {
                "data/vic_electricity.csv": "6fa81bc3552f8822e984900f727584b82b3f10f41d78a1a0cdda2879a29a122e",
            },
        ),
        alternative="elnino",
    ),
}
