"""Reading each table file inside a throw-away process; nothing here runs in the worker.

``python -I -m connectors.sheets`` waits, with the parsers loaded, and opens nothing. For each file
that it is handed it forks a child, which reads that file and answers with JSON lines
(``messages.py``). A file that makes a parser abort, loop or swell kills that child only.
"""
