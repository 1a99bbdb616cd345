# SPDX-License-Identifier: Apache-2.0
"""The JSON documents whose outcomes docs/json.md tells, as data and as its tables.

    cd tests && /usr/bin/python3 -m support.json_documents      # writes the tables anew
"""

import dataclasses
import json

from support.paths import ROOT

DATA = ROOT / "services/lib/telemetry/testdata/json_documents.json"
PAGE = ROOT / "docs/json.md"
_BEGIN, _END = "<!-- tables: begin -->\n", "<!-- tables: end -->\n"
_SHOWN_BYTES = 40


@dataclasses.dataclass(frozen=True)
class JsonDocument:
    group: str
    body: bytes
    samples: int  # -1: refused
    status: int
    reason: str  # a part of the phrase of the refusal
    why: str
    shown: str  # in the page

    @property
    def accepted(self):
        return self.status == 200


def documents():
    return [_document(row) for row in json.loads(DATA.read_text(encoding="utf-8"))]


def _document(row):
    if "body" in row:
        body = row["body"].encode()
        shown = _escaped(body)
    elif "hex" in row:
        body = bytes.fromhex(row["hex"])
        shown = _escaped(body)
    else:
        body = b"".join(text.encode() * count for text, count in row["parts"])
        shown = " ".join(
            _escaped(text.encode()) + (f" × {count:,}" if count > 1 else "")
            for text, count in row["parts"]
        )
    return JsonDocument(
        group=row["group"],
        body=body,
        samples=row.get("samples", -1),
        status=row.get("status", 200),
        reason=row.get("reason", ""),
        why=row.get("why", ""),
        shown=shown,
    )


def _escaped(body):
    """Bytes that are no printable ASCII as \\xNN, in a code span of Markdown."""
    if not body:
        return "(nothing)"
    text = "".join(
        chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in body[:_SHOWN_BYTES]
    )
    if text.startswith(" ") or text.endswith(" "):
        text = text.replace(" ", "\\x20")
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}".replace("|", "\\|")


def tables():
    """Markdown, a table a group."""
    lines = []
    group = None
    for one in documents():
        if one.group != group:
            group = one.group
            lines += ["", f"## {group}", "", "| document | outcome | |", "|---|---|---|"]
        lines.append(f"| {one.shown} | {_outcome(one)} | {one.why} |")
    return "\n".join(lines[1:]) + "\n"


def _outcome(one):
    if not one.accepted:
        return f"**{one.status}**"
    return f"{one.samples:,} sample{'' if one.samples == 1 else 's'}"


def page_with(text):
    """The page's text with these tables."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(_BEGIN)
    after = rest.split(_END)[1]
    return f"{before}{_BEGIN}{text}{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(tables()), encoding="utf-8")
