"""Published accuracies of time series classifiers, on the archives' own parts."""

from __future__ import annotations

# Percent, means of five runs (Ismail Fawaz et al., 2019, "Deep learning for time series
# classification: a review", DMKD 33): github.com/hfawaz/dl-4-tsc, results-ucr-128.csv and, for
# JapaneseVowels, results-mts-avg-std.csv. BasicMotions and fsdd_4spk are not among them.
SOURCE = "github.com/hfawaz/dl-4-tsc, means of 5 runs"
ACCURACY = {
    "CBF": {"MLP": 86.9, "FCN": 99.4, "ResNet": 99.6},
    "ECG200": {"MLP": 91.4, "FCN": 88.8, "ResNet": 87.4},
    "ECGFiveDays": {"MLP": 97.3, "FCN": 98.5, "ResNet": 96.6},
    "GunPoint": {"MLP": 92.8, "FCN": 100.0, "ResNet": 99.1},
    "ItalyPowerDemand": {"MLP": 95.3, "FCN": 96.3, "ResNet": 96.2},
    "JapaneseVowels": {"MLP": 97.6, "FCN": 99.3, "ResNet": 99.2},
    "Lightning7": {"MLP": 61.6, "FCN": 82.5, "ResNet": 82.7},
    "SwedishLeaf": {"MLP": 84.5, "FCN": 96.7, "ResNet": 96.3},
    "SyntheticControl": {"MLP": 97.3, "FCN": 98.9, "ResNet": 99.7},
}
