"""Office files, CSV or XLSX, into the registry and back.

The engine knows nothing of any kind. It finds the table on a sheet (`layout`), asks a kind what the
rows would change (`engine`), and stores all of them, none, or the good ones. A second import of the
same file changes nothing, and so does the import of an export.

To add a kind, say posts, make two files in `kinds/` and a line in `kinds/__init__.py`:

* `post_rules.py`, pure: a `PostPlan(Plan)` that adds what is to be stored (`new`, `altered`), and
  `plan_posts(sheet, known, *, new_id)`. For each `row` of `sheet.each()` it reads `row["title"]`
  (empty where the column or the cell is missing; `"title" in sheet.places` tells which), says
  `findings.refuse(row, "title", "is empty: ...")` of every bad cell, and plans nothing of a row
  whose line is in `findings.lines`. `cells.day_of`, `cells.whole` and `matching.UnitBook` read
  dates, numbers and units; what they understood although it was written differently is listed by
  themselves. It sets `created`, `changed`, `unchanged`, and `further` for what begins beside rows.
  Where rows of one file depend on each other, a row that names one of `sheet.left_out` is refused
  with that line as the reason.
* `posts.py`: the columns with the names that offices give them, and `POSTS = Kind(...)` with how to
  lock, what is `known` (everything the planner asks, in a few set-based statements), how a plan is
  stored (`for part in storing.slices(plan.new): await posts.insert(...)`), what a violated
  constraint means, and `export`: rows of texts by field, in which an import recognises the same.

`kinds/post_rules.py` and `kinds/posts.py` are the shortest example: where each row is one entity,
`entities` has the plan and the storing, `matching` finds what a cell names, `days` reads spans of
days, of which offices write the last one and we store the first no more. Template, mappings,
modes, bad rows, progress, command line and page then work for the new kind by themselves.
"""
