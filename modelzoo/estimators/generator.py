"""The generator: any architecture, learning to write like the texts it is given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklearn.utils.validation import check_is_fitted

from modelzoo import registry
from modelzoo.data.sampling_settings import check_streamed
from modelzoo.data.text import check_texts
from modelzoo.data.texts_and_ids import check_scored, read_prompts, read_rows
from modelzoo.data.token_ids import kind_of
from modelzoo.errors import InputError, check_whole
from modelzoo.estimators.base import Estimator
from modelzoo.estimators.building import build_backbone
from modelzoo.estimators.checkpoints import CheckpointFolder
from modelzoo.estimators.precision import INT8, building_in
from modelzoo.estimators.streamed_texts import (
    StreamedTexts,
    streamed_examples,
    streams,
    texts_of,
    validation_texts,
)
from modelzoo.estimators.texts_and_pairs import (
    pair_examples,
    text_examples,
    warn_of_unknown,
)
from modelzoo.estimators.training import seeded
from modelzoo.estimators.warm_start import check_same_network, continued_task
from modelzoo.layers.int8 import quantize_into
from modelzoo.metrics import Perplexity
from modelzoo.tasks.generation import Generation
from modelzoo.tasks.infilling import infill, masked_ids
from modelzoo.tasks.sampling import Sampling


class Generator(Estimator):
    """Writes text in the manner of its training texts, with any registered architecture.

    Causal architectures learn to predict the next token; bidirectional ones learn to fill in masked
    tokens, and write by filling in blocks of them. Fitted on prompts with their completions it
    learns to complete: to translate, summarize, answer or chat. Sequences may also be of token ids
    that are no text, such as notes or bases.

    Args:
        model: Name of an architecture, or a builder.
        size: Name of one of its sizes; None for the builder's defaults.
        hparams: Hyper-parameters of the builder, over those of ``size``. Two have their own default
            here, for builders that have them: ``max_length`` is ``context``, so that generation
            never looks further back than training did, and ``pre_norm`` is True, since networks
            normalized after each part learn little at high masking rates.
        kind: What X holds: ``"text"``, ``"tokens"`` (sequences of ids, any whole numbers), or
            ``"auto"``: strings are text, sequences of whole numbers are tokens.
        tokenizer: ``"character"``, ``"bpe"``, ``"word"`` (spacing is not kept) or ``"auto"``:
            characters below 100,000 characters of text, BPE above.
        vocabulary_size: Most tokens in the vocabulary; None for the tokenizer's default.
        context: Tokens of a training window, at least 2, with its special tokens; None for 64 or,
            of pairs, as many as the longest needs up to 256.
        warm_start: Whether ``fit`` goes on from the weights, vocabulary and context of the fit
            before, or of the file loaded, rather than from nothing. The last fit decides whether
            texts are continued or prompts completed.
        epochs: Passes over the texts; None for as many as make about 500 updates.
        batch_size: Windows or pairs in an update.
        learning_rate: Peak learning rate.
        patience: Epochs without improvement before stopping; None for a fifth of the epochs.
        validation_fraction: Share held out to choose the best epoch, in [0, 1): of texts their end,
            of pairs some drawn at random.
        precision: What the network computes in, weights being float32 throughout: ``"float32"``,
            or ``"mixed_bfloat16"`` or ``"mixed_float16"`` (with scaling of the loss), which are
            faster and smaller on hardware that has them.
        random_state: Seed that makes two fits equal on one machine; None for a fresh one.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch, ``"auto"`` 1 in a terminal else 0.

    Attributes:
        task_, model_, history_, n_params_, hparams_: See :class:`Estimator`.
    """

    _task = Generation
    _made_anew = ("_compiled_for", "_programs")

    def __init__(
        self,
        model: Any = "gpt",
        *,
        size: str | None = None,
        hparams: Mapping[str, Any] | None = None,
        kind: str = "auto",
        tokenizer: str = "auto",
        vocabulary_size: int | None = None,
        context: int | None = None,
        warm_start: bool = False,
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
        self.kind = kind
        self.tokenizer = tokenizer
        self.vocabulary_size = vocabulary_size
        self.context = context
        self.warm_start = warm_start
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
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        callbacks: Any = None,
        checkpoint_dir: str | Path | None = None,
        checkpoint_minutes: float = 10,
    ) -> Generator:
        """Trains on texts, or on prompts with their completions.

        With completions the loss counts on them and their end only, and each pair stands in a row
        of its own. Of a pair longer than ``context`` the beginning of the prompt is cut off, then
        the end of the completion; a warning says how many were.

        Args:
            X: The texts, one a document, a single string being one document; or the prompts. With
                token ids: sequences of them. Also a ``pathlib.Path`` of a text file, in which a
                blank line ends a document, or a list of them; or a loader of batches of texts:
                ``tf.data.Dataset``, ``keras.utils.PyDataset``, torch's ``DataLoader``, a function
                that makes a generator. Files of more than 4 MiB, and loaders, are never in memory
                as a whole: the vocabulary is learned from an even sample, and without ``epochs``
                an epoch is no pass over all but about 500 updates.
            y: The completion of each prompt; None to learn X itself.
            sample_weight: What each pair counts (N,), from 0; None for all alike.
            validation_data: Texts, or ``(prompts, completions)``, that choose the best epoch, in
                place of a part of the training data.
            callbacks: Keras callbacks to call while training.
            checkpoint_dir: A folder for checkpoints, after each epoch and every
                ``checkpoint_minutes`` within one; None for none. Where it holds some, the same fit
                goes on from the latest and ends with the same weights as one that was never cut
                off; one that had ended trains no more, but its data are read and encoded again.
                Callbacks other than early stopping begin anew. A loader must give the same batches
                each time.
            checkpoint_minutes: Minutes between checkpoints within an epoch, from 0.

        Returns:
            The estimator itself.

        Raises:
            InputError: The texts or a parameter cannot be used as given.
            UnknownNameError: The architecture, its size or a hyper-parameter is not known.
            FileError: ``checkpoint_dir`` is a file, cannot be written to, or another fit is at
                work in it.
            TrainingError: The loss became NaN or infinite before an epoch had ended.
        """
        self._check_common()
        checkpoints = CheckpointFolder.of(checkpoint_dir, checkpoint_minutes)
        X = texts_of(X)
        streamed = streams(X)
        if streamed:
            kind = _kind_of_stream(self.kind, y)
        else:
            kind = kind_of([X] if isinstance(X, str) else X, self.kind)
            X = read_rows(X, kind, "X")
        y = None if y is None else read_rows(y, kind, "y")
        if y is None and sample_weight is not None:
            raise InputError("sample_weight counts pairs, and there is no y: leave it out")
        if y is None and validation_data is not None:
            validation_data = validation_texts(validation_data)
        going_on = self.warm_start and self.__sklearn_is_fitted__()
        if going_on and self._built_of[1] == INT8:
            raise InputError(
                "weights of int8 are not trained further: leave out warm_start to fit anew, or go "
                "on with the model as it was before quantize()"
            )
        with self._fitting(checkpoints) as seed:
            if streamed:
                held_out = 0.0 if validation_data is not None else self.validation_fraction
                source = StreamedTexts.read(X, held_out, seed)
                X = source.sample
            if going_on:
                task = continued_task(
                    self.task_, kind=kind, context=self.context, pairs=y is not None
                )
            else:
                task = Generation.learn(
                    X,
                    y,
                    kind=kind,
                    tokenizer=self.tokenizer,
                    vocabulary_size=self.vocabulary_size,
                    context=self.context,
                )
            options: dict[str, Any] = {
                "validation_data": validation_data,
                "fraction": self.validation_fraction,
            }
            if streamed:
                examples = streamed_examples(task, source, validation_data)
            elif y is None:
                examples = text_examples(task, X, **options)
            else:
                examples = pair_examples(task, X, y, sample_weight, seed=seed, **options)
            if going_on:
                warn_of_unknown(examples.tokens)
            self._assemble(task, max_length=task.context, pre_norm=True)
            self._programs: dict[tuple, Any] = {}  # those of another task would do other things
            size = self.batch_size
            if streamed:
                training = source.batches(
                    task, batch_size=size, seed=seed, whole_pass=self.epochs is not None
                )
            else:
                training = task.batches(
                    examples.training, batch_size=size, seed=seed, sample_weight=examples.weights
                )
            self._train(
                training,
                task.batches(examples.validation, batch_size=size) if examples.validation else None,
                callbacks,
                checkpoints,
            )
        return self

    def _build(
        self, task: Any, hparams: dict[str, Any], built_of: tuple[Any, str] | None = None
    ) -> None:
        """Builds the network or, where training goes on, checks that it is still the same."""
        if not (self.warm_start and self.__sklearn_is_fitted__()):
            super()._build(task, hparams, built_of)
            return
        check_same_network(
            {"model": self._built_of[0], **self.hparams_}, {"model": self.model, **hparams}
        )
        self.task_ = task

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = self.kind == "tokens"
        return tags

    def quantize(self, mode: str = "int8") -> Generator:
        """Makes the weights of the embedding and of transformers' dense layers int8.

        Each output keeps a scale of its own (weight-only quantization: Krishnamoorthi, 2018); the
        network computes in float32, whatever it was trained in. Bundles of transformers are down to
        a quarter as large; the weights of recurrent layers stay as they are. What is written
        changes a little: measure `perplexity` before and after.

        On TensorFlow a large causal transformer writes one or two texts (or beams) faster, as it
        reads int8. Else, and on JAX, floats are made of it for every 64 tokens: that takes longer
        than before, and as much memory. ``docs/performance.md`` has figures.

        The estimator itself changes, for good: ``copy.deepcopy`` keeps what it was. It forgets the
        scores it was saved with, and cannot be trained further (``warm_start``); a new fit makes
        it one of floats again.

        Args:
            mode: ``"int8"``, the only one.

        Returns:
            The estimator itself.

        Raises:
            InputError: ``mode`` is another one, or a weight is not finite.
        """
        check_is_fitted(self)
        if mode != INT8:
            raise InputError(f"mode must be {INT8!r}, got {mode!r}")
        architecture, precision = self._built_of
        if precision == INT8:
            return self
        with seeded(0), building_in(INT8):
            network = self.task_.assemble(build_backbone(architecture, self.hparams_))
        quantize_into(network, self.model_)
        self.model_, self._built_of = network, (architecture, INT8)
        self.n_params_ = network.count_params()
        for of_before in ("scores_", *self._made_anew):
            self.__dict__.pop(of_before, None)
        return self

    def generate(
        self,
        prompt: Any = "",
        max_new_tokens: int = 200,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | None = None,
        *,
        repetition_penalty: float = 1.0,
        stop: Any = None,
        n: int = 1,
        beams: int = 1,
        stream: bool = False,
    ) -> Any:
        """Continues a prompt, or each of a list of prompts; after fitting on pairs, completes it.

        The first call compiles; later ones with other settings do not, nor with prompts of other
        lengths, unless they and the new tokens need more room (another power of two, from 128 on)
        or are the first that are worth reading in pieces.

        Args:
            prompt: The text to continue, or a list of them; ``""`` starts a new document. With
                token ids a sequence of them, empty to start anew, or a list of sequences.
            max_new_tokens: How many tokens to add at most, from 0; a text may end before.
            temperature: Above 1 more surprising, below 1 safer; 0 always takes the likeliest token.
            top_k: Draw among so many of the likeliest tokens only; 0 for no limit.
            top_p: Draw among the fewest tokens that have this probability together, in (0, 1].
            seed: Whole number from 0 that makes the text repeatable; None for a new one each time.
            repetition_penalty: Above 1 makes tokens that stand in the text so far, prompt included,
                less likely (Keskar et al., 2019); bidirectional architectures look at the text in
                their window.
            stop: A string, or a list of them, before the first of which the new text ends; it is
                left out. With token ids an id or a list of ids.
            n: How many texts to draw for each prompt, from 1.
            beams: How many continuations a beam search follows to find the likeliest text, with the
                length penalty of Wu et al. (2016); 1 draws instead. Needs a causal architecture,
                and none of the arguments that draw (``num_beams`` elsewhere).
            stream: Return an iterator that gives the text piece by piece, as it is written, for one
                prompt: whole characters, together what would be returned otherwise.
                Bidirectional architectures give block by block. With token ids it gives ids.

        Returns:
            The prompt with its continuation or, after fitting on pairs, the completion alone: a
            string for a string, a list for a list. For n above 1 a list of n of them in place of
            each. With token ids lists of them.

        Raises:
            InputError: An argument is out of its range, arguments do not go together, a prompt has
                no token known from training, or prompt and new tokens exceed the model's learned
                positions.
        """
        check_is_fitted(self)
        prompts, single = read_prompts(prompt, self.task_.kind, "prompt")
        sampling = Sampling(temperature, top_k, top_p, seed, repetition_penalty)
        check_whole("n", n)
        check_whole("beams", beams)
        if stream:
            check_streamed(single, n, beams)
        if beams > 1:
            if n > 1 or sampling != Sampling():
                raise InputError(
                    "beam search draws nothing: leave temperature, top_k, top_p, seed, "
                    "repetition_penalty and n as they are, or leave beams at 1"
                )
            writer = self._compiled("beam_search", beams)
        else:
            writer = self._compiled("writer")
        if stream:
            return self.task_.stream(writer, prompts[0], max_new_tokens, sampling, stop)
        if not prompts:
            return []
        repeated = [each for each in prompts for _ in range(n)]
        texts = self.task_.generate(writer, repeated, max_new_tokens, sampling, stop)
        if n > 1:
            texts = [texts[row : row + n] for row in range(0, len(texts), n)]
        return texts[0] if single else texts

    def infill(
        self,
        text: Any,
        *,
        mask: Any = "[MASK]",
        tokens_per_mask: int = 1,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        repetition_penalty: float = 1.0,
        seed: int | None = None,
    ) -> Any:
        """Replaces each mask in a text, or in each of a list, by tokens that fit what is around it.

        Only bidirectional architectures can, fitted on texts.

        Args:
            text: The text, or a list of texts, each with at least one mask and at most ``context``
                tokens long with what is filled in and its start; with token ids a list of ids, or
                a list of such lists.
            mask: How a mask is spelled; all else in the text stays exactly as it is.
            tokens_per_mask: How many tokens to put in place of each mask, from 1.
            temperature: Above 1 more surprising, below 1 safer; 0 always takes the likeliest token.
            top_k: Draw among so many of the likeliest tokens only; 0 for no limit.
            top_p: Draw among the fewest tokens that have this probability together, in (0, 1].
            repetition_penalty: Above 1 makes tokens that stand in the text less likely.
            seed: Whole number from 0 that makes the text repeatable; None for a new one each time.

        Returns:
            The text with its masks filled: a string for a string, a list for a list.

        Raises:
            InputError: The architecture is causal, the model completes prompts, a text has no mask
                or is too long, or an argument is out of its range.
        """
        check_is_fitted(self)
        if self.task_.causal:
            able = registry.list_models(task="generation", causal=False)
            hint = f", such as {able[0]!r}" if able else ""
            raise InputError(
                "a causal architecture sees only what stands before a mask and cannot infill: "
                f"fit a bidirectional one{hint}"
            )
        if self.task_.pairs:
            raise InputError("a model fitted on pairs completes prompts: fit on texts to infill")
        sampling = Sampling(temperature, top_k, top_p, seed, repetition_penalty)
        if self.task_.kind == "text":
            single = isinstance(text, str)
            texts: list[Any] = check_texts([text] if single else text, "text")
        else:
            texts, single = masked_ids(text)
        filled = infill(
            self.task_, self._compiled("writer"), texts, mask, tokens_per_mask, sampling
        )
        return filled[0] if single else filled

    def perplexity(self, X: Any, y: Any = None) -> Perplexity:
        """Measures how well the model predicts texts, or completions, each one alone.

        Every token is scored once, given at least half a context of what stands before it in the
        same text (the first ones given all there is). Characters that the training texts do not
        have count as the unknown token. Of pairs the completions alone are scored.

        Args:
            X: The texts, of any length, a single string being one text; or the prompts.
            y: The completions, for a model that was fitted on pairs.

        Returns:
            Nats per token, nats and bits per character (with token ids a character is a token); for
            bidirectional architectures an upper bound (``bound=True``) from random maskings with a
            fixed seed, which for completions counts their end too.

        Raises:
            InputError: There is no text to score, or the model was fitted on the other of texts
                and pairs.
        """
        check_is_fitted(self)
        check_scored(self.task_.pairs, y)
        X = read_rows(X, self.task_.kind, "X")
        y = None if y is None else read_rows(y, self.task_.kind, "y")
        return self.task_.perplexity(self._compiled("scorer"), X, y)

    def score(self, X: Any, y: Any = None) -> float:
        """Minus the nats per character of texts, or of completions y of prompts X.

        Higher is better, 0 is perfect; see :meth:`perplexity`.
        """
        return -self.perplexity(X, y).nats_per_character

    def _compiled(self, role: str, *options: Any) -> Any:
        """The task's writer, scorer or the like for the current network, made once."""
        if getattr(self, "_compiled_for", None) is not self.model_:
            self._compiled_for = self.model_
            self._programs = {}
        key = (role, *options)
        if key not in self._programs:
            self._programs[key] = getattr(self.task_, role)(self.model_, *options)
        return self._programs[key]


def _kind_of_stream(kind: str, y: Any) -> str:
    if kind not in ("auto", "text"):
        raise InputError(f"files and loaders hold texts, got kind={kind!r}")
    if y is not None:
        raise InputError("y completes prompts in memory: files and loaders hold texts alone")
    return "text"
