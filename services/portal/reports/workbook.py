"""The report as an office file: one sheet, A4, ready to publish.

Made of the document that scoring answers and of nothing else, so that the page's download and `tera
report skm` are the same file.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.worksheet import Worksheet

from services.portal.languages import formats
from services.portal.languages.catalogue import Language, text

WIDTHS: Final = (5, 34, 9, 10, 10, 12, 10, 8)
LAST: Final = len(WIDTHS)
DESCRIBED: Final = ("sex", "age_band", "education", "occupation", "service")

_DEEP: Final = "0B4A5E"
_THIN: Final = Side(style="thin", color="C9D3D6")
_LINES: Final = Border(top=_THIN, bottom=_THIN, left=_THIN, right=_THIN)
_HEAD: Final = PatternFill("solid", fgColor=_DEEP)
_WASH: Final = PatternFill("solid", fgColor="E6F0F2")
_CENTRE: Final = Alignment(horizontal="center", vertical="center", wrap_text=True)
_WRAP: Final = Alignment(horizontal="left", vertical="top", wrap_text=True)

_FORMATS: Final = {0: "#,##0", 2: "0.00", 3: "0.000"}

Value = str | int | Decimal | None


def office_file(
    document: Mapping[str, Any], language: Language, *, revision: int | None = None
) -> bytes:
    """The XLSX of a report's document; without a revision it calls itself a draft."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    _Writer(sheet, document, language, revision).write()
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


class _Writer:
    def __init__(
        self,
        sheet: Worksheet,
        document: Mapping[str, Any],
        language: Language,
        revision: int | None,
    ) -> None:
        self.sheet = sheet
        self.document = document
        self.language: Language = language
        self.revision = revision
        self.row = 1

    def t(self, key: str, **values: object) -> str:
        return text(self.language, key, **values)

    def write(self) -> None:
        self._set_up()
        self._heading()
        self._figures()
        self._elements()
        self._respondents()
        self._trend()
        self._plans()
        self.row += 1
        self._line(self.t("report.rule"), size=8, colour="4A5A61")
        self.sheet.print_area = f"A1:{get_column_letter(LAST)}{self.row - 1}"

    def _set_up(self) -> None:
        sheet = self.sheet
        sheet.title = self.t("report.sheet")
        sheet.sheet_view.showGridLines = False
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.orientation = "portrait"
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
        sheet.print_options.horizontalCentered = True
        margins = sheet.page_margins
        margins.left = margins.right = margins.top = margins.bottom = 0.5
        sheet.oddFooter = HeaderFooterItem(center=_HeaderFooterPart("&P / &N"))
        for at, width in enumerate(WIDTHS, 1):
            sheet.column_dimensions[get_column_letter(at)].width = width

    def _heading(self) -> None:
        said = self.document
        self._line(self.t("report.title").upper(), size=14, bold=True, centre=True)
        self._line(" › ".join([said["tenant"]["name"], *said["path"]]), bold=True, centre=True)
        service = said["service"]["name"] if said["service"] else self.t("report.all_services")
        period = formats.period(self.language, said["period"])
        days = self.t(
            "report.days",
            first=formats.day(self.language, said["period_starts"]),
            last=formats.day(
                self.language, date.fromisoformat(said["period_ends"]) - timedelta(days=1)
            ),
        )
        self._line(f"{period} ({days}) · {service}", centre=True)
        stand = (
            self.t("report.revision", n=self.revision) if self.revision else self.t("report.draft")
        )
        self._line(stand, centre=True, colour="4A5A61" if self.revision else "A3201D")
        self.row += 1

    def _figures(self) -> None:
        said = self.document
        low_high = said["interval"]
        rows: list[tuple[str, Value, int | None]] = [
            (self.t("report.index"), _number(said["index"]), 2),
            (self.t("report.grade"), self._grade(), None),
            (self.t("report.answers"), said["answers"], 0),
            (self.t("report.incomplete"), said["incomplete"], 0),
            (self.t("report.population"), _or_dash(said["population"]), 0),
            (self.t("report.required"), _or_dash(said["required"]), 0),
            (self.t("report.sufficient"), self._sufficient(), None),
        ]
        if low_high:
            words = " – ".join(
                formats.number(self.language, low_high[end], 2) for end in ("low", "high")
            )
            rows.append((self.t("report.interval"), words, None))
        self._title(self.t("report.summary"))
        for label, value, digits in rows:
            self._cells([(label, 1, 4), (value, 5, LAST)], digits={5: digits})
        if said["index"] is not None and said["provisional"]:
            least = formats.number(self.language, said["policy"]["minimum_sample"])
            n = formats.number(self.language, said["answers"])
            self._line(text(self.language, "results.provisional", n=n, least=least), bold=True)

    def _elements(self) -> None:
        self._title(self.t("report.elements"))
        self._head([
            (self.t("report.element"), 1, 2), ("n", 3, 3), (self.t("report.total"), 4, 4),
            (self.t("report.mean"), 5, 5), (self.t("report.weighted"), 6, 6), ("× 25", 7, 7),
            (self.t("report.grade_short"), 8, 8),
        ])  # fmt: skip
        first = self.row
        digits: dict[int, int | None] = {3: 0, 4: 0, 5: 3, 6: 3, 7: 2}
        for line in self.document["elements"]:
            name = text(self.language, f"results.element.{line['element']}")
            if line["status"] != "active":
                why = text(self.language, f"results.status.{line['status']}")
                self._cells([(name, 1, 2), (why, 3, LAST)])
                continue
            cells: list[tuple[Value, int, int]] = [
                (name, 1, 2), (line["answers"], 3, 3), (line["total"], 4, 4),
                (_number(line["mean"]), 5, 5), (_number(line["weighted"]), 6, 6),
                (_number(line["index"]), 7, 7), (line["grade"], 8, 8),
            ]  # fmt: skip
            self._cells(cells, digits=digits)
        last = self.row - 1
        self._cells(
            [
                (self.t("report.sum"), 1, 4), (_number(self.document["sum_of_means"]), 5, 5),
                (_number(self.document["sum_of_weighted"]), 6, 6),
                (_number(self.document["index"]), 7, 7), (self.document["grade"], 8, 8),
            ],
            digits=digits, bold=True,
        )  # fmt: skip
        for words, which in (("report.lowest", "lowest"), ("report.highest", "highest")):
            names = (text(self.language, f"results.element.{e}") for e in self.document[which])
            self._cells([(self.t(words), 1, 2), ("; ".join(names), 3, LAST)])
        self._chart(first, last)

    def _chart(self, first: int, last: int) -> None:
        chart = BarChart()
        chart.type = "bar"
        chart.title = None
        chart.legend = None
        chart.y_axis.scaling.min, chart.y_axis.scaling.max = 25, 100
        chart.x_axis.scaling.orientation = "maxMin"
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.y_axis.numFmt = "0"
        chart.gapWidth = 40
        chart.add_data(Reference(self.sheet, min_col=7, min_row=first, max_row=last))
        chart.set_categories(Reference(self.sheet, min_col=1, min_row=first, max_row=last))
        chart.series[0].graphicalProperties.solidFill = _DEEP
        chart.width, chart.height = 18, 7
        self.row += 1
        self.sheet.add_chart(chart, f"A{self.row}")
        self.row += 15

    def _respondents(self) -> None:
        described = self.document["respondents"]
        self._title(self.t("report.respondents"))
        if described["withheld"]:
            self._line(self.t(f"report.withheld.{described['withheld']}"))
            return
        self._head([
            (self.t("report.stated"), 1, 4), (self.t("report.people"), 5, 6), ("%", 7, LAST),
        ])  # fmt: skip
        for dimension in DESCRIBED:
            self._cells([(self.t(f"report.by.{dimension}"), 1, LAST)], fill=_WASH, bold=True)
            for part in described[dimension]:
                self._cells(
                    [
                        (value_words(self.language, dimension, part), 1, 4),
                        (part["answers"], 5, 6), (_number(part["share"]), 7, LAST),
                    ],
                    digits={5: 0, 7: 2},
                )  # fmt: skip

    def _trend(self) -> None:
        self._title(text(self.language, "results.trend"))
        self._head([
            (text(self.language, "results.period"), 1, 4), (self.t("report.index"), 5, 6),
            (self.t("report.grade_short"), 7, 7), ("n", 8, 8),
        ])  # fmt: skip
        for point in self.document["trend"]:
            index = _number(point["index"]) if point["index"] is not None else "–"
            self._cells(
                [
                    (formats.period(self.language, point["period"]), 1, 4), (index, 5, 6),
                    (point["grade"] or "–", 7, 7), (point["answers"], 8, 8),
                ],
                digits={5: 2, 8: 0},
            )  # fmt: skip

    def _plans(self) -> None:
        self._title(self.t("report.plan"))
        self._plan_table(self.document["plan"], self.t("report.no_plan"))
        if previous := self.document["previous"]:
            period = formats.period(self.language, previous["period"])
            self._title(self.t("report.previous", period=period))
            self._plan_table(previous["entries"], self.t("report.no_plan"), outcomes=True)

    def _plan_table(
        self, entries: Sequence[Mapping[str, Any]], none: str, *, outcomes: bool = False
    ) -> None:
        if not entries:
            self._line(none)
            return
        last = self.t("report.outcome" if outcomes else "report.responsible")
        self._head([
            (self.t("report.element"), 1, 2), (self.t("report.measure"), 3, 5),
            (self.t("report.quarter"), 6, 6), (last, 7, LAST),
        ])  # fmt: skip
        for entry in entries:
            words = entry["responsible"]
            if outcomes:
                status = self.t(f"report.status.{entry['status'] or 'unknown'}")
                words = " – ".join(part for part in (status, entry["note"]) if part)
            self._cells([
                (text(self.language, f"results.element.{entry['element']}"), 1, 2),
                (entry["measure"], 3, 5),
                (formats.period(self.language, entry["quarter"]), 6, 6),
                (words, 7, LAST),
            ])  # fmt: skip
            longest = max(len(entry["measure"]) / 27, len(words) / 16, 1)
            self.sheet.row_dimensions[self.row - 1].height = 15 * (int(longest) + 1)

    def _grade(self) -> str:
        grade = self.document["grade"]
        return f"{grade} – {text(self.language, f'results.quality.{grade}')}" if grade else "–"

    def _sufficient(self) -> str:
        said = self.document["sufficient"]
        return "–" if said is None else self.t("report.yes" if said else "report.no")

    def _title(self, words: str) -> None:
        self.row += 1
        self._line(words, bold=True, size=11, colour=_DEEP)

    def _line(
        self, words: str, *, size: int = 10, bold: bool = False, centre: bool = False,
        colour: str = "1B2A30",
    ) -> None:  # fmt: skip
        cell = self._put(words, 1, LAST)
        cell.font = Font(size=size, bold=bold, color=colour)
        cell.alignment = Alignment(
            horizontal="center" if centre else "left", vertical="top", wrap_text=True
        )
        # A merged cell does not grow by itself.
        self.sheet.row_dimensions[self.row].height = 1.4 * size * (1 + len(words) * size // 1100)
        self.row += 1

    def _head(self, cells: Sequence[tuple[str, int, int]]) -> None:
        for words, first, last in cells:
            cell = self._put(words, first, last)
            cell.font = Font(size=9, bold=True, color="FFFFFF")
            cell.alignment = _CENTRE
            for column in range(first, last + 1):
                self.sheet.cell(self.row, column).fill = _HEAD
        self.row += 1

    def _cells(
        self, cells: Sequence[tuple[Value, int, int]], *,
        digits: Mapping[int, int | None] | None = None, bold: bool = False,
        fill: PatternFill | None = None,
    ) -> None:  # fmt: skip
        for value, first, last in cells:
            cell = self._put(value, first, last)
            cell.font = Font(size=9, bold=bold)
            wide = last - first > 2
            cell.alignment = _WRAP if isinstance(value, str) or wide else Alignment(vertical="top")
            wanted = (digits or {}).get(first)
            if wanted is not None and not isinstance(value, str):
                cell.number_format = _FORMATS[wanted]
            for column in range(first, last + 1):
                beside = self.sheet.cell(self.row, column)
                beside.border = _LINES
                if fill:
                    beside.fill = fill
        self.row += 1

    def _put(self, value: Value, first: int, last: int) -> Cell:
        cell = self.sheet.cell(self.row, first)
        assert isinstance(cell, Cell)
        if isinstance(value, str):
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            cell.data_type = "s"  # what begins with "=" is a name or a sentence, never a formula
        else:
            cell.value = value
        if last > first:
            self.sheet.merge_cells(
                start_row=self.row, end_row=self.row, start_column=first, end_column=last
            )
        return cell


def value_words(language: Language, dimension: str, part: Mapping[str, Any]) -> str:
    """What respondents stated, in words."""
    if part["value"] == "not_stated":
        return text(language, "answers.not_said")
    if dimension == "service":
        return str(part["name"] or part["value"])
    return text(language, f"answers.{dimension}_{part['value']}")


def _number(value: str | None) -> Decimal | None:
    return Decimal(value) if value is not None else None


def _or_dash(value: int | None) -> int | str:
    return "–" if value is None else value
