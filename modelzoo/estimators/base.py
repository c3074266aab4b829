"""What the three estimators share: parameters, building, training, saving."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Self

import keras
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from modelzoo import registry
from modelzoo.errors import (
    InputError,
    ModelZooError,
    UnknownNameError,
    check_positive,
    check_share,
    check_whole,
)
from modelzoo.estimators.building import build_backbone, check_room
from modelzoo.estimators.checkpoints import CheckpointFolder
from modelzoo.estimators.fit_configuration import configuration_of
from modelzoo.estimators.memory import all_freed_kept, keep_freed_heaps, ran_out_of_memory
from modelzoo.estimators.notebooks import html_with_summary, title_of
from modelzoo.estimators.precision import building_in, check_precision
from modelzoo.estimators.resuming import Resuming
from modelzoo.estimators.training import seeded, stopping, train
from modelzoo.interrupts import never_lost
from modelzoo.tasks.epochs import EpochBatches

# Before anything computes, since a thread goes on with the heap that it first allocated from.
keep_freed_heaps()

MOST = 2**31 - 1  # epochs, or rows of a batch: with more the frameworks do not count
NESTED = "hparams__"  # what scikit-learn's names of single hyper-parameters begin with
SMALLEST_HOLD_OUT = 8  # fewer held-out rows say too little about which epoch is best


class Estimator(BaseEstimator):
    """Base of :class:`Classifier`, :class:`Forecaster` and :class:`Generator`.

    Follows scikit-learn's conventions: the constructor only stores, everything learned ends in an
    underscore. A subclass sets ``_task`` to its task class and lists every parameter itself.

    Ctrl-C in ``fit`` keeps the best epoch so far and warns; in the first epoch it is raised, and
    nothing is fitted. To end a search over many fits, press it twice. A loss that becomes NaN or
    infinite ends ``fit`` in the same way.

    Attributes:
        task_: The fitted task adapter.
        model_: The trained ``keras.Model``. A process that reads it back from a file in Keras' own
            format imports ``modelzoo.layers`` first, which makes its layers known.
        history_: Loss and metrics by epoch.
        best_epoch_: Position in the lists of ``history_`` of the epoch whose weights were kept.
        n_params_: Number of weights.
        hparams_: Every hyper-parameter the builder was called with.
        scores_: What `modelzoo fit` measured on a test part, beside baselines; else there is none.
    """

    _task: ClassVar[Any]
    _built_of: tuple[Any, str]  # architecture and precision of the network, once it is built
    _made_anew: ClassVar[tuple[str, ...]] = ()  # what is made of the network, and no part of it
    model: Any
    size: str | None
    hparams: Mapping[str, Any] | None
    epochs: int | None
    batch_size: int
    learning_rate: float
    patience: int | None
    validation_fraction: float
    precision: str
    random_state: Any
    verbose: int | str

    def summary(self) -> None:
        """Prints the layers of the trained network with their shapes and sizes."""
        check_is_fitted(self)
        self.model_.summary(expand_nested=True)

    def plot_history(self, path: str | Path | None = None) -> Any:
        """Draws loss and metrics by epoch, in training and held out, and marks the kept epoch.

        Args:
            path: The picture's file, whose suffix chooses the format; None for no file.

        Returns:
            The ``matplotlib.figure.Figure``, which a notebook shows.
        """
        from modelzoo.report import plot_history

        check_is_fitted(self)
        return plot_history(self.history_, path, kept=self.best_epoch_, title=title_of(self))

    def save(self, path: str | Path) -> Path:
        """Writes the fitted estimator to one file that :func:`modelzoo.load` reads back.

        Args:
            path: Where to write; conventionally ending in ``.mz``.

        Returns:
            The path.

        Raises:
            BundleError: The architecture is not registered, so that loading could not rebuild it.
        """
        from modelzoo.bundle import save

        check_is_fitted(self)
        return save(self, path)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters; ``deep`` adds each entry of ``hparams`` as ``hparams__<name>``."""
        params = super().get_params(deep)
        if deep and isinstance(self.hparams, Mapping):
            params |= {NESTED + name: value for name, value in self.hparams.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Sets parameters, and with ``hparams__<name>`` single hyper-parameters of the builder.

        So a search over hyper-parameters works as any other: ``{"hparams__width": [32, 64]}``.
        Single ones go over those of ``hparams``, also of one that is set in the same call. What
        the builder does not know is told by ``fit``, since ``model`` may be set later.

        Returns:
            The estimator itself.

        Raises:
            ValueError: There is no such parameter.

        >>> from modelzoo import Classifier
        >>> Classifier("gru", hparams={"width": 64}).set_params(hparams__depth=1).hparams
        {'width': 64, 'depth': 1}
        """
        single = {name: params.pop(name) for name in [*params] if name.startswith(NESTED)}
        super().set_params(**params)
        if single:  # a new dict: the old one may be the caller's, or a clone's too
            named = {name.removeprefix(NESTED): value for name, value in single.items()}
            self.hparams = {**(self.hparams or {}), **named}
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __copy__(self) -> Self:
        """A shallow copy: it shares the network."""
        copied = self.__class__.__new__(self.__class__)
        copied.__dict__.update(self.__dict__)
        return copied

    def __getstate__(self) -> dict[str, Any]:
        """What pickle and deepcopy take: of the network the weights alone, as a bundle does."""
        state = super().__getstate__()
        state = {name: value for name, value in state.items() if name not in self._made_anew}
        if "model_" in state:
            state["model_"] = state["model_"].get_weights()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Builds the network again, and fills in the weights."""
        weights = state.get("model_")
        super().__setstate__({name: each for name, each in state.items() if name != "model_"})
        if weights is not None:
            with seeded(0):
                self._build(self.task_, self.hparams_, self._built_of)
            self.model_.set_weights(weights)

    def _repr_html_inner(self) -> str:
        return html_with_summary(self, super()._repr_html_inner())

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        bundle = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] = html_with_summary(self, bundle["text/html"])
        return bundle

    def _check_common(self) -> None:
        """Checks the parameters that all estimators share; the constructor must not."""
        check_share("validation_fraction", self.validation_fraction)
        if self.hparams is not None and not isinstance(self.hparams, Mapping):
            raise InputError(f"hparams must map names to values or be None, got {self.hparams!r}")
        check_precision(self.precision)
        check_whole("batch_size", self.batch_size, most=MOST)
        if self.epochs is not None:
            check_whole("epochs", self.epochs, most=MOST)
        if self.patience is not None:
            check_whole("patience", self.patience, least=0)
        check_positive("learning_rate", self.learning_rate)
        if self.verbose not in (0, 1, 2, "auto"):
            raise InputError(f"verbose must be 0, 1, 2 or 'auto', got {self.verbose!r}")

    @contextlib.contextmanager
    def _fitting(self, checkpoints: CheckpointFolder | None) -> Iterator[int]:
        """A fit, seeded, that is done whole or not at all.

        What fails in it, however late, leaves every attribute as it was before: an estimator that
        has learned nothing stays unfitted, and one that has keeps all parts of the fit before.
        Ctrl-C is such a failure, wherever it comes.

        Args:
            checkpoints: Those of the fit, which may be one that goes on; None for none.

        Yields:
            The seed; of a fit that goes on without one given, the seed that was drawn then.

        Raises:
            FileError: Another fit has the folder of checkpoints.
            InputError: There was not enough memory.
        """
        before = dict(self.__dict__)
        try:
            with (
                never_lost(),
                contextlib.nullcontext() if checkpoints is None else checkpoints.held(),
            ):
                random_state = self.random_state
                if random_state is None and checkpoints is not None:
                    random_state = checkpoints.seed
                with seeded(random_state) as seed:
                    yield seed
        except BaseException as error:
            self.__dict__ = before
            if ran_out_of_memory(error):
                raise InputError(
                    "there is not enough memory to train this: choose a smaller batch_size, size "
                    f"or context, or give fewer data ({type(error).__name__}: {error!s:.200})"
                ) from error
            raise

    def _assemble(self, task: Any, **preferred: Any) -> None:
        """Builds the network of a task around the chosen architecture.

        Args:
            task: The fitted task adapter.
            **preferred: Hyper-parameters that suit the task, for builders that have them; ``size``
                and ``hparams`` come first.
        """
        if callable(self.model):
            defaults = {
                name: p.default for name, p in inspect.signature(self.model).parameters.items()
            }
            hparams = dict(self.hparams or {})
            if self.size is not None:
                raise InputError(f"a builder has no sizes, got size={self.size!r}: use hparams")
            for name in hparams.keys() - defaults.keys():
                raise UnknownNameError("hyper-parameter", name, defaults)
        else:
            defaults = registry.hyperparameters(self.model)
            hparams = registry.resolve(self.model, self.size, self.hparams)
            check_room(self.model, hparams)
        preferred = {name: value for name, value in preferred.items() if name in defaults}
        self._build(task, defaults | preferred | hparams)

    def _build(
        self, task: Any, hparams: dict[str, Any], built_of: tuple[Any, str] | None = None
    ) -> None:
        """Builds the network from every hyper-parameter; training and loading both come here.

        Args:
            task: The fitted task adapter.
            hparams: All that the builder takes.
            built_of: Architecture and precision; None for those of the parameters, which may have
                been set to others since a fit.
        """
        architecture, precision = built_of or (self.model, self.precision)
        with building_in(precision):
            model = task.assemble(build_backbone(architecture, hparams))
        self._built_of = (architecture, precision)
        self.task_, self.hparams_, self.model_ = task, hparams, model
        self.n_params_ = model.count_params()

    def _train(
        self,
        training: EpochBatches,
        validation: EpochBatches | None,
        callbacks: Any,
        checkpoints: CheckpointFolder | None,
    ) -> None:
        watching = _checked_callbacks(callbacks)
        resuming = None
        if checkpoints is not None:
            resuming = Resuming(
                checkpoints,
                configuration_of(self, training, validation, stopping(watching)),
                training.seed,
            )
        # The network may be that of the fit before, which must not lose what it learned then.
        before = self.model_.get_weights()
        self.__dict__.pop("scores_", None)  # of the fit before
        try:
            with all_freed_kept():
                self.history_, self.best_epoch_ = train(
                    self.model_,
                    self.task_,
                    training,
                    validation,
                    epochs=self.epochs,
                    learning_rate=self.learning_rate,
                    patience=self.patience,
                    verbose=self.verbose,
                    callbacks=watching,
                    resuming=resuming,
                )
        except BaseException as error:
            self.model_.set_weights(before)
            failure = getattr(training, "failure", None)  # of data that are read while training
            if failure is not None and not isinstance(error, (KeyboardInterrupt, ModelZooError)):
                raise failure from None  # frameworks hide it in errors of their own
            raise


def _checked_callbacks(callbacks: Any) -> list[keras.callbacks.Callback]:
    each = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else list(callbacks or ())
    for one in each:
        if not isinstance(one, keras.callbacks.Callback):
            raise InputError(f"callbacks must be keras.callbacks.Callback objects, got {one!r:.60}")
        if isinstance(one, keras.callbacks.TensorBoard) and find_spec("tensorboard") is None:
            # TensorFlow does not bring it along, and would fail in the middle of training.
            raise InputError(
                "keras.callbacks.TensorBoard needs a package that is not installed: "
                "pip install tensorboard"
            )
    return each


def split_parameters(estimator: type[Estimator], arguments: Mapping[str, Any]) -> tuple:
    """Tells an estimator's own parameters from its architecture's hyper-parameters.

    Returns:
        Two dicts: what the estimator's constructor names, and the rest.
    """
    names = set(inspect.signature(estimator).parameters)
    own = {name: value for name, value in arguments.items() if name in names}
    rest = {name: value for name, value in arguments.items() if name not in names}
    return own, rest
