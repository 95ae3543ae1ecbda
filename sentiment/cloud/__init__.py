"""The only package that calls AWS: `aws` holds what every step needs, the other subpackages hold the steps.

`training` runs training jobs, `hosting` serves models on endpoints, `batch_transform` scores large tables, `publishing`
makes an endpoint public, `ending` plans when resources end, and `housekeeping` lists, prices and deletes them.
"""
