"""Inference in a container: one request handler, behind our own small server or AWS's TorchServe."""
