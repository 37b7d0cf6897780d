"""Reading one table file inside a throw-away process; nothing here runs in the worker.

``python -I -m connectors.sheets`` gets the file on its standard input and answers with JSON lines
(``messages.py``). A file that makes a parser abort, loop or swell kills that process only.
"""
