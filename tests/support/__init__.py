"""Helpers of the tests: small data sets, servers and jobs."""
