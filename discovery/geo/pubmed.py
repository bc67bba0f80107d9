"""PubMed's articles, as efetch gives them."""

from discovery.geo.records import ACCESSION, Publication
from discovery.geo.text import Source
from discovery.geo.xml import Elements, Node

ROOT = "PubmedArticleSet"
ARTICLE, BOOK = "PubmedArticle", "PubmedBookArticle"


def read(source: Source) -> list[Publication]:
    """Return the articles and book chapters of an answer.

    :raises Unreadable: if it cannot be read
    """
    wanted = frozenset({ARTICLE, BOOK})
    return [_publication(node) for node in Elements(source, wanted=wanted, skipped=frozenset())]


def _publication(node: Node) -> Publication:
    citation = next(iter(node.children), node)
    article = citation.first("Article") or citation
    title = article.first("ArticleTitle")
    accessions = [
        found
        for one in article.walk()
        if one.name == "AccessionNumber"
        for found in ACCESSION.findall(one.text)
    ]
    return Publication(
        pubmed_id=citation.said("PMID") or "",
        title=(title.whole_text or None) if title else None,
        journal=article.said("Journal", "Title") or article.said("Book", "BookTitle"),
        year=_year(article),
        doi=_doi(article, node),
        accessions=accessions,
    )


def _year(article: Node) -> int | None:
    dated = article.first("Journal", "JournalIssue", "PubDate") or article.first("Book", "PubDate")
    if dated is None:
        return None
    text = (dated.said("Year") or dated.said("MedlineDate") or "")[:4]
    return int(text) if text.isascii() and text.isdigit() else None


def _doi(article: Node, node: Node) -> str | None:
    named = [*article.all("ELocationID"), *_article_ids(node)]
    return next(
        (
            one.text
            for one in named
            if "doi" in (one.attributes.get("EIdType"), one.attributes.get("IdType"))
        ),
        None,
    )


def _article_ids(node: Node) -> list[Node]:
    ids = node.first("PubmedData", "ArticleIdList") or node.first("BookDocument", "ArticleIdList")
    return ids.children if ids else []
