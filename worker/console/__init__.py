"""The console: pages of the desk for people with a browser.

How a page is made (``pages/worklist.py``, its templates in ``templates/worklist_*.html``)::

    router = APIRouter()

    @router.get("/viec", dependencies=[needs(Right.VIEW)])
    def piles(here: Here) -> Response:
        table = worklist.table(here.house, here.actor, here.units)
        return render(here, "worklist_piles.html", table=table)

    @router.post("/viec/lam", dependencies=[needs(Right.WORK)])
    def do(here: Here, ids: Ids, lam: Annotated[str, Form()]) -> Response:
        made = acts.do(here.house, here.actor, _plan(here, lam, "", _lines(here, ids)))
        undo = ("/viec/hoan-tac", {"luot": made.id, "ve": "/viec"})
        return redirect(here, "/viec", f"{made.what}.", undo=undo)

1. The module joins ``pages.PAGES``; the menu (``menu.py``) shows its entry once its route is there:
   ``/tong-quan`` ``/viec`` ``/nap-so`` ``/quet`` ``/ghep`` ``/chay`` ``/bao-cao`` ``/soi-xet``
   ``/kiem-tra`` ``/thong-bao`` ``/thu`` ``/quan-tri``. A dossier is ``/ho-so/{key}``; the search
   box of every page asks ``/ho-so?tim=…``.
2. **Every route declares what it needs**: ``dependencies=[needs(Right.X)]``, or
   ``weighty(Right.X)`` (the password again), or ``for_everybody`` for whoever is signed in, or
   ``open_to_all`` (the sign-in page). One without fails a test.
3. Handlers are plain functions (``def``); they run beside each other in threads. They ask the desk
   and draw; they never import the store, a run, SQL.
4. ``here`` (``here.py``): ``house`` (kept open while the configuration is unchanged), ``actor``,
   ``unit`` and ``units`` (what ``?don_vi=`` chose, children included, already checked; None: all
   of the office), ``place``, ``now``, ``today``, ``request``. Hand ``here.units`` on to the desk.
5. ``Unseen`` → 404, ``NotAllowed`` → 403, any other ``Refused`` → 409: pages of their own. A form
   that should show a refusal where it was typed catches ``Refused`` and draws ``p.refused(error)``.
6. Every ``<form method="post">`` holds ``{{ p.csrf() }}``, or is made by ``p.act``/``p.confirm``; a
   POST without the token is refused before the handler. GET never changes anything. After a POST
   always ``redirect`` (303), so that a page can be loaded again.
7. Templates begin ``{% extends "base.html" %}{% import "_parts.html" as p with context %}`` and
   fill ``title``, ``content``, optionally ``aside`` (buttons beside the title). ``_parts.html``
   has tables, numbers that are links, pagers, empty states. Filters: ``day``, ``moment``, ``hour``,
   ``number``, ``signed``, ``rate``, ``inner``. No inline script or style: the browser would drop
   them (CSP); behaviour is asked for by ``data-`` attributes, see ``static/console.js``.
8. Live progress: ``live.stream`` in a route, ``data-live="/duong/dan"`` on the element that it
   redraws; a page is whole without it.
9. Tests (``tests/worker/console/``): the fixture ``console`` is a served office of the test's own
   (``shared_console``: one a module, to look only). ``console.client(OfficeRole.OFFICER, [OWN])``
   is an httpx client that is signed in, ``console.post(client, path, data)`` adds the token,
   ``console.page(browser, OfficeRole.OFFICER)`` is a Chromium page, ``looked_at(page, name)`` runs
   axe, looks for errors and requests elsewhere, and saves pictures to ``DOISOAT_PICTURES``. A test
   module of a page has ``ROUTES``: see ``tests/worker/console/test_matrix.py``.
"""
