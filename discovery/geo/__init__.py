"""GEO's own records: the files it gives out, and NCBI's E-utilities. Plain Python.

`reading` recognises a file; `soft`, `matrix`, `miniml`, `eutils`, `pubmed` and `sra` each read one
format; `entries` makes records of the first three. `entrez` asks NCBI, as often as `politeness` lets it.
"""
