"""Published prices to forecast: currencies, an index, stocks. The random walk is hard to beat."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry
from modelzoo.datasets.download import Download, from_github, on_github
from modelzoo.datasets.unpacking import gunzipped

_LOADERS = "modelzoo.datasets.time_series"
_LSTNET = "laiguokun/multivariate-time-series-data"
_LSTNET_COMMIT = "7f402f185cc2435b5e66aed13a3b560ed142e023"

ENTRIES: dict[str, Entry] = {
    "exchange_rate": Entry(
        title="Exchange rates of eight currencies, daily, 1990-2016",
        task="forecasting",
        loader=f"{_LOADERS}:exchange_rate",
        description="7,588 days of the currencies of eight countries. The file has no dates and "
        "the number of rows fits neither the days nor the working days of 1990 to 2016, so the "
        "rows are numbered; copies of this set that carry dates made them up. 70 %, 10 % and 20 % "
        "train, validate and test, as in the literature on long horizons. The last value is a "
        "forecast hard to beat.",
        source="https://github.com/laiguokun/multivariate-time-series-data "
        "(exchange_rate/exchange_rate.txt.gz)",
        licence="none stated by the repository",
        citation="Lai, G., Chang, W.-C., Yang, Y. & Liu, H. (2018). Modeling Long- and Short-Term "
        "Temporal Patterns with Deep Neural Networks. SIGIR, 95-104.",
        season_length=1,
        horizon=96,
        units="US dollars a unit of the currency",
        reference="MASE of 30 steps, each currency by itself, on a window of its own: seasonal "
        "naive 1.740, Chronos-Bolt (tiny) 1.686 (github.com/amazon-science/chronos-forecasting)",
        downloads=(
            Download(
                "exchange_rate",
                "exchange_rate.txt",
                on_github(_LSTNET, _LSTNET_COMMIT, "exchange_rate/exchange_rate.txt.gz"),
                "0127465b51e3cd3c360f8eb2be30cfd294689a2a55903eb8245aafc396626c7f",
                made=gunzipped,
            ),
        ),
        alternative="macrodata",
    ),
    "sp500_monthly": Entry(
        title="S&P 500, monthly, 1871-2026",
        task="forecasting",
        loader=f"{_LOADERS}:sp500_monthly",
        description="The index and eight channels beside it; the last 373 months (20 %) are the "
        "test part. Zeros of the file are missing values: of the dividend and the earnings from "
        "2023-07 on, of most other columns soon after, of PE10 before 1881. Prices are averages of "
        "a month's days and dividends and earnings are interpolated between quarters (before 1926 "
        "years), so a month tells of the next more than a trader could know. The honest yardstick "
        "is the random walk; a model that beats it clearly has probably seen the future.",
        source="https://github.com/datasets/s-and-p-500 (data/data.csv); Robert Shiller",
        licence="ODC PDDL 1.0",
        citation="Shiller, R. J. (2000). Irrational Exuberance. Princeton University Press; data "
        "at www.econ.yale.edu/~shiller/data.htm",
        season_length=1,
        horizon=12,
        frequency="MS",
        units="SP500: index points; Dividend, Earnings: dollars a year; Long Interest Rate: "
        "percent; Real ...: in prices of 2023",
        downloads=from_github(
            "sp500_monthly",
            "datasets/s-and-p-500",
            "f23898667d8764ea9e8a641b0b41487437e33b39",
            {
                "data/data.csv": "28d16941c581bda9bdcae4e0f9e3cc4b61204f8484e8c2249abdde2efe2cc3c4",
            },
        ),
        alternative="macrodata",
    ),
    "stocknet_prices": Entry(
        title="Prices of 20 US stocks, daily, 2014-2015",
        task="forecasting",
        loader=f"{_LOADERS}:stocknet_prices",
        description="Closing prices, adjusted for splits and dividends, of 20 of the 88 stocks of "
        "the StockNet set, as a long frame. The parts are the paper's: up to 2015-08-01 train, to "
        "2015-10-01 validate, to 2016-01-01 test. Week days without trading are missing values. "
        "The paper classifies moves from one close to the next: down to -0.5 %, up from 0.55 %, "
        "those between left out. The honest yardstick is the random walk; a model that beats it "
        "clearly has probably seen the future.",
        source="https://github.com/yumoxu/stocknet-dataset (price/raw); Yahoo Finance",
        licence="MIT (the repository)",
        citation="Xu, Y. & Cohen, S. B. (2018). Stock Movement Prediction from Tweets and "
        "Historical Prices. ACL, 1970-1979.",
        season_length=1,
        horizon=1,
        frequency="B",
        units="US dollars",
        downloads=from_github(
            "stocknet_prices",
            "yumoxu/stocknet-dataset",
            "330708b5ddc359961078bef469f43f48992fd6e4",
            {
                "price/raw/AAPL.csv": "4c91141cc818b836fa7a1fabb683622c63048db450565d607418bfec3ed5bc4e",
                "price/raw/AMZN.csv": "8f32530c8124c49154c314bc0951295d36049d9bfd2be839d22cbe8cc94bd1c7",
                "price/raw/BA.csv": "1195fcfe0b0acf87af14440d7e35331775ab895dc002d8cc82e23950faa26c5f",
                "price/raw/BAC.csv": "8b822485286f5abe18dad0205e6b7416274f661008279bb39ac4527c5878f597",
                "price/raw/C.csv": "2535cd6751c493fc5795c66d2fe1576f6885f6ead99e049bd0c001f477a08e94",
                "price/raw/CAT.csv": "3c8e60cead5ed2cab6f33daf5096b83a3023d4c21ad5170fb68c093160ed69bd",
                "price/raw/CSCO.csv": "9bb2d95e21dfc3b310ff21bdd9cedf55d939ad22882d0fdc58314cf5e32c4180",
                "price/raw/CVX.csv": "cccd2ca058b9f267629432e3275fa659ecd534beb1db5a0e54be1b8120cdda78",
                "price/raw/D.csv": "bf0e3d847798221714a4f90377ad7fcabeb404b4fa3e6aaba44b0f1144b631f7",
                "price/raw/DIS.csv": "d66f74290b759dc01f67ac7cf8fe0e439512869f00d0b2cca30e057e2cae6f00",
                "price/raw/GE.csv": "99e69a493df7ef20bc5e27621085d81b54e25057bb31d029a10cbe17626209ec",
                "price/raw/GOOG.csv": "fff84bbcd5d424ea200ddfcce18bb4df62ba571ad934868b4b5e9cd4e9b67af1",
                "price/raw/INTC.csv": "8864a8757b3178c8e8a18de925c9f8ffe3d6701b19687bc9126bc61a9f7776b5",
                "price/raw/JNJ.csv": "7efcd97d80ca77661de2972246d301ecdb3caf89628262e6e6d47c539e73b11c",
                "price/raw/JPM.csv": "f474e8ac81c1fe345e0d13b0182c21f296261fe93e453b78dc38fe6d77ec43b0",
                "price/raw/KO.csv": "a7fa02fd3f61878279de3b44cc4efc75116007c97ab651b8e22f51bf4d587800",
                "price/raw/MSFT.csv": "1b8e97121e3a5c945c9994d49e923d528acd6db41239b87f723ba635412cc275",
                "price/raw/PFE.csv": "1844b1eb551c82ff8940663e4a94eb0cd1e1c356e2f00f902ec4869bf4a05ed1",
                "price/raw/WMT.csv": "1032cad0f24c3bd1e3f3ae517ed810198ece5561d97118bc431f8684086510ec",
                "price/raw/XOM.csv": "6919e23c24b9a06c12d19a2b679dffe08347725825e3c63a2412f940ed433863",
            },
        ),
        alternative="macrodata",
    ),
}
