"""Published texts and pairs of texts to learn to write: prose, names, dialogue, translation."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry
from modelzoo.datasets.download import Download, from_github, on_github
from modelzoo.datasets.unpacking import dialogue_turns, every_second_line, zip_member

_LOADERS = "modelzoo.datasets.written"


def _dialogues(filename: str, folder: str, files: int, sha256: str) -> Download:
    """The turns of the first files of a folder of the Schema-Guided Dialogue set."""
    first, *more = (
        on_github(
            "google-research-datasets/dstc8-schema-guided-dialogue",
            "e852981ae34990f4358979625854259302feaa78",
            f"{folder}/dialogues_{number:03}.json",
        )
        for number in range(1, files + 1)
    )
    return Download("sgd_turns", filename, first, sha256, made=dialogue_turns, more=tuple(more))


ENTRIES: dict[str, Entry] = {
    "chatterbot_english": Entry(
        title="ChatterBot's English small talk",
        task="generation",
        loader=f"{_LOADERS}:chatterbot_english",
        description="Pairs of all that was said, a line each, and the reply. Of 2025 "
        "conversations, 1050 of which repeat ten answers to computer trouble, the 898 different "
        "ones are used; most are a question and its answer. In two files (computers, emotion) the "
        "lines of a conversation are alternative replies to its first one, and are read so. No "
        "official parts: a tenth each to validate and to test, drawn by a hash of the opening "
        "line; conversations that open alike are in one part. extras['references'] has for each "
        "prompt all its replies.",
        source="https://github.com/gunthercox/chatterbot-corpus (chatterbot_corpus/data/english)",
        licence="BSD-3-Clause",
        citation="Cox, G. ChatterBot Corpus.",
        downloads=from_github(
            "chatterbot_english",
            "gunthercox/chatterbot-corpus",
            "a01efece26661309b870af0251d96f94ee09fb19",
            {
                "chatterbot_corpus/data/english/ai.yml": "620a65787a56641db4a03e1419a7578e813967218cf6721e3ea4ef90844916aa",
                "chatterbot_corpus/data/english/botprofile.yml": "1a694c5288f3f8f87d027d2f98dae71d02efa88e28853a6e5d27e6dbce907294",
                "chatterbot_corpus/data/english/coding.yml": "0de8d7d7e6095164c59d7b0ef97c402c770c2d7982f485ab372dc6736c1a4e79",
                "chatterbot_corpus/data/english/computers.yml": "a222c5a432efe4289e6c5edf1c3d99fd26c48df99db0ff893d1d5ab569f5b750",
                "chatterbot_corpus/data/english/conversations.yml": "1cf105b5802f377b2dc145f741f7df85629c9ca27e450538165286a75b5e3416",
                "chatterbot_corpus/data/english/emotion.yml": "510a018938c1880dd0f67e1ae458e26878c91a570daef5a84fb83713c89f0989",
                "chatterbot_corpus/data/english/food.yml": "68eab2497721d03044d520b70c27d8a0d8ba8e505b3265fb3a1ff3e1a64c7124",
                "chatterbot_corpus/data/english/gossip.yml": "d6f1b1613ed70821fc1c427bdd00395f58b77ff57d76fbe4ab8cb2038cf15c9b",
                "chatterbot_corpus/data/english/greetings.yml": "0dd7eb8dcee8e2a38cd1a137bcfbd7f3eb732cddfa1bd396fac5a24b063a4d55",
                "chatterbot_corpus/data/english/health.yml": "eb88edc5302d688ca096374c7e3f5b9d7cd821f053a17d80204c4acdc20ea4f5",
                "chatterbot_corpus/data/english/history.yml": "0ff4beeb6ef9b641dc12e1039a149c6a03eb8f2e183702fad2b0997fcc1d63e3",
                "chatterbot_corpus/data/english/humor.yml": "d2aa03a63f0e8e054589f642788afbc41b8c76f5d734c50901a9a63b359ea06b",
                "chatterbot_corpus/data/english/literature.yml": "9361ff1478273d811259ca307a1e6be23a5e08e776a5bc5d9524fb13deb886f1",
                "chatterbot_corpus/data/english/money.yml": "2911d9766625ff5c2feb3d784f2951b2ebd5e9658547efce7568d0282c49274b",
                "chatterbot_corpus/data/english/movies.yml": "075ca9d91a527206c635c88bf0353323826a25a6f2057be1bc71888af389f842",
                "chatterbot_corpus/data/english/politics.yml": "c436d5efedea6f715a8a811423a8edf396097771eb11e43b1f0a43a6aee7c2f0",
                "chatterbot_corpus/data/english/psychology.yml": "5047c211d35f715af4fbc3398f111135e99d34afcd0905a661c40bdeb1413a58",
                "chatterbot_corpus/data/english/science.yml": "3c259799bba36c67a1601fc264ec01ab051e9e63950734ce1ef644e022081fe7",
                "chatterbot_corpus/data/english/sports.yml": "8d1bcc632cad4058e3b8490daa15dcd7c2a51790a7b9140b252600b794590403",
                "chatterbot_corpus/data/english/tech_support.yml": "8a87cdf32579c8efdd9c5f3ef166ae9fb76dcf271b958f5e2265b9246b430655",
                "chatterbot_corpus/data/english/trivia.yml": "3a9de77e6d82803d1ea3eba48cf6543c884908f4c4f50501fed69f88112994dc",
            },
        ),
        alternative="pydoc_topics",
    ),
    "names": Entry(
        title="First names (makemore)",
        task="generation",
        loader=f"{_LOADERS}:names",
        description="32033 lower-case first names, a document each, in a mixed order; 29494 are "
        "different. 1000 of them, drawn by a hash of the name, are the test part; equal names are "
        "in one part.",
        source="https://github.com/karpathy/makemore (names.txt)",
        licence="MIT; the names of the US Social Security Administration are public domain",
        citation="Karpathy, A. makemore.",
        reference="test loss about 1.92 nats a character: a Transformer of 200K parameters (README "
        "of makemore; its 1000 test lines are drawn at random, so some of its test names are "
        "training names)",
        downloads=from_github(
            "names",
            "karpathy/makemore",
            "988aa59e4d8fefa526d06f3b453ad116258398d4",
            {
                "names.txt": "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
            },
        ),
        alternative="pydoc_topics",
    ),
    "scitldr_a": Entry(
        title="SciTLDR: abstracts of papers and their summaries",
        task="generation",
        loader=f"{_LOADERS}:scitldr_a",
        description="Pairs of an abstract (of a computer science paper) and a summary of one "
        "sentence, in the published parts: 1992 to train, 619 to validate, 618 to test. The "
        "completion is the first summary; extras['references'] has all of them, up to 4 in the "
        "validation and test parts, of which the best match counts (maximum of ROUGE). "
        "extras['sentences'] has the sentences of each abstract. Of the validation abstracts 1 and "
        "of the test abstracts 2 are also training ones, and 1 is in both.",
        source="https://github.com/allenai/scitldr (SciTLDR-Data/SciTLDR-A)",
        licence="Apache-2.0",
        citation="Cachola, I., Lo, K., Cohan, A. & Weld, D. S. (2020). TLDR: Extreme Summarization "
        "of Scientific Documents. Findings of EMNLP. arXiv:2004.15011.",
        downloads=from_github(
            "scitldr_a",
            "allenai/scitldr",
            "5ccad9c00a60ad75c9e04abf7f27d0f53f983b20",
            {
                "SciTLDR-Data/SciTLDR-A/dev.jsonl": "732c80bb80956ba28fd803e45638f3885c491631fef384da2fd15c83ac48aab0",
                "SciTLDR-Data/SciTLDR-A/test.jsonl": "c0f67447e9feb71d9f078bde198e3c0a2349a4180581d9fa7ed1fe0c8b176e87",
                "SciTLDR-Data/SciTLDR-A/train.jsonl": "7056250d691ecff48478b033d526919fdf5bc2e371bda7315a93c238c9c9e83d",
            },
        ),
        alternative="pydoc_topics",
    ),
    "sgd_turns": Entry(
        title="Schema-Guided Dialogue: what the assistant replies",
        task="generation",
        loader=f"{_LOADERS}:sgd_turns",
        description="Dialogues of a user and an assistant about services such as restaurants, "
        "flights and banks; pairs of all that was said, a turn a line, the user's first and last, "
        "and the system's reply. Cut from the published parts: the files 001 to 019 of train (2432 "
        "dialogues, 18407 replies), 001 to 004 of dev (512, 3755) and of test (512, 3181; one "
        "reply is empty and left out). extras['groups'] has the dialogue of each pair. A few "
        "openings occur in several parts (about 11 histories).",
        source="https://github.com/google-research-datasets/dstc8-schema-guided-dialogue",
        licence="CC BY-SA 4.0",
        citation="Rastogi, A. et al. (2020). Towards Scalable Multi-domain Conversational Agents: "
        "The Schema-Guided Dialogue Dataset. AAAI.",
        downloads=(
            _dialogues(
                "train.jsonl",
                "train",
                19,
                "96906b2e26e54744dd00c55308921b03a894879a3ace3df90da67c23b9277b48",
            ),
            _dialogues(
                "dev.jsonl",
                "dev",
                4,
                "09607208992dcd51f2da53deea9b0634afd61fc0e4a46228e44029bc35b29714",
            ),
            _dialogues(
                "test.jsonl",
                "test",
                4,
                "cd9a78b7fc6dae76f3b8d11b4bb1cb0ea8ab4d4bc6543ce3cd2ca83f0135d39d",
            ),
        ),
        alternative="pydoc_topics",
    ),
    "tatoeba_en_es": Entry(
        title="Tatoeba sentences, English to Spanish",
        task="generation",
        loader=f"{_LOADERS}:tatoeba_en_es",
        description="59482 pairs of an English sentence and a Spanish translation, every second "
        "line of the published file, which goes from short sentences to long ones. No official "
        "parts: a tenth each to validate and to test, drawn by a hash; sentences that share a "
        "translation are in one part, so no sentence of either language is in two. "
        "extras['references'] has for each pair all translations of its English sentence. The "
        "sentences are volunteers' and contain errors.",
        source="https://github.com/Hoangduc212001/hoang (spa-eng.zip of manythings.org/anki, "
        "2018-05-13)",
        licence="CC BY 2.0; attribution: www.manythings.org/anki and tatoeba.org",
        citation="Tatoeba, https://tatoeba.org; tab-delimited by manythings.org/anki.",
        downloads=(
            Download(
                "tatoeba_en_es",
                "spa_half.txt",
                on_github(
                    "Hoangduc212001/hoang",
                    "2cfd26f9551f5c2d614e8000500891801840a438",
                    "spa-eng.zip",
                ),
                "960cd917a0b7cd8237fe380a8fadc4fc898f938b789638c26543df3103d0eaa2",
                made=every_second_line(zip_member("spa.txt")),
            ),
        ),
        alternative="pydoc_topics",
    ),
    "tinyshakespeare": Entry(
        title="Tiny Shakespeare",
        task="generation",
        loader=f"{_LOADERS}:tinyshakespeare",
        description="40000 lines of Shakespeare's plays as one text of 65 different characters: "
        "the first 90 % of the characters (1003854) train, the last 10 % (111540) test, cut where "
        "nanoGPT cuts.",
        source="https://github.com/karpathy/char-rnn (data/tinyshakespeare/input.txt)",
        licence="MIT (the repository); the text is public domain",
        citation="Karpathy, A. (2015). The Unreasonable Effectiveness of Recurrent Neural Networks.",
        reference="loss on the last 10 %, nats a character: 1.4697 (6-layer GPT on a GPU), 1.88 "
        "(4-layer GPT on a CPU, 2000 iterations) (README of karpathy/nanoGPT)",
        downloads=from_github(
            "tinyshakespeare",
            "karpathy/char-rnn",
            "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e",
            {
                "data/tinyshakespeare/input.txt": "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            },
        ),
        alternative="pydoc_topics",
    ),
    "wikitext2_valid_test": Entry(
        title="WikiText-2 without its training part",
        task="generation",
        loader=f"{_LOADERS}:wikitext2_valid_test",
        description="Good and featured articles of Wikipedia, a document each, split into tokens by "
        "spaces; rare words are '<unk>'. The published training part is not used: the 60 articles "
        "of valid.txt (217646 tokens, ends of lines among them) train, the first 30 articles of "
        "test.txt validate, the last 30 test. Scores compare with no published one.",
        source="https://github.com/pytorch/examples (word_language_model/data/wikitext-2)",
        licence="CC BY-SA 3.0 (the authors of WikiText-2); the repository is BSD-3-Clause",
        citation="Merity, S., Xiong, C., Bradbury, J. & Socher, R. (2017). Pointer Sentinel Mixture "
        "Models. ICLR.",
        downloads=from_github(
            "wikitext2_valid_test",
            "pytorch/examples",
            "77f55b912142e11fcfdf5b530231fb9c52f181e8",
            {
                "word_language_model/data/wikitext-2/test.txt": "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
                "word_language_model/data/wikitext-2/valid.txt": "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
            },
        ),
        alternative="pydoc_topics",
    ),
}
