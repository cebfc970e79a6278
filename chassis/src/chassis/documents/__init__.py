"""Paper making: administrative documents as PDF, from declared values; knows no service's forms and does no I/O.

`Paper` says what is on the page, `render` sets it in the layout of a Vietnamese state document (*thể thức văn bản hành
chính*, Nghị định 30/2020/NĐ-CP, annex I). The same paper and time always give the same bytes.
"""

from chassis.documents.layout import render
from chassis.documents.paper import Column, Fields, Paper, Paragraph, Qr, Section, Signer, Table

__all__ = ["Column", "Fields", "Paper", "Paragraph", "Qr", "Section", "Signer", "Table", "render"]
