"""Which of GEO's study types the assays of a question mean."""

from collections.abc import Sequence

from discovery.understanding.matching import Entity

EXPRESSION_SEQUENCING = "Expression profiling by high throughput sequencing"
EXPRESSION_ARRAY = "Expression profiling by array"
BINDING_SEQUENCING = "Genome binding/occupancy profiling by high throughput sequencing"
BINDING_ARRAY = "Genome binding/occupancy profiling by genome tiling array"
METHYLATION_SEQUENCING = "Methylation profiling by high throughput sequencing"
METHYLATION_ARRAY = "Methylation profiling by array"
NONCODING_SEQUENCING = "Non-coding RNA profiling by high throughput sequencing"
NONCODING_ARRAY = "Non-coding RNA profiling by array"

STUDY_TYPES = {
    "RNA-seq": EXPRESSION_SEQUENCING,
    "transcription profiling by array": EXPRESSION_ARRAY,
    "methylation profiling by array": METHYLATION_ARRAY,
    "microRNA profiling by high throughput sequencing": NONCODING_SEQUENCING,
    "microRNA profiling by array": NONCODING_ARRAY,
    "single-cell RNA sequencing": EXPRESSION_SEQUENCING,
    "single nucleus RNA sequencing": EXPRESSION_SEQUENCING,
    "10x 3' transcription profiling": EXPRESSION_SEQUENCING,
    "CITE-seq": EXPRESSION_SEQUENCING,
    "Drop-seq": EXPRESSION_SEQUENCING,
    "Smart-seq": EXPRESSION_SEQUENCING,
    "Smart-seq2": EXPRESSION_SEQUENCING,
    "Smart-seq3": EXPRESSION_SEQUENCING,
    "spatial transcriptomics": EXPRESSION_SEQUENCING,
    "long-read sequencing": EXPRESSION_SEQUENCING,
    "exon array": EXPRESSION_ARRAY,
    "ChIP-seq": BINDING_SEQUENCING,
    "ATAC-seq": BINDING_SEQUENCING,
    "scATAC-seq": BINDING_SEQUENCING,
    "CUT&RUN": BINDING_SEQUENCING,
    "CUT&Tag": BINDING_SEQUENCING,
    "DNase-hypersensitivity seq": BINDING_SEQUENCING,
    "FAIRE-seq": BINDING_SEQUENCING,
    "MNase-seq": BINDING_SEQUENCING,
    "ChIP-chip by array": BINDING_ARRAY,
    "Bisulfite-seq": METHYLATION_SEQUENCING,
    "reduced representation bisulfite sequencing": METHYLATION_SEQUENCING,
    "MeDIP-seq": METHYLATION_SEQUENCING,
    "genotyping by array": "Genome variation profiling by SNP array",
    "comparative genomic hybridization by array": "Genome variation profiling by array",
    "transcription profiling by SAGE": "Expression profiling by SAGE",
    "protein array": "Protein profiling by protein array",
}
# Words that say what was measured; with a platform named elsewhere they decide the type.
MEASURED = {
    "microRNA profiling": {
        EXPRESSION_SEQUENCING: NONCODING_SEQUENCING,
        EXPRESSION_ARRAY: NONCODING_ARRAY,
    },
    "methylation profiling": {EXPRESSION_ARRAY: METHYLATION_ARRAY},
}


def read_study_type(entities: Sequence[Entity]) -> str | None:
    """Return GEO's study type for the assays that are named.

    Assays of several types leave it open: a search has one filter for it.
    """
    assays = {entity.canonical for entity in entities if entity.type == "assay"}
    types = {STUDY_TYPES[assay] for assay in assays if assay in STUDY_TYPES}
    measured = assays & MEASURED.keys()
    if len(types) != 1 or len(measured) > 1:
        return None
    study_type = types.pop()
    for name in measured:
        study_type = MEASURED[name].get(study_type, study_type)
    return study_type
