"""The hot path: a citizen's answer, committed together with its neighbours."""
