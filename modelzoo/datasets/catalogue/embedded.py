"""Datasets that installed packages carry: no network, no files."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry

_SERIES = "modelzoo.datasets.time_series"
_RECORDS = "modelzoo.datasets.records"
_TEXTS = "modelzoo.datasets.texts"

ENTRIES: dict[str, Entry] = {
    "breast_cancer": Entry(
        title="Breast cancer Wisconsin (diagnostic)",
        task="classification",
        loader=f"{_RECORDS}:breast_cancer",
        description="569 fine-needle aspirates to diagnose as malignant or benign. A record is a "
        "sequence (10, 3): ten measurements of the cell nuclei (radius, texture, perimeter, area, "
        "smoothness, compactness, concavity, concave points, symmetry, fractal dimension), each as "
        "mean, standard error and worst value. A quarter, stratified by diagnosis and drawn with a "
        "fixed seed, is the test part. Not for clinical use.",
        source="UCI Machine Learning Repository, as carried by scikit-learn",
        licence="CC BY 4.0 (UCI)",
        citation="Street, W. N., Wolberg, W. H. & Mangasarian, O. L. (1993). Nuclear feature "
        "extraction for breast tumor diagnosis. SPIE 1905, 861-870.",
        units="as measured (pixels and ratios); scales differ by measurement",
    ),
    "co2": Entry(
        title="Atmospheric CO2 at Mauna Loa, monthly, 1958-2001",
        task="forecasting",
        loader=f"{_SERIES}:co2",
        description="526 monthly means of the weekly flask measurements; the five months without a "
        "measurement (all before 1965) are interpolated linearly. The last 60 months are the test "
        "part.",
        source="Scripps Institution of Oceanography, CDIAC; as carried by statsmodels",
        licence="public domain",
        citation="Keeling, C. D. & Whorf, T. P. (2004). Atmospheric CO2 concentrations derived "
        "from flask air samples at sites in the SIO network. CDIAC, Oak Ridge.",
        season_length=12,
        horizon=12,
        frequency="MS",
        units="parts per million by volume",
    ),
    "digits": Entry(
        title="Handwritten digits as sequences of rows",
        task="classification",
        loader=f"{_RECORDS}:digits",
        description="1797 images of 8 x 8 pixels, read as 8 steps (rows, from the top) of 8 "
        "channels; labels 0 to 9. A quarter, stratified by digit and drawn with a fixed seed, is "
        "the test part; the source does not name the writers, so one writer may be in both parts.",
        source="UCI Machine Learning Repository, as carried by scikit-learn",
        licence="CC BY 4.0 (UCI)",
        citation="Alpaydin, E. & Kaynak, C. (1998). Optical Recognition of Handwritten Digits. UCI "
        "Machine Learning Repository.",
        units="ink, 0 to 16",
    ),
    "docstrings": Entry(
        title="Docstrings by package",
        task="classification",
        loader=f"{_TEXTS}:docstrings",
        description="Opening paragraphs of docstrings of public functions, classes and methods; "
        "the label is the package they were written for. They are read from the source files of "
        "installed packages, which are not imported; the texts depend on the versions installed. "
        "Names of packages and their usual short names are replaced by 'PACKAGE'; texts that occur "
        "in two packages are left out. Up to 400 training and 100 test texts a package, the same "
        "number for each; no source file is in both parts.",
        source="numpy, scipy, pandas, scikit-learn, statsmodels, matplotlib, keras, as installed",
        licence="numpy, scipy, pandas, scikit-learn, statsmodels: BSD-3-Clause; matplotlib: "
        "Matplotlib licence (PSF based); keras: Apache-2.0",
        citation="The documentation of the packages named.",
    ),
    "elnino": Entry(
        title="El Nino sea surface temperature, monthly, 1950-2010",
        task="forecasting",
        loader=f"{_SERIES}:elnino",
        description="732 monthly means of the region Nino 1+2 (ERSST.V3B). The table of years and "
        "months is read row by row as one series. The last 60 months are the test part.",
        source="NOAA National Weather Service; as carried by statsmodels",
        licence="public domain",
        citation="NOAA, ERSST.V3B, Nino 1+2, http://www.cpc.ncep.noaa.gov/data/indices/",
        season_length=12,
        horizon=12,
        frequency="MS",
        units="degrees Celsius",
    ),
    "macrodata": Entry(
        title="United States macroeconomic data, quarterly, 1959-2009",
        task="forecasting",
        loader=f"{_SERIES}:macrodata",
        description="203 quarters of 12 channels: GDP and its parts, prices, money, interest, "
        "unemployment, population. Seasonally adjusted at the source, so a season of one step. The "
        "last 16 quarters, a recession among them, are the test part.",
        source="FRED, Federal Reserve Bank of St. Louis, and Bureau of Labor Statistics; compiled "
        "by Skipper Seabold, as carried by statsmodels",
        licence="public domain",
        citation="Federal Reserve Bank of St. Louis, FRED, accessed December 15, 2009.",
        season_length=1,
        horizon=4,
        frequency="QS-JAN",
        units="realgdp, realcons, realinv, realgovt, realdpi: billion 2005 dollars; cpi: index, "
        "1982-84 = 100; m1: billion dollars; tbilrate, unemp, infl, realint: percent; pop: million",
    ),
    "pydoc_topics": Entry(
        title="Python's language reference as plain text",
        task="generation",
        loader=f"{_TEXTS}:pydoc_topics",
        description="The help topics of Python's own documentation, a document a topic (they "
        "depend somewhat on the Python version). Underlines of headings, drawn tables and other "
        "markup are taken out. Topics quote each other at length, so each paragraph is kept only "
        "in the longest topic that has it. Documents drawn by a hash of the topic's name, "
        "the longest ones excepted, are the test part: an eighth of the characters.",
        source="pydoc_data.topics of the Python standard library",
        licence="PSF-2.0",
        citation="Python Software Foundation. The Python Language Reference, docs.python.org.",
    ),
    "sunspots": Entry(
        title="Sunspots, yearly, 1700-2008",
        task="forecasting",
        loader=f"{_SERIES}:sunspots",
        description="309 yearly means of the sunspot number, with cycles of 9 to 14 years; eleven "
        "is their mean. The last 33 years, three cycles, are the test part.",
        source="NOAA National Geophysical Data Center; as carried by statsmodels",
        licence="public domain",
        citation="NOAA NGDC, http://www.ngdc.noaa.gov/stp/solar/solarda3.html",
        season_length=11,
        horizon=11,
        frequency="YS-JAN",
        units="sunspot number",
    ),
}
