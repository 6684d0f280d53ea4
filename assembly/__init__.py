"""Coarse-grained simulation: do the nanocrystals order by themselves, and how?"""
