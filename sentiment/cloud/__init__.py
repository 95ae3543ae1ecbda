"""The only place that talks to AWS: here what every step needs, in the subpackages the steps.

`training` trains, `hosting` serves by endpoints, `batch_transform` scores big tables, `publishing` makes an endpoint
public, and `housekeeping` knows what there is, when it ends, and how it is taken down.
"""
