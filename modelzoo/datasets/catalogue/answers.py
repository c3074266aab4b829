"""Published questions about a text: answers to write, or to choose."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry
from modelzoo.datasets.download import Download, from_github

_LOADERS = "modelzoo.datasets.answers"

_BABI: tuple[Download, ...] = from_github(
    "babi_10k_1_2_6_15",
    "Zevere/NLP-Python",
    "aa893e4f7f6c973b7f743b7b74c49e275a301604",
    {
        "DataModel/qa15_basic-deduction_test.txt": "32b77e117fe9acf5f94906684e3b5206de0108e646c76e1da3e022896ec7ee94",
        "DataModel/qa15_basic-deduction_train.txt": "0a86673f7fafa484f8ee394048f03de19405bdc40b58f21086969efad2862010",
        "DataModel/qa1_single-supporting-fact_test.txt": "55acf66cef2f6d798e2aa1d056e1ec8f24e910ea9215b639450574321132959b",
        "DataModel/qa1_single-supporting-fact_train.txt": "749ea9f7c99070feb2d88c975a254417a0dcc8274add4435ae5ae24c7afc7e9d",
        "DataModel/qa2_two-supporting-facts_test.txt": "eff93fb9cd81ba02eb765772cf7cc269769ed44ec71cbbbc19cfb16ee5eba0f6",
        "DataModel/qa2_two-supporting-facts_train.txt": "d4074c0c5d54f70ce2f538056ce2b6ef6a313da336da4245f1a24f1298e37ef3",
        "DataModel/qa6_yes-no-questions_test.txt": "b108b16f1eccbd1c24df6dca2649079a7b2f10af7fd12d4c45a3393802de59e3",
        "DataModel/qa6_yes-no-questions_train.txt": "602f379184bf3cb59660d0f7769d9c94ccdc1fc4d82dfe90bd460d985b1ff0c5",
    },
)
_BABI_SOURCE = "https://github.com/Zevere/NLP-Python (DataModel)"
_BABI_LICENCE = (
    "none stated by the repository; bAbI itself: CC BY 3.0 as far as known; its generator: BSD"
)
_BABI_CITATION = (
    "Weston, J. et al. (2015). Towards AI-Complete Question Answering: A Set of Prerequisite Toy "
    "Tasks. arXiv:1502.05698."
)
_BABI_READ = "(Weston et al. 2015, as reproduced at tensorflow.rstudio.com/examples/babi_rnn)"

_XQUAD: tuple[Download, ...] = from_github(
    "xquad_en",
    "deepmind/xquad",
    "60cac411649156efb6aab9dd4c9cde787a2c0345",
    {
        "xquad.en.json": "e4c57d1c9143aaa1c5d265ba5987a65f4e69528d2a98f29d6e75019b10344f29",
    },
)
_XQUAD_SOURCE = "https://github.com/deepmind/xquad (xquad.en.json)"
_XQUAD_CITATION = (
    "Artetxe, M., Ruder, S. & Yogatama, D. (2020). On the Cross-lingual Transferability of "
    "Monolingual Representations. ACL."
)


def _babi_task(number: int, about: str, answers: int, remark: str, lstm: str) -> Entry:
    """One of the tasks on its own, as scores are published."""
    prefix = f"qa{number}_"
    return Entry(
        title=f"bAbI task {number}: {about}",
        task="classification",
        loader=f"{_LOADERS}:babi_task",
        description="Generated stories up to a question, and the question, a sentence a line; the "
        f"label is the answer, one of {answers} words. The published parts: 10000 questions to "
        "train and 1000 to test; the first 1000 training questions are the 1k setting. "
        f"extras['groups'] has the story of each question. {remark}",
        source=_BABI_SOURCE,
        licence=_BABI_LICENCE,
        citation=_BABI_CITATION,
        reference=f"accuracy in the 1k setting: LSTM {lstm} {_BABI_READ}",
        downloads=tuple(file for file in _BABI if file.filename.startswith(prefix)),
        alternative="docstrings",
    )


ENTRIES: dict[str, Entry] = {
    "babi_10k_1_2_6_15": Entry(
        title="bAbI: questions about short stories, four tasks",
        task="generation",
        loader=f"{_LOADERS}:babi",
        description="Pairs of a generated story up to a question with the question, a sentence a "
        "line, and the answer, one word. The published parts of the tasks 1, 2, 6 and 15, one task "
        "after another: 10000 questions each to train, 1000 to test. extras['tasks'] has the task "
        "of each question ('qa1', 'qa2', 'qa6', 'qa15'), extras['groups'] its story. The same by "
        "task, to classify: babi_qa1, babi_qa2, babi_qa6, babi_qa15. Of the test questions 16 of "
        "qa1 and 4 of qa6 are also training questions, word for word.",
        source=_BABI_SOURCE,
        licence=_BABI_LICENCE,
        citation=_BABI_CITATION,
        reference="accuracy in the 1k setting (the first 1000 training questions of a task): LSTM "
        f"qa1 50 %, qa2 20 %, qa6 48 %, qa15 21 % {_BABI_READ}",
        downloads=_BABI,
        alternative="pydoc_topics",
    ),
    "babi_qa1": _babi_task(
        1,
        "one supporting fact",
        6,
        "16 test questions are also training questions, word for word.",
        "50 %",
    ),
    "babi_qa15": _babi_task(15, "deduction", 4, "The four of a story follow each other.", "21 %"),
    "babi_qa2": _babi_task(
        2, "two supporting facts", 6, "Stories are long: up to 2065 characters.", "20 %"
    ),
    "babi_qa6": _babi_task(
        6,
        "yes or no",
        2,
        "4 test questions are also training questions, word for word.",
        "48 %",
    ),
    "xquad_en": Entry(
        title="XQuAD, English: answers that stand in a paragraph",
        task="generation",
        loader=f"{_LOADERS}:xquad_en",
        description="1190 questions about 240 paragraphs of Wikipedia. A prompt is a paragraph, a "
        "line break and the question, the completion is the answer, which stands in the paragraph "
        "from the character extras['answer_starts'] on; extras['groups'] has the paragraph of each "
        "question. Published to evaluate only (it is a part of SQuAD's validation part): a fifth "
        "of the paragraphs, drawn by a hash, is the test part, so an article may be in both parts. "
        "Small to train on.",
        source=_XQUAD_SOURCE,
        licence="CC BY-SA 4.0",
        citation=_XQUAD_CITATION,
        reference="all 1190 questions, trained on SQuAD: multilingual BERT F1 83.5, exact match "
        "72.2 (README of deepmind/xquad)",
        downloads=_XQUAD,
        alternative="pydoc_topics",
    ),
    "xquad_en_sentences": Entry(
        title="XQuAD, English: the sentence with the answer",
        task="classification",
        loader=f"{_LOADERS}:xquad_en_sentences",
        description="The questions of xquad_en, each with each sentence of its paragraph: the "
        "question, a line break, the sentence. The label is 'answer' where the answer begins in "
        "the sentence, else 'other'; extras['groups'] has the question of each row, one of whose "
        "sentences is the right one: choose the most probable. The parts are those of xquad_en. "
        "Sentences are told apart by their punctuation, so abbreviations cut a few.",
        source=_XQUAD_SOURCE,
        licence="CC BY-SA 4.0",
        citation=_XQUAD_CITATION,
        downloads=_XQUAD,
        alternative="docstrings",
    ),
}
