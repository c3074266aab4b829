"""Published sequences of numbers to classify: the UCR and UEA archives, speech."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry
from modelzoo.datasets.download import Download, from_github
from modelzoo.datasets.unpacking import spoken_digits

_LOADERS = "modelzoo.datasets.sequences"
_UCR = "iwuqing/Time-Series-Classification-based-on-KNN"
_UCR_COMMIT = "6f961db51e2633ba46524913177c518bd03bb843"
_UEA = "aeon-toolkit/aeon"
_UEA_COMMIT = "a101ddc8b35a65441609b45c9bcce5aeafa0c131"
_FSDD_COMMIT = "26eb9aaf76e81b692f806f9140c2d2777410d7a1"
_ARCHIVE = "Dau, H. A. et al. (2019). The UCR Time Series Archive. IEEE/CAA Journal of Automatica "
_ARCHIVE += "Sinica 6(6), 1293-1305."
_OFFICIAL = "The parts are the archive's own."


def _ucr(
    name: str, title: str, description: str, scores: str, sha256: tuple[str, str], citation: str
) -> Entry:
    """A dataset of the UCR archive, of 2018: two files, for training and for testing."""
    files = (f"data/{name}/{name}_TRAIN.tsv", f"data/{name}/{name}_TEST.tsv")
    return Entry(
        title=title,
        task="classification",
        loader=f"{_LOADERS}:ucr",
        description=f"{description} {_OFFICIAL}",
        source=f"UCR archive (2018), from https://github.com/{_UCR} (data/{name})",
        licence="no formal licence: the archive asks to be cited; none stated by the repository",
        citation=f"{citation} {_ARCHIVE}",
        units="each sequence standardized",
        reference=f"accuracy in %: {scores} (github.com/hfawaz/dl-4-tsc, results-ucr-128.csv, mean "
        "of 5 runs; ROCKET: github.com/angus924/rocket, results_ucr.csv)",
        downloads=from_github(name, _UCR, _UCR_COMMIT, dict(zip(files, sha256, strict=True))),
        alternative="digits",
    )


ENTRIES: dict[str, Entry] = {
    "BasicMotions": Entry(
        title="Motions by smart watch",
        task="classification",
        loader=f"{_LOADERS}:uea",
        description="Ten seconds of standing, walking, running or badminton, (100, 6): "
        "accelerometer and gyroscope, each in three directions, ten times a second. Four students "
        f"wore the watch and each may be in both parts; the file does not name them. {_OFFICIAL} "
        "40 records each: one record is 2.5 % of the accuracy.",
        source=f"UEA archive, from https://github.com/{_UEA} (aeon/datasets/data/BasicMotions)",
        licence="no formal licence; BSD-3-Clause (the repository)",
        citation="Bagnall, A. et al. (2018). The UEA multivariate time series classification "
        "archive, 2018. arXiv:1811.00075.",
        units="as recorded",
        downloads=from_github(
            "BasicMotions",
            _UEA,
            _UEA_COMMIT,
            {
                "aeon/datasets/data/BasicMotions/BasicMotions_TRAIN.ts": "8dc43cc6306cb679c888c01e26f91772ac4441a916da43bac8b79734a538b9d6",
                "aeon/datasets/data/BasicMotions/BasicMotions_TEST.ts": "79213102bc6fca1a398ad98ce1185dff0208fa3d1465e687f48288946b0ff8dc",
            },
        ),
        alternative="digits",
    ),
    "CBF": _ucr(
        "CBF",
        "Cylinder, bell and funnel",
        "Simulated: noise, and from a random time to another one a plateau (1), a rise (2) or a "
        "fall (3); 128 steps. 30 records to train on, 900 to test.",
        "MLP 86.9, FCN 99.4, ResNet 99.6, Encoder 97.7, ROCKET 100.0",
        (
            "eb25c656d86a28328bca2a3c4bd0dcd54f27546b6a83f84a635cf581a55cead4",
            "9485e783f961cbc6343f7da504fd8f6f9502e9000fd379bc60c688ff5d637965",
        ),
        "Saito, N. (1994). Local feature extraction and its applications using a library of bases. "
        "PhD thesis, Yale University.",
    ),
    "ECG200": _ucr(
        "ECG200",
        "Heartbeats, normal or of an infarction",
        "The electrical activity of one heartbeat, 96 steps: normal (1) or myocardial infarction "
        "(-1). 100 records to train on, 100 to test; two thirds are of one class. The patients are "
        "not named, so one may be in both parts. Not for clinical use.",
        "MLP 91.4, FCN 88.8, ResNet 87.4, Encoder 88.4, ROCKET 90.6",
        (
            "bd08b37147ebf205231ad43e02c42dd5c14bc348f4ccc7614f85634c8916bf21",
            "c8ac02caf98be23c47c044fde026219301ceaf0b2f97bc107bd0cd96330b867c",
        ),
        "Olszewski, R. T. (2001). Generalized feature extraction for structural pattern "
        "recognition in time-series data. PhD thesis, Carnegie Mellon University.",
    ),
    "ECGFiveDays": _ucr(
        "ECGFiveDays",
        "Heartbeats of one man on two days",
        "Heartbeats of a man of 67 years, 136 steps; the classes are the two days of recording, "
        "five days apart, so nothing medical is told. 23 records to train on, 861 to test.",
        "MLP 97.3, FCN 98.5, ResNet 96.6, Encoder 84.2, ROCKET 100.0",
        (
            "e81cc7d1b974324b432ce50bc6e9dac88e3111ffd46dccd1df1e4863e82022c3",
            "bb9706f13954be81bf9b47aa6e8634e94f11fdee93237e3c039d8822eef4439f",
        ),
        "Data donated by Y. Chen and E. Keogh.",
    ),
    "GunPoint": _ucr(
        "GunPoint",
        "Drawing a gun or pointing",
        "How far to the side the right hand of one of two actors is, 150 steps: drawing a gun (1) "
        "or pointing with a finger (2). 50 records to train on, 150 to test; the actors are not "
        "named, so each may be in both parts.",
        "MLP 92.8, FCN 100.0, ResNet 99.1, Encoder 78.4, ROCKET 100.0",
        (
            "4d14e4f44a6230087cb4b4ed7844c8b0feb76f07a76108cc367d689e0de8f609",
            "5537eb2f3050e1514f3221b5f4c9799b350fb229ea15eed9e78bbae855505ccf",
        ),
        "Ratanamahatana, C. A. & Keogh, E. (2004). Making time-series classification more accurate "
        "using learned constraints. SIAM International Conference on Data Mining.",
    ),
    "ItalyPowerDemand": _ucr(
        "ItalyPowerDemand",
        "Electricity demand of Italian days",
        "The 24 hours of a day: from October to March (1) or from April to September (2). 67 records to "
        "train on, 1,029 to test.",
        "MLP 95.3, FCN 96.3, ResNet 96.2, Encoder 96.4, ROCKET 97.0",
        (
            "fab46ef99232ada65773ed89b131954a91ec1da69803159cb1566f320dbaf22e",
            "ab22aa53de4ef55f2e2bcbf0518565704aeec8d76f48ef1180903bf5814c47fc",
        ),
        "Keogh, E. et al. (2006). Intelligent icons: integrating lite-weight data mining and "
        "visualization into GUI operating systems. IEEE International Conference on Data Mining.",
    ),
    "JapaneseVowels": Entry(
        title="Nine speakers of two vowels",
        task="classification",
        loader=f"{_LOADERS}:uea",
        description="Which of nine men says the vowels a and e: 12 cepstrum coefficients of linear prediction, 7 "
        f"to 29 steps. {_OFFICIAL} 270 records to train on, 30 a speaker; 370 to test, from 24 to "
        "88 a speaker.",
        source=f"UEA archive, from https://github.com/{_UEA} (aeon/datasets/data/JapaneseVowels)",
        licence="no formal licence; BSD-3-Clause (the repository)",
        citation="Kudo, M., Toyama, J. & Shimbo, M. (1999). Multidimensional curve classification "
        "using passing-through regions. Pattern Recognition Letters 20(11-13), 1103-1111.",
        units="coefficients, no unit",
        reference="accuracy in %: MLP 97.6, FCN 99.3, ResNet 99.2, Encoder 97.6 (github.com/hfawaz/dl-4-tsc, "
        "results-mts-avg-std.csv)",
        downloads=from_github(
            "JapaneseVowels",
            _UEA,
            _UEA_COMMIT,
            {
                "aeon/datasets/data/JapaneseVowels/JapaneseVowels_TRAIN.ts": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
                "aeon/datasets/data/JapaneseVowels/JapaneseVowels_TEST.ts": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
            },
        ),
        alternative="digits",
    ),
    "Lightning7": _ucr(
        "Lightning7",
        "Seven kinds of lightning",
        "Radio power of a lightning event seen by a satellite, 319 steps, 800 microseconds; seven "
        "kinds of event. 70 records to train on, 73 to test, of one kind only 5: one record is "
        "1.4 % of the accuracy.",
        "MLP 61.6, FCN 82.5, ResNet 82.7, Encoder 69.6, ROCKET 82.3",
        (
            "1a24ebce9a84dcf2cf2b3b304b60b26387fa5083196c6fac25ac49ecff022532",
            "30517c3e117197708f47b7d869560d11df2c8b1c1647612109cb1a9aef2d7d6b",
        ),
        "Eads, D. R. et al. (2002). Genetic algorithms and support vector machines for time series "
        "classification. SPIE 4787, 74-85.",
    ),
    "SwedishLeaf": _ucr(
        "SwedishLeaf",
        "Leaves of fifteen trees",
        "The outline of a leaf, walked along in 128 steps; fifteen kinds of Swedish trees. 500 "
        "records to train on, 625 to test.",
        "MLP 84.5, FCN 96.7, ResNet 96.3, Encoder 90.2, ROCKET 96.4",
        (
            "b3c6c99d5b298b27a73d42edc6d3d33dc4df78d3bd4bc2d09483191292639c0e",
            "a11cd64664dfffe9d01901fbd8233b55a9f2acd3256a947fa907e05c6d17d33e",
        ),
        "Soderkvist, O. (2001). Computer vision classification of leaves from Swedish trees. MSc "
        "thesis, Linkoping University.",
    ),
    "SyntheticControl": _ucr(
        "SyntheticControl",
        "Control charts of six kinds",
        "Simulated, 60 steps: normal (1), cyclic (2), rising (3) or falling (4) trend, shift up "
        "(5) or down (6). 300 records each to train on and to test, 50 a class.",
        "MLP 97.3, FCN 98.9, ResNet 99.7, Encoder 97.3, ROCKET 100.0",
        (
            "58af636cbd5592bdda45ba638629e40f17c08354aa545a61fd41b92582bdd176",
            "cd44464b200820913f928a952af78d512ee3924f6243053d28a6d45c0aacdb76",
        ),
        "Alcock, R. J. & Manolopoulos, Y. (1999). Time-series similarity queries employing a "
        "feature-based approach. 7th Hellenic Conference on Informatics.",
    ),
    "fsdd_4spk": Entry(
        title="Spoken digits of four speakers",
        task="classification",
        loader=f"{_LOADERS}:spoken_digits",
        description="Which digit, 0 to 9, is said: recordings of 0.14 to 2.3 seconds as log-mel "
        "spectrograms, 40 bands every 10 ms. Four speakers, each digit 18 times (a cut: recordings "
        "0 to 17). Recordings 0 to 4 of each are the test part, as the set's authors say, so every "
        "speaker is in both parts; `extras['groups']` names each recording's speaker, to leave one out: a "
        "voice that was never heard is much harder.",
        source="https://github.com/Jakobovski/free-spoken-digit-dataset (recordings)",
        licence="CC BY-SA 4.0",
        citation="Jackson, Z. et al. Free Spoken Digit Dataset. doi:10.5281/zenodo.1342401",
        units="decibels (0 is a power of one)",
        downloads=(
            Download(
                "fsdd_4spk",
                "recordings.tar",
                "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/"
                f"{_FSDD_COMMIT}.tar.gz",
                "826ba5e2e28092883ce8976b17d25427b7b358ea672c65634a918bacc4a3649a",
                made=spoken_digits,
            ),
        ),
        alternative="digits",
    ),
}
