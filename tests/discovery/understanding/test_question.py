from datetime import date

import pytest

from discovery.understanding import understand

TODAY = date(2025, 6, 15)
RNA_SEQ = "Expression profiling by high throughput sequencing"
ARRAY = "Expression profiling by array"
BINDING = "Genome binding/occupancy profiling by high throughput sequencing"
HUMAN, MOUSE = {"organism": "Homo sapiens"}, {"organism": "Mus musculus"}
# Question, canonical names of its entities, filters, topic.
QUESTIONS = [
    (
        "breast cancer RNA-seq in mouse, more than 20 samples",
        ["breast cancer", "RNA-seq", "Mus musculus"],
        MOUSE | {"study_type": RNA_SEQ, "min_samples": 21},
        "breast cancer RNA-seq in mouse",
    ),
    (
        "Find me datasets about Alzheimer's disease in human hippocampus since 2015",
        ["Alzheimer disease", "Homo sapiens", "hippocampal formation"],
        HUMAN | {"released_after": "2015-01-01"},
        "Alzheimer's disease in human hippocampus",
    ),
    (
        "I am looking for scRNA-seq of CD8+ T cells in melanoma after 2018",
        ["single-cell RNA sequencing", "CD8-positive, alpha-beta T cell", "melanoma"],
        {"study_type": RNA_SEQ, "released_after": "2019-01-01"},
        "scRNA-seq of CD8+ T cells in melanoma",
    ),
    (
        "AML microarray on GPL570, at least 50 patients",
        ["acute myeloid leukemia", "transcription profiling by array"],
        {"study_type": ARRAY, "platform": "GPL570", "min_samples": 50},
        "AML microarray",
    ),
    (
        "studies of T2D in pancreatic islets between 2015 and 2018",
        ["type 2 diabetes mellitus", "islet of Langerhans"],
        {"released_after": "2015-01-01", "released_before": "2018-12-31"},
        "T2D in pancreatic islets",
    ),
    ("TP53 knockout mice", ["TP53", "knockout", "Mus musculus"], MOUSE, "TP53 knockout mice"),
    (
        "I'm looking for human liver cancer data",
        ["Homo sapiens", "liver cancer"],
        HUMAN,
        "human liver cancer",
    ),
    (
        "Could you please show me all available GEO series on sepsis in children?",
        ["sepsis"],
        {},
        "sepsis in children",
    ),
    ("20+ samples of glioblastoma", ["glioblastoma"], {"min_samples": 20}, "glioblastoma"),
    (
        "sample size of at least 50, schizophrenia, prefrontal cortex",
        ["schizophrenia", "prefrontal cortex"],
        {"min_samples": 50},
        "schizophrenia, prefrontal cortex",
    ),
    ("asthma n>30", ["asthma"], {"min_samples": 31}, "asthma"),
    (
        "10-20 samples of kidney",
        ["kidney"],
        {"min_samples": 10, "max_samples": 20},
        "kidney",
    ),
    (
        "from 20 to 40 patients with lupus nephritis",
        ["lupus nephritis"],
        {"min_samples": 20, "max_samples": 40},
        "lupus nephritis",
    ),
    (
        "30 or more patients with SLE",
        ["systemic lupus erythematosus"],
        {"min_samples": 30},
        "SLE",
    ),
    (
        "12 samples or fewer of zebrafish heart",
        ["Danio rerio", "heart"],
        {"organism": "Danio rerio", "max_samples": 12},
        "zebrafish heart",
    ),
    (
        "more than 1,000 human tumour samples from colon",
        ["Homo sapiens", "neoplasm", "colon"],
        HUMAN | {"min_samples": 1001},
        "human tumour samples from colon",
    ),
    (
        "datasets released before 2010 on prostate cancer",
        ["prostate cancer"],
        {"released_before": "2009-12-31"},
        "prostate cancer",
    ),
    (
        "COVID-19 PBMC from 2020 onwards",
        ["COVID-19", "peripheral blood mononuclear cell"],
        {"released_after": "2020-01-01"},
        "COVID-19 PBMC",
    ),
    (
        "in the past decade, rheumatoid arthritis synovium",
        ["rheumatoid arthritis", "synovial membrane of synovial joint"],
        {"released_after": "2015-06-15"},
        "rheumatoid arthritis synovium",
    ),
    (
        "within the last six months: influenza vaccination",
        ["influenza", "vaccination"],
        {"released_after": "2024-12-15"},
        "influenza vaccination",
    ),
    (
        "juvenile idiopathic arthritis (JIA) published with raw CEL files",
        ["juvenile idiopathic arthritis", "juvenile idiopathic arthritis"],
        {"has_publication": True, "has_raw_data": True},
        "juvenile idiopathic arthritis (JIA)",
    ),
    (
        "FASTQ available, mouse kidney ATAC-seq",
        ["Mus musculus", "kidney", "ATAC-seq"],
        MOUSE | {"study_type": BINDING, "has_raw_data": True},
        "mouse kidney ATAC-seq",
    ),
    (
        "H3K27ac ChIP-seq in K562 cells",
        ["ChIP-seq", "K562"],
        {"study_type": BINDING},
        "H3K27ac ChIP-seq in K562 cells",
    ),
    (
        "DNA methylation array in blood of smokers",
        ["methylation profiling by array", "blood", "smoking"],
        {"study_type": "Methylation profiling by array"},
        "DNA methylation array in blood of smokers",
    ),
    (
        "miRNA microarray in HCC between 10 and 50 samples",
        ["microRNA profiling by array", "hepatocellular carcinoma"],
        {"study_type": "Non-coding RNA profiling by array", "min_samples": 10, "max_samples": 50},
        "miRNA microarray in HCC",
    ),
    (
        "RNA-seq and ATAC-seq of neurons",
        ["RNA-seq", "ATAC-seq", "neuron"],
        {},
        "RNA-seq and ATAC-seq of neurons",
    ),
    (
        "human and mouse pancreatic islets",
        ["Homo sapiens", "Mus musculus", "islet of Langerhans"],
        {},
        "human and mouse pancreatic islets",
    ),
    (
        "macrophages infected with Mycobacterium tuberculosis",
        ["macrophage", "Mycobacterium tuberculosis"],
        {},
        "macrophages infected with Mycobacterium tuberculosis",
    ),
    (
        "E. coli heat shock RNA-seq",
        ["Escherichia coli", "heat shock", "RNA-seq"],
        {"organism": "Escherichia coli", "study_type": RNA_SEQ},
        "E. coli heat shock RNA-seq",
    ),
    (
        "HIV-1 infected CD4+ T cells",
        ["Human immunodeficiency virus 1", "CD4-positive, alpha-beta T cell"],
        {},
        "HIV-1 infected CD4+ T cells",
    ),
    (
        "high fat diet liver mouse",
        ["high fat diet", "liver", "Mus musculus"],
        MOUSE,
        "high fat diet liver mouse",
    ),
    (
        "Trp53 Kras lung adenocarcinoma mouse",
        ["TP53", "KRAS", "lung adenocarcinoma", "Mus musculus"],
        MOUSE,
        "Trp53 Kras lung adenocarcinoma mouse",
    ),
    (
        "egfr inhibitor erlotinib in NSCLC",
        ["EGFR", "erlotinib", "non-small cell lung carcinoma"],
        {},
        "egfr inhibitor erlotinib in NSCLC",
    ),
    ("ALL in children", ["acute lymphoblastic leukemia"], {}, "ALL in children"),
    ("all children with leukaemia", ["leukemia"], {}, "children with leukaemia"),
    (
        "naïve CD4⁺ T cells",
        ["CD4-positive, alpha-beta T cell"],
        {},
        "naïve CD4⁺ T cells",
    ),
    (
        "time series of circadian rhythm in Drosophila",
        ["circadian rhythm", "Drosophila melanogaster"],
        {"organism": "Drosophila melanogaster"},
        "time series of circadian rhythm in Drosophila",
    ),
    (
        "peer-reviewed data with a PubMed ID about ALS spinal cord",
        ["amyotrophic lateral sclerosis", "spinal cord"],
        {"has_publication": True},
        "ALS spinal cord",
    ),
    (
        "up to 100 donors, adipose tissue, BMI",
        ["adipose tissue", "body mass index"],
        {"max_samples": 100},
        "adipose tissue, BMI",
    ),
    ("tumor vs normal colon", ["neoplasm", "colon"], {}, "tumor vs normal colon"),
    ("how many series about Down syndrome are there?", ["Down syndrome"], {}, "Down syndrome"),
    (
        "breast cancer datasets with more than 100 samples, published after 2015, and raw data",
        ["breast cancer"],
        {"min_samples": 101, "released_after": "2016-01-01", "has_raw_data": True},
        "breast cancer",
    ),
    (
        "expression in mouse liver with tamoxifen",
        ["Mus musculus", "liver", "tamoxifen"],
        MOUSE,
        "expression in mouse liver with tamoxifen",
    ),
    ("human RNA-seq", ["Homo sapiens", "RNA-seq"], HUMAN | {"study_type": RNA_SEQ}, "human RNA-seq"),
    ("mouse", ["Mus musculus"], MOUSE, "mouse"),
    ("since 2015", [], {"released_after": "2015-01-01"}, "since 2015"),
    ("datasets", [], {}, "datasets"),
    ("???", [], {}, "???"),
    ("cystic fibrosis airway epithelium", ["cystic fibrosis", "bronchial epithelium"], {}, None),
    ("ulcerative colitis colon biopsies", ["ulcerative colitis", "colon"], {}, None),
    ("IPF lung fibroblasts", ["idiopathic pulmonary fibrosis", "fibroblast of lung"], {}, None),
    (
        "PBMCs of septic shock patients",
        ["peripheral blood mononuclear cell", "septic shock"],
        {},
        None,
    ),
    ("HUVEC treated with TNF-\u03b1", ["endothelial cell of umbilical vein", "TNF"], {}, None),
    ("MCF-7 cells treated with estradiol", ["MCF-7", "estradiol"], {}, None),
    ("Duchenne muscular dystrophy muscle", ["Duchenne muscular dystrophy", "skeletal muscle tissue"], {}, None),
    ("polycystic ovary syndrome granulosa cells", ["polycystic ovary syndrome", "granulosa cell"], {}, None),
    ("substantia nigra in Parkinson's", ["substantia nigra", "Parkinson disease"], {}, None),
    ("dexamethasone in asthmatic airway", ["dexamethasone", "asthma"], {}, None),
    ("LPS-stimulated macrophages", ["lipopolysaccharide", "macrophage"], {}, None),
    ("iPSC-derived neurons, Huntington's disease", ["induced pluripotent stem cell", "neuron", "Huntington disease"], {}, None),
    ("ER+ breast cancer", ["estrogen-receptor positive breast cancer"], {}, None),
    ("HER2-positive breast cancer", ["HER2 positive breast carcinoma"], {}, None),
    ("arabidopsis drought", ["Arabidopsis thaliana", "drought"], {"organism": "Arabidopsis thaliana"}, None),
    ("snRNA-seq of microglia", ["single nucleus RNA sequencing", "microglial cell"], {"study_type": RNA_SEQ}, None),
    ("obese adipose tissue", ["obesity disorder", "adipose tissue"], {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("question", "entities", "filters", "topic"), QUESTIONS)
def test_a_question_is_understood(question, entities, filters, topic) -> None:
    read = understand(question, at=TODAY)

    found = [entity.canonical for entity in read.entities]
    assert found == entities
    assert read.filters.as_dict() == filters
    assert topic in {None, read.topic}


def test_search_terms_keep_the_order_of_the_question_without_repeating() -> None:
    read = understand("heart attack or Heart Attack with frobnication", at=TODAY)

    assert read.search_terms == ("myocardial infarction", "heart attack", "frobnication")


def test_entities_are_counted_by_type() -> None:
    read = understand("TP53 and KRAS in lung cancer", at=TODAY)

    assert read.entity_counts == {"gene": 2, "disease": 1}
