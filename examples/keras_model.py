"""Takes the network of a fitted estimator away: it is a plain keras.Model, and stays one.

Run it with `python examples/keras_model.py`; `--quick` takes a short cut.
"""

import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

import modelzoo

quick = "--quick" in sys.argv
data = modelzoo.load_dataset("digits")
X, y = data.train.X[:200] if quick else data.train.X, data.train.y[:200] if quick else data.train.y
classifier = modelzoo.create("gru", task="classification", size="tiny", epochs=2, random_state=0)
classifier.fit(X, y)
model = classifier.model_

# The task turned the raw data into what the network takes: scaled values, and which are real.
lengths = np.array([len(row) for row in X])
inputs = classifier.task_.collate(classifier.task_.encode(X), int(lengths.max()))
targets = classifier.task_.labels.encode(y)

# Train it further, your own way; the estimator sees the new weights, for the model is its own.
model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
model.fit(inputs, targets, epochs=1 if quick else 5, verbose=0)
print(f"accuracy after more training: {classifier.score(*data.test):.3f}")
print(f"accuracy of a guess: {np.bincount(y).max() / len(y):.3f}")

with tempfile.TemporaryDirectory() as folder:
    # Save it in Keras' own format; `classifier.save` writes everything, labels and scaling too.
    # Another process imports modelzoo.layers before it loads the file.
    model.save(Path(folder) / "digits.keras")
    loaded = keras.saving.load_model(Path(folder) / "digits.keras")
    answers, again = (each.predict(inputs, verbose=0) for each in (model, loaded))
    print(f"largest difference after loading: {np.abs(answers - again).max():.1e}")

    # Export it for serving, without Keras or modelzoo (TensorFlow reads it back).
    model.export(Path(folder) / "exported", verbose=False)
    print(f"exported: {sorted(path.name for path in (Path(folder) / 'exported').iterdir())}")

# Embed it in a larger network: its features, frozen, under a new head for even and odd.
features = keras.Model(model.inputs, model.get_layer("pooling").output)
features.trainable = False
ends = {name: keras.Input(each.shape[1:], dtype=each.dtype) for name, each in inputs.items()}
head = keras.layers.Dense(1, activation="sigmoid")(features(ends))
larger = keras.Model(ends, head)
larger.compile("adam", "binary_crossentropy", metrics=["accuracy"])
larger.fit(inputs, np.asarray(y) % 2, epochs=1 if quick else 10, verbose=0)
print(f"even or odd: {larger.evaluate(inputs, np.asarray(y) % 2, verbose=0)[1]:.3f}")
