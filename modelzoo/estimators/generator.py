"""The generator: any architecture, learning to write like the texts it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.utils.validation import check_is_fitted

from modelzoo.data.text import check_texts
from modelzoo.estimators.base import Estimator
from modelzoo.estimators.training import seeded
from modelzoo.metrics import Perplexity
from modelzoo.tasks.generation import Generation
from modelzoo.tasks.sampling import Sampling


class Generator(Estimator):
    """Writes text in the manner of its training texts, with any registered architecture.

    Causal architectures learn to predict the next token; bidirectional ones learn to fill in masked
    tokens, and write by filling in blocks of them.

    Args:
        model: Name of an architecture, or a builder.
        size: Name of one of its sizes; None for the builder's defaults.
        hparams: Hyper-parameters of the builder, over those of ``size``. Two have their own default
            here, for builders that have them: ``max_length`` is ``context``, so that generation
            never looks further back than training did, and ``pre_norm`` is True, since networks
            normalized after each part learn little at high masking rates.
        tokenizer: ``"character"``, ``"bpe"``, ``"word"`` (spacing is not kept) or ``"auto"``:
            characters below 100,000 characters of text, BPE above.
        vocabulary_size: Most tokens in the vocabulary; None for the tokenizer's default.
        context: Tokens of a training window, at least 2.
        epochs: Passes over the texts; None for as many as make about 500 updates.
        batch_size: Windows in an update.
        learning_rate: Peak learning rate.
        patience: Epochs without improvement before stopping; None for a fifth of the epochs.
        validation_fraction: Share of the text held out, at its end, to choose the best epoch, in
            [0, 1).
        precision: What the network computes in, weights being float32 throughout: ``"float32"``,
            or ``"mixed_bfloat16"`` or ``"mixed_float16"`` (with scaling of the loss), which are
            faster and smaller on hardware that has them.
        random_state: Seed that makes two fits equal on one machine; None for a fresh one.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch, ``"auto"`` 1 in a terminal else 0.

    Attributes:
        task_, model_, history_, n_params_, hparams_: See :class:`Estimator`.
    """

    _task = Generation

    def __init__(
        self,
        model: Any = "gpt",
        *,
        size: str | None = None,
        hparams: Mapping[str, Any] | None = None,
        tokenizer: str = "auto",
        vocabulary_size: int | None = None,
        context: int = 64,
        epochs: int | None = None,
        batch_size: int = 16,
        learning_rate: float = 3e-3,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        precision: str = "float32",
        random_state: Any = None,
        verbose: int | str = "auto",
    ):
        self.model = model
        self.size = size
        self.hparams = hparams
        self.tokenizer = tokenizer
        self.vocabulary_size = vocabulary_size
        self.context = context
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Sequence[str] | str,
        y: Any = None,
        *,
        validation_data: Sequence[str] | str | None = None,
        callbacks: Any = None,
    ) -> Generator:
        """Trains on texts.

        Args:
            X: The texts, one a document; a single string is one document.
            y: Ignored.
            validation_data: Texts that choose the best epoch, in place of the end of X.
            callbacks: Keras callbacks to call while training.

        Returns:
            The estimator itself.

        Raises:
            InputError: The texts or a parameter cannot be used as given.
            UnknownNameError: The architecture, its size or a hyper-parameter is not known.
        """
        self._check_common()
        texts = _texts(X, "X")
        with seeded(self.random_state) as seed:
            task = Generation.learn(
                texts,
                tokenizer=self.tokenizer,
                vocabulary_size=self.vocabulary_size,
                context=self.context,
            )
            if validation_data is None:
                training, held_out = task.split(task.encode(texts), self.validation_fraction)
            else:
                training = task.encode(texts)
                held_out = task.encode(_texts(validation_data, "validation_data"))
            self._assemble(task, max_length=task.context, pre_norm=True)
            self._train(
                task.batches(training, batch_size=self.batch_size, seed=seed),
                task.batches(held_out, batch_size=self.batch_size) if held_out else None,
                callbacks,
            )
        return self

    def generate(
        self,
        prompt: str | Sequence[str] = "",
        max_new_tokens: int = 200,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> Any:
        """Continues a prompt, or each of a list of prompts.

        The first call compiles; later ones with prompts of other lengths and with other settings do
        not.

        Args:
            prompt: The text to continue, or a list of them; ``""`` starts a new document.
            max_new_tokens: How many tokens to add at most, from 0; a text may end before.
            temperature: Above 1 more surprising, below 1 safer; 0 always takes the likeliest token.
            top_k: Draw among so many of the likeliest tokens only; 0 for no limit.
            top_p: Draw among the fewest tokens that have this probability together, in (0, 1].
            seed: Whole number from 0 that makes the text repeatable; None for a new one each time.

        Returns:
            The prompt with its continuation: a string for a string, a list for a list.

        Raises:
            InputError: An argument is out of its range, a prompt has no token known from training,
                or prompt and new tokens exceed the model's learned positions.
        """
        check_is_fitted(self)
        single = isinstance(prompt, str)
        if not single and isinstance(prompt, Sequence) and not len(prompt):
            return []
        prompts = [prompt] if isinstance(prompt, str) else check_texts(prompt, "prompt")
        sampling = Sampling(temperature, top_k, top_p, seed)
        texts = self.task_.generate(self._compiled("writer"), prompts, max_new_tokens, sampling)
        return texts[0] if single else texts

    def perplexity(self, texts: Sequence[str] | str) -> Perplexity:
        """Measures how well the model predicts texts, each one alone and whatever its length.

        Every token is scored once, given at least half a context of what stands before it in the
        same text (the first ones given all there is). Characters that the training texts do not
        have count as the unknown token.

        Args:
            texts: The texts; a single string is one text.

        Returns:
            Nats per token, nats and bits per character; for bidirectional architectures an upper
            bound (``bound=True``) from random maskings with a fixed seed.

        Raises:
            InputError: There is no text to score.
        """
        check_is_fitted(self)
        return self.task_.perplexity(self._compiled("scorer"), _texts(texts, "texts"))

    def score(self, X: Sequence[str] | str, y: Any = None) -> float:
        """Minus the nats per character of texts: higher is better, 0 is perfect."""
        return -self.perplexity(X).nats_per_character

    def _compiled(self, role: str) -> Any:
        """The task's ``"writer"`` or ``"scorer"`` for the current network, made once."""
        if getattr(self, "_compiled_for", None) is not self.model_:
            self._compiled_for = self.model_
            self._programs: dict[str, Any] = {}
        if role not in self._programs:
            self._programs[role] = getattr(self.task_, role)(self.model_)
        return self._programs[role]

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()  # compiled programs are made anew when needed
        return {k: v for k, v in state.items() if k not in ("_compiled_for", "_programs")}


def _texts(texts: Sequence[str] | str, name: str) -> list[str]:
    return [texts] if isinstance(texts, str) else check_texts(texts, name)
