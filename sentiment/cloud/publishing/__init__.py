"""Endpoints as public APIs: one CloudFormation stack each, to create, inspect and delete."""
