"""Benchmarks: invented civil registries, our linker and its peers on them, and their figures.

Nothing here is needed to run or to test the product. ``python -m bench.run`` writes RESULTS.md.
"""
