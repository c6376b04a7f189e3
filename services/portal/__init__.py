"""The portal is what people look at: server-rendered pages over the APIs of the other services.

It owns no data, has no database and no worker; what it shows it asks for, with the token of the
person who is signed in, at the moment it is shown.

To add a page, make a folder for the capability (`results/`) with

* `pages.py`: a `router` whose routes take `view: Anybody` or `view: SignedIn` from
  `services.portal.view`, ask with `await view.get("scoring", "/v1/...", period=period)` (a refusal
  or an absent service becomes the right error page by itself) and return
  `view.page("results/unit.html", card=card)`;
* templates beside it that begin with `{% extends "design/layout.html" %}` and use the macros of
  `design/components.html`; `t("results.title", n=5)` is a text, `number(x, 2)`, `date(d)` and
  `month("2025-07")` write values as the language does; templates must not hold style attributes
  or scripts: the content security policy ignores them;
* texts in `languages/id/results.toml` and `languages/en/results.toml`: the file's name is the first
  part of the key; the same keys in both, each of them used;
* a line for its router in `app.py`, a layer in `.importlinter`, an entry in
  `design/navigation.py` where signed-in people should find it.

Capabilities, from below: `design` and `languages`, `apis`, `session`, `view`, then one folder for
each group of pages.
"""
