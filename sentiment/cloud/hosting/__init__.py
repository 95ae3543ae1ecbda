"""Endpoints: deploy a bundle as a model, check it against the local bundle, invoke, change, price and delete it."""
